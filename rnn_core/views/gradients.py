"""Where the tables of the gradients stand in a box of a given size, and which window of each is seen.

In a wide box the matrices of the recurrent layer stand side by side. Then come those of the outputs over the biases,
and what is carried back as columns. In a narrow one stands the table that was written last, or is selected. The norms
of the others have a line of their own there. Which tables there are follows from their names and axes.

Rules this file keeps:
- Every table has room in its caption for its name, its power of ten, and which part of it is seen.
- Columns that are to spare go to the tables of which a part is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rnn_core.records import dataclass
from rnn_core.remembering import remembered
from rnn_core.trace_like import TraceLike
from rnn_core.views.cells import axes, extent
from rnn_core.views.grid import is_vector
from rnn_core.views.options import CellMode, Units, View
from rnn_core.views.window import page, shares
from rnn_core.views.words import Word, packed

NARROW_CELL, WIDE_CELL, LARGER_CELLS = 2, 6, (8, 10, 12)
"""Columns of a cell: of a colour, of a number, and where there is room to spare."""
GAP = 2
LEAST = 11
"""Columns that a caption takes at least."""
NARROW_BOX = 66
ROOMY_BOX = 100
"""From this width on cells may be larger ones."""
TIME = "→t="
"""Before a part of the timesteps, whose last one is T."""
MOST_BESIDE = 28
"""Columns that the vectors may take in any case; in a wider box a quarter of it."""
FOREMOST = ("dh", "ds", "da", "dq")
"""The columns that matter most."""
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


def tallest(view: View) -> int:
    """The most rows of a cell."""
    return 5 if view.zoom else 3


# -- which tables there are -------------------------------------------------------------------------------------


class Table(NamedTuple):
    """A table: the axis that runs down and the one that runs across, empty for a single row or column; its size."""

    name: str
    down: str
    across: str
    rows: int
    columns: int


def _table(trace: TraceLike, name: str) -> Table:
    counted = axes(trace, name)
    if is_vector(trace, name):
        down, across = counted[1], ""
    else:
        down, across = (counted[0], counted[1]) if len(counted) == 2 else ("", counted[0])
    return Table(name, down, across, extent(trace, down) if down else 1, extent(trace, across) if across else 1)


def parted(trace: TraceLike, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Parameters or their gradients: the matrices of the recurrent layer, which stand side by side, and the others,
    which stand over each other."""
    beside = tuple(name for name in names if len(axes(trace, name)) == 2 and axes(trace, name)[0] != "output")
    return beside, tuple(name for name in names if name not in beside)


@remembered
def tables(trace: TraceLike) -> tuple[Table, ...]:
    """The gradients of the parameters, in their order."""
    return tuple(_table(trace, name) for name in trace.program.sums)


@remembered
def columns(trace: TraceLike) -> tuple[Table, ...]:
    """What the backward lines write for each timestep of the recurrent layer: dh, da, dh_next; blocks of a stacked one
    stand in the whole."""
    names = [name for name, register in trace.program.series.items() if register.backward and not register.whole]
    return tuple(_table(trace, name) for name in names if is_vector(trace, name) and axes(trace, name)[1] != "output")


@remembered
def vectors(trace: TraceLike) -> tuple[str, ...]:
    """The names of the columns."""
    return tuple(table.name for table in columns(trace))


def _foremost(beside: tuple[Table, ...], many: int) -> tuple[Table, ...]:
    """So many of the columns in their order: what is carried, and whole stacks, before the gates' own."""
    ranked = sorted(beside, key=lambda table: (not table.name.endswith("_next"), table.name not in FOREMOST))
    return tuple(table for table in beside if table in ranked[: max(1, many)])


def latest(trace: TraceLike, k: int) -> str:
    """The gradient or vector that was written last at position k; dW before any is."""
    known = {*trace.program.sums, *vectors(trace)}
    for line in range(min(k, trace.program.borders(len(trace))[2]), max(0, k - 64), -1):
        place = trace.place(line)
        if place and place.instruction.name in known:
            return place.instruction.name
    return "dW"


# -- where they stand -------------------------------------------------------------------------------------------


class Look(NamedTuple):
    """What of a view places tables: how cells are shown, the selected units, and the most rows of a cell."""

    cells: CellMode
    units: Units
    tallest: int

    @classmethod
    def of(cls, view: View) -> Look:
        return cls(view.cells, view.units, tallest(view))

    def window(self, table: Table, down_fits: int, across_fits: int) -> tuple[range, range]:
        """The rows and columns of a table that are seen: the page with the selected place."""
        down, across = (getattr(self.units, axis) if axis else 0 for axis in (table.down, table.across))
        return page(table.rows, down_fits, down), page(table.columns, across_fits, across)


def arrange(trace: TraceLike, k: int, view: View, width: int, height: int, tall: int = 1) -> tuple[Placed, ...]:
    """The tables that are seen in a box of `height` rows (captions included) and `width` columns; a wide box's cells
    are `tall` rows high."""
    if width < NARROW_BOX:
        return _one(trace, k, view, width, height)
    return _all(tables(trace), columns(trace), Look.of(view), width, height, tall)


def largest(trace: TraceLike, k: int, view: View, width: int, height: int) -> tuple[Placed, ...]:
    """The same, in a roomy box with cells as high as lets all rows of all tables be seen."""
    if width < ROOMY_BOX:
        return arrange(trace, k, view, width, height)
    return _largest(tables(trace), columns(trace), Look.of(view), width, height)


@lru_cache(maxsize=64)
def _largest(
    given: tuple[Table, ...], beside: tuple[Table, ...], look: Look, width: int, height: int
) -> tuple[Placed, ...]:
    usual = _all(given, beside, look, width, height, 1)
    sizes = {table.name: table.rows for table in (*given, *beside)}
    for tall in range(look.tallest, 1, -1):
        placed = _all(given, beside, look, width, height, tall)
        if len(placed) == len(usual) and all(len(each.rows) == sizes[each.name] for each in placed):
            return placed
    return usual


@lru_cache(maxsize=64)
def _all(
    given: tuple[Table, ...], beside: tuple[Table, ...], look: Look, width: int, height: int, tall: int
) -> tuple[Placed, ...]:
    matrices = [table for table in given if table.down not in ("", "output")]
    stacked = [table for table in given if table not in matrices]
    cell = WIDE_CELL if look.cells != "heatmap" else NARROW_CELL
    least = max(LEAST, *(2 * len(str(n)) + 4 for table in given for n in (table.rows, table.columns)))
    while True:
        taken = _widths(beside, cell, height)
        room = width - 1 - sum(taken) - len(taken) - GAP * 2
        fits = room >= (len(matrices) + 1) * (least + 1) and sum(taken) <= max(MOST_BESIDE, width // 4)
        if fits or len(beside) <= 1:
            break
        beside = _foremost(beside, len(beside) - 1)
    counts = [table.columns for table in matrices]
    counts.append(max(table.columns for table in stacked))
    cells = _cells(look.cells, counts, room, least, roomy=width >= ROOMY_BOX)
    if min(cells) > WIDE_CELL:  # large cells beside large ones
        larger = _widths(beside, min(cells), height)
        if sum(larger) - sum(taken) <= room - _taken(counts, cells, least):
            room, taken, cell = room - (sum(larger) - sum(taken)), larger, min(cells)
    granted, across = _granted(counts, cells, room, least)
    lines = _lines(look, matrices, beside, granted, across, cells, height, tall)
    down, above = (height - lines) // tall, lines - 1

    placed, x = [], 1
    for i, table in enumerate(matrices):
        placed.append(
            Placed(table.name, x, above, granted[i], cells[i], *look.window(table, down, across[i]), above, tall)
        )
        x += granted[i] + (1 if i < len(matrices) - 1 else GAP)
    top = Placed("", x, above, granted[-1], cells[-1], range(0), range(across[-1]), above, tall)
    placed += _stack(look, stacked, top, height)
    x += granted[-1] + GAP
    for table, wide, says in zip(beside, taken, _spans(beside, taken), strict=True):
        placed.append(Placed(table.name, x, above, wide, cell, *look.window(table, down, 1), above, tall, says=says))
        x += wide + 1
    return tuple(placed)


def _spans(beside: Sequence[Table], taken: Sequence[int]) -> list[int]:
    """The columns of each group of neighbours with the same rows, at its first; 0 at the others."""
    spans, first = [0] * len(beside), 0
    for i, (table, wide) in enumerate(zip(beside, taken, strict=True)):
        if not i or table.down != beside[i - 1].down:
            first = i
        spans[first] += wide + (1 if i > first else 0)
    return spans


def _widths(beside: Sequence[Table], cell: int, height: int, power: int = 0) -> list[int]:
    """The columns that each vector takes: its name (and `power` behind it), its numbers, and for a group which rows
    are seen."""
    taken = [max(WIDE_CELL, cell, len(table.name) + power) for table in beside]
    for i, (table, span) in enumerate(zip(beside, _spans(beside, taken), strict=True)):
        if span and table.rows >= height:
            taken[i] += max(0, 3 * len(str(table.rows - 1)) + 3 - span)
    return taken


def _cells(mode: CellMode, counts: Sequence[int], room: int, least: int, *, roomy: bool) -> list[int]:
    """The cells of each table: as many tables as there is room for show numbers, the second first."""
    if mode == "heatmap":
        return [NARROW_CELL] * len(counts)
    if mode == "numbers":
        cells = [WIDE_CELL] * len(counts)
    else:
        cells = [NARROW_CELL] * len(counts)
        for table in (1, 0, *range(2, len(counts))):
            if table < len(counts):
                wide = [WIDE_CELL if i == table else cell for i, cell in enumerate(cells)]
                cells = wide if _taken(counts, wide, least) <= room else cells
    for larger in LARGER_CELLS:
        if roomy and min(cells) >= WIDE_CELL and _taken(counts, [larger] * len(counts), least) <= room:
            cells = [larger] * len(counts)
    return cells


def _taken(counts: Sequence[int], cells: Sequence[int], least: int) -> int:
    return sum(max(n * cell, least) for n, cell in zip(counts, cells, strict=True))


def _granted(counts: Sequence[int], cells: Sequence[int], room: int, least: int) -> tuple[list[int], list[int]]:
    """The columns that each table takes, and how many of its cells they hold."""
    wanted = tuple(max(n * cell, least) for n, cell in zip(counts, cells, strict=True))
    fits = [min(n, got // cell) for n, cell, got in zip(counts, cells, shares(wanted, room, least), strict=True)]
    granted = [max(n * cell, least) for n, cell in zip(fits, cells, strict=True)]
    growing = True
    while growing:  # what whole cells leave over goes to those that want more
        growing = False
        for i, cell in enumerate(cells):
            more = max((fits[i] + 1) * cell, least) - granted[i]
            if fits[i] < counts[i] and sum(granted) + more <= room:
                fits[i], granted[i], growing = fits[i] + 1, granted[i] + more, True
    return granted, fits


def _lines(
    look: Look, matrices: Sequence[Table], beside: Sequence[Table], granted: Sequence[int], fits: Sequence[int],
    cells: Sequence[int], height: int, tall: int,
) -> int:  # fmt: skip
    """The lines of the captions over the tables: two, one where all rows are seen only so, more where words need it."""

    def do(lines: int) -> tuple[bool, bool]:
        """Whether the words fit, and whether all rows are seen."""
        whole, fit = True, True
        for table, width, across, cell in zip(matrices, granted, fits, cells, strict=False):
            rows, shown = look.window(table, (height - lines) // tall, across)
            whole = whole and len(rows) == table.rows
            fit = fit and packed(_words(table, rows, shown, cell), width, lines) is not None
        for table in beside:
            rows, _ = look.window(table, (height - lines) // tall, 1)
            partial = len(rows) < table.rows
            fit = fit and lines >= 1 + partial + (look.cells != "heatmap" and partial)
        return fit, whole

    if tall == 1 and do(1) == (True, True) and do(2) != (True, True):
        return 1
    return next((lines for lines in (2, 3, 4) if do(lines)[0]), 4)


def _words(table: Table, rows: range, shown: range, cell: int) -> list[Word]:
    """What a caption may never leave out."""
    power = POWER if cell > NARROW_CELL else ""
    must = (table.name, seen("↓", rows, table.rows), seen("→", shown, table.columns), power)
    return [Word(text) for text in must if text]


def _stack(look: Look, stacked: Sequence[Table], top: Placed, height: int) -> list[Placed]:
    """Tables over each other, those of one row after those of several, with blank rows between where there is room."""
    fits, tall = len(top.columns), top.tall
    flat = [table for table in stacked if not table.down]
    deep = [table for table in stacked if table.down]

    def needs(table: Table) -> int:
        words = _words(table, *look.window(table, 1, fits), top.cell)
        return next((lines for lines in (1, 2, 3) if packed(words, top.width, lines)), 4)

    lines = {table.name: needs(table) for table in flat}
    wanted = sum(table.rows for table in deep) * tall + (top.above + 1) * len(deep)

    def rest() -> int:
        return sum(lines.values()) + tall * len(flat)

    if wanted + rest() + sum(1 for each in lines.values() if each == 1) <= height:
        lines = {name: max(2, each) for name, each in lines.items()}
    blank = 1 if wanted + rest() + len(stacked) - 1 <= height else 0
    room = max(tall, height - rest() - blank * (len(stacked) - 1) - (top.above + 1) * len(deep))
    placed, y = [], 0
    for table in (*deep, *flat):
        above = lines[table.name] - 1 if table.name in lines else top.above
        rows, shown = look.window(table, max(1, room // tall // max(1, len(deep))), fits)
        if y + above + 1 + len(rows) * tall > height:
            break
        placed.append(Placed(table.name, top.x, y + above, top.width, top.cell, rows, shown, above, tall))
        y += above + 1 + len(rows) * tall + blank
    return placed


def _one(trace: TraceLike, k: int, view: View, width: int, height: int) -> tuple[Placed, ...]:
    """The table written last; the first row of the box is left to the norms of all."""
    known = {table.name: table for table in (*tables(trace), *columns(trace))}
    pinned = view.pinned.name if view.pinned else ""
    if pinned in trace.program.parameters:
        pinned = f"d{pinned}"
    name = pinned if pinned in known else latest(trace, k)
    if name in vectors(trace):
        if view.panel != "weights":
            return _columns(columns(trace), Look.of(view), width, height)
        name = "dW"
    table, look = known[name], Look.of(view)
    wide = view.cells == "numbers" or (view.cells == "both" and table.columns * WIDE_CELL <= width - 1)
    cell = WIDE_CELL if wide else NARROW_CELL
    for lines in (1, 2, 3):
        rows, shown = look.window(table, height - 1 - lines, (width - 1) // cell)
        if packed(_words(table, rows, shown, cell), width - 1, lines):
            break
    return (Placed(name, 1, lines, width - 1, cell, rows, shown, lines - 1),)


def _columns(beside: tuple[Table, ...], look: Look, width: int, height: int) -> tuple[Placed, ...]:
    """The vectors beside each other, as many as there is room for; with their powers of ten beside their names if all
    fit so."""
    cell = NARROW_CELL if look.cells == "heatmap" else WIDE_CELL
    power = 1 + len(POWER) if cell > NARROW_CELL else 0
    taken = _widths(beside, cell, height - 1, power)
    in_line = sum(taken) + len(taken) <= width - 1
    if not in_line:
        taken = _widths(beside, cell, height - 1)
    if sum(taken) + len(taken) > width - 1 and len(beside) > 1:  # they are too many
        return _columns(_foremost(beside, len(beside) - 1), look, width, height)
    spare = max(0, width - 1 - sum(taken) - len(taken)) // len(beside)
    taken = [wide + spare for wide in taken]
    for below in (0, 1):
        lines = (1 if in_line else 2) + below
        if below or all(table.rows <= height - 1 - lines for table in beside):
            break
    placed, x = [], 1
    for table, wide, says in zip(beside, taken, _spans(beside, taken), strict=True):
        window = look.window(table, height - 1 - lines, 1)
        placed.append(Placed(table.name, x, lines, wide, cell, *window, lines - 1, says=says))
        x += wide + 1
    return tuple(placed)
