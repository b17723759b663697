"""Where the tables of the gradients stand in a box of a given size, and which window of each is seen.

In a wide box they stand beside each other. In a narrow one stands the table that was written last, or is selected;
the norms of the others have lines of their own there. Which tables there are follows from their names and axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rnn_core.remembering import remembered
from rnn_core.trace_like import TraceLike
from rnn_core.views import side_by_side
from rnn_core.views.cells import axes, extent
from rnn_core.views.grid import is_vector
from rnn_core.views.options import CellMode, View
from rnn_core.views.placed import NARROW_CELL, POWER, WIDE_CELL, Placed, Table, turned, window
from rnn_core.views.stack import pile

NARROW_BOX = 66


# -- which tables there are -------------------------------------------------------------------------------------


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


def latest(trace: TraceLike, k: int) -> str:
    """The gradient or vector that was written last at position k; dW before any is."""
    known = {*trace.program.sums, *vectors(trace)}
    for line in range(min(k, trace.program.borders(len(trace))[2]), max(0, k - 64), -1):
        place = trace.place(line)
        if place and place.instruction.name in known:
            return place.instruction.name
    return "dW"


# -- where they stand -------------------------------------------------------------------------------------------


def arrange(trace: TraceLike, k: int, view: View, width: int, height: int, tall: int = 1) -> tuple[Placed, ...]:
    """The tables that are seen in a box of `height` rows (captions included) and `width` columns; a wide box's cells
    are `tall` rows high."""
    if width < NARROW_BOX:
        return _turned(trace, view, _one(trace, k, view, width, height))
    return _turned(trace, view, side_by_side.placed(tables(trace), columns(trace), view.cells, width, height, tall))


def largest(trace: TraceLike, k: int, view: View, width: int, height: int) -> tuple[Placed, ...]:
    """The same, in a wide box with cells as high as leaves all in sight."""
    if width < NARROW_BOX:
        return arrange(trace, k, view, width, height)
    return _turned(trace, view, side_by_side.largest(tables(trace), columns(trace), view.cells, width, height))


def parameters(trace: TraceLike, k: int, view: View, width: int, height: int) -> tuple[Placed, ...]:
    """The same of the parameters: where their gradients stand, or wider where more is seen so, without columns beside
    them."""
    given, look, beside = tables(trace), view.cells, columns(trace)
    if width < NARROW_BOX:
        places = _one(trace, k, view, width, height, vectors=False)
    else:
        both = (side_by_side.largest(given, held, look, width, height) for held in (beside, ()))
        places = max(both, key=lambda places: side_by_side.worth(given, places))
    sums = tuple(place for place in places if not is_vector(trace, place.name))
    return tuple(replace(place, name=place.name[1:]) for place in _turned(trace, view, sums))


def _turned(trace: TraceLike, view: View, places: tuple[Placed, ...]) -> tuple[Placed, ...]:
    return turned(places, (*tables(trace), *columns(trace)), view.units)


def looked_at(trace: TraceLike, k: int, view: View) -> str:
    """The gradient or vector that matters most at position k: the selected one.

    Else that of the parameter which the last line changed, else the one that was written last.
    """
    pinned = view.pinned.name if view.pinned else ""
    sums = {name.removeprefix("d"): name for name in trace.program.sums}
    changed = next((sums[name] for name in trace.wrote(k) if name in sums), "")
    known = {*trace.program.sums, *vectors(trace)}
    return next((name for name in (pinned, sums.get(pinned, ""), changed) if name in known), latest(trace, k))


def _one(trace: TraceLike, k: int, view: View, width: int, height: int, *, vectors: bool = True) -> tuple[Placed, ...]:
    """The table that is looked at; the first row of the box is left to the norms of all."""
    known, look = {table.name: table for table in tables(trace)}, view.cells
    name = looked_at(trace, k, view)
    if name not in known and vectors:
        return _columns(columns(trace), look, width, height)
    table = known.get(name, known["dW"])
    wide = view.cells == "numbers" or (view.cells == "both" and table.columns * WIDE_CELL <= width - 1)
    place = Placed("", 1, 0, width - 1, WIDE_CELL if wide else NARROW_CELL, range(0), range(0))
    return tuple(replace(each, y=each.y + 1) for each in pile(look, (table,), place, height - 1))


def _columns(beside: tuple[Table, ...], look: CellMode, width: int, height: int) -> tuple[Placed, ...]:
    """The vectors beside each other, as many as there is room for; with their powers of ten beside their names if all
    fit so."""
    cell = NARROW_CELL if look == "heatmap" else WIDE_CELL
    power = 1 + len(POWER)
    taken = side_by_side.widths(beside, cell, height - 1, power)
    in_line = sum(taken) + len(taken) <= width - 1
    if not in_line:
        taken = side_by_side.widths(beside, cell, height - 1)
    if sum(taken) + len(taken) > width - 1 and len(beside) > 1:  # they are too many
        return _columns(side_by_side.foremost(beside, len(beside) - 1), look, width, height)
    spare = max(0, width - 1 - sum(taken) - len(taken)) // len(beside)
    taken = [wide + spare for wide in taken]
    for below in (0, 1):
        lines = (1 if in_line else 2) + below
        if below or all(table.rows <= height - 1 - lines for table in beside):
            break
    placed, x = [], 1
    for table, wide, says in zip(beside, taken, side_by_side.spans(beside, taken), strict=True):
        rows, across = window(table, height - 1 - lines, 1)
        placed.append(Placed(table.name, x, lines, wide, cell, rows, across, lines - 1, says=says))
        x += wide + 1
    return tuple(placed)
