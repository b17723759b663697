"""Keys and pastes, in the order in which they came.

Rules this file keeps:
- Each is answered before the next is looked at; while work is going on they wait, whoever would answer them.
- Ctrl-C and Ctrl-Q never wait; while work goes on Esc cancels it, and q leaves unless it may be meant as a letter.
- Whoever cancels work takes back what waits for it, too.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic

from textual.events import Event, Key, Paste
from textual.message_pump import MessagePump

from rnn_core.debugger import outcome as effects
from rnn_core.debugger.commands import COMMANDS
from rnn_tui.bindings import command_line
from rnn_tui.program import Program

BREATH = 1 / 60
"""Seconds of answering after which the screen may paint."""
SETTLED = 0.25
"""Seconds after which a dialog counts as done with a key, whatever became of it."""

_MODIFIERS = frozenset(("alt", "ctrl", "super", "hyper", "meta"))
_TAKES_KEYS = (
    effects.FocusConsole, effects.Ask, effects.Edit, effects.EditRows, effects.ListSequences, effects.ShowHelp,
    effects.ShowPalette,
)  # fmt: skip


def is_letter(event: Key) -> bool:
    """Whether a key writes its character."""
    return event.is_printable and _MODIFIERS.isdisjoint(event.key.split("+")[:-1])


def name_of(event: Key) -> str:
    """What the command registry calls a key: ? and not question_mark."""
    return event.character if is_letter(event) and event.character and event.character != " " else event.key


class Keyboard:
    """What has been typed and is not answered yet."""

    def __init__(self, app: Program) -> None:
        self._app = app
        self._held: deque[Key | Paste] = deque()
        self._answering = False
        self._dialog = 0
        """Which key a dialog is answering; 0 for none."""
        self._dialogs = 0

    def __len__(self) -> int:
        return len(self._held)

    async def take(self, event: Key | Paste) -> None:
        """Answer a key or a paste, now or in its turn."""
        app = self._app
        if isinstance(event, Key):
            if event.key == "ctrl+q":
                app.exit()
                return
            if event.key == "ctrl+c" or (event.key == "escape" and app.busy):
                app.action_interrupt()
                return
            if event.character == "q" and app.busy and self._is_no_text():
                app.exit()
                return
        self._held.append(event)
        await self.go_on()

    def forget(self) -> None:
        """Take back all that waits."""
        self._held.clear()

    async def go_on(self) -> None:
        """Answer what waits, as far as nothing is in its way."""
        if self._answering:
            return
        self._answering, began = True, monotonic()
        try:
            while self._held and not self._in_the_way:
                await self._answer(self._held.popleft())
                if monotonic() - began > BREATH:
                    await asyncio.sleep(0)
                    began = monotonic()
        finally:
            self._answering = False

    @property
    def _in_the_way(self) -> bool:
        app = self._app
        return app.busy or app.answering is None or bool(self._dialog) or app.leaving is not None

    def _is_no_text(self) -> bool:
        """Whether a letter that comes now will be a command: nothing that waits takes the keyboard first."""
        debugger = self._app.answering
        if debugger is None:
            return True
        if debugger.typing or self._app.in_dialog:
            return False
        for event in self._held:
            line = command_line(name_of(event), in_panel=False) if isinstance(event, Key) else ""
            asked = COMMANDS.execute(debugger.session, line).effects if line else ()
            if any(isinstance(effect, _TAKES_KEYS) for effect in asked):
                return False
        return True

    async def _answer(self, event: Key | Paste) -> None:
        debugger = self._app.answering
        if debugger is None or self._app.in_dialog:
            await self._forward(event)
        elif isinstance(event, Paste):
            debugger.paste(event.text)
        else:
            await debugger.key(event)

    async def _forward(self, event: Event) -> None:
        """Give a dialog a key, and let the next one wait until the message has gone all the way up to the app."""
        self._dialogs += 1
        self._dialog = number = self._dialogs
        first = self._app.focused or self._app.screen
        way: list[MessagePump] = [*first.ancestors_with_self]
        await self._app.forward(event)

        async def on(at: int) -> None:
            if at < len(way) and way[at].call_later(on, at + 1):
                return
            if self._dialog == number:
                self._dialog = 0
                await self.go_on()

        self._app.set_timer(SETTLED, lambda: on(len(way)))  # a widget that goes away may lose what it was to pass on
        await on(0)
