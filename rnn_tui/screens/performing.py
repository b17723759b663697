"""Who performs what a command asks for: the screen itself, a moment's work at once, or a thread.

Rules this file keeps:
- What needs no screen is performed by the table of effects, as in a script.
- Work longer than a moment runs in a thread; what it makes is taken over whole or not at all.
- The first screen waits for no dialog: each is imported when it is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from textual.geometry import Offset

from rnn_core.debugger import outcome as effects
from rnn_core.debugger import scripts
from rnn_core.debugger.effects import performing
from rnn_core.debugger.outcome import Effect, Outcome
from rnn_core.debugger.position.cells import parse_cell
from rnn_core.errors import RnnError
from rnn_tui.panels.base import Panel
from rnn_tui.panels.console import ConsoleInput, ConsolePanel
from rnn_tui.screens.turns import Turn
from rnn_tui.work import perform

if TYPE_CHECKING:
    from rnn_tui.screens.debugger import DebuggerScreen

QUICK = 0.1
"""Seconds of work that is done at once."""


class Performer:
    """Performs effects for a screen."""

    def __init__(self, screen: DebuggerScreen) -> None:
        self._screen = screen

    def perform(self, effect: Effect, turn: Turn) -> bool:
        """Do what an effect says. False where it failed or goes on by itself."""
        screen, kind = self._screen, type(effect)
        if kind in ON_SCREEN:
            ON_SCREEN[kind](screen, effect)
            return True
        if kind in DIALOGS and not turn.typed:
            DIALOGS[kind](screen, effect)
            return True
        if kind is effects.Picture or performing.seconds(effect, screen.session) <= QUICK:
            outcome = self._performed(effect)
            screen.take(outcome, typed=turn.typed)
            return not outcome.failed
        if isinstance(effect, effects.Train):
            screen.background.train(effect, turn)
            return False
        screen.turns.working = True
        screen.run_worker(self._perform_later(effect, turn), exclusive=True)
        return False

    def _performed(self, effect: Effect) -> Outcome:
        screen = self._screen
        try:
            if isinstance(effect, effects.Write):
                screen.recording, message = scripts.playing.switch_recording(effect, screen.recording, screen.session)
                return Outcome(screen.session, message)
            if isinstance(effect, effects.Picture):
                from rnn_tui import picture

                screen.painting.paint()
                return Outcome(screen.session, picture.write(screen.app, effect.path, overwrite=effect.overwrite))
            return performing.perform(effect, screen.session)
        except RnnError as error:
            return Outcome(screen.session, str(error), failed=True)

    async def _perform_later(self, effect: Effect, turn: Turn) -> None:
        screen = self._screen
        try:
            outcome = await perform(screen.program, effect, screen.session)
        except RnnError as error:
            outcome = Outcome(screen.session, str(error), failed=True)
        finally:
            screen.turns.working = False
        screen.turns.ended(turn, outcome)
        screen.turns.go_on()


# -- what only the screen can do -------------------------------------------------------------------------------


def _quit(screen: DebuggerScreen, _effect: effects.Quit) -> None:
    screen.app.exit()


def _copy(screen: DebuggerScreen, effect: effects.Copy) -> None:
    """Ask the terminal to put text on the clipboard; it does not say whether it has, so the console has it too."""
    screen.app.copy_to_clipboard(effect.text)
    screen.query_one(ConsolePanel).add(effect.text)


def _focus_console(screen: DebuggerScreen, _effect: effects.FocusConsole) -> None:
    prompt = screen.query_one(ConsoleInput)
    prompt.remember()
    screen.set_focus(prompt)


def _palette(screen: DebuggerScreen, _effect: effects.ShowPalette) -> None:
    from textual.command import CommandPalette

    from rnn_tui.command_palette import CommandProvider

    screen.app.push_screen(CommandPalette(providers=[CommandProvider]))


def _ask(screen: DebuggerScreen, effect: effects.Ask) -> None:
    """Open the dialog in which a person fills in what a command needs."""
    from rnn_tui.screens.prompt import PROMPTS, PromptScreen

    screen.app.push_screen(PromptScreen(PROMPTS[effect.command], screen))


def _edit(screen: DebuggerScreen, effect: effects.Edit) -> None:
    """Open the input over the number that is to be set; where it is not to be seen, in the row of messages."""
    cell = parse_cell(screen.session.trace, effect.target, screen.session.k)
    at = Offset(1, screen.size.height - 3)
    for panel in screen.query(Panel):
        place = panel.place_of(panel.seen or screen.session, cell) if panel.region.area else None
        if place is not None:
            at = panel.region.offset + place
            break
    from rnn_tui.screens.cell import CellScreen

    screen.app.push_screen(CellScreen(effect, at, screen))


def _edit_rows(screen: DebuggerScreen, _effect: effects.EditRows) -> None:
    from rnn_tui.screens.editor import EditorScreen

    screen.app.push_screen(EditorScreen(screen))


ON_SCREEN: Mapping[type[Effect], Callable[[DebuggerScreen, Any], None]] = MappingProxyType(
    {
        effects.Quit: _quit,
        effects.Copy: _copy,
        effects.ShowPalette: _palette,
        effects.Ask: _ask,
        effects.Edit: _edit,
        effects.EditRows: _edit_rows,
        effects.FocusConsole: _focus_console,
    }
)
"""What needs the screen."""


def _help(screen: DebuggerScreen, effect: effects.ShowHelp) -> None:
    from rnn_tui.screens.help import HelpScreen

    screen.app.push_screen(HelpScreen(effect.topic))


def _sequences(screen: DebuggerScreen, effect: effects.ListSequences) -> None:
    from rnn_tui.screens.sequences import SequencesScreen

    screen.app.push_screen(SequencesScreen(screen, effect))


DIALOGS: Mapping[type[Effect], Callable[[DebuggerScreen, Any], None]] = MappingProxyType(
    {effects.ShowHelp: _help, effects.ListSequences: _sequences}
)
"""What has a screen of its own, but is answered in the console where a person typed it there."""
