"""The selected number: which one it is, how it moves, what it holds.

Rules this file keeps:
- There is always a selected unit of each kind; a cell is pinned only when a person picked it.
- Where nothing is pinned, the selected cell is the one that the last line wrote for the selected units.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from rnn_core.debugger.position.cells import fitted
from rnn_core.debugger.session import Session
from rnn_core.views.cells import axes, cell_value, extent, first_timestep, latest_timestep, line_cell
from rnn_core.views.options import Cell


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
    "U": Home("weights", "hidden", "input"),
    "W": Home("weights", "hidden", "column"),
    "V": Home("weights", "output", "hidden"),
    "b": Home("weights", "", "hidden"),
    "c": Home("weights", "", "output"),
    "dh": Home("gradients", "hidden", ""),
    "da": Home("gradients", "hidden", ""),
    "dh_next": Home("gradients", "hidden", ""),
}
FIRST = {"hidden": "h", "outputs": "p", "gradients": "dW", "weights": "W"}
_TABLES = {
    ("U", "right"): "W", ("W", "left"): "U", ("W", "right"): "V", ("V", "left"): "W", ("V", "down"): "b",
    ("b", "up"): "V", ("b", "down"): "c", ("b", "left"): "W", ("c", "up"): "b", ("c", "left"): "W",
}  # fmt: skip
NEIGHBOURS = {
    **_TABLES,
    **{(f"d{name}", direction): f"d{other}" for (name, direction), other in _TABLES.items()},
    ("dV", "right"): "dh", ("db", "right"): "dh", ("dc", "right"): "dh", ("dh", "left"): "dV",
    ("dh", "right"): "da", ("da", "left"): "dh", ("da", "right"): "dh_next", ("dh_next", "left"): "da",
}  # fmt: skip
"""Where the cell cursor goes when it leaves a table of the gradients or the weights."""


def selected(session: Session) -> Cell | None:
    """The pinned cell, else the one that the last line wrote; None at the start."""
    return session.view.pinned or line_cell(session.trace, session.ran, session.view.units)


def select(session: Session, cell: Cell) -> Session:
    """Pin a cell and select its units; the panel that shows it gets the focus."""
    changes = {axis: at for axis, at in zip(axes(session.trace, cell.name), cell.index, strict=True) if axis != "t"}
    units = session.view.units._replace(**changes)
    panel = HOMES[cell.name].panel if cell.name in HOMES else session.view.panel
    return session.seen(pinned=cell, units=units, panel=panel, playing=False)


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
        at = axes(session.trace, cell.name).index(axis)
        lowest = first_timestep(session.trace, cell.name) if axis == "t" else 0
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
    if name in ("dh", "da", "dh_next"):
        t = latest_timestep(session.trace, name, session.k)
    units = session.view.units
    return Cell(name, tuple(t if axis == "t" else getattr(units, axis) for axis in axes(session.trace, name)))


def value_text(session: Session, cell: Cell) -> str | None:
    """A cell's value with every digit."""
    value = cell_value(session.trace, session.k, cell)
    return None if value is None else repr(value)


def with_fitting_view(session: Session) -> Session:
    """The session with its selected units inside the sizes of its trace."""
    view = replace(session.view, units=fitted(session.view.units, session.trace), pinned=None)
    return replace(session, view=view)
