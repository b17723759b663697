"""The debugger's screen: it holds the session, hands command lines on, performs effects, and has the panels painted.

Rules this file keeps:
- The session is replaced, never changed; every panel is shown the same one.
- Keys are answered in the order in which they came, painting follows at most `FRAMES` times a second.
- Work longer than a moment runs in a thread; what it makes is taken over whole or not at all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.events import Key
from textual.geometry import NULL_OFFSET, Offset, Region, Size, Spacing
from textual.layout import Layout, WidgetPlacement
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from rnn_core.debugger import outcome as effects
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.effects import performing
from rnn_core.debugger.outcome import Effect, Outcome
from rnn_core.debugger.position.cells import parse_cell
from rnn_core.debugger.scripts import playing, recording, script
from rnn_core.debugger.scripts.recording import Recording
from rnn_core.debugger.scripts.transcript import transcript
from rnn_core.debugger.session import Session
from rnn_core.errors import RnnError
from rnn_tui.arrangement import Box, arrangement, too_small
from rnn_tui.bindings import command_line
from rnn_tui.keyboard import is_letter, name_of
from rnn_tui.panels.base import Panel, RunCommand
from rnn_tui.panels.console import ConsoleInput, ConsolePanel
from rnn_tui.panels.flow import FlowPanel
from rnn_tui.panels.footer import FooterPanel
from rnn_tui.panels.gates import GatesPanel
from rnn_tui.panels.gradients import GradientsPanel
from rnn_tui.panels.header import HeaderPanel
from rnn_tui.panels.hidden import HiddenPanel
from rnn_tui.panels.inputs import InputsPanel
from rnn_tui.panels.listing import ListingPanel
from rnn_tui.panels.outputs import OutputsPanel
from rnn_tui.panels.small import SmallPanel
from rnn_tui.panels.step import StepPanel
from rnn_tui.panels.timeline import TimelinePanel
from rnn_tui.panels.training import TrainingPanel
from rnn_tui.panels.watches import WatchesPanel
from rnn_tui.panels.weights import WeightsPanel
from rnn_tui.program import Program
from rnn_tui.terminal.changes import Changes
from rnn_tui.training import Training
from rnn_tui.work import in_thread, perform

if TYPE_CHECKING:
    from rnn_tui.watching import Watching

PANELS: tuple[type[Panel], ...] = (
    HeaderPanel, TimelinePanel, ListingPanel, StepPanel, HiddenPanel, GatesPanel, OutputsPanel, GradientsPanel,
    WeightsPanel, TrainingPanel, FlowPanel, InputsPanel, WatchesPanel, ConsolePanel, FooterPanel, SmallPanel,
)  # fmt: skip
FRAMES = 120
LOOKS = 5
"""Times a second that the screen looks at how far training has come."""
SLICE = 0.03
"""Seconds after which command lines that are run one after another let the screen have its turn."""
LISTED = 1000
"""Sequences from which on a dataset opens as a list of them."""
QUICK = 0.1
"""Seconds of work that is done at once."""


class Lines(NamedTuple):
    """Command lines that are run one after another, up to the first that fails.

    `typed` says that a person typed them, `done` how many have been run.
    """

    lines: tuple[str, ...]
    typed: bool = False
    done: int = 0


class Turn(NamedTuple):
    """A command line that is being run: the session before it, what it asked for, and the lines that it is one of."""

    line: str
    typed: bool
    before: Session
    effects: tuple[Effect, ...]
    rest: Lines


class DebuggerLayout(Layout):
    """Puts the panels where `arrangement` says."""

    name = "debugger"
    due = True
    """Whether the panels are to stand elsewhere than they do."""

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> list[WidgetPlacement]:
        """The placements of the panels that are shown; the others are left out."""
        assert isinstance(parent, DebuggerScreen)
        self.due = False
        if too_small(*size):
            boxes = {"small": (0, 0, *size)}
        else:
            boxes = dict(arrangement(parent.session, *size))
        return [
            WidgetPlacement(Region(*boxes[child.id]), NULL_OFFSET, Spacing(), child)
            for child in children
            if child.id in boxes
        ]


class DebuggerScreen(Screen[None]):
    """One session on the screen."""

    AUTO_FOCUS = ""
    ALLOW_SELECT = False

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.message = ""
        self._layout_now = DebuggerLayout()
        self._boxes: tuple[Size, dict[str, Box]] = Size(0, 0), {}
        """Where the panels stand, or will with the next layout."""
        self._painted_at = 0.0
        self._paint_due: Timer | None = None
        self._ticking: Timer | None = None
        self._panels: tuple[Panel, ...] = ()
        self.working = False
        """Whether a command line is being performed that others wait for."""
        self._waiting: deque[Lines] = deque()
        self._left: Lines | None = None
        """What is left of command lines that have let the screen have its turn."""
        self.training: Training | None = None
        """What is being trained while the screen goes on."""
        self.reviewing = False
        """Whether the person's own code is being run again."""
        self._watched: Watching | None = None
        self.recording: Recording | None = None
        """The script that is being written of what the person does."""

    @property
    def program(self) -> Program:
        """The app, as what it is here."""
        return cast(Program, self.app)

    @property
    def layout(self) -> Layout:
        """The one layout that places panels by the session."""
        return self._layout_now

    def compose(self) -> ComposeResult:
        """One widget a panel."""
        for panel in PANELS:
            yield panel()
        yield ConsoleInput()

    def on_mount(self) -> None:
        """Show every panel its session before the first frame, and what a script at the start has said."""
        self._panels = tuple(self.query(Panel))
        for line in self.session.told:
            self.query_one(ConsolePanel).add(line)
        self.message = self.message or self.session.assumptions
        if self.session.alongside is not None:
            from rnn_core.debugger.persistence.digests import digests
            from rnn_tui.watching import LOOKS as GLANCES
            from rnn_tui.watching import Watching

            fresh = digests(self.session.recipe) == self.session.sha256
            self._watched = Watching(self.session.alongside.path, fresh=fresh)
            self.set_interval(GLANCES, self._glance)
        for played in getattr(self.app, "played", ()):
            self.query_one(ConsolePanel).add(played.transcript)
        self._paint()
        if self._opens_as_a_list:
            self.call_after_refresh(self.run_line, "sequences")

    @property
    def _opens_as_a_list(self) -> bool:
        """Whether there are too many sequences to know which one to look at. The chunks of a text are not meant."""
        dataset, played = self.session.dataset, getattr(self.app, "played", ())
        fresh = not (played or self.session.reached or self.session.k)
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
            lines = script.parse(text)
        except RnnError as error:
            self.take(Outcome(self.session, str(error), failed=True), typed=True)
            return
        self.run_lines(tuple(line.text for line in lines), typed=True)

    def on_console_input_entered(self, message: ConsoleInput.Entered) -> None:
        """Run what was entered by other ways than the keyboard."""
        self.enter(message.line)

    # -- commands --------------------------------------------------------------------------------------------

    def on_run_command(self, message: RunCommand) -> None:
        """Run what a click meant."""
        self.run_line(message.line)

    def run_line(self, line: str) -> None:
        """Run one command line."""
        self.run_lines((line,))

    def run_lines(self, lines: tuple[str, ...], *, typed: bool = False) -> None:
        """Run command lines up to the first that fails. While work is going on they wait for their turn."""
        if self.working:
            self._waiting.append(Lines(lines, typed))
        else:
            self._run_on(Lines(lines, typed))

    def _run_on(self, at: Lines) -> None:
        """Run what is left of command lines; after a while the screen has its turn, and then they go on."""
        until = monotonic() + SLICE
        while at.done < len(at.lines):
            at = at._replace(done=at.done + 1)
            if not self._run(at):
                return
            if at.done < len(at.lines) and monotonic() > until:
                self.working = True
                self._left = at
                self.set_timer(1 / FRAMES, self._go_on)
                return

    def _go_on(self) -> None:
        at, self._left = self._left, None
        self.working = False
        if at is not None:
            self._run_on(at)
        self._have_waited()

    def _have_waited(self) -> None:
        """Work is over: run what waits for it."""
        while self._waiting and not self.working:
            self._run_on(self._waiting.popleft())
        if not self.working:
            self.app.call_later(self.program.answer_keys)

    def forget(self) -> None:
        """Drop the command lines that wait for their turn."""
        left, self._left = self._left, None
        count = sum(len(lines.lines) for lines in self._waiting) + (len(left.lines) - left.done if left else 0)
        self._waiting.clear()
        if count:
            self.take(Outcome(self.session, f"cancelled: {count:,} commands were not run", failed=True), typed=True)

    def _run(self, at: Lines) -> bool:
        """Take over a command line's session and perform its effects; False where it failed, or goes on by itself."""
        line, typed = at.lines[at.done - 1], at.typed
        if typed:
            self.query_one(ConsolePanel).add(transcript(line, ""))
        before, outcome = self.session, COMMANDS.execute(self.session, line)
        self.take(outcome, typed=typed)
        turn = Turn(line, typed, before, outcome.effects, at)
        done = [self.perform(effect, turn) for effect in outcome.effects]
        if outcome.failed or not all(done):
            return False
        self.note(turn.line, turn.before, turn.effects)
        return True

    def note(self, line: str, before: Session, asked: tuple[Effect, ...]) -> None:
        """A command line is done, with all that it asked for: keep it where a script is being written."""
        self.recording = recording.noted(self.recording, line, before, self.session, asked)

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
            self._layout_now.due = True
            self._clear_arrangement_cache()  # Textual keeps placements by size and children; ours follow the session
            self.refresh(layout=True)
        self.paint_soon()

    def _arranged(self) -> tuple[Size, dict[str, Box]]:
        """Where the panels are to stand, at which size of the screen."""
        return self.size, arrangement(self.session, *self.size)

    def perform(self, effect: Effect, turn: Turn) -> bool:
        """Do what an effect says, what needs no screen by the table of effects. False where it failed or goes on."""
        screen_effects: dict[type, Callable[[], object]] = {
            effects.Quit: lambda: self.app.exit(),
            effects.Copy: lambda: self._copy(effect.text),  # type: ignore[union-attr]  # by its type
            effects.ShowPalette: self._open_palette,
            effects.Ask: lambda: self.ask(effect.command),  # type: ignore[union-attr]
            effects.Edit: lambda: self.edit(effect),  # type: ignore[arg-type]
            effects.EditRows: self._edit_rows,
            effects.FocusConsole: self._focus_console,
        }
        if type(effect) in screen_effects:
            screen_effects[type(effect)]()
            return True
        if isinstance(effect, effects.ShowHelp) and not turn.typed:
            from rnn_tui.screens.help import HelpScreen  # the first screen does not wait for dialogs

            self.app.push_screen(HelpScreen(effect.topic))
            return True
        if isinstance(effect, effects.ListSequences) and not turn.typed:
            from rnn_tui.screens.sequences import SequencesScreen

            self.app.push_screen(SequencesScreen(self, effect))
            return True
        if self._quick(effect) or isinstance(effect, effects.Picture):
            outcome = self._performed(effect)
            self.take(outcome, typed=turn.typed)
            return not outcome.failed
        if isinstance(effect, effects.Train):
            self._train(effect, turn)
            return False
        self.working = True
        self.run_worker(self._perform_later(effect, turn), exclusive=True)
        return False

    def _copy(self, text: str) -> None:
        """Ask the terminal to put text on the clipboard; it does not say whether it has, so the console has it too."""
        self.app.copy_to_clipboard(text)
        self.query_one(ConsolePanel).add(text)

    def _focus_console(self) -> None:
        prompt = self.query_one(ConsoleInput)
        prompt.remember()
        self.set_focus(prompt)

    def _edit_rows(self) -> None:
        from rnn_tui.screens.editor import EditorScreen  # few sessions want it

        self.app.push_screen(EditorScreen(self))

    def _open_palette(self) -> None:
        from textual.command import CommandPalette

        from rnn_tui.command_palette import CommandProvider

        self.app.push_screen(CommandPalette(providers=[CommandProvider]))

    def _quick(self, effect: Effect) -> bool:
        """Whether an effect is done before a person could notice."""
        return performing.seconds(effect, self.session) <= QUICK

    def _performed(self, effect: Effect) -> Outcome:
        try:
            if isinstance(effect, effects.Write):
                self.recording, message = playing.switch_recording(effect, self.recording, self.session)
                return Outcome(self.session, message)
            if isinstance(effect, effects.Picture):
                from rnn_tui import picture  # few want one

                self._paint()
                return Outcome(self.session, picture.write(self.app, effect.path, overwrite=effect.overwrite))
            return performing.perform(effect, self.session)
        except RnnError as error:
            return Outcome(self.session, str(error), failed=True)

    async def _perform_later(self, effect: Effect, turn: Turn) -> None:
        try:
            outcome = await perform(self.program, effect, self.session)
        except RnnError as error:
            outcome = Outcome(self.session, str(error), failed=True)
        finally:
            self.working = False
        self.take(outcome, typed=turn.typed)
        if not outcome.failed:
            self.note(turn.line, turn.before, turn.effects)
            self._run_on(turn.rest)
        self._have_waited()

    # -- training --------------------------------------------------------------------------------------------

    def _train(self, effect: effects.Train, turn: Turn) -> None:
        """Train in a thread, while everything else goes on: keys, stepping, looking at what is known already."""
        if self.training is not None:
            self.take(Outcome(self.session, "training goes on: Esc stops it", failed=True), typed=turn.typed)
            return
        self.training = Training(self.session, effect)
        self.run_worker(self._trained(self.training, turn), group="training")
        self._watching = self.set_interval(1 / LOOKS, self._look)

    async def _trained(self, training: Training, turn: Turn) -> None:
        try:
            outcome = await training.run()
        except RnnError as error:
            outcome = Outcome(training.before, str(error), failed=True)
        finally:
            self.training = None
            self._watching.stop()
        while self.working:  # what changes the session meanwhile comes first
            await asyncio.sleep(0.02)
        moved = self.session.cursor != training.before.cursor
        self.take(training.arrived(self.session, outcome), typed=turn.typed)
        if outcome.failed:
            return
        self.note(turn.line, turn.before, turn.effects)
        if moved:
            self.note("goto update {} {}".format(*self.session.cursor), turn.before, ())
        self._run_on(turn.rest)

    def stop_training(self) -> bool:
        """Ask training to stop where it is; whether any was going on."""
        if self.training is None:
            return False
        self.training.cancel()
        return True

    def ask(self, command: str) -> None:
        """Open the dialog in which a person fills in what a command needs."""
        from rnn_tui.screens.prompt import PROMPTS, PromptScreen

        self.app.push_screen(PromptScreen(PROMPTS[command], self))

    def edit(self, effect: effects.Edit) -> None:
        """Open the input over the number that is to be set; where it is not to be seen, in the row of messages."""
        cell = parse_cell(self.session.trace, effect.target, self.session.k)
        at = Offset(1, self.size.height - 3)
        for panel in self.query(Panel):
            place = panel.place_of(panel.seen or self.session, cell) if panel.region.area else None
            if place is not None:
                at = panel.region.offset + place
                break
        from rnn_tui.screens.cell import CellScreen

        self.app.push_screen(CellScreen(effect, at, self))

    # -- their own code --------------------------------------------------------------------------------------

    def _glance(self) -> None:
        """Review the file again where it was saved anew, as soon as nothing else is going on."""
        if self.reviewing or self.working or self.training is not None or self._watched is None:
            return
        if self._watched.changed():
            self.reviewing = True
            self.run_worker(self._review(), group="review")

    async def _review(self) -> None:
        """Run the file in a thread, and take over what comes of it; keys are answered meanwhile."""
        from rnn_core.debugger.persistence import anew

        self.paint_soon()
        before = self.session
        try:
            made = await in_thread(lambda: anew.opened_anew(before))
        finally:
            self.reviewing = False
        while self.working:  # what changes the session meanwhile comes first
            await asyncio.sleep(0.02)
        self.take(Outcome(*anew.taken_over(self.session, made)))

    # -- painting --------------------------------------------------------------------------------------------

    def paint_soon(self) -> None:
        """Paint now, or with the next frame when the last one is too fresh."""
        if self._paint_due is not None:
            return
        wait = self._painted_at + 1 / FRAMES - monotonic()
        if wait <= 0:
            self._paint()
        else:
            self._paint_due = self.set_timer(wait, self._paint)

    def _look(self) -> None:
        """Show how far training has come, and nothing else: a key that comes now must not wait for more."""
        header = self.query_one(HeaderPanel)
        header.training = self.training.progress_text if self.training else ()
        header.show(self.session, self.message)
        self.query_one(TrainingPanel).show(self.session, self.message)

    def _paint(self) -> None:
        self._paint_due = None
        header = self.query_one(HeaderPanel)
        header.training = self.training.progress_text if self.training else ()
        header.reviewing = self.reviewing
        if self._covered:
            for panel in self._panels:
                panel.show(self.session, self.message)
        else:
            self._paint_at_once()
        self._painted_at = monotonic()

    @property
    def _covered(self) -> bool:
        """Whether something stands, or is to stand, where the panels are: Textual knows how to paint that."""
        return (
            self is not self.app.screen
            or self.session.view.console
            or self._layout_now.due
            or bool(self._dirty_widgets or self._compositor._dirty_regions or self.app._batch_count)
        )

    def _paint_at_once(self) -> None:
        """Send what the panels change: each is alone where it stands, so that nothing has to be put together."""
        places, changes = self._compositor.visible_widgets, []
        for panel in self._panels:
            if panel not in places:
                panel.take(self.session, self.message)
                continue
            changed = panel.changes(self.session, self.message)
            if changed is None:
                panel.refresh()
            elif changed:
                region, _ = places[panel]
                changes += [change._replace(x=region.x + change.x, y=region.y + change.y) for change in changed]
        if changes:
            self.app._display(self, Changes(changes))  # type: ignore[arg-type]  # as Textual's own frames are

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
