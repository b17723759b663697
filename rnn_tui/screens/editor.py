"""The sequence as a table that is edited: rows are timesteps, columns features and targets.

Rules this file keeps:
- What is edited is an `Editing`, a value; a key makes another one, and this file paints it. Nothing outside changes
  until it is applied.
- Only the rows that are seen are painted, so that a table of a million rows scrolls as one of ten.
- What a cell cannot hold stays in its input, marked, with one line that says why.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Input

from rnn_core.data import Dataset
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.effects.on_disk import write_data
from rnn_core.debugger.whatif import rows
from rnn_core.editing import editing
from rnn_core.editing.columns import Number
from rnn_core.editing.editing import Editing
from rnn_core.editing.table import hunks, sequence_of
from rnn_core.errors import RnnError, one_line
from rnn_core.formats.files import counted
from rnn_tui.render.canvas import clean
from rnn_tui.screens.prompt import ConfirmScreen
from rnn_tui.screens.sheet import BOTTOM, NUMBER, TOP, Sheet
from rnn_tui.work import perform, work

if TYPE_CHECKING:
    from rnn_tui.screens.debugger import DebuggerScreen

MOST_COPIED = 2**20
"""The most characters that are copied: terminals take no more."""


class EditorScreen(ModalScreen[None]):
    """The table, and one input: for a cell, for a row to go to, for the file to save to."""

    AUTO_FOCUS = "Sheet"
    BINDINGS = [
        ("up", "move(-1, 0)"), ("down", "move(1, 0)"), ("left", "move(0, -1)"), ("right", "move(0, 1)"),
        ("tab", "move(0, 1)"), ("shift+tab", "move(0, -1)"), ("shift+up", "move(-1, 0, True)"),
        ("shift+down", "move(1, 0, True)"), ("pageup", "page(-1)"), ("pagedown", "page(1)"),
        ("home", "side(False)"), ("end", "side(True)"), ("ctrl+home", "edge(False)"), ("ctrl+end,G", "edge(True)"),
        ("enter", "edit"), ("i", "insert(False)"), ("o", "insert(True)"), ("d,delete", "delete"), ("u", "undo"),
        ("U,ctrl+r", "redo"), ("v", "adding"), ("y", "copy"), ("g", "goto"), ("s", "save"), ("a", "apply"),
        ("escape", "leave"),
    ]  # fmt: skip

    def __init__(self, debugger: DebuggerScreen) -> None:
        super().__init__()
        session = self._session = debugger.session
        self.debugger = debugger
        self._sequence = session.run.sequence(session.cursor.u)
        self.state = Editing.of(rows.table(session))
        self.said = "a applies the rows as a fork: this run and its forks stay as they are"
        self.wrong = ""
        """What is wrong with the whole, rather than with a cell."""
        self._answers: Callable[[str], None] | None = None
        """What takes what is typed into the input."""

    def compose(self) -> ComposeResult:
        """The table, and the input over it that is seen when it is wanted."""
        yield Sheet(self)
        field = Input(compact=True, select_on_focus=False)
        field.display = False
        yield field

    @property
    def title_text(self) -> str:
        """Which sequence this is, and how long."""
        session = self._session
        several = len(session.dataset.sequences)
        which = f"sequence {session.index + 1} of {several}" if several > 1 else "sequence"
        name = f" · {clean(session.dataset.name)}" if session.dataset.name else ""
        return f"edit {which} · {counted(self.state.table.timesteps, 'timestep')}{name}"

    @property
    def changes_text(self) -> str:
        """How much is not applied, and what a paste does."""
        changes = len(hunks(self.state.original, self.state.table))
        mode = "pasted rows are new ones" if self.state.adding else "pasted cells go over others"
        return f"{counted(changes, 'place')} changed · {mode}" if changes else mode

    # -- changing --------------------------------------------------------------------------------------------

    def change(self, by: Callable[[Editing], Editing]) -> None:
        """Another state, painted."""
        self.state = by(self.state)
        self.said = self.wrong = ""
        self.query_one(Sheet).refresh()

    def say(self, text: str, *, wrong: bool = False) -> None:
        """A line for the person."""
        self.state = replace(self.state, said="", fault=None)
        self.said, self.wrong = ("", text) if wrong else (text, "")
        self.query_one(Sheet).refresh()

    def action_move(self, down: int, across: int, extend: bool = False) -> None:
        """The cursor in another cell; what is being typed is taken first."""
        if self._typed():
            self.change(lambda state: editing.moved(state, down, across, extend=extend))

    def action_page(self, direction: int) -> None:
        """A screen of rows on or back."""
        if self._typed():
            self.change(lambda state: editing.moved(state, direction * max(1, self.size.height - TOP - BOTTOM - 1), 0))

    def action_side(self, last: bool) -> None:
        """The first or the last column."""
        self.change(lambda state: editing.to(state, state.selection.row, len(state.table.shown) * last))

    def action_edge(self, last: bool) -> None:
        """The first or the last row."""
        self.change(lambda state: editing.to(state, len(state.table) * last, state.selection.column))

    def action_insert(self, below: bool) -> None:
        """A new row."""
        self.change(lambda state: editing.inserted(state, below=below))

    def action_delete(self) -> None:
        """Without the selected rows."""
        self.change(editing.deleted)

    def action_undo(self) -> None:
        """Without the last change."""
        self.change(editing.undone)

    def action_redo(self) -> None:
        """With it again."""
        self.change(editing.redone)

    def action_adding(self) -> None:
        """Whether what is pasted becomes rows of its own."""
        said = "pasted rows go below this one, as new rows" if not self.state.adding else "pasted cells go over others"
        self.change(lambda state: replace(state, adding=not state.adding, said=said, fault=None))

    def action_copy(self) -> None:
        """The selected rows, for a spreadsheet."""
        text = editing.copied(self.state)
        if len(text) > MOST_COPIED:
            self.say(f"{len(text):,} characters are more than a terminal takes (s saves them to a file)", wrong=True)
            return
        self.app.copy_to_clipboard(text)
        first, last = self.state.selection.first, self.state.selection.last
        self.say(f"copied {counted(last - first + 1, 'row')} with tabs between the fields")

    # -- typing ----------------------------------------------------------------------------------------------

    @property
    def _input(self) -> Input:
        return self.query_one(Input)

    def on_key(self, event: events.Key) -> None:
        """A digit begins a number where the cursor is, as in a spreadsheet."""
        numeric = isinstance(self.state.table.shown[self.state.selection.column], Number)
        if self._answers is None and numeric and event.character and event.character in "0123456789.-+":
            event.stop()
            self._edit(event.character)

    def action_edit(self) -> None:
        """Type over the selected cell."""
        self._edit(None)

    def _edit(self, typed: str | None) -> None:
        row, column, _ = self.state.selection
        self.change(lambda state: editing.to(state, row, column))
        place = self.query_one(Sheet).place_of(row, column)
        if place is None:
            return
        at, room = place
        text = self.state.cell if typed is None else typed
        room = min(max(room, len(self.state.cell) + 2, NUMBER), self.size.width)
        at = Offset(min(at.x, self.size.width - room), at.y)
        self._ask(text, at, room, self._written, select=typed is None)

    def _ask(self, text: str, at: Offset, room: int, answers: Callable[[str], None], *, select: bool) -> None:
        field = self._input
        self._answers = answers
        field.styles.offset, field.styles.width = at, room
        field.remove_class("wrong")
        field.display = True
        field.value = text
        self.set_focus(field)
        field.cursor_position = len(text)
        if select:
            field.select_all()

    def _written(self, text: str) -> None:
        self.change(lambda state: editing.written(state, text))
        if self.state.fault:
            self._input.add_class("wrong")
        else:
            self._close()

    def _close(self) -> None:
        self._answers = None
        self._input.display = False
        self.set_focus(self.query_one(Sheet))

    def _typed(self) -> bool:
        """Take what is being typed; whether nothing is in the way of the next thing then."""
        if self._answers is not None:
            self._answers(self._input.value)
        return self._answers is None

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what was typed; below a cell comes the next."""
        event.stop()
        cell = self._answers == self._written
        if self._typed() and cell:
            said = self.state.said
            self.change(lambda state: replace(editing.moved(state, 1, 0), said=said))

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is typed anew is not wrong yet."""
        self._input.remove_class("wrong")

    def action_goto(self) -> None:
        """Ask for a row."""
        self.say(f"go to row 1 to {len(self.state.table):,}:")
        self._ask(
            "", Offset(24 + len(f"{len(self.state.table):,}"), self.size.height - 2), 12, self._gone, select=False
        )

    def _gone(self, text: str) -> None:
        text = text.strip().replace(",", "")
        self._close()
        if text.isascii() and text.isdigit() and 1 <= int(text[:12]) <= len(self.state.table):
            self.change(lambda state: editing.to(state, int(text) - 1, state.selection.column))
        elif text:
            self.say(f"no row {text} (1 to {len(self.state.table):,})", wrong=True)

    # -- saving and applying ---------------------------------------------------------------------------------

    def _made(self) -> Dataset | None:
        """The rows as a dataset of one sequence; None where a cell stands in the way, which is marked then."""
        self.change(editing.checked)
        if self.state.fault:
            return None
        sequence = sequence_of(self.state.table, self._sequence)
        return replace(self._session.dataset, sequences=(sequence,), carried=False)

    def action_save(self) -> None:
        """Ask for a file."""
        if self._made() is not None:
            self.say("save to (.json .csv .npz .txt …):")
            self._ask("", Offset(36, self.size.height - 2), max(12, self.size.width - 37), self._named, select=False)

    def _named(self, path: str) -> None:
        self._close()
        self.say("")
        if not path.strip():
            return
        if os.path.exists(os.path.expanduser(path)):
            question = f"{one_line(path, 60)} exists. Overwrite it?"
            self.app.push_screen(ConfirmScreen(question), lambda yes: self._save(path, overwrite=True) if yes else None)
        else:
            self._save(path)

    def _save(self, path: str, *, overwrite: bool = False) -> None:
        self.run_worker(self._saved(path.strip(), overwrite=overwrite), exclusive=True)

    async def _saved(self, path: str, *, overwrite: bool) -> None:
        dataset = self._made()
        if dataset is None:
            return
        try:
            said = await work(
                self.debugger.program, "writing", lambda _progress: write_data(dataset, path, overwrite=overwrite)
            )
            self.say(said)
        except RnnError as error:
            self.say(str(error), wrong=True)

    def action_apply(self) -> None:
        """Fork with the rows as they are."""
        if self._made() is not None:
            self.run_worker(self._applied(), exclusive=True)

    async def _applied(self) -> None:
        debugger, before = self.debugger, self.debugger.session
        if before.run.sequence(before.cursor.u) is not self._sequence:
            self.say("the run has come to another sequence meanwhile (s saves the rows; i edits the other)", wrong=True)
            return
        try:
            line = rows.line_of(self.state.original, self.state.table)
            if not line:
                self.say("nothing is changed: Esc closes")
                return
            asked = outcome = COMMANDS.execute(before, line)
            if outcome.failed:
                self.say(outcome.message, wrong=True)
                return
            for effect in asked.effects:
                outcome = await perform(debugger.program, effect, outcome.session)
        except RnnError as error:
            self.say(str(error), wrong=True)
            return
        self.dismiss()
        debugger.take(outcome)
        debugger.note(line, before, asked.effects)

    def action_leave(self) -> None:
        """Close what is open: the input, else the editor, whose changes are asked about."""
        if self._answers is not None:
            self._close()
            self.change(lambda state: replace(state, fault=None))
        elif editing.is_changed(self.state):
            changes = len(hunks(self.state.original, self.state.table))
            self.app.push_screen(ConfirmScreen(f"{counted(changes, 'change')} not applied. Leave them?"), self._left)
        else:
            self.dismiss()

    def _left(self, yes: bool | None) -> None:
        if yes:
            self.dismiss()
