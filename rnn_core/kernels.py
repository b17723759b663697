"""The maths of the vanilla RNN over a whole sequence at once: each operation stands beside its derivative.

Everything is float64. Shapes: x (T,I), h (T+1,H) with h[0] the initial state, a (T,H), z and p (T,O), y (T,).
Row r of a, z, p, dz, dh, da belongs to timestep r+1; row r of h and dh_next to timestep r.

Source of the formulas: Elman (1990) for the network, Werbos (1990) for backpropagation through time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_core.data import NO_TARGET, Targets
from rnn_core.model import Array, Params
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


def softmax(z: Array) -> Array:
    """exp(z - max z) / sum, along the last axis; the maximum is subtracted so that nothing overflows."""
    p = z - np.max(z, axis=-1, keepdims=True)
    np.exp(p, out=p)
    p /= np.sum(p, axis=-1, keepdims=True)
    return p


def cross_entropy(z: Array, y: Targets) -> Array:
    """(T,) -log softmax(z)[y] through log-sum-exp, exact for logits of ±1e4; NaN where there is no target."""
    rows = np.arange(len(z))
    shifted = z - np.max(z, axis=-1, keepdims=True)
    picked = shifted[rows, y]
    nll: Array = np.log(np.sum(np.exp(shifted, out=shifted), axis=-1)) - picked
    nll[y == NO_TARGET] = np.nan
    return nll


def cross_entropy_backward(p: Array, y: Targets, weight: float) -> Array:
    """(T,O) the derivative of weight · cross_entropy by z: weight · (p - onehot(y)), 0 where there is no target."""
    dz = p.copy()
    dz[np.arange(len(p)), y] -= 1.0
    dz[y == NO_TARGET] = 0.0
    if weight != 1.0:
        dz *= weight
    return dz


def tanh_slope(h: Array) -> Array:
    """The derivative of tanh, written with its value: 1 - h²."""
    slope = h * h
    np.subtract(1.0, slope, out=slope)
    return slope


def forward(params: Params, x: Array, h0: Array | None = None, progress: Progress = no_progress) -> Forward:
    """Run the network over x (T,I), starting from h0 (H,) or zeros."""
    h = np.empty((len(x) + 1, len(params.b)))
    h[0] = 0.0 if h0 is None else h0
    a = np.empty((len(x), len(params.b)))
    forward_loop(params, x, h, a, progress)
    z = h[1:] @ params.V.T
    z += params.c
    return Forward(a, h, z, softmax(z))


def backward(
    params: Params, y: Targets, h: Array, p: Array, weight: float = 1.0, progress: Progress = no_progress
) -> Backward:
    """Carry the error of `weight` · (summed cross-entropy) back through time.

    The gradients of the parameters are sums of outer products of these rows over time: see `accumulate.py`.
    """
    dz = cross_entropy_backward(p, y, weight)
    dh, da, dh_next = np.empty_like(h[1:]), np.empty_like(h[1:]), np.empty_like(h)
    backward_loop(params, dz, tanh_slope(h[1:]), dh, da, progress)
    np.matmul(da, params.W, out=dh_next[:-1])
    dh_next[-1] = 0.0
    return Backward(dz, dh, da, dh_next)


def loss_weight(y: Targets, reduction: str) -> float:
    """What each timestep's cross-entropy counts for: 1 under `sum`, 1/M under `mean` (0 without targets)."""
    if reduction == "sum":
        return 1.0
    count = int(np.count_nonzero(y != NO_TARGET))
    return 1.0 / count if count else 0.0


def running_loss(nll: Array, weight: float) -> NDArray[np.float64]:
    """(T,) the loss after each timestep: the sum so far of weight · nll, timesteps without a target left out."""
    counted = np.where(np.isnan(nll), 0.0, nll)
    return np.cumsum(counted * weight)
