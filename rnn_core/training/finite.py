"""Where a run leaves the finite numbers: the first line of a trace that wrote one that is none."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnn_core.trace import Trace


def first_not_finite(trace: Trace) -> int | None:
    """The position right after the first line that wrote a number that is not finite; None where every one is.

    A halted update, whose gradient norm is no number, ends there.
    """
    program, timesteps = trace.program, len(trace)
    found = []
    for name, register in program.series.items():
        if register.line not in program.lines:
            continue
        rows = trace.rows[name]
        if rows.ndim == 1:
            not_finite: NDArray[np.bool_] = np.asarray(~np.isfinite(rows) & trace.sequence.has_target)
        else:
            not_finite = np.asarray(~np.isfinite(rows).all(axis=1))
        if register.given:
            not_finite = not_finite[:-1] if register.backward else not_finite[1:]
        at = np.flatnonzero(not_finite)
        if at.size:
            t = int(at[-1] if register.backward else at[0]) + 1
            found.append(program.number("backward" if register.backward else "forward", t, register.line, timesteps))
    _, backward, update, _ = program.borders(timesteps)
    for name in program.sums:
        if not np.isfinite(trace.gradients[name[1:]]).all():
            found.append(_first_sum(trace, name, backward, update))
    if trace.halted:
        found.append(update)
    for line in program.update:
        after = program.number("update", 0, line.name, timesteps)
        values = [] if after > trace.end else [trace.value(name, after) for name in line.writes]
        if any(value is not None and not np.isfinite(value).all() for value in values):
            found.append(after)
    return min(found, default=None)


def _first_sum(trace: Trace, name: str, low: int, high: int) -> int:
    """The first position at which a running sum is not finite: a sum that has left the finite numbers stays away."""
    while low < high:
        middle = (low + high) // 2
        value = trace.value(name, middle)
        if value is None or np.isfinite(value).all():
            low = middle + 1
        else:
            high = middle
    return low
