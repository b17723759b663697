"""A sequence as a table: a row a timestep, a column a feature, then what is to be predicted.

    table_of(sequence) → Table → spliced(…) → sequence_of(table)

Rules this file keeps:
- A table never changes. Every change replaces rows start … stop - 1 by others: writing a cell replaces one row.
- Each row says which row of the sequence it came from, -1 where it is new or was written to. So what was changed is
  known whatever the order of the changes.
- A text is its symbols, the last of which may only be predicted. Its targets are the symbols one row below.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_core.arrays import Array
from rnn_core.data import NO_TARGET, Dataset, Sequence, Targets, one_hot
from rnn_core.editing.columns import Choice, Column, Number, Role, Word
from rnn_core.formats.sequences import symbols
from rnn_core.records import dataclass

NEW = -1
"""Where a row came from that is not of the sequence as it was."""


class Rows(NamedTuple):
    """Cells (R,C), and the row of the sequence that each row is."""

    cells: Array
    origin: NDArray[np.int64]

    @classmethod
    def new(cls, cells: Array) -> Rows:
        """Rows that were never part of the sequence."""
        return cls(cells, np.full(len(cells), NEW))


class Hunk(NamedTuple):
    """Rows start … stop - 1 of the sequence as it was, and what stands in their place."""

    start: int
    stop: int
    cells: Array


@dataclass(frozen=True, eq=False)
class Table:
    """Columns and rows. A `text` has one column of symbols; where it is `closed` its last row is no timestep."""

    columns: tuple[Column, ...]
    rows: Rows
    text: bool = False
    closed: bool = False

    def __len__(self) -> int:
        return len(self.rows.cells)

    @property
    def timesteps(self) -> int:
        """T."""
        return len(self) - self.closed

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns that are seen: those of a text have its targets beside them."""
        if not self.text:
            return self.columns
        (symbol,) = self.columns
        assert isinstance(symbol, Choice)
        return symbol, Choice("target", "target", True, symbol.names, symbol.count)

    def place(self, row: int, column: int) -> tuple[int, int] | None:
        """Where a seen cell is kept; None for what follows the last symbol of a text."""
        if not self.text or not column:
            return row, column
        return (row + 1, 0) if row + 1 < len(self) else None

    def value(self, row: int, column: int) -> float:
        """What a seen cell holds."""
        place = self.place(row, column)
        return float("nan") if place is None else float(self.rows.cells[place])

    def cell_text(self, row: int, column: int) -> str:
        """A seen cell's text, every digit of it."""
        return self.shown[column].text(self.value(row, column))

    def of_role(self, *roles: Role) -> list[int]:
        """The places of the columns of these roles."""
        return [i for i, column in enumerate(self.columns) if column.role in roles]

    def part(self, start: int, stop: int) -> Rows:
        """Rows start … stop - 1."""
        return Rows(self.rows.cells[start:stop], self.rows.origin[start:stop])

    def spliced(self, start: int, stop: int, rows: Rows) -> Table:
        """The table with other rows in place of start … stop - 1."""
        cells = _spliced(self.rows.cells, start, stop, rows.cells)
        return replace(self, rows=Rows(cells, _spliced(self.rows.origin, start, stop, rows.origin)))

    def knowing(self, column: int, texts: list[str]) -> Table:
        """The table whose column can hold these texts, where it takes any."""
        known = self.columns[column].knowing(texts)
        if known is self.columns[column]:
            return self
        return replace(self, columns=(*self.columns[:column], known, *self.columns[column + 1 :]))


def _spliced(array: NDArray[Any], start: int, stop: int, part: NDArray[Any]) -> NDArray[Any]:
    if len(part) == stop - start:
        made = array.copy()
        made[start:stop] = part
    else:
        made = np.concatenate((array[:start], part, array[stop:]))
    made.flags.writeable = False
    return made


# -- from a sequence and back ----------------------------------------------------------------------------------


def table_of(sequence: Sequence, dataset: Dataset, classes: int) -> Table:
    """The table of a sequence of a dataset, whose network has so many classes."""
    timesteps = len(sequence)
    codes = symbols.of_sequence(sequence, dataset.features)
    if codes is not None and (last := _predicted_last(sequence, dataset, codes, classes)) is not None:
        named = Choice("symbol", "symbol", False, dataset.features, sequence.inputs)
        closed = last != NO_TARGET
        column = np.append(codes, last) if closed else codes
        return Table((named,), _rows([column]), text=True, closed=closed)
    if codes is not None:
        columns: list[Column] = [Choice("symbol", "symbol", False, dataset.features, sequence.inputs)]
        arrays: list[NDArray[Any]] = [codes]
    else:
        names = dataset.features or tuple(f"x{i}" for i in range(sequence.inputs))
        columns = [Number(name) for name in names]
        arrays = list(sequence.x.T)
    if sequence.tokens and codes is None:
        known = tuple(dict.fromkeys(sequence.tokens))
        index = {token: i for i, token in enumerate(known)}
        columns.append(Word("token", "token", False, known))
        arrays.append(np.fromiter(map(index.__getitem__, sequence.tokens), np.float64, timesteps))
    if sequence.is_values:
        outputs = sequence.y.shape[1]
        called = ["target"] if outputs == 1 else [f"target {i}" for i in range(outputs)]
        columns += [Number(name, "target", True) for name in called]
        arrays += list(sequence.y.T)
    else:
        columns.append(Choice("target", "target", True, _named(dataset.classes, classes), classes))
        arrays.append(np.where(sequence.has_target, sequence.y, np.nan))
    return Table(tuple(columns), _rows(arrays))


def _predicted_last(sequence: Sequence, dataset: Dataset, codes: NDArray[np.int64], classes: int) -> int | None:
    """What the last timestep predicts, where each predicts the next symbol; None where that is not so."""
    if sequence.is_values or dataset.classes not in (dataset.features, tuple(map(str, range(classes)))):
        return None
    y = sequence.y
    if not (y != NO_TARGET).any() or not np.array_equal(y[:-1], codes[1:]) or y[-1] >= sequence.inputs:
        return None
    return int(y[-1])


def _named(names: tuple[str, ...], count: int) -> tuple[str, ...]:
    return (*names, *map(str, range(len(names), count))) if names else ()


def _rows(columns: list[NDArray[Any]]) -> Rows:
    cells = np.stack(columns, axis=1).astype(np.float64)
    cells.flags.writeable = False
    return Rows(cells, np.arange(len(cells)))


def sequence_of(table: Table, like: Sequence) -> Sequence:
    """The sequence that a table says; initial states and name are those of the one that it was made of."""
    cells = table.rows.cells
    tokens: tuple[str, ...] = ()
    first = table.columns[0]
    if isinstance(first, Choice):
        codes = cells[:, 0].astype(np.int64)
        inputs = codes[: table.timesteps]
        x = one_hot(inputs, first.count)
        names = first.names or tuple(map(str, range(first.count)))
        tokens = tuple(names[code] for code in inputs.tolist())
    else:
        x = np.ascontiguousarray(cells[:, table.of_role("feature")])
    if table.text:
        ends = [] if table.closed else [NO_TARGET]
        return replace(like, x=x, y=np.append(codes[1:], ends).astype(np.int64), tokens=tokens)
    for column in table.of_role("token"):
        tokens = tuple(map(table.columns[column].text, cells[:, column].tolist()))
    return replace(like, x=x, y=_targets(table), tokens=tokens)


def _targets(table: Table) -> Targets:
    y = table.rows.cells[:, table.of_role("target")]
    if isinstance(table.columns[-1], Number):
        return np.ascontiguousarray(y)
    return np.where(np.isnan(y), NO_TARGET, y)[:, 0].astype(np.int64)


# -- what was changed ------------------------------------------------------------------------------------------


def hunks(before: Table, after: Table) -> list[Hunk]:
    """What was changed of `before` to make `after`, from top to bottom; rows written as they were are no change."""
    kept = np.flatnonzero(after.rows.origin != NEW)
    new = np.concatenate(([-1], kept, [len(after)]))
    old = np.concatenate(([-1], after.rows.origin[kept], [len(before)]))
    found = []
    for i in np.flatnonzero((np.diff(new) > 1) | (np.diff(old) > 1)).tolist():
        start, stop = int(old[i]) + 1, int(old[i + 1])
        cells = after.rows.cells[new[i] + 1 : new[i + 1]]
        if not np.array_equal(before.rows.cells[start:stop], cells, equal_nan=True):
            found.append(Hunk(start, stop, cells))
    return found


def patched(table: Table, changes: list[Hunk]) -> Table:
    """The table with hunks in place of its rows: the inverse of `hunks`."""
    for start, stop, cells in reversed(changes):
        table = table.spliced(start, stop, Rows.new(cells))
    return table
