"""The inputs over time as a table: features down, timesteps across, every number of it given from the start."""

from __future__ import annotations

import numpy as np

from rnn_core.remembering import remembered
from rnn_core.trace import summarise
from rnn_core.trace_like import TraceLike
from rnn_core.views.grid import Grid, grid
from rnn_core.views.options import View


def inputs(trace: TraceLike, view: View, rows: range, columns: range) -> Grid:
    """A window of x: row r is feature r, column c is t = c + 1."""
    values = trace.x[columns.start : columns.stop, rows.start : rows.stop].T
    cell = view.pinned
    chosen = (cell.index[1], cell.index[0] - 1) if cell and cell.name == "x" else None
    steps, features = trace.x.shape
    return grid(
        "x", (features, steps), rows, columns, values, mode=view.scale, now=summarise(values).peak,
        run=_largest(trace) if view.scale == "run" else 1.0, chosen=chosen,
    )  # fmt: skip


@remembered
def one_hot(trace: TraceLike) -> bool:
    """Whether each timestep's input is one 1 among zeros."""
    x = trace.x
    ones = np.count_nonzero(x, axis=1) == 1
    return bool(x.shape[1] > 1 and ones.all() and (x.max(axis=1) == 1.0).all())


@remembered
def _largest(trace: TraceLike) -> float:
    """The largest finite magnitude of all inputs."""
    return summarise(trace.x).peak
