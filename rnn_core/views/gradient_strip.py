"""The gradient norm of each timestep, for the strip of blocks under the timeline's backward part.

The scale is the same in every run: a block's height counts powers of ten, and its ends are powers of ten.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from rnn_core.model import Array
from rnn_core.remembering import remembered
from rnn_core.trace import Trace
from rnn_core.views.scale import LEVELS

DECADES = 8
"""Powers of ten between the strip's ends: as many as blocks have heights."""


@remembered
def norms(trace: Trace) -> Array:
    """(T,) ‖dh[t]‖, the gradient that arrives at each timestep's hidden state."""
    with np.errstate(all="ignore"):
        found: Array = np.sqrt(np.einsum("th,th->t", trace.dh, trace.dh))
    return found


def strip(trace: Trace, k: int, width: int) -> list[int | None]:
    """A level for each of `width` columns, t = T on the left; None where no timestep of the column has its dh yet.

    A column that stands for several timesteps shows the largest. Each power of ten has LEVELS / DECADES levels; a norm
    below the lower end has the lowest, and 0 the level 0.
    """
    ran = trace.program.times_run("dh", k, len(trace))
    columns, levels = _whole(trace, width)
    begun = bisect_left(columns, (ran, 0))  # the columns whose first timestep has its dh
    shown: list[int | None] = [None] * width
    shown[:begun] = levels[:begun]
    if begun and columns[begun - 1][1] > ran:
        shown[begun - 1] = _level(trace, columns[begun - 1][0], ran)
    return shown


@remembered
def _whole(trace: Trace, width: int) -> tuple[list[tuple[int, int]], list[int]]:
    """The timesteps of each column, T the 0th of them, and the levels of the columns once all those have their dh."""
    edges = np.arange(width + 1) * len(trace) // width
    columns = list(zip(edges[:-1].tolist(), np.maximum(edges[1:], edges[:-1] + 1).tolist(), strict=True))
    return columns, [_level(trace, first, stop) for first, stop in columns]


def _level(trace: Trace, first: int, stop: int) -> int:
    """The level of the largest norm among timesteps, T the 0th of them."""
    value = float(np.max(norms(trace)[::-1][first:stop]))
    if not np.isfinite(value):
        return LEVELS + 1
    if value == 0.0:
        return 0
    share = (float(np.log10(value)) - ends(trace)[0]) / DECADES
    return max(1, min(LEVELS, int(np.floor(share * LEVELS + 1e-9)) + 1))


@remembered
def ends(trace: Trace) -> tuple[int, int]:
    """The powers of ten at the strip's lower and upper end; the upper one is above every norm of the run."""
    finite = norms(trace)[np.isfinite(norms(trace))]
    peak = float(finite.max()) if finite.size else 0.0
    high = int(np.floor(np.log10(peak))) + 1 if peak > 0.0 else 0
    return high - DECADES, high
