"""Where the gradients' tables stand in a box of a given size, and which window of each is seen.

A wide box shows dU, dW, then dV with db and dc under it, then dh and dh_next as columns. A narrow one shows the table
that was written last, or is selected; the norms of the others stand in a line of their own.
"""

from __future__ import annotations

from rnn_core.model import PARAMETERS
from rnn_core.records import dataclass
from rnn_core.trace_like import TraceLike
from rnn_core.views.options import CellMode, View
from rnn_core.views.window import page, shares

WIDE_CELL, NARROW_CELL = 6, 2
GAP = 2
LEAST = 12
"""Columns that a table's heading takes: its name and its norm."""
VECTORS = {"dh": 6, "da": 6, "dh_next": 7}
"""The vectors beside the matrices, and the columns that each takes."""
NARROW_BOX = 66


@dataclass(frozen=True)
class Placed:
    """A table: its heading at (x, y), its cells below it, each `cell` columns wide."""

    name: str
    x: int
    y: int
    width: int
    cell: int
    rows: range
    columns: range

    def hit(self, x: int, y: int) -> tuple[int, int] | None:
        """The (row, column) of the table under a point of the box; None beside its cells."""
        row, column = y - self.y - 1, (x - self.x) // self.cell
        if x >= self.x and 0 <= row < len(self.rows) and 0 <= column < len(self.columns):
            return self.rows[row], self.columns[column]
        return None


def latest(trace: TraceLike, k: int) -> str:
    """The gradient or vector that was written last at position k; dW before any is."""
    for line in range(min(k, trace.program.borders(len(trace))[2]), max(0, k - 32), -1):
        place = trace.place(line)
        if place and place.instruction.name in (*trace.program.sums, *VECTORS):
            return place.instruction.name
    return "dW"


def arrange(trace: TraceLike, k: int, view: View, width: int, height: int) -> tuple[Placed, ...]:
    """The tables that are seen in a box of `height` rows (headings included) and `width` columns."""
    if width < NARROW_BOX:
        return _one(trace, k, view, width, height)
    return _all(trace, view, width, height)


def _cell(mode: CellMode, fits: bool) -> int:
    return WIDE_CELL if mode == "numbers" or (mode == "both" and fits) else NARROW_CELL


def _all(trace: TraceLike, view: View, width: int, height: int) -> tuple[Placed, ...]:
    sizes, units = trace.sizes, view.units
    room = width - 1 - sum(taken + 1 for taken in VECTORS.values()) - (GAP + GAP)
    counts = sizes.inputs, sizes.hidden, max(sizes.hidden, sizes.classes)
    cells = _cells(view.cells, counts, room)
    granted = shares(tuple(max(n * cell, LEAST) for n, cell in zip(counts, cells, strict=True)), room, LEAST)
    fits = [granted_width // cell for granted_width, cell in zip(granted, cells, strict=True)]
    body = height - 1
    rows = page(sizes.hidden, body, units.hidden)
    placed, x = [], 1
    placed.append(Placed("dU", x, 0, granted[0], cells[0], rows, page(sizes.inputs, fits[0], units.input)))
    x += granted[0] + 1
    placed.append(Placed("dW", x, 0, granted[1], cells[1], rows, page(sizes.hidden, fits[1], units.column)))
    x += granted[1] + GAP
    placed += _stack(trace, view, x, granted[2], cells[2], height)
    x += granted[2] + GAP
    for name, taken in VECTORS.items():
        wide = WIDE_CELL if view.cells != "heatmap" else NARROW_CELL
        placed.append(Placed(name, x, 0, taken, wide, rows, range(1)))
        x += taken + 1
    return tuple(placed)


def _cells(mode: CellMode, counts: tuple[int, int, int], room: int) -> list[int]:
    """The cells of dU, dW and the stack: as many tables as there is room for show numbers, dW first."""
    cells = [NARROW_CELL] * 3
    for table in (1, 0, 2):
        wide = [WIDE_CELL if i == table else cell for i, cell in enumerate(cells)]
        taken = sum(max(n * cell, LEAST) for n, cell in zip(counts, wide, strict=True))
        if mode == "numbers" or (mode == "both" and taken <= room):
            cells = wide
    return cells


def _stack(trace: TraceLike, view: View, x: int, width: int, cell: int, height: int) -> list[Placed]:
    """dV over db over dc, with blank rows between where there is room."""
    sizes, units = trace.sizes, view.units
    blank = 1 if height >= sizes.classes + 1 + 6 else 0
    dv_rows = page(sizes.classes, max(1, height - 1 - 2 * (2 + blank)), units.output)
    fits = width // cell
    y = 1 + len(dv_rows) + blank
    hidden = page(sizes.hidden, fits, units.hidden)
    return [
        Placed("dV", x, 0, width, cell, dv_rows, hidden),
        Placed("db", x, y, width, cell, range(1), hidden),
        Placed("dc", x, y + 2 + blank, width, cell, range(1), page(sizes.classes, fits, units.output)),
    ]


def _one(trace: TraceLike, k: int, view: View, width: int, height: int) -> tuple[Placed, ...]:
    """The table written last; the first row of the box is left to the norms of all five."""
    sizes, units = trace.sizes, view.units
    pinned = view.pinned.name if view.pinned else ""
    if pinned in PARAMETERS:
        pinned = f"d{pinned}"
    name = pinned if pinned in (*trace.program.sums, *VECTORS) else latest(trace, k)
    if name in VECTORS and view.panel == "weights":
        name = "dW"
    name = "dh" if name in VECTORS else name
    down = {"dV": sizes.classes, "db": 1, "dc": 1}.get(name, sizes.hidden)
    across = {"dU": sizes.inputs, "dc": sizes.classes, "dh": 1}.get(name, sizes.hidden)
    row_unit = {"dV": units.output, "db": 0, "dc": 0}.get(name, units.hidden)
    column_unit = {"dU": units.input, "dW": units.column, "dc": units.output, "dh": 0}.get(name, units.hidden)
    cell = _cell(view.cells, across * WIDE_CELL <= width - 1)
    rows, columns = page(down, height - 2, row_unit), page(across, (width - 1) // cell, column_unit)
    if name == "dh":
        return tuple(
            Placed(v, 1 + 10 * i, 1, 8 if v != "dh_next" else 14, cell, rows, columns) for i, v in enumerate(VECTORS)
        )
    return (Placed(name, 1, 1, width - 1, cell, rows, columns),)
