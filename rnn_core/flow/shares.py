"""Which timesteps made a gradient: the share that each has of dU, dW, db, and of every other sum over time.

A timestep adds a matrix C_t. Its share is what C_t has in the direction of the sum: <C_t, dW> / ‖dW‖². So shares add up
to 1, and one that pulls against the sum is negative. C_t is an outer product and never made: <u vᵀ, G> = u·(G v).
"""

from __future__ import annotations

import numpy as np

from rnn_core.arrays import Array, norm
from rnn_core.remembering import remembered
from rnn_core.trace import Trace


@remembered
def shares(trace: Trace, name: str) -> Array:
    """(T,) the shares of the gradient `name`, such as dW; zeros where it is zero or not finite. Raises UsageError."""
    total = trace.gradients[name[1:]]
    size = norm(total)
    if not (size > 0.0 and np.isfinite(size)):
        return np.zeros(len(trace))
    direction = total / size
    factors = trace.program.sums[name].factors
    if factors is None:  # a line of somebody's own
        each = [np.sum(trace.contribution(name, t) * direction) for t in range(1, len(trace) + 1)]
        return np.array(each) / size
    left, right = factors
    rows = trace.over_time(left) @ direction
    added: Array = rows if right is None else np.einsum("tc,tc->t", rows, trace.over_time(right))
    return added / size
