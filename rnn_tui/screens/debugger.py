"""The debugger's screen: it holds the session, hands command lines on, and shows what comes of them.

What it does has a file each. `turns` runs command lines, `performing` does what they ask for. `background` trains and
reviews meanwhile. `placing` and `painting` put the panels where they belong, and paint them.

Rules this file keeps:
- The session is replaced, never changed; every panel is shown the same one.
- Keys are answered in the order in which they came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.events import Key
from textual.geometry import Size
from textual.layout import Layout
from textual.screen import Screen
from textual.timer import Timer

from rnn_core.debugger import scripts
from rnn_core.debugger.outcome import Effect, Outcome
from rnn_core.debugger.session import Session
from rnn_core.errors import RnnError
from rnn_tui.arrangement import Box, arrangement
from rnn_tui.bindings import command_line
from rnn_tui.keyboard import is_letter, name_of
from rnn_tui.panels.base import RunCommand
from rnn_tui.panels.console import ConsoleInput, ConsolePanel
from rnn_tui.program import Program
from rnn_tui.screens.background import Background
from rnn_tui.screens.painting import Painting
from rnn_tui.screens.performing import Performer
from rnn_tui.screens.placing import PANELS as PANELS
from rnn_tui.screens.placing import DebuggerLayout
from rnn_tui.screens.turns import Turns
from rnn_tui.training import Training

if TYPE_CHECKING:
    from rnn_core.debugger.scripts.recording import Recording

LISTED = 1000
"""Sequences from which on a dataset opens as a list of them."""


class DebuggerScreen(Screen[None]):
    """One session on the screen."""

    AUTO_FOCUS = ""
    ALLOW_SELECT = False

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.message = ""
        self.recording: Recording | None = None
        """The script that is being written of what the person does."""
        self.turns = Turns(self)
        self.performer = Performer(self)
        self.background = Background(self)
        self.painting = Painting(self)
        self.placing = DebuggerLayout()
        self._boxes: tuple[Size, dict[str, Box]] = Size(0, 0), {}
        """Where the panels stand, or will with the next layout."""
        self._ticking: Timer | None = None

    @property
    def program(self) -> Program:
        """The app, as what it is here."""
        return cast(Program, self.app)

    @property
    def layout(self) -> Layout:
        """The one layout that places panels by the session."""
        return self.placing

    @property
    def working(self) -> bool:
        """Whether a command line is being performed that others wait for."""
        return self.turns.working

    @property
    def training(self) -> Training | None:
        """What is being trained while the screen goes on."""
        return self.background.training

    def compose(self) -> ComposeResult:
        """One widget a panel."""
        for panel in PANELS:
            yield panel()
        yield ConsoleInput()

    def on_mount(self) -> None:
        """Show every panel its session before the first frame, and what a script at the start has said."""
        if self.program.leaving is not None:
            return  # no panel has been mounted
        console, played = self.query_one(ConsolePanel), getattr(self.app, "played", ())
        for line in self.session.assumed:
            console.add(line)
        self.message = self.message or self.session.assumptions
        self.background.watch()
        for each in played:
            console.add(each.transcript)
        self.painting.begin()
        if not played and self._opens_as_a_list:
            self.call_after_refresh(self.run_line, "sequences")

    @property
    def _opens_as_a_list(self) -> bool:
        """Whether there are too many sequences to know which one to look at. The chunks of a text are not meant."""
        dataset = self.session.dataset
        fresh = not (self.session.reached or self.session.k)
        return fresh and len(dataset.sequences) >= LISTED and not dataset.carried

    # -- what is typed ---------------------------------------------------------------------------------------

    async def key(self, event: Key) -> None:
        """Answer a key: put it into the line that is being typed, or run what it means now."""
        if self.typing:
            await self._key_of_console(event)
        elif event.key == "escape" and self.stop_training():
            return
        elif line := command_line(name_of(event), in_panel=bool(self.session.view.panel)):
            self.run_line(line)

    async def _key_of_console(self, event: Key) -> None:
        prompt = self.query_one(ConsoleInput)
        if is_letter(event):
            prompt.put(event.character or "")
        elif event.key == "enter":
            if line := prompt.entered():
                self.enter(line)
        elif event.key == "tab":
            if candidates := prompt.complete(self.session):
                self.take(Outcome(self.session, "  ".join(candidates)), typed=True)
        elif event.key == "escape":
            self.set_focus(None)
            self.run_line("fold")
        else:  # the cursor, the history, what an input knows besides
            prompt.write()
            await self.app._check_bindings(event.key)

    @property
    def typing(self) -> bool:
        """Whether the console has the keyboard."""
        return isinstance(self.focused, ConsoleInput)

    def type(self, text: str) -> None:
        """Put text into the line that is being typed."""
        self.query_one(ConsoleInput).put(text)

    def paste(self, text: str) -> None:
        """Run every whole line that is pasted into the console; the last, unfinished one waits there for Enter."""
        if not self.typing:
            self.take(Outcome(self.session, "what is pasted goes into the console: / opens it", failed=True))
            return
        if lines := self.query_one(ConsoleInput).pasted(text):
            self.enter(lines)

    def enter(self, text: str) -> None:
        """Run lines of the console, and write them and their answers there."""
        try:
            lines = scripts.script.parse(text)
        except RnnError as error:
            self.take(Outcome(self.session, str(error), failed=True), typed=True)
            return
        self.turns.run(tuple(line.text for line in lines), typed=True)

    def on_console_input_entered(self, message: ConsoleInput.Entered) -> None:
        """Run what was entered by other ways than the keyboard."""
        self.enter(message.line)

    # -- commands --------------------------------------------------------------------------------------------

    def on_run_command(self, message: RunCommand) -> None:
        """Run what a click meant."""
        self.run_line(message.line)

    def run_line(self, line: str) -> None:
        """Run one command line."""
        self.turns.run((line,))

    def forget(self) -> None:
        """Drop the command lines that wait for their turn."""
        self.turns.forget()

    def stop_training(self) -> bool:
        """Ask training to stop where it is; whether any was going on."""
        return self.background.stop_training()

    def note(self, line: str, before: Session, asked: tuple[Effect, ...]) -> None:
        """A command line is done, with all that it asked for: keep it where a script is being written."""
        if self.recording is not None:
            self.recording = scripts.recording.noted(self.recording, line, before, self.session, asked)

    def take(self, outcome: Outcome, *, typed: bool = False) -> None:
        """Show an outcome's session and message."""
        before, self.session, self.message = self.session, outcome.session, outcome.message
        if outcome.message and (typed or "\n" in outcome.message or cell_len(outcome.message) > self.size.width - 2):
            self.query_one(ConsolePanel).add(outcome.message)
        if before.view.playing != self.session.view.playing or before.view.speed != self.session.view.speed:
            self._set_ticking()
        if before.view.console and not self.session.view.console:
            self.set_focus(None)  # a folded console must not keep the keyboard
        if before.view.theme != self.session.view.theme:
            self.app.theme = f"rnn-{self.session.view.theme}"
        if self._boxes != (boxes := self._arranged()):
            self._boxes = boxes
            self.placing.due = True
            self._clear_arrangement_cache()  # Textual keeps placements by size and children; ours follow the session
            self.refresh(layout=True)
        self.painting.soon()

    def _arranged(self) -> tuple[Size, dict[str, Box]]:
        """Where the panels are to stand, at which size of the screen."""
        return self.size, arrangement(self.session, *self.size)

    # -- playing ---------------------------------------------------------------------------------------------

    def _set_ticking(self) -> None:
        if self._ticking is not None:
            self._ticking.stop()
            self._ticking = None
        if self.session.view.playing:
            self._ticking = self.set_interval(1 / self.session.view.speed, self._tick)

    def _tick(self) -> None:
        if not self.working:
            self.run_line("tick")
