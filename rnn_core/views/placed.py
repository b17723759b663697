"""A table's place in a box: where it stands, which window of it is seen, and how that is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from rnn_core.records import dataclass
from rnn_core.views.options import Units
from rnn_core.views.window import page
from rnn_core.views.words import Word, packed

NARROW_CELL, WIDE_CELL, LARGER_CELLS = 2, 6, (8, 10, 12)
"""Columns of a cell: of a colour, of a number, and where there is room to spare."""
TALLEST = 5
"""The most rows of a cell."""
TIME = "→t="
"""Before a part of the timesteps, whose last one is T."""
POWER = "×1e-12"
"""As long as powers of ten are."""


@dataclass(frozen=True)
class Placed:
    """A table: the last line of its caption at (x, y), its cells below it, each `cell` columns wide."""

    name: str
    x: int
    y: int
    width: int
    cell: int
    rows: range
    columns: range
    above: int = 0
    """The lines of the caption over its last one."""
    tall: int = 1
    """The rows that a cell takes."""
    below: int = 0
    """The lines under the cells that say which part is seen, where the caption has no room for it."""
    says: int = 0
    """The columns in which it says which part is seen, where not its caption does; 0 where a neighbour says it."""
    goes_on: bool = False
    """Whether it is the continuation of the table above it, which is wider than its place."""

    def showing(self, rows: range, columns: range) -> Placed:
        """The same place with another part of its table."""
        return replace(self, rows=rows, columns=columns)

    @property
    def place(self) -> str:
        """What tells it from all other tables of its box."""
        return f"{self.name} {self.columns.start}" if self.goes_on else self.name

    def hit(self, x: int, y: int) -> tuple[int, int] | None:
        """The (row, column) of the table under a point of the box; None beside its cells."""
        row, column = (y - self.y - 1) // self.tall, (x - self.x) // self.cell
        if x >= self.x and 0 <= row < len(self.rows) and 0 <= column < len(self.columns):
            return self.rows[row], self.columns[column]
        return None

    def at(self, row: int, column: int) -> tuple[int, int] | None:
        """Where an element's cell begins; None where it is not seen."""
        if row not in self.rows or column not in self.columns:
            return None
        return self.x + self.columns.index(column) * self.cell, self.y + 1 + self.rows.index(row) * self.tall


def seen(arrow: str, shown: range, total: int, first: int = 0) -> str:
    """Which part of an axis is seen: ↓10–19/64; empty where all of it is. The axis counts from `first`."""
    if len(shown) == total:
        return ""
    shown, total = range(shown.start + first, shown.stop + first), total - (1 if arrow == TIME else 0) + first
    part = f"{shown.start}–{shown.stop - 1}" if len(shown) > 1 else f"{shown.start}" if shown else "none"
    return f"{arrow}{part}/{total}"


class Table(NamedTuple):
    """A table: the axis that runs down and the one that runs across, empty for a single row or column; its size."""

    name: str
    down: str
    across: str
    rows: int
    columns: int


def window(table: Table, down_fits: int, across_fits: int) -> tuple[range, range]:
    """The last rows and columns of a table, as many as fit: no others take more words to say."""
    return page(table.rows, down_fits, table.rows - 1), page(table.columns, across_fits, table.columns - 1)


def turned(places: Sequence[Placed], tables: Sequence[Table], units: Units) -> tuple[Placed, ...]:
    """The same places with the pages that hold the selected units: nothing but these moves with the selection."""
    known = {table.name: table for table in tables}
    across = {name: sum(len(place.columns) for place in places if place.name == name) for name in known}
    at = {name: page(table.columns, across[name], _unit(units, table.across)).start for name, table in known.items()}
    found = []
    for place in places:
        table = known[place.name]
        rows = page(table.rows, len(place.rows), _unit(units, table.down))
        columns = range(at[place.name], at[place.name] + len(place.columns))
        at[place.name] = columns.stop
        found.append(place if (rows, columns) == (place.rows, place.columns) else place.showing(rows, columns))
    return tuple(found)


def _unit(units: Units, axis: str) -> int:
    return getattr(units, axis) if axis else 0


def musts(table: Table, rows: range, shown: range, cell: int) -> list[Word]:
    """What a caption may never leave out."""
    power = POWER if cell > NARROW_CELL else ""
    must = (table.name, seen("↓", rows, table.rows), seen("→", shown, table.columns), power)
    return [Word(text) for text in must if text]


def lines_for(words: Sequence[Word], width: int, most: int = 4) -> int:
    """The lines that words take in a caption of a width."""
    return next((lines for lines in range(1, most) if packed(words, width, lines)), most)
