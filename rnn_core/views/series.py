"""Where names over time stand in a box: beside each other, units down and timesteps across, each under its own title.

Rules this file keeps:
- All tables of a box show the same units and the same timesteps.
- A name that has no room is left out; the one that is looked at never is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rnn_core.remembering import remembered
from rnn_core.trace_like import TraceLike
from rnn_core.views.cells import axes, extent, first_timestep
from rnn_core.views.options import CellMode, View
from rnn_core.views.placed import LARGER_CELLS, NARROW_CELL, POWER, TALLEST, TIME, WIDE_CELL, Placed, seen
from rnn_core.views.window import page
from rnn_core.views.words import Word, length, packed

TOP = 2
"""The rows of a table over its cells: its title, and its timesteps."""
FIRST, LEAST = 28, 16
"""The columns that the title of the first table takes at least, which says how many there are, and that of others."""
ROOMY = 60
"""From this width of a box on cells may be larger ones."""
TITLE = "hidden"
"""As long as what stands before a name in a title."""
GAP = 2


@remembered
def gated(trace: TraceLike) -> tuple[str, ...]:
    """The gates of a cell and its states beside h, as the panel of the gates shows them; none of an rnn."""
    cell = trace.program.cell
    return (*cell.states[1:], *cell.gates)


def labels(trace: TraceLike, name: str) -> int:
    """The columns left of a table in which its units are numbered."""
    return len(str(extent(trace, axes(trace, name)[1]) - 1)) + 2


def beside(
    trace: TraceLike, view: View, names: Sequence[str], width: int, height: int, t: int, look: str = ""
) -> tuple[Placed, ...]:
    """As many of `names` as stand beside each other in the box, with the unit that is selected and the timestep t.

    `look` is one that is among them in any case.
    """
    many = max(1, min(len(names), 1 + (width - FIRST) // (LEAST + GAP)))
    if view.cells == "both":
        many = next((n for n in range(many, 0, -1) if _together(trace, names[:n], WIDE_CELL) <= width), many)
    shown = list(names[:many])
    if look in names and look not in shown:
        shown[-1] = look
    heights = [(height - TOP) // extent(trace, axes(trace, name)[1]) for name in shown]
    tall = min(max(1, min(heights)), TALLEST) if width >= ROOMY else 1
    larger: tuple[int, ...] = LARGER_CELLS if width >= ROOMY or view.zoom else ()
    count, x, placed = share(len(shown), len(names)), 0, []
    taken, most = _widths(trace, view.cells, shown, width, larger)
    larger = tuple(cell for cell in larger if cell <= most or len(shown) == 1)
    for i, (name, wide) in enumerate(zip(shown, taken, strict=True)):
        placed.append(_table(trace, view, name, Room(x, wide, height, tall, larger, "" if i else count), t))
        x += wide + GAP
    return tuple(placed)


def _wanted(trace: TraceLike, name: str, cell: int) -> int:
    """The columns in which all timesteps of a name stand in cells of a width."""
    return max(LEAST, labels(trace, name) + len(trace.rows[name]) * cell)


def _together(trace: TraceLike, names: Sequence[str], cell: int) -> int:
    """The columns in which all of these stand so."""
    first, *others = (_wanted(trace, name, cell) for name in names)
    return max(first, FIRST) + sum(others) + GAP * len(others)


def _widths(
    trace: TraceLike, cells: CellMode, names: Sequence[str], width: int, larger: Sequence[int]
) -> tuple[list[int], int]:
    """The columns of each table, and those cells.

    They are what all of its timesteps need in the largest cells for all, and equal shares of the rest. Without room
    they are equal shares of everything.
    """
    least = NARROW_CELL if cells == "heatmap" else WIDE_CELL
    fits = [cell for cell in (least, *(larger if cells != "heatmap" else ())) if _together(trace, names, cell) <= width]
    if not fits:
        each = (width - GAP * (len(names) - 1)) // len(names)
        return [each] * len(names), WIDE_CELL
    wanted = [_wanted(trace, name, max(fits)) for name in names]
    wanted[0] = max(wanted[0], FIRST)
    rest = width - GAP * (len(names) - 1) - sum(wanted)
    return [wide + rest // len(names) + (i < rest % len(names)) for i, wide in enumerate(wanted)], max(fits)


def share(shown: int, total: int) -> str:
    """How many tables are seen of how many; empty where all are."""
    return f"{shown} of {total}" if shown < total else ""


def whole_beside(trace: TraceLike, view: View, names: Sequence[str], width: int) -> tuple[str, ...]:
    """The first of `names`, and those that may stand beside it so that all of each is seen, as numbers if it was."""
    cell = NARROW_CELL if view.cells == "heatmap" else WIDE_CELL
    many = next((n for n in range(len(names), 1, -1) if _together(trace, names[:n], cell) <= width), 1)
    return tuple(names[:many])


def parts(trace: TraceLike, placed: Placed) -> tuple[str, str]:
    """Which units and which timesteps are seen; empty where all are."""
    steps, units = trace.rows[placed.name].shape
    first = first_timestep(trace, placed.name)
    return seen("↓", placed.rows, units), seen(TIME, placed.columns, steps, first)


class Room(NamedTuple):
    """Where a table may stand, how high its cells are and how wide they may be, and what its title says as well."""

    x: int
    width: int
    height: int
    tall: int
    larger: tuple[int, ...]
    says: str


def _table(trace: TraceLike, view: View, name: str, box: Room, t: int) -> Placed:
    units, steps = extent(trace, axes(trace, name)[1]), len(trace.rows[name])
    left = labels(trace, name)
    room = box.width - left
    cell = NARROW_CELL
    if view.cells == "numbers" or (view.cells == "both" and steps * WIDE_CELL <= room):
        cell = max((c for c in (WIDE_CELL, *box.larger) if steps * c <= room), default=WIDE_CELL)
    columns = page(steps, room // cell, t - first_timestep(trace, name))
    for below in range(3):
        fits = (box.height - TOP - below) // box.tall
        rows = page(units, fits, getattr(view.units, axes(trace, name)[1]))
        placed = Placed(name, box.x + left, TOP - 1, room, cell, rows, columns, TOP - 1, box.tall, below)
        said = [Word(text) for text in parts(trace, placed) if text]
        power = POWER if cell > NARROW_CELL else ""
        title = [Word(text) for text in (f"{TITLE} {name}", box.says, power) if text] + said
        whole = packed(said, box.width - 1, below) if below else length(title, len(" · ")) + 3 <= box.width
        if whole or not said or fits <= box.tall:  # a row of numbers is worth more than a word in the title
            break
    return placed
