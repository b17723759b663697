"""How far apart rounding alone may put a gradient of a trace and its exact value."""

from __future__ import annotations

import numpy as np

from rnn_core import kernels
from rnn_core.data import NO_TARGET
from rnn_core.model import Array
from rnn_core.trace import Trace


def rounding(trace: Trace) -> dict[str, Array]:
    """The rounding error to expect of each gradient, shaped like it.

    The lines' own errors are taken as independent of each other. So their squares add up, and are carried back by the
    squares of the weights.
    """
    params, y = trace.params, trace.y
    dz2, dh2, da2 = trace.dz**2, trace.dh**2, trace.da**2
    V2, W2 = params.V**2, params.W**2
    weight = kernels.loss_weight(y, trace.options.reduction)
    has = y != NO_TARGET
    dz = np.where(has[:, None], trace.p, 0.0)
    dz[np.flatnonzero(has), y[has]] += 1.0
    dz = (weight * dz) ** 2
    dh = (dz + dz2) @ V2
    da = 4.0 * dh2
    bits = float(np.finfo(np.float64).eps)
    slope2 = (1.0 - trace.h[1:] ** 2 + 2.0 * bits) ** 2  # a slope that is 0 here may be that much
    carried = np.zeros(len(params.b))
    for row in range(len(trace) - 1, -1, -1):
        dh[row] += carried
        da[row] += slope2[row] * dh[row]
        carried = W2.T @ (da[row] + da2[row])
    left, top = da + da2, dz + dz2
    squares = {
        "dz": dz, "dh": dh, "da": da, "dh_next": carried, "dx": left @ params.U**2, "dV": top.T @ trace.h[1:] ** 2,
        "dc": top.sum(axis=0), "db": left.sum(axis=0), "dU": left.T @ trace.x**2, "dW": left.T @ trace.h[:-1] ** 2,
    }  # fmt: skip
    return {name: bits * np.sqrt(np.where(np.isfinite(array), array, 0.0)) for name, array in squares.items()}
