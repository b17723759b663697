"""The maths of the vanilla RNN over a whole sequence at once: each operation stands beside its derivative.

Everything is float64. Shapes: x (T,I), h (T+1,H) with h[0] the initial state, a (T,H), z and p (T,O), y (T,).
Row r of a, z, p, dz, dh, da belongs to timestep r+1; row r of h and dh_next to timestep r.

Source of the formulas: Elman (1990) for the network, Werbos (1990) for backpropagation through time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnn_core.data import NO_TARGET, Targets
from rnn_core.model import Array, Params, Sizes
from rnn_core.recurrence import Progress, backward_loop, forward_loop, no_progress


class Forward(NamedTuple):
    """What the forward pass leaves behind: a (T,H), h (T+1,H), z and p (T,O)."""

    a: Array
    h: Array
    z: Array
    p: Array


class Backward(NamedTuple):
    """What the backward pass leaves behind: dz (T,O), dh and da (T,H), dh_next (T+1,H)."""

    dz: Array
    dh: Array
    da: Array
    dh_next: Array


def allocate(sizes: Sizes, timesteps: int) -> tuple[Forward, Backward]:
    """Rows to be filled, cut from one block: the system gives a large block large pages, and touching fresh
    memory is what a wide run would otherwise spend a third of its time on."""
    T, H, O = timesteps, sizes.hidden, sizes.classes
    shapes = ((T, H), (T + 1, H), (T, O), (T, O), (T, O), (T, H), (T, H), (T + 1, H))
    block = np.empty(sum(rows * columns for rows, columns in shapes))
    arrays, start = [], 0
    for rows, columns in shapes:
        arrays.append(block[start : start + rows * columns].reshape(rows, columns))
        start += rows * columns
    return Forward(*arrays[:4]), Backward(*arrays[4:])


def softmax(z: Array, out: Array | None = None) -> Array:
    """exp(z - max z) / sum, along the last axis; the maximum is subtracted so that nothing overflows."""
    p = np.subtract(z, np.max(z, axis=-1, keepdims=True), out=out)
    np.exp(p, out=p)
    p /= np.sum(p, axis=-1, keepdims=True)
    return p


def cross_entropy(z: Array, y: Targets) -> Array:
    """(T,) -log softmax(z)[y] through log-sum-exp, exact for logits of ±1e4; NaN where there is no target."""
    shifted = z - np.max(z, axis=-1, keepdims=True)
    picked = shifted[np.arange(len(z)), y]
    nll: Array = np.log(np.sum(np.exp(shifted, out=shifted), axis=-1)) - picked
    nll[y == NO_TARGET] = np.nan
    return nll


def cross_entropy_backward(p: Array, y: Targets, weight: float, out: Array | None = None) -> Array:
    """(T,O) the derivative of weight · cross_entropy by z: weight · (p - onehot(y)), 0 where there is no target."""
    dz = np.multiply(p, weight, out=out)
    dz[np.arange(len(p)), y] = (p[np.arange(len(p)), y] - 1.0) * weight
    dz[y == NO_TARGET] = 0.0
    return dz


def tanh_slope(h: Array, out: Array | None = None) -> Array:
    """The derivative of tanh, written with its value: 1 - h²."""
    slope = np.multiply(h, h, out=out)
    return np.subtract(1.0, slope, out=slope)


def forward(
    params: Params, x: Array, h0: Array | None = None, progress: Progress = no_progress, out: Forward | None = None
) -> Forward:
    """Run the network over x (T,I), starting from h0 (H,) or zeros."""
    rows = out or allocate(params.sizes, len(x))[0]
    rows.h[0] = 0.0 if h0 is None else h0
    forward_loop(params, x, rows.h, rows.a, progress)
    np.matmul(rows.h[1:], params.V.T, out=rows.z)
    np.add(rows.z, params.c, out=rows.z)
    softmax(rows.z, out=rows.p)
    return rows


def backward(
    params: Params,
    y: Targets,
    h: Array,
    p: Array,
    weight: float = 1.0,
    progress: Progress = no_progress,
    out: Backward | None = None,
) -> Backward:
    """Carry the error of `weight` · (summed cross-entropy) back through time.

    The gradients of the parameters are sums of outer products of these rows over time: see `accumulate.py`.
    """
    rows = out or allocate(params.sizes, len(y))[1]
    cross_entropy_backward(p, y, weight, out=rows.dz)
    tanh_slope(h[1:], out=rows.da)
    backward_loop(params, rows.dz, rows.dh, rows.da, progress)
    np.matmul(rows.da, params.W, out=rows.dh_next[:-1])
    rows.dh_next[-1] = 0.0
    return rows


def loss_weight(y: Targets, reduction: str) -> float:
    """What each timestep's cross-entropy counts for: 1 under `sum`, 1/M under `mean` (0 without targets)."""
    if reduction == "sum":
        return 1.0
    count = int(np.count_nonzero(y != NO_TARGET))
    return 1.0 / count if count else 0.0


def running_loss(nll: Array, y: Targets, weight: float) -> Array:
    """(T,) the loss after each timestep: the sum so far of weight · nll, timesteps without a target left out."""
    return np.cumsum(np.where(y == NO_TARGET, 0.0, nll) * weight)
