"""Dialogs with one line of input: go to, open, export; and a question with yes and no.

A dialog turns what is typed into a command line and has it run. A mistake is shown in the dialog, which stays
open; the session behind it stays as it was.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input, Label

from rnn_core.choices import SEQUENCES, TRACES
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.effects.performing import is_performed
from rnn_core.debugger.outcome import Export
from rnn_core.errors import RnnError, Undecided, one_line
from rnn_core.records import dataclass
from rnn_tui.work import perform

if TYPE_CHECKING:
    from rnn_tui.screens.debugger import DebuggerScreen


class PathSuggester(Suggester):
    """Completes the path that is being typed from the names on disk."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The first name, in alphabetical order, that goes on from what is typed."""
        folder, start = os.path.split(os.path.expanduser(value))
        try:
            names = sorted(os.listdir(folder or "."))[:20_000]
        except OSError:
            return None
        for name in names:
            if name.startswith(start) and name != start and (start or not name.startswith(".")):
                path = os.path.join(folder, name)
                rest = name[len(start) :]
                return value + rest + (os.sep if os.path.isdir(path) else "")
        return None


def _exists(path: str) -> bool:
    return os.path.exists(os.path.expanduser(path))


@dataclass(frozen=True)
class Prompt:
    """A dialog: the command that it fills in, what it asks, an example, and whether it asks for a path."""

    command: str
    question: str
    hint: str
    path: bool = False


PROMPTS = {
    "goto": Prompt("goto", "Go to", "a position: 42 · t=3 · t=3 backward · dh t=2 · backward · end"),
    "open": Prompt(
        "open",
        "Open a sequence, or a model (.pt …) for this one",
        f"{', '.join(SEQUENCES)} · → completes",
        path=True,
    ),
    "export": Prompt("export", "Export the trace to", " · ".join(f"trace.{name}" for name in TRACES), path=True),
}


class PromptScreen(ModalScreen[None]):
    """One line of input over the debugger."""

    AUTO_FOCUS = "Input"
    BINDINGS = [("escape", "dismiss", "close"), ("tab", "complete", "complete")]

    def __init__(self, prompt: Prompt, debugger: DebuggerScreen) -> None:
        super().__init__()
        self._prompt = prompt
        self._debugger = debugger

    def compose(self) -> ComposeResult:
        """Question, input, hint or error."""
        with Vertical(classes="dialog"):
            yield Label(self._prompt.question, markup=False)
            yield Input(suggester=PathSuggester() if self._prompt.path else None)
            yield Label(self._prompt.hint, classes="hint", markup=False)

    def action_complete(self) -> None:
        """Take the suggestion, as a shell does on Tab."""
        self.query_one(Input).action_cursor_right()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Run the command with what was typed."""
        event.stop()
        if event.value.strip():
            self.run_worker(self._answer(event.value.strip()), exclusive=True)

    async def _answer(self, text: str) -> None:
        line, before = f"{self._prompt.command} {text}", self._debugger.session
        asked = outcome = COMMANDS.execute(before, line)
        if outcome.failed:
            self.say(outcome.message)
            return
        for effect in asked.effects:
            if is_performed(effect):
                if (
                    isinstance(effect, Export)
                    and not effect.overwrite
                    and os.path.exists(os.path.expanduser(effect.path))
                ):
                    self._overwrite(effect.path, text)
                    return
                try:
                    outcome = await perform(self._debugger.program, effect, outcome.session)
                except Undecided as error:
                    self._choose(error, text)
                    return
                except RnnError as error:
                    self.say(str(error))
                    return
        self.dismiss()
        self._debugger.take(outcome)
        self._debugger.note(line, before, asked.effects)

    def _choose(self, error: Undecided, text: str) -> None:
        """Ask which way a file is to be read, and open it so."""

        def chosen(option: str | None) -> None:
            if option:
                self.run_worker(self._answer(f"{text} {option}"), exclusive=True)

        self.say(f"{error.where}: {error.what}")
        self.app.push_screen(ChoiceScreen(f"{error.where}: {error.what}", error.choices), chosen)

    def _overwrite(self, path: str, text: str) -> None:
        def again(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._answer(f"{text} --force"), exclusive=True)

        self.app.push_screen(ConfirmScreen(f"{one_line(path, 60)} exists. Overwrite it?"), again)

    def say(self, text: str) -> None:
        """Show a mistake where the hint was."""
        label = self.query_one(".hint", Label)
        label.update(text)
        label.add_class("error")


class ChoiceScreen(ModalScreen[str]):
    """A question with several answers, each with a digit; Esc gives none."""

    BINDINGS = [("escape", "answer(0)", "close"), *((str(i), f"answer({i})", str(i)) for i in range(1, 10))]

    def __init__(self, question: str, choices: tuple[tuple[str, str], ...]) -> None:
        super().__init__()
        self._question, self._choices = one_line(question), choices[:9]

    def compose(self) -> ComposeResult:
        """The question and its answers."""
        with Vertical(classes="dialog"):
            yield Label(self._question, markup=False)
            for i, (option, sense) in enumerate(self._choices, start=1):
                yield Label(f"{i}  {sense}  ({option})", markup=False)
            yield Label(f"1 to {len(self._choices)} · Esc closes", classes="hint", markup=False)

    def action_answer(self, number: int) -> None:
        """Close with the option of that number."""
        if number <= len(self._choices):
            self.dismiss(self._choices[number - 1][0] if number else "")


class ConfirmScreen(ModalScreen[bool]):
    """A question that y answers with yes, and n or Esc with no."""

    BINDINGS = [("y", "answer(True)", "yes"), ("n", "answer(False)", "no"), ("escape", "answer(False)", "no")]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question and its keys."""
        with Vertical(classes="dialog"):
            yield Label(self._question, markup=False)
            yield Label("y yes · n no", classes="hint", markup=False)

    def action_answer(self, yes: Any) -> None:
        """Close with the answer."""
        self.dismiss(bool(yes))
