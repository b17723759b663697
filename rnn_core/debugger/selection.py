"""The selected number: which one it is, how it moves, what it holds.

Rules this file keeps:
- There is always a selected unit of each kind; a cell is pinned only when a person picked it.
- Where nothing is pinned, the selected cell is the one that the last line wrote for the selected units.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from rnn_core.debugger.position.cells import fitted
from rnn_core.debugger.session import Session
from rnn_core.remembering import remembered
from rnn_core.trace import Trace
from rnn_core.views.cells import axes, cell_value, extent, first_timestep, latest_timestep, line_cell
from rnn_core.views.gradients import parted, vectors
from rnn_core.views.options import GATES, Cell
from rnn_core.views.series import gated


class Home(NamedTuple):
    """Where a name is shown: its panel, and the axis that runs down the screen and the one that runs across."""

    panel: str
    down: str
    across: str


def home(trace: Trace, name: str) -> Home | None:
    """Where a name is shown, by what it is; None for what has no table."""
    register = trace.program.registers.get(name)
    if register is None:
        return None
    axes = register.axes
    if register.kind in ("sum", "parameter"):
        panel = "gradients" if register.kind == "sum" else "weights"
        return Home(panel, axes[0], axes[1]) if len(axes) == 2 else Home(panel, "", axes[0])
    if register.kind != "series" or len(axes) != 2:
        return None
    if name == "h":
        return Home("hidden", axes[1], "t")
    if name in gated(trace):
        return Home(GATES, axes[1], "t")
    if name == trace.program.output.shown:
        return Home("outputs", "t", axes[1])
    return Home("gradients", axes[1], "") if name in vectors(trace) else None


def first(trace: Trace, panel: str) -> str:
    """The name that a panel shows first."""
    named = {"hidden": "h", "outputs": trace.program.output.shown, "gradients": "dW", "weights": "W"}
    return named.get(panel) or gated(trace)[0]


OPPOSITE = {"right": "left", "left": "right", "down": "up", "up": "down"}


@remembered
def neighbours(trace: Trace) -> dict[tuple[str, str], str]:
    """Where the cell cursor goes when it leaves a table: (name, direction) → the table beside."""
    found: dict[tuple[str, str], str] = {}

    def row(direction: str, *names: str) -> None:
        for one, other in pairwise(names):
            found[one, direction] = other
            found.setdefault((other, OPPOSITE[direction]), one)

    columns = vectors(trace)
    for names in (trace.program.parameters, tuple(trace.program.sums)):
        beside, stacked = parted(trace, names)
        row("right", *beside, stacked[0])
        row("down", *stacked)
        found |= {(name, "left"): beside[-1] for name in stacked}
    row("right", stacked[0], *columns)
    found |= {(name, "right"): columns[0] for name in stacked}
    row("right", *gated(trace))
    return found


def selected(session: Session) -> Cell | None:
    """The pinned cell, else the one that the last line wrote; None at the start."""
    return session.view.pinned or line_cell(session.trace, session.ran, session.view.units)


def select(session: Session, cell: Cell) -> Session:
    """Pin a cell and select its units; the panel that shows it gets the focus."""
    changes = {axis: at for axis, at in zip(axes(session.trace, cell.name), cell.index, strict=True) if axis != "t"}
    units = session.view.units._replace(**changes)
    place = home(session.trace, cell.name)
    panel = place.panel if place else session.view.panel
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
    place = home(session.trace, cell.name) if cell else None
    if cell is None or place is None or place.panel != panel:
        return select(session, _cell_of(session, first(session.trace, panel)))
    axis = place.down if direction in ("up", "down") else place.across
    step = count if direction in ("down", "right") else -count
    if axis:
        at = axes(session.trace, cell.name).index(axis)
        lowest = first_timestep(session.trace, cell.name) if axis == "t" else 0
        target = min(max(cell.index[at] + step, lowest), extent(session.trace, axis) - 1)
        if target != cell.index[at]:
            return select(session, replace_index(cell, at, target))
    neighbour = neighbours(session.trace).get((cell.name, direction))
    return select(session, _cell_of(session, neighbour)) if neighbour else session


def replace_index(cell: Cell, at: int, target: int) -> Cell:
    """The cell with one of its indices changed."""
    return Cell(cell.name, (*cell.index[:at], target, *cell.index[at + 1 :]))


def _cell_of(session: Session, name: str) -> Cell:
    t = current_timestep(session)
    if name in vectors(session.trace):
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
