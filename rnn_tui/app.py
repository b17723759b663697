"""The Textual application: themes, what comes from the terminal, the first screen, and the end."""

from __future__ import annotations

import contextlib
import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events
from textual._compositor import ChopsUpdate
from textual.app import App
from textual.driver import Driver
from textual.screen import Screen
from textual.theme import Theme

from rnn_core.debugger import scripts
from rnn_core.debugger.effects import estimates
from rnn_core.debugger.outcome import Write
from rnn_core.debugger.persistence import opening
from rnn_core.debugger.session import Session
from rnn_core.errors import RnnError
from rnn_core.recipe import Recipe
from rnn_tui import state
from rnn_tui.keyboard import Keyboard
from rnn_tui.program import Program
from rnn_tui.render.palette import DARK, LIGHT, Colours
from rnn_tui.screens.debugger import DebuggerScreen
from rnn_tui.terminal.changes import Changes
from rnn_tui.terminal.signals import ended_by
from rnn_tui.work import Bar, settle, work

if TYPE_CHECKING:
    from rnn_core.debugger.scripts.script import Line, Played

TOLD = 2.0
"""Seconds beyond which opening says how long it will take: before a part is done, the bar cannot tell."""


def _theme(name: str, colours: Colours, *, dark: bool) -> Theme:
    return Theme(
        name=f"rnn-{name}", primary=colours.forward, accent=colours.accent, background=colours.background,
        surface=colours.bar, panel=colours.bar, foreground=colours.text, error=colours.bad, success=colours.good,
        warning=colours.backward, dark=dark,
    )  # fmt: skip


class RnnApp(Program):
    """One debugger screen over one session."""

    TITLE = "rnn-tui"
    CSS_PATH = "styles/app.tcss"
    ENABLE_COMMAND_PALETTE = False
    """Ctrl+P is a key like every other; Textual's own palette entries would change what is not theirs."""
    COMMANDS = set()

    def __init__(
        self,
        session: Session | None,
        recipe: Recipe | None = None,
        data: bytes | None = None,
        script: tuple[Line, ...] = (),
        saved: str = "",
    ) -> None:
        super().__init__()
        self.first_session, self._recipe, self._data = session, recipe, data
        self._script, self._saved = script, saved
        self.played: tuple[Played, ...] = ()
        """What came of the script that was played before the first screen."""
        self.debugger: DebuggerScreen | None = None
        self.failure = ""
        self.keyboard = Keyboard(self)
        self.works = []
        self.leaving = None
        self.register_theme(_theme("dark", DARK, dark=True))
        self.register_theme(_theme("light", LIGHT, dark=False))
        # As if it were the default, so that styles are not made for another theme first.
        self.set_reactive(App.theme, "rnn-dark")
        self.stylesheet.set_variables(self.get_css_variables())
        colours = self.console.color_system
        self.plain = self.no_color or os.environ.get("TERM") == "dumb" or colours in (None, "standard", "windows")

    def get_driver_class(self) -> type[Driver]:
        """Our own driver where Textual would take the one that it is made from."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from rnn_tui.terminal.driver import TerminalDriver  # there is none of it on Windows

        return TerminalDriver

    def get_default_screen(self) -> Screen[Any]:
        """The debugger itself where there is a session: a screen pushed over an empty one is painted once more."""
        if self.first_session is None:
            return super().get_default_screen()
        self.debugger = DebuggerScreen(self.first_session)
        return self.debugger

    def on_mount(self) -> None:
        """Open what takes longer."""
        if self.leaving is not None:
            self.exit(return_code=self.leaving)
        elif self.first_session is None:
            self.run_worker(self._open())

    async def _open(self) -> None:
        recipe = self._recipe or Recipe()
        about = estimates.opening_seconds(recipe, self._data)
        told = f" · about {about:.0f} s" if about > TOLD and not self._saved else ""
        try:
            first, self.played = await work(
                self,
                f"opening {self._saved or recipe.source}{told}",
                lambda progress: scripts.playing.first_session(recipe, self._data, self._script, self._saved, progress),
            )
        except RnnError as error:
            self.failure = str(error)
            self.exit(return_code=error.exit_status)
            return
        self.theme = f"rnn-{first.session.view.theme}"
        debugger = DebuggerScreen(first.session)
        debugger.message = first.message
        await self.push_screen(debugger)
        self.debugger = debugger
        await self.keyboard.go_on()

    # -- what comes from the terminal ------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes go through the keyboard; whoever leaves is done with them."""
        if isinstance(event, events.InputEvent | events.Paste) and not event.is_forwarded:
            if self.leaving is not None or self._exit:
                return
            if isinstance(event, events.Key | events.Paste):
                self.app_focus = True
                await self.keyboard.take(event)
                return
        await super().on_event(event)

    async def forward(self, event: events.Event) -> None:
        """Let Textual answer a key, for the dialog that is open."""
        await super().on_event(event)

    def on_driver_signal_resume(self) -> None:
        """Paint everything anew: others have had the terminal meanwhile."""
        for screen in self.screen_stack:
            screen.refresh(layout=True)

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Textual's own; it paints the whole screen where it is not sure of what the terminal shows."""
        if self._running and not isinstance(renderable, ChopsUpdate | Changes | None):
            paints_all = getattr(self._driver, "paints_all", None)
            if paints_all is not None:
                paints_all()
        super()._display(screen, renderable)

    @property
    def answering(self) -> DebuggerScreen | None:
        """The debugger's screen, once there is one."""
        return self.debugger

    async def answer_keys(self) -> None:
        """Answer the keys that have waited, as far as nothing is in their way."""
        await self.keyboard.go_on()

    @property
    def in_dialog(self) -> bool:
        """Whether a dialog has the keyboard, other than the bar of work."""
        top = next((screen for screen in reversed(self.screen_stack) if not isinstance(screen, Bar)), None)
        return self.debugger is not None and top is not self.debugger

    def action_interrupt(self) -> None:
        """Ctrl-C: cancel running work and what waits for it, else training, else leave as an interrupted program."""
        if self.busy:
            self.keyboard.forget()
            if self.debugger is not None:
                self.debugger.forget()
            for progress in self.works:
                progress.cancel()
            if isinstance(self.screen, Bar):
                self.screen.cancel()
        elif self.debugger is None or not self.debugger.stop_training():
            self.exit(return_code=130)

    # -- the end ---------------------------------------------------------------------------------------------

    def leave(self, status: int) -> None:
        """End with this status as soon as possible; from any thread, also from a signal handler."""
        if self.leaving is None:
            self.leaving = status
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the end is here already
                loop.call_soon_threadsafe(partial(self.exit, return_code=self.leaving))

    def give_back(self) -> None:
        """Give the terminal back at once, where the driver has not done so."""
        restore = getattr(self._driver, "restore", None)
        if restore is not None:
            restore()

    def fail(self, error: BaseException) -> None:
        """End as a program that crashed: the terminal first, then the traceback, status 1."""
        try:
            raise error
        except Exception as crash:
            self._handle_exception(crash)
        except BaseException:
            self.exit(return_code=1)


def start(
    recipe: Recipe,
    data: bytes | None = None,
    script: tuple[Line, ...] = (),
    saved: str = "",
    session: Session | None = None,
) -> int:
    """Open a session, a saved one, or what the recipe names, play a script on it, run the screen; the exit status.

    Raises RnnError where the recipe cannot be opened. A session file that cannot be used, and a command that fails, are
    the first screen's message.
    """
    if session is None and not (script or saved or estimates.looks_long(recipe, data)):
        session = opening.open_session(recipe, data)
    app = RnnApp(session, recipe, data, script, saved)
    with ended_by(app):
        app.run()
    settle()
    if app.debugger is not None:
        app.failure = app.failure or _leave(app.debugger)
    if app.failure:
        print(f"rnn-tui: {app.failure}", file=sys.stderr)
    if app.leaving is not None:
        return app.leaving
    return app.return_code or (1 if app.failure else 0)


def _leave(debugger: DebuggerScreen) -> str:
    """Keep the session for `--session last`, quietly, and write what is still being recorded; what went wrong there."""
    from rnn_core.debugger.persistence import session_file

    with contextlib.suppress(RnnError):
        state.write(state.LAST_SESSION, session_file.to_bytes(debugger.session))
    if debugger.recording is not None:
        try:
            scripts.playing.switch_recording(Write(""), debugger.recording, debugger.session)
        except RnnError as error:
            return str(error)
    return ""
