"""The Textual application: themes, signals, and the first screen."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from functools import partial
from typing import Any

from textual import events
from textual.app import App
from textual.binding import Binding
from textual.screen import Screen
from textual.theme import Theme

from rnn_core.debugger.effects import estimates
from rnn_core.debugger.outcome import Write
from rnn_core.debugger.persistence import opening
from rnn_core.debugger.scripts import playing
from rnn_core.debugger.scripts.script import Line, Played
from rnn_core.debugger.session import Session
from rnn_core.errors import RnnError
from rnn_core.recipe import Recipe
from rnn_tui import state
from rnn_tui.render.palette import DARK, LIGHT, Colours
from rnn_tui.screens.debugger import DebuggerScreen
from rnn_tui.work import work


def _theme(name: str, colours: Colours, *, dark: bool) -> Theme:
    return Theme(
        name=f"rnn-{name}", primary=colours.forward, accent=colours.accent, background=colours.background,
        surface=colours.bar, panel=colours.bar, foreground=colours.text, error=colours.bad, success=colours.good,
        warning=colours.backward, dark=dark,
    )  # fmt: skip


class RnnApp(App[int]):
    """One debugger screen over one session."""

    TITLE = "rnn-tui"
    CSS_PATH = "styles/app.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS = [Binding("ctrl+c", "interrupt", "cancel or quit", priority=True)]  # over dialogs too

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
        self.register_theme(_theme("dark", DARK, dark=True))
        self.register_theme(_theme("light", LIGHT, dark=False))
        self.theme = "rnn-dark"
        colours = self.console.color_system
        self.plain = self.no_color or os.environ.get("TERM") == "dumb" or colours in (None, "standard", "windows")

    def get_default_screen(self) -> Screen[Any]:
        """The debugger itself where there is a session: a screen pushed over an empty one is painted once more."""
        if self.first_session is None:
            return super().get_default_screen()
        self.debugger = DebuggerScreen(self.first_session)
        return self.debugger

    def on_mount(self) -> None:
        """Catch the signals that would leave the terminal broken, then open what takes longer."""
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP", "SIGQUIT"):
            number = getattr(signal, name, None)
            if number is not None:
                loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))
        if self.first_session is None:
            self.run_worker(self._open())

    async def _open(self) -> None:
        recipe = self._recipe or Recipe()
        try:
            first, self.played = await work(
                self,
                f"opening {self._saved or recipe.source}",
                lambda progress: playing.first_session(recipe, self._data, self._script, self._saved, progress),
            )
        except RnnError as error:
            self.failure = str(error)
            self.exit(return_code=error.exit_status)
            return
        self.theme = f"rnn-{first.session.view.theme}"
        self.debugger = DebuggerScreen(first.session)
        self.debugger.message = first.message
        await self.push_screen(self.debugger)

    def on_key(self, event: events.Key) -> None:
        """Type into the console from here, where Enter and its other keys arrive too: so their order is kept."""
        if isinstance(self.screen, DebuggerScreen) and self.screen.typing and event.is_printable:
            event.prevent_default()
            self.screen.type(event.character or "")

    def action_interrupt(self) -> None:
        """Ctrl-C: cancel running work, else leave as an interrupted program does."""
        from rnn_tui.screens.progress import ProgressScreen  # the first screen does not wait for it

        if isinstance(self.screen, ProgressScreen):
            self.screen.action_cancel()
        elif self.debugger is not None and self.debugger.stop_training():
            return
        else:
            self.exit(return_code=130)


def start(recipe: Recipe, data: bytes | None = None, script: tuple[Line, ...] = (), saved: str = "") -> int:
    """Open a saved session, or what the recipe names, play a script on it, and run the screen; the exit status.

    Raises RnnError where the recipe cannot be opened. A session file that cannot be used, and a command that fails, are
    the first screen's message.
    """
    later = script or saved or estimates.looks_long(recipe, data)
    session = None if later else opening.open_session(recipe, data)
    app = RnnApp(session, recipe, data, script, saved)
    app.run()
    if app.debugger is not None:
        app.failure = app.failure or _leave(app.debugger)
    if app.failure:
        print(f"rnn-tui: {app.failure}", file=sys.stderr)
    return app.return_code or (1 if app.failure else 0)


def _leave(debugger: DebuggerScreen) -> str:
    """Keep the session for `--session last`, quietly, and write what is still being recorded; what went wrong there."""
    from rnn_core.debugger.persistence import session_file

    with contextlib.suppress(RnnError):
        state.write(state.LAST_SESSION, session_file.to_bytes(debugger.session))
    if debugger.recording is not None:
        try:
            playing.switch_recording(Write(""), debugger.recording, debugger.session)
        except RnnError as error:
            return str(error)
    return ""
