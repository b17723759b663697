"""The selected number: which one it is, how it moves, what it holds.

Rules this file keeps:
- There is always a selected unit of each kind; a cell is pinned only when a person picked it.
- Where nothing is pinned, the selected cell is the one that the last line wrote for the selected units.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from rnn_core.debugger.session import Cell, Session, Units
from rnn_core.errors import UsageError, quoted
from rnn_core.program import Place
from rnn_core.trace import NAMES, SERIES, Trace

AXES = {
    "a": ("t", "hidden"), "h": ("t", "hidden"), "dh": ("t", "hidden"), "da": ("t", "hidden"),
    "dh_next": ("t", "hidden"), "x": ("t", "input"), "z": ("t", "output"), "p": ("t", "output"),
    "dz": ("t", "output"), "y": ("t",), "nll": ("t",), "loss": (), "clip_norm": (),
    "dU": ("hidden", "input"), "dW": ("hidden", "column"), "dV": ("output", "hidden"), "db": ("hidden",),
    "dc": ("output",), "U": ("hidden", "input"), "W": ("hidden", "column"), "V": ("output", "hidden"),
    "b": ("hidden",), "c": ("output",), "h0": ("hidden",),
}  # fmt: skip
"""What each index of a name counts."""


class Home(NamedTuple):
    """Where a name is shown: its panel, and the axis that runs down the screen and the one that runs across."""

    panel: str
    down: str
    across: str


HOMES = {
    "h": Home("hidden", "hidden", "t"),
    "p": Home("outputs", "t", "output"),
    "dU": Home("gradients", "hidden", "input"),
    "dW": Home("gradients", "hidden", "column"),
    "dV": Home("gradients", "output", "hidden"),
    "db": Home("gradients", "", "hidden"),
    "dc": Home("gradients", "", "output"),
    "dh": Home("gradients", "hidden", ""),
    "dh_next": Home("gradients", "hidden", ""),
}
FIRST = {"hidden": "h", "outputs": "p", "gradients": "dW"}
NEIGHBOURS = {
    ("dU", "right"): "dW", ("dW", "left"): "dU", ("dW", "right"): "dV", ("dV", "left"): "dW",
    ("dV", "right"): "dh", ("dV", "down"): "db", ("db", "up"): "dV", ("db", "down"): "dc",
    ("db", "left"): "dW", ("db", "right"): "dh", ("dc", "up"): "db", ("dc", "left"): "dW",
    ("dc", "right"): "dh", ("dh", "left"): "dV", ("dh", "right"): "dh_next", ("dh_next", "left"): "dh",
}  # fmt: skip
"""Where the cell cursor goes when it leaves a table of the gradients panel."""


def extent(trace: Trace, axis: str) -> int:
    """How many places an axis has."""
    sizes = trace.sizes
    return {
        "hidden": sizes.hidden, "column": sizes.hidden, "output": sizes.classes, "input": sizes.inputs,
        "t": len(trace) + 1,
    }[axis]  # fmt: skip


def first_timestep(name: str) -> int:
    """The timestep of row 0: h and dh_next have t = 0."""
    return 0 if name in SERIES and SERIES[name].given else 1


_CELL = re.compile(r"(?P<name>[A-Za-z_]\w*)\s*(?P<index>(\[\s*\d{1,9}\s*(,\s*\d{1,9}\s*)?\]\s*)*)")


def parse_cell(trace: Trace, text: str, k: int) -> Cell:
    """`dW[2,4]`, `h[3][2]`, `db[0]`, or `dh[2]` for unit 2 of the latest dh. Raises UsageError."""
    match = _CELL.fullmatch(text.strip())
    if not match or match["name"] not in NAMES:
        raise UsageError(f"{quoted(text)} is not a value", fix="for example dW[2,4] or h[3][2]")
    name, index = match["name"], tuple(int(number) for number in re.findall(r"\d+", match["index"]))
    axes = AXES[name]
    if axes[:1] == ("t",) and len(index) == len(axes) - 1:
        index = (_latest_timestep(trace, name, k), *index)
    if len(index) != len(axes):
        raise UsageError(f"{name} takes {len(axes)} indices, not {len(index)}", fix="dW[row,column], h[t][unit]")
    for axis, at in zip(axes, index, strict=True):
        lowest = first_timestep(name) if axis == "t" else 0
        if not lowest <= at < extent(trace, axis):
            raise UsageError(f"{name} has no {axis} {at}", fix=f"{lowest} to {extent(trace, axis) - 1}")
    return Cell(name, index)


def _latest_timestep(trace: Trace, name: str, k: int) -> int:
    if name not in SERIES:
        return 1
    written = trace.written(name, k)
    row = written.start if SERIES[name].backward else written.stop - 1
    return min(max(row, 0) + first_timestep(name), len(trace))


def line_cell(trace: Trace, place: Place | None, units: Units) -> Cell | None:
    """The number that the line at `place` wrote for the selected units."""
    if place is None:
        return None
    name = "clip_norm" if place.instruction.name == "clip" else place.instruction.name
    t = place.t - 1 if name == "dh_next" else place.t
    return Cell(name, tuple(t if axis == "t" else getattr(units, axis) for axis in AXES[name]))


def selected(session: Session) -> Cell | None:
    """The pinned cell, else the one that the last line wrote; None at the start."""
    return session.view.pinned or line_cell(session.trace, session.ran, session.view.units)


def select(session: Session, cell: Cell) -> Session:
    """Pin a cell and select its units; the panel that shows it gets the focus."""
    changes = {axis: at for axis, at in zip(AXES[cell.name], cell.index, strict=True) if axis != "t"}
    units = session.view.units._replace(**changes)
    panel = HOMES[cell.name].panel if cell.name in HOMES else session.view.panel
    return session.seen(pinned=cell, units=units, panel=panel, playing=False)


def fitted(units: Units, trace: Trace) -> Units:
    """The units moved inside the sizes of another trace."""
    return Units(*(min(at, extent(trace, axis) - 1) for axis, at in units._asdict().items()))


def current_timestep(session: Session) -> int:
    """The timestep that the cursor is in: that of the last line, 1 at the start, the last reached in the update."""
    place = session.ran
    if place is None:
        return 1
    return place.t or 1


def moved(session: Session, direction: str, count: int = 1) -> Session:
    """The cell cursor of the focused panel moved; at a table's edge it goes on to the table beside."""
    panel = session.view.panel
    if not panel:
        return session
    cell = session.view.pinned
    if cell is None or cell.name not in HOMES or HOMES[cell.name].panel != panel:
        return select(session, _cell_of(session, FIRST[panel]))
    home = HOMES[cell.name]
    axis = home.down if direction in ("up", "down") else home.across
    step = count if direction in ("down", "right") else -count
    if axis:
        at = AXES[cell.name].index(axis)
        lowest = first_timestep(cell.name) if axis == "t" else 0
        target = min(max(cell.index[at] + step, lowest), extent(session.trace, axis) - 1)
        if target != cell.index[at]:
            return select(session, replace_index(cell, at, target))
    neighbour = NEIGHBOURS.get((cell.name, direction))
    return select(session, _cell_of(session, neighbour)) if neighbour else session


def replace_index(cell: Cell, at: int, target: int) -> Cell:
    """The cell with one of its indices changed."""
    return Cell(cell.name, (*cell.index[:at], target, *cell.index[at + 1 :]))


def _cell_of(session: Session, name: str) -> Cell:
    t = current_timestep(session)
    if name in ("dh", "dh_next"):
        t = _latest_timestep(session.trace, name, session.k)
    units = session.view.units
    return Cell(name, tuple(t if axis == "t" else getattr(units, axis) for axis in AXES[name]))


def cell_value(trace: Trace, k: int, cell: Cell) -> float | None:
    """The number in a cell at position k; None where it is not computed yet."""
    name, index = cell
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


def value_text(session: Session, cell: Cell) -> str | None:
    """A cell's value with every digit."""
    value = cell_value(session.trace, session.k, cell)
    return None if value is None else repr(value)


def cell_text(cell: Cell) -> str:
    """How a cell is written: dW[2,4], h[3][2], db[0], loss."""
    if AXES[cell.name][:1] == ("t",):
        return cell.name + "".join(f"[{at}]" for at in cell.index)
    return f"{cell.name}[{','.join(map(str, cell.index))}]" if cell.index else cell.name


def with_fitting_view(session: Session) -> Session:
    """The session with its selected units inside the sizes of its trace."""
    view = replace(session.view, units=fitted(session.view.units, session.trace), pinned=None)
    return replace(session, view=view)
