"""The gradient norm of each timestep, for the strip of blocks under the timeline's backward part.

The scale is the same in every run: a block's height counts powers of ten, and its ends are powers of ten.
"""

from __future__ import annotations

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
    arrived = norms(trace)[::-1]
    ran = trace.program.times_run("dh", k, len(trace))
    edges = np.arange(width + 1) * len(trace) // width
    low, _ = ends(trace)
    levels: list[int | None] = []
    for first, stop in zip(edges[:-1].tolist(), np.maximum(edges[1:], edges[:-1] + 1).tolist(), strict=True):
        if first >= ran:
            levels.append(None)
            continue
        value = float(np.max(arrived[first : min(stop, ran)]))
        if not np.isfinite(value):
            levels.append(LEVELS + 1)
        elif value == 0.0:
            levels.append(0)
        else:
            share = (float(np.log10(value)) - low) / DECADES
            levels.append(max(1, min(LEVELS, int(np.floor(share * LEVELS + 1e-9)) + 1)))
    return levels


@remembered
def ends(trace: Trace) -> tuple[int, int]:
    """The powers of ten at the strip's lower and upper end; the upper one is above every norm of the run."""
    finite = norms(trace)[np.isfinite(norms(trace))]
    peak = float(finite.max()) if finite.size else 0.0
    high = int(np.floor(np.log10(peak))) + 1 if peak > 0.0 else 0
    return high - DECADES, high
