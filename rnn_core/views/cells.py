"""Single numbers of a trace: what their indices count, which one a line wrote, what they hold."""

from __future__ import annotations

import numpy as np

from rnn_core.program import Place
from rnn_core.trace_like import TraceLike
from rnn_core.views.options import Cell, Units


def axes(trace: TraceLike, name: str) -> tuple[str, ...]:
    """What each index of a name counts."""
    return trace.program.registers[name].axes


def extent(trace: TraceLike, axis: str) -> int:
    """How many places an axis has; timesteps count from 0."""
    return len(trace) + 1 if axis == "t" else trace.sizes.extent(axis, trace.program.cell.blocks)


def first_timestep(trace: TraceLike, name: str) -> int:
    """The timestep of row 0: states and what is carried have t = 0."""
    return trace.program.registers[name].first_timestep


def latest_timestep(trace: TraceLike, name: str, k: int) -> int:
    """The timestep of the row last written; 1 for what has no rows."""
    register = trace.program.registers[name]
    if register.kind != "series":
        return 1
    written = trace.written(name, k)
    row: int = written.start if register.backward else written.stop - 1
    return min(max(row, 0) + register.first_timestep, len(trace))


def line_cell(trace: TraceLike, place: Place | None, units: Units) -> Cell | None:
    """The number that the line at `place` wrote for the selected units."""
    if place is None:
        return None
    name = "clip_norm" if place.instruction.name == "clip" else place.instruction.name
    t = place.t - 1 if name in trace.program.carries else place.t
    return Cell(name, tuple(t if axis == "t" else getattr(units, axis) for axis in axes(trace, name)))


def cell_value(trace: TraceLike, k: int, cell: Cell) -> float | None:
    """The number in a cell at position k; None where it is not computed yet."""
    name, index = cell.name, cell.index
    register = trace.program.registers[name]
    if register.kind == "series":
        row = index[0] - register.first_timestep
        written = trace.written(name, k)
        if not written.start <= row < written.stop:
            return None
        return float(trace.rows[name][(row, *index[1:])])
    if name in ("x", "y"):
        return float(getattr(trace, name)[(index[0] - 1, *index[1:])])
    if register.kind == "sum":
        windows = [slice(at, at + 1) for at in index]
        window = trace.window(name, k, *windows)
        return None if window is None else float(np.ravel(window)[0])
    value = trace.value(name, k)
    return None if value is None else float(value[index])


def cell_text(trace: TraceLike, cell: Cell) -> str:
    """How a cell is written: dW[2,4], h[3][2], db[0], loss."""
    register = trace.program.registers.get(cell.name)
    if register is None or register.axes[:1] == ("t",):
        return cell.name + "".join(f"[{at}]" for at in cell.index)
    return f"{cell.name}[{','.join(map(str, cell.index))}]" if cell.index else cell.name
