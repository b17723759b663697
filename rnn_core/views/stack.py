"""The tables that stand over each other beside the matrices of the recurrent layer: dV, db, dc.

Rules this file keeps:
- A table that is wider than its place goes on below it, block under block, as far as there is height.
- Every block is a table with a caption of its own: which columns it shows, and its power of ten.
- Height that is then left makes colours into numbers, the narrowest tables first. Then come norms, blank rows, limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rnn_core.views.options import CellMode
from rnn_core.views.placed import NARROW_CELL, WIDE_CELL, Placed, Table, lines_for, musts, window
from rnn_core.views.words import Word

LEAST_ACROSS = 4
"""Numbers beside each other in a table of several blocks."""
NORM, LIMIT = "‖0.00123‖", "±0.0012"
"""As long as what a caption says besides what it must."""


class Block(NamedTuple):
    """A part of a table under its own caption of so many lines."""

    rows: range
    columns: range
    lines: int


class Piled(NamedTuple):
    """A table of the pile: so many rows of it in so many blocks of cells so wide.

    With the lines of its first caption, 0 where that has as many as it needs.
    """

    table: Table
    rows: int
    blocks: int
    cell: int
    lines: int

    @property
    def whole(self) -> bool:
        """Whether all rows are seen."""
        return self.rows == self.table.rows


class Pile(NamedTuple):
    """What the tables share: how they are looked at, and their place."""

    look: CellMode
    place: Placed
    """The column where they begin, their width, and their cells."""
    height: int

    def columns(self, each: Piled) -> int:
        """How many columns of a table are seen."""
        return min(each.table.columns, each.blocks * (self.place.width // each.cell))

    def blocks(self, each: Piled) -> list[Block]:
        """The blocks of a table, of one width but for the last."""
        rows, shown = window(each.table, each.rows, self.columns(each))
        across = max(1, -(-len(shown) // each.blocks))
        parts = [shown[at : at + across] for at in range(0, len(shown), across)] or [shown]
        lines = [lines_for(musts(each.table, rows, part, each.cell), self.place.width) for part in parts]
        lines[0] = each.lines or lines[0]
        return [Block(rows, *part) for part in zip(parts, lines, strict=True)]

    def rows(self, each: Piled) -> int:
        """The rows of the screen that a table takes."""
        return sum(block.lines + len(block.rows) * self.place.tall for block in self.blocks(each))

    def spare(self, piled: Sequence[Piled]) -> int:
        """The rows that the tables leave over; fewer than 0 where they have no room."""
        return self.height - sum(map(self.rows, piled))


def pile(look: CellMode, tables: Sequence[Table], place: Placed, height: int, lines: int = 0) -> list[Placed]:
    """Where the tables stand over each other in so many rows; those of several rows come first.

    Their captions have so many lines, or as many as they need.
    """
    box = Pile(look, place, height)
    ordered = sorted(tables, key=lambda table: not table.down)
    piled = [Piled(table, table.rows, 1, place.cell, lines if table.down else 0) for table in ordered]
    if box.spare(piled) < 0:  # a row is worth more than cells in one line with those beside
        piled = [each._replace(lines=0) for each in piled]
    piled = _numbers(box, _folded(box, _rows(box, piled)))
    return _placed(box, *_spaced(box, piled))


def _rows(box: Pile, piled: list[Piled]) -> list[Piled]:
    """Fewer rows of the tables of several rows where not all of them have room."""
    deep = [each for each in piled if each.table.down]
    over = -box.spare(piled)
    if over <= 0 or not deep:
        return piled
    fits = max(1, (sum(each.rows for each in deep) * box.place.tall - over) // box.place.tall // len(deep))
    return [each._replace(rows=min(each.rows, fits)) for each in piled]


def _folded(box: Pile, piled: list[Piled]) -> list[Piled]:
    """A block more to each table in turn, as long as that shows more of it and all have room."""
    growing = set(range(len(piled)))
    while growing:
        for at in sorted(growing):
            each = piled[at]
            more = [*piled[:at], each._replace(blocks=each.blocks + 1), *piled[at + 1 :]]
            if each.whole and box.columns(each) < each.table.columns and box.spare(more) >= 0:
                piled = more
            else:
                growing.remove(at)
    return piled


def _numbers(box: Pile, piled: list[Piled]) -> list[Piled]:
    """Numbers in place of colours where all of a table has room so, in more blocks if need be."""
    across = box.place.width // WIDE_CELL
    if box.look != "both" or box.place.cell > NARROW_CELL or not across:
        return piled
    for at in sorted(range(len(piled)), key=lambda at: piled[at].table.columns):
        each = piled[at]
        wide = each._replace(blocks=-(-each.table.columns // across), cell=WIDE_CELL)
        more = [*piled[:at], wide, *piled[at + 1 :]]
        if each.whole and across >= min(LEAST_ACROSS, each.table.columns) and box.spare(more) >= 0:
            piled = more
    return piled


def _spaced(box: Pile, piled: list[Piled]) -> tuple[list[Piled], int]:
    """The tables with captions that say more, and the blank rows between them: as far as rows are to spare."""
    piled = _worded(box, piled, (NORM,))
    between = len(piled) - 1
    blank = 1 if between and box.spare(piled) >= between else 0
    spaced = box._replace(height=box.height - blank * between)
    return _worded(spaced, piled, (NORM, LIMIT)), blank


def _worded(box: Pile, piled: list[Piled], words: Sequence[str]) -> list[Piled]:
    """First captions with so many lines that these words have room besides what must be said."""
    for at, each in enumerate(piled):
        first = box.blocks(each)[0]
        said = [*musts(each.table, first.rows, first.columns, each.cell), *map(Word, words)]
        longer = each._replace(lines=max(first.lines, lines_for(said, box.place.width)))
        more = [*piled[:at], longer, *piled[at + 1 :]]
        if (not each.lines or not each.table.down) and box.spare(more) >= 0:
            piled = more
    return piled


def _placed(box: Pile, piled: Sequence[Piled], blank: int) -> list[Placed]:
    """The tables in their places, but for those below the last row."""
    placed: list[Placed] = []
    y, (x, width, tall) = 0, (box.place.x, box.place.width, box.place.tall)
    for each in piled:
        for at, (rows, columns, lines) in enumerate(box.blocks(each)):
            if y + lines + len(rows) * tall > box.height:
                return placed
            above, cell = lines - 1, each.cell
            placed.append(
                Placed(each.table.name, x, y + above, width, cell, rows, columns, above, tall, goes_on=at > 0)
            )
            y += lines + len(rows) * tall
        y += blank
    return placed
