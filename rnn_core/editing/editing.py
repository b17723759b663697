"""A table being edited: what was done to it, what was undone, what is selected. Pure functions make the next state.

    Editing × (a key, a text) → Editing

Rules this file keeps:
- Nothing changes: each function returns another state. What cannot be done is `fault`, at its cell, and the table is
  then as it was.
- Every change is rows in place of rows, so undoing it is the same with both exchanged.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from rnn_core.editing import pasted as pasting
from rnn_core.editing.columns import Number
from rnn_core.editing.pasted import PasteFault
from rnn_core.editing.table import Rows, Table, hunks
from rnn_core.errors import quoted
from rnn_core.formats.files import counted
from rnn_core.formats.numbers import NumberError
from rnn_core.records import dataclass


class Selection(NamedTuple):
    """The cell that the cursor is in, and the row from which on rows are selected."""

    row: int = 0
    column: int = 0
    anchor: int = 0

    @property
    def first(self) -> int:
        """The first selected row."""
        return min(self.row, self.anchor)

    @property
    def last(self) -> int:
        """The last selected row."""
        return max(self.row, self.anchor)


class Fault(NamedTuple):
    """What is wrong, in one line, and the cell that it is about."""

    row: int
    column: int
    what: str


class Change(NamedTuple):
    """Rows from `start` on that were replaced, and by what."""

    start: int
    before: Rows
    after: Rows
    said: str


@dataclass(frozen=True, eq=False)
class Editing:
    """A table, its history, and what is selected. `adding`: what is pasted becomes new rows."""

    original: Table
    table: Table
    done: tuple[Change, ...] = ()
    undone: tuple[Change, ...] = ()
    selection: Selection = Selection()
    fault: Fault | None = None
    said: str = ""
    """What the last change did."""
    adding: bool = False

    @classmethod
    def of(cls, table: Table) -> Editing:
        """The state before anything is done."""
        return cls(table, table)

    @property
    def cell(self) -> str:
        """The text of the selected cell, every digit of it."""
        return self.table.cell_text(self.selection.row, self.selection.column)

    def refused(self, row: int, column: int, what: str) -> Editing:
        """The same state, with what is wrong at a cell, or at the nearest there is."""
        row, column = min(row, len(self.table) - 1), min(column, len(self.table.shown) - 1)
        return replace(self, fault=Fault(row, column, what), said="")


# -- moving ----------------------------------------------------------------------------------------------------


def to(state: Editing, row: int, column: int, *, extend: bool = False) -> Editing:
    """The cursor in a cell, or the nearest there is; `extend` selects the rows on the way."""
    row = min(max(row, 0), len(state.table) - 1)
    column = min(max(column, 0), len(state.table.shown) - 1)
    anchor = state.selection.anchor if extend else row
    return replace(state, selection=Selection(row, column, anchor), fault=None, said="")


def moved(state: Editing, rows: int, columns: int, *, extend: bool = False) -> Editing:
    """The cursor so many rows down and columns to the right."""
    return to(state, state.selection.row + rows, state.selection.column + columns, extend=extend)


# -- changing --------------------------------------------------------------------------------------------------


def written(state: Editing, text: str) -> Editing:
    """The selected cell with what was typed into it; a text that it cannot hold is the fault."""
    row, column, _ = state.selection
    place = state.table.place(row, column)
    if place is None:
        return state.refused(row, column, "nothing follows the last symbol: i inserts rows")
    kept_row, kept = place
    table = state.table.knowing(kept, [text])
    try:
        value = table.columns[kept].read(text)
    except NumberError as error:
        fix = f" ({error.fix})" if error.fix else ""
        return state.refused(row, column, f"{error.what}{fix}")
    if value == table.rows.cells[kept_row, kept] or (np.isnan(value) and np.isnan(table.rows.cells[kept_row, kept])):
        return replace(state, fault=None, said="")
    cells = table.rows.cells[kept_row : kept_row + 1].copy()
    cells[0, kept] = value
    shown = table.columns[kept].text(value) or "none"
    said = f"{table.shown[column].title} of row {row + 1} = {shown}"
    made = _changed(replace(state, table=table), kept_row, kept_row + 1, Rows.new(cells), said)
    return replace(made, selection=Selection(row, column, row))


def inserted(state: Editing, *, below: bool = False) -> Editing:
    """A new row above the selected one, or below it: zeros, the same symbol, no target."""
    row, column, _ = state.selection
    beside = state.table.rows.cells[row]
    cells = np.array([[each.blank(float(beside[i])) for i, each in enumerate(state.table.columns)]])
    at = row + below
    made = _changed(state, at, at, Rows.new(cells), f"inserted row {at + 1}")
    return replace(made, selection=Selection(at, column, at))


def deleted(state: Editing) -> Editing:
    """The table without the selected rows."""
    first, last, column = state.selection.first, state.selection.last, state.selection.column
    count = last + 1 - first
    if state.table.timesteps - count < 1:
        what = "a sequence has one timestep or more"
        return state.refused(state.selection.row, column, f"{what}: this would leave none")
    said = f"deleted {counted(count, 'row')}"
    made = _changed(state, first, last + 1, state.table.part(0, 0), said)
    row = min(first, len(made.table) - 1)
    return replace(made, selection=Selection(row, column, row))


def pasted(state: Editing, text: str) -> Editing:
    """The table with pasted rows over the cells from the cursor on, and beyond its end; or, `adding`, below it as rows
    of their own. A paste that is wrong anywhere changes nothing."""
    row, column, _ = state.selection
    try:
        block = pasting.read(state.table, text, column)
    except PasteFault as fault:
        down = row + fault.row + state.adding
        return state.refused(down, column + fault.column, f"paste: {fault.what}")
    count, width = block.cells.shape
    if state.table.text:
        column, row = 0, row + bool(column and not state.adding)
    start = row + 1 if state.adding else row
    over = 0 if state.adding else min(count, len(state.table) - start)
    added = count - over
    beside = state.table.rows.cells[min(start, len(state.table) - 1)]
    if added and (lacking := _lacking(block.table, column, width)):
        what = f"paste: {counted(added, 'new row')} without {lacking} (paste whole rows)"
        return state.refused(state.selection.row, state.selection.column, what)
    fresh = np.array([each.blank(float(beside[i])) for i, each in enumerate(block.table.columns)])
    cells = np.concatenate((state.table.rows.cells[start : start + over], np.tile(fresh, (added, 1))))
    cells[:, column : column + width] = block.cells
    said = f"pasted {counted(count, 'row')} of {counted(width, 'column')}"
    said += f", {added} of them new" if added and over else " as new rows" if added else ""
    made = _changed(replace(state, table=block.table), start, start + over, Rows.new(cells), said)
    return replace(made, selection=Selection(start, state.selection.column, start + count - 1))


def _lacking(table: Table, column: int, width: int) -> str:
    """The columns that a new row needs and pasted fields do not hold."""
    given = range(column, column + width)
    return " ".join(each.title for i, each in enumerate(table.columns) if i not in given and not each.optional)


def _changed(state: Editing, start: int, stop: int, rows: Rows, said: str) -> Editing:
    change = Change(start, state.table.part(start, stop), rows, said)
    table = state.table.spliced(start, stop, rows)
    return replace(state, table=table, done=(*state.done, change), undone=(), fault=None, said=said)


def undone(state: Editing) -> Editing:
    """The state before the last change."""
    if not state.done:
        return replace(state, fault=None, said="nothing to undo")
    *rest, change = state.done
    made = _replaced(state, change.start, change.after, change.before)
    return replace(made, done=tuple(rest), undone=(*state.undone, change), said=f"undone: {change.said}")


def redone(state: Editing) -> Editing:
    """The state before the last undoing."""
    if not state.undone:
        return replace(state, fault=None, said="nothing to redo")
    *rest, change = state.undone
    made = _replaced(state, change.start, change.before, change.after)
    return replace(made, undone=tuple(rest), done=(*state.done, change), said=f"again: {change.said}")


def _replaced(state: Editing, start: int, there: Rows, wanted: Rows) -> Editing:
    table = state.table.spliced(start, start + len(there.cells), wanted)
    row = min(start, len(table) - 1)
    last = min(start + max(len(wanted.cells), 1) - 1, len(table) - 1)
    return replace(state, table=table, fault=None, selection=Selection(last, state.selection.column, row))


# -- taking ----------------------------------------------------------------------------------------------------


def copied(state: Editing) -> str:
    """The selected rows, as a spreadsheet takes them: fields with tabs between."""
    first, last = state.selection.first, state.selection.last
    several = range(len(state.table.columns))
    cells = state.table.rows.cells[first : last + 1].tolist()
    texts = [[state.table.columns[i].text(row[i]) for i in several] for row in cells]
    return "\n".join("\t".join(map(_field, row)) for row in texts)


def _field(text: str) -> str:
    special = any(ch in text for ch in '\t\n\r"')
    return '"' + text.replace('"', '""') + '"' if special else text


def checked(state: Editing) -> Editing:
    """The state; where the rows do not make a sequence (real targets with gaps), in the cell that is wrong."""
    columns = state.table.of_role("target")
    if len(columns) > 1 and isinstance(state.table.columns[-1], Number):
        gaps = np.isnan(state.table.rows.cells[:, columns])
        broken = np.flatnonzero(gaps.any(axis=1) & ~gaps.all(axis=1))
        if len(broken):
            row = int(broken[0])
            column = columns[int(gaps[row].argmax())]
            given = quoted(state.table.columns[column].title)
            what = f"{given} is empty, and other targets of the row are not (give all, or none)"
            return replace(state, selection=Selection(row, column, row)).refused(row, column, what)
    return replace(state, fault=None)


def is_changed(state: Editing) -> bool:
    """Whether the table says another sequence than the one that it was made of."""
    return bool(hunks(state.original, state.table))
