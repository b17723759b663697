"""The gradient norm of each timestep, for the strip of colour under the timeline's backward part."""

from __future__ import annotations

import numpy as np

from rnn_core.model import Array
from rnn_core.remembering import remembered
from rnn_core.trace import Trace
from rnn_core.views.scale import LEVELS

MOST_DECADES = 12
"""Powers of ten below the largest norm that the strip tells apart at most; one at least."""


@remembered
def norms(trace: Trace) -> Array:
    """(T,) ‖dh[t]‖, the gradient that arrives at each timestep's hidden state."""
    with np.errstate(all="ignore"):
        found: Array = np.sqrt(np.einsum("th,th->t", trace.dh, trace.dh))
    return found


def strip(trace: Trace, k: int, width: int) -> list[int | None]:
    """A level for each of `width` columns, t = T on the left; None where no timestep of the column has its dh yet.

    A column that stands for several timesteps shows the largest. The scale is logarithmic, from the largest norm of
    the run down to the smallest.
    """
    arrived = norms(trace)[::-1]
    ran = trace.program.times_run("dh", k, len(trace))
    edges = np.arange(width + 1) * len(trace) // width
    peak, decades = _range(trace)
    levels: list[int | None] = []
    for first, stop in zip(edges[:-1].tolist(), np.maximum(edges[1:], edges[:-1] + 1).tolist(), strict=True):
        if first >= ran:
            levels.append(None)
            continue
        value = float(np.max(arrived[first : min(stop, ran)]))
        if not np.isfinite(value):
            levels.append(LEVELS + 1)
        elif value == 0.0 or peak == 0.0:
            levels.append(0)
        else:
            share = 1.0 + float(np.log10(value) - np.log10(peak)) / decades
            levels.append(max(1, min(LEVELS, int(np.ceil(share * LEVELS - 1e-9)))))
    return levels


@remembered
def _range(trace: Trace) -> tuple[float, float]:
    """The largest finite norm, and how many powers of ten lie between it and the smallest."""
    positive = norms(trace)[np.isfinite(norms(trace)) & (norms(trace) > 0.0)]
    if not positive.size:
        return 0.0, 1.0
    peak = float(positive.max())
    return peak, float(np.clip(1.2 * (np.log10(peak) - np.log10(float(positive.min()))), 1.0, MOST_DECADES))
