"""How large a number looks: the limits of a heatmap, and where a value stands between them.

Rules this file keeps:
- Scales are symmetric about zero; zero is always the middle.
- A value beyond the limits takes the end's colour; a value that is not finite is NaN and stands out.
"""

from __future__ import annotations

import numpy as np

from rnn_core.model import Array
from rnn_core.views.options import ScaleMode

LOG_DECADES = 6
"""The log scale spans this many powers of ten below its limit."""

LEVELS = 24
"""Steps of colour on each side of zero."""


def limit_for(mode: ScaleMode, now: float, run: float) -> float:
    """The magnitude that gets the end's colour: that of this step, of the whole run, or 1; 1 where all is zero."""
    limit = {"step": now, "run": run, "log": now, "fixed": 1.0}[mode]
    return limit if limit > 0.0 else 1.0


def levels(values: Array, limit: float, mode: ScaleMode) -> np.ndarray:
    """Each value as a whole number from -LEVELS to LEVELS; not finite ones as LEVELS + 1. Any nonzero value differs
    from zero, so that a small number does not look like none."""
    with np.errstate(all="ignore"):
        size = np.abs(values) / limit
        if mode == "log":
            size = 1.0 + np.log10(size) / LOG_DECADES
        steps = np.ceil(np.clip(size, 0.0, 1.0) * LEVELS - 1e-9)
        steps = np.where(values == 0.0, 0.0, np.maximum(steps, 1.0))
        signed = np.where(values < 0.0, -steps, steps)
        result: np.ndarray = np.where(np.isfinite(values), signed, LEVELS + 1).astype(np.int64)
    return result
