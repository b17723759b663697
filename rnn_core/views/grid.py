"""A table of numbers as a heatmap shows it: the visible window, what is written, fresh, chosen and marked.

Which way a name's axes run on the screen follows from what they count. A parameter is a matrix or one row, a vector of
the current timestep one column. A series over time has its units down and its timesteps across.
"""

from __future__ import annotations

import numpy as np

from rnn_core.arrays import Array
from rnn_core.records import dataclass
from rnn_core.remembering import remembered
from rnn_core.trace import Summary, summarise
from rnn_core.trace_like import TraceLike
from rnn_core.views.cells import axes, first_timestep, line_cell
from rnn_core.views.numbers import exponent_for
from rnn_core.views.options import Cell, ScaleMode, View
from rnn_core.views.scale import levels, limit_for


@dataclass(frozen=True, eq=False)
class Grid:
    """A window of a table. All arrays have the window's shape; rows run down the screen."""

    name: str
    shape: tuple[int, int]
    rows: range
    columns: range
    values: Array
    levels: np.ndarray
    written: bool
    """Whether the name has been computed at all."""
    mask: np.ndarray
    fresh: np.ndarray
    """What the last line wrote or changed."""
    marked: np.ndarray
    """What lets (almost) no gradient through: saturated units, dead ones."""
    chosen: tuple[int, int] | None
    """The selected cell, in the whole table."""
    limit: float
    exponent: int
    """The power of ten by which the numbers are best divided, where there is room to name it."""
    norm: float


def is_row(trace: TraceLike, name: str) -> bool:
    """Whether a parameter, or its gradient, is a vector: its table is one row."""
    return len(axes(trace, name)) == 1


def is_vector(trace: TraceLike, name: str) -> bool:
    """Whether a name has a vector for each timestep."""
    return len(axes(trace, name)) == 2 and axes(trace, name)[0] == "t"


def grid(
    name: str,
    shape: tuple[int, int],
    rows: range,
    columns: range,
    values: Array,
    *,
    mode: ScaleMode,
    now: float,
    run: float,
    mask: np.ndarray | None = None,
    fresh: np.ndarray | None = None,
    marked: np.ndarray | None = None,
    chosen: tuple[int, int] | None = None,
    norm: float = 0.0,
    written: bool = True,
) -> Grid:
    """A window's values with their colours: `now` and `run` are the largest magnitudes that the scale may take."""
    limit = limit_for(mode, now, run)
    nothing = np.zeros(values.shape, dtype=np.bool_)
    return Grid(
        name, shape, rows, columns, values, levels(values, limit, mode), written,
        ~nothing if mask is None else mask, nothing if fresh is None else fresh,
        nothing if marked is None else marked, chosen, limit, exponent_for(now), norm,
    )  # fmt: skip


def hidden(trace: TraceLike, k: int, view: View, rows: range, columns: range) -> Grid:
    """h over time, units down and timesteps across (column = t); rows not written yet are masked."""
    return series(trace, k, view, "h", rows, columns)


def series(trace: TraceLike, k: int, view: View, name: str, rows: range, columns: range) -> Grid:
    """A name over time, units down and timesteps across: column c is the row c of its array."""
    written, array = trace.written(name, k), trace.rows[name]
    window = array[columns.start : columns.stop, rows.start : rows.stop].T
    at = np.arange(columns.start, columns.stop)
    mask = np.broadcast_to((at >= written.start) & (at < written.stop), window.shape)
    place = trace.place(k)
    fresh = np.zeros(window.shape, dtype=np.bool_)
    if place and name in place.instruction.writes:
        fresh[:, at == _row_written(trace, name, place.t)] = True
    shown = np.where(mask, window, 0.0)
    now = summarise(array[_around(columns, written)]).peak if view.scale in ("step", "log") else 1.0
    run = run_peak(trace, name) if view.scale == "run" else 1.0
    function = trace.program.cell.functions.get(name)
    marked = function.shut(window) & mask if function and function.shut else None
    return grid(
        name, (array.shape[1], len(array)), rows, columns, shown, mode=view.scale, now=now, run=run, mask=mask,
        fresh=fresh, marked=marked, chosen=_chosen(trace, k, view, name, over_time=True),
        written=written.start < written.stop,
    )  # fmt: skip


def _row_written(trace: TraceLike, name: str, t: int) -> int:
    """The row of a series that its line writes at timestep t."""
    return t - 1 if name in trace.program.carries else t - first_timestep(trace, name)


def _around(columns: range, written: slice) -> slice:
    """The written rows among the visible timesteps: what "this step" scales by where the run is long."""
    start, stop = max(columns.start, written.start), min(columns.stop, written.stop)
    return slice(start, max(start, stop))


def _chosen(trace: TraceLike, k: int, view: View, name: str, *, over_time: bool = False) -> tuple[int, int] | None:
    """The selected cell as (row, column) of the table that shows `name`, where it is in it."""
    cell = view.pinned or line_cell(trace, trace.place(k), view.units)
    if cell is None or cell.name != name:
        return None
    if is_vector(trace, name):
        return cell.index[1], cell.index[0] - first_timestep(trace, name) if over_time else 0
    return (0, cell.index[0]) if len(cell.index) == 1 else (cell.index[0], cell.index[1])


def gradient(trace: TraceLike, k: int, view: View, name: str, rows: range, columns: range) -> Grid:
    """A gradient as it is, one of a vector as one row: the running sum, or what the current timestep adds to it."""
    size = trace.params[name[1:]].shape
    shape = (1, size[0]) if len(size) == 1 else size
    place = trace.place(k)
    window = _window(trace, k, view, name, rows, columns)
    written = window is not None
    values = np.zeros((len(rows), len(columns))) if window is None else np.reshape(window, (len(rows), len(columns)))
    summary = _summary(trace, k, view, name)
    fresh = np.zeros(values.shape, dtype=np.bool_)
    if place and name in place.instruction.writes:
        fresh[:] = True
    run = trace.summary(name, trace.program.borders(len(trace))[2]).peak if view.scale == "run" else 1.0
    return grid(
        name, shape, rows, columns, values, mode=view.scale, now=summary.peak, run=run, fresh=fresh,
        chosen=_chosen(trace, k, view, name), norm=summary.norm, written=written,
    )  # fmt: skip


def weights(trace: TraceLike, k: int, view: View, name: str, rows: range, columns: range) -> Grid:
    """A parameter's values at position k, a vector as one row."""
    array = np.atleast_2d(np.asarray(trace.value(name, k)))
    place = trace.place(k)
    window = array[rows.start : rows.stop, columns.start : columns.stop]
    updated = trace.program.times_run(name, k, len(trace)) > 0
    summary = weights_summary(trace, name, updated)
    fresh = np.full(window.shape, bool(place and name in place.instruction.writes))
    run = max(weights_summary(trace, name, after).peak for after in (False, True)) if view.scale == "run" else 1.0
    return grid(
        name, (array.shape[0], array.shape[1]), rows, columns, window, mode=view.scale, now=summary.peak, run=run,
        fresh=fresh, chosen=_chosen(trace, k, view, name), norm=summary.norm,
    )  # fmt: skip


@remembered
def weights_summary(trace: TraceLike, name: str, updated: bool) -> Summary:
    """Norm and peak of a parameter, before or after its update."""
    return summarise((trace.updated if updated else trace.params)[name])


def _window(trace: TraceLike, k: int, view: View, name: str, rows: range, columns: range) -> Array | None:
    across = slice(columns.start, columns.stop)
    down = across if is_row(trace, name) else slice(rows.start, rows.stop)
    if view.sums == "accumulated":
        return trace.window(name, k, down, across)
    t = contributing_timestep(trace, k, name)
    return trace.contribution(name, t, down, across) if t else None


def _summary(trace: TraceLike, k: int, view: View, name: str) -> Summary:
    if view.sums == "accumulated":
        return trace.summary(name, k)
    t = contributing_timestep(trace, k, name)
    return summarise(trace.contribution(name, t) if t else np.zeros(1))


def contributing_timestep(trace: TraceLike, k: int, name: str) -> int:
    """The timestep that last added to a gradient at position k; 0 before the first."""
    ran = trace.program.times_run(name, k, len(trace))
    return len(trace) - ran + 1 if ran else 0


def vector(trace: TraceLike, k: int, view: View, name: str, rows: range) -> Grid:
    """The vector of a name over time as last written, as one column."""
    value = trace.value(name, k)
    place = trace.place(k)
    whole = np.zeros(trace.rows[name].shape[1]) if value is None else np.asarray(value, dtype=np.float64)
    summary = summarise(whole)
    fresh = np.zeros((len(rows), 1), dtype=np.bool_)
    if place and name in place.instruction.writes:
        fresh[:] = True
    run = run_peak(trace, name) if view.scale == "run" else 1.0
    return grid(
        name, (len(whole), 1), rows, range(1), whole[rows.start : rows.stop, None], mode=view.scale,
        now=summary.peak, run=run, fresh=fresh, chosen=_chosen(trace, k, view, name), norm=summary.norm,
        written=value is not None,
    )  # fmt: skip


@remembered
def run_peak(trace: TraceLike, name: str) -> float:
    """The largest finite magnitude of a series over the whole run."""
    return summarise(trace.rows[name]).peak


def cell_at(trace: TraceLike, name: str, row: int, column: int, timestep: int) -> Cell:
    """The cell that a table shows at (row, column); `timestep` is that of a vector, and -1 where time runs across."""
    if is_vector(trace, name):
        return Cell(name, (column + first_timestep(trace, name) if timestep < 0 else timestep, row))
    return Cell(name, (column,) if is_row(trace, name) else (row, column))
