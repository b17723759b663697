"""Editing in place: one line of input over a number of a panel. Enter sets it, which makes a fork; Esc leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.geometry import Offset
from textual.widgets import Input, Label

from rnn_core.debugger.outcome import Edit
from rnn_tui.screens.prompt import Prompt, PromptScreen

if TYPE_CHECKING:
    from rnn_tui.screens.debugger import DebuggerScreen

WIDTH = 24
"""Columns of the input: a number with every digit, and room for more."""


class CellScreen(PromptScreen):
    """The input stands where the number does, the hint in the row of messages."""

    def __init__(self, edit: Edit, at: Offset, debugger: DebuggerScreen) -> None:
        hint = f"{edit.target} = a number, or an expression · Enter forks · Esc leaves it as it is"
        super().__init__(Prompt("set", edit.target, hint), debugger)
        self._edit, self._at = edit, at

    def compose(self) -> ComposeResult:
        """The input with the value selected, and the hint."""
        width, height = self.app.size
        field = Input(self._edit.value, compact=True)
        field.styles.width = WIDTH
        field.styles.offset = min(self._at.x, max(0, width - WIDTH)), min(self._at.y, height - 1)
        yield field
        hint = Label(self._prompt.hint, classes="hint", markup=False)
        hint.styles.width = width
        hint.styles.offset = 0, max(0, height - 2)
        yield hint

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Set the number; one that is left as it is changes nothing."""
        event.stop()
        event.prevent_default()  # Textual would call the dialog's own handler as well
        value = event.value.strip()
        if value in ("", self._edit.value):
            self.dismiss()
        else:
            self.run_worker(self._answer(f"{self._edit.target} = {value}"), exclusive=True)
