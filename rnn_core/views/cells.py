"""Single numbers of a trace: what their indices count, which one a line wrote, what they hold."""

from __future__ import annotations

import numpy as np

from rnn_core.optimisers import ALL_KEPT
from rnn_core.program import Place
from rnn_core.trace import SERIES
from rnn_core.trace_like import TraceLike
from rnn_core.views.options import Cell, Units

AXES = {
    "a": ("t", "hidden"), "h": ("t", "hidden"), "dh": ("t", "hidden"), "da": ("t", "hidden"),
    "dh_next": ("t", "hidden"), "x": ("t", "input"), "z": ("t", "output"), "p": ("t", "output"),
    "dz": ("t", "output"), "y": ("t",), "nll": ("t",), "loss": (), "clip_norm": (),
    "dU": ("hidden", "input"), "dW": ("hidden", "column"), "dV": ("output", "hidden"), "db": ("hidden",),
    "dc": ("output",), "U": ("hidden", "input"), "W": ("hidden", "column"), "V": ("output", "hidden"),
    "b": ("hidden",), "c": ("output",), "h0": ("hidden",),
}  # fmt: skip
AXES |= {name: AXES[name[1:]] for name in ALL_KEPT}
"""What each index of a name counts."""


def extent(trace: TraceLike, axis: str) -> int:
    """How many places an axis has."""
    sizes = trace.sizes
    return {
        "hidden": sizes.hidden, "column": sizes.hidden, "output": sizes.classes, "input": sizes.inputs,
        "t": len(trace) + 1,
    }[axis]  # fmt: skip


def first_timestep(name: str) -> int:
    """The timestep of row 0: h and dh_next have t = 0."""
    return 0 if name in SERIES and SERIES[name].given else 1


def latest_timestep(trace: TraceLike, name: str, k: int) -> int:
    if name not in SERIES:
        return 1
    written = trace.written(name, k)
    row: int = written.start if SERIES[name].backward else written.stop - 1
    return min(max(row, 0) + first_timestep(name), len(trace))


def line_cell(trace: TraceLike, place: Place | None, units: Units) -> Cell | None:
    """The number that the line at `place` wrote for the selected units."""
    if place is None:
        return None
    name = "clip_norm" if place.instruction.name == "clip" else place.instruction.name
    t = place.t - 1 if name == "dh_next" else place.t
    return Cell(name, tuple(t if axis == "t" else getattr(units, axis) for axis in AXES[name]))


def cell_value(trace: TraceLike, k: int, cell: Cell) -> float | None:
    """The number in a cell at position k; None where it is not computed yet."""
    name, index = cell.name, cell.index
    if name in SERIES:
        row = index[0] - first_timestep(name)
        written = trace.written(name, k)
        if not written.start <= row < written.stop:
            return None
        return float(getattr(trace, name)[(row, *index[1:])])
    if name in ("x", "y"):
        return float(getattr(trace, name)[(index[0] - 1, *index[1:])])
    if name[:1] == "d":
        windows = [slice(at, at + 1) for at in index]
        window = trace.window(name, k, *windows)
        return None if window is None else float(np.ravel(window)[0])
    value = trace.value(name, k)
    return None if value is None else float(value[index])


def cell_text(cell: Cell) -> str:
    """How a cell is written: dW[2,4], h[3][2], db[0], loss."""
    if AXES[cell.name][:1] == ("t",):
        return cell.name + "".join(f"[{at}]" for at in cell.index)
    return f"{cell.name}[{','.join(map(str, cell.index))}]" if cell.index else cell.name
