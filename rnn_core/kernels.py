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
from rnn_core.model import Array, Params, Sizes
from rnn_core.recurrence import Progress, Weights, backward_loop, forward_loop, no_progress


class Forward(NamedTuple):
    """What the forward pass leaves behind: a (T,H), h (T+1,H), z and p (T,O), nll (T,)."""

    a: Array
    h: Array
    z: Array
    p: Array
    nll: Array


class Backward(NamedTuple):
    """What the backward pass leaves behind: dz (T,O), dh and da (T,H), dh_next (T+1,H)."""

    dz: Array
    dh: Array
    da: Array
    dh_next: Array


def allocate(sizes: Sizes, timesteps: int) -> tuple[Forward, Backward]:
    """Rows to be filled, cut from one block. The system gives a large block large pages; without them a wide run spends
    a third of its time on touching fresh memory."""
    T, H, O = timesteps, sizes.hidden, sizes.classes
    block = np.empty(T * (5 * H + 3 * O + 1) + 2 * H)
    start = 0

    def rows(count: int, columns: int) -> Array:
        nonlocal start
        start += count * columns
        return block[start - count * columns : start].reshape(count, columns)

    return (
        Forward(a=rows(T, H), h=rows(T + 1, H), z=rows(T, O), p=rows(T, O), nll=rows(T, 1)[:, 0]),
        Backward(dz=rows(T, O), dh=rows(T, H), da=rows(T, H), dh_next=rows(T + 1, H)),
    )


def softmax(z: Array) -> Array:
    """exp(z - max z) / sum, along the last axis; the maximum is subtracted so that nothing overflows."""
    p: Array = np.exp(z - z.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    return p


SMALL = 4096
"""Up to so many numbers, repeating a row or a column takes less time than having NumPy broadcast it."""


class Outputs:
    """The output layer over (T,O) rows, with its working memory: z = V·h[t] + c, p = softmax(z)."""

    def __init__(self, z: Array, p: Array) -> None:
        self._z, self._p, self._ones = z, p, np.ones((z.shape[1], 1))
        self._largest, self._total = np.empty((len(z), 1)), np.empty((len(z), 1))
        self._room = np.empty_like(z) if z.size <= SMALL else None

    def logits(self, weights: Weights, states: Array) -> None:
        """Fill z from the states (T,H) after each timestep."""
        states.dot(weights.V.T, self._z)
        np.add(self._z, self._spread(weights.c), self._z)

    def shift(self) -> None:
        """p = z - max z: what the exponentials are taken of."""
        np.maximum.reduce(self._z, 1, None, self._largest, keepdims=True)
        np.subtract(self._z, self._spread(self._largest), self._p)

    def normalise(self) -> Array:
        """p = exp(p) / sum; the sums (T,1)."""
        np.exp(self._p, self._p)
        self._p.dot(self._ones, self._total)
        np.divide(self._p, self._spread(self._total), self._p)
        return self._total

    def _spread(self, numbers: Array) -> Array:
        """A row or a column, repeated to (T,O) where that is worth it."""
        if self._room is None:
            return numbers
        self._room[:] = numbers
        return self._room


def softmax_cross_entropy(z: Array, y: Targets, p: Array, nll: Array) -> None:
    """Fill p (T,O) with softmax(z) and nll (T,) with -log p[y], NaN where there is no target.

    The logarithm is taken as log-sum-exp, which stays exact for logits of ±1e4 where p itself has become 0 or 1.
    """
    _cross_entropy(Outputs(z, p), y, p, nll)


def _cross_entropy(outputs: Outputs, y: Targets, p: Array, nll: Array) -> None:
    outputs.shift()
    picked = p.take(target_places(y, p.shape[1]))
    np.log(outputs.normalise()[:, 0], out=nll)
    nll -= picked
    nll[y == NO_TARGET] = np.nan


def target_places(y: Targets, classes: int) -> NDArray[np.int64]:
    """Where p[t][y[t]] stands when p is read as one long row (p[t][0] without a target): one index for two."""
    return np.arange(0, len(y) * classes, classes) + np.maximum(y, 0)


def cross_entropy_backward(p: Array, y: Targets, weight: float, dz: Array) -> None:
    """Fill dz (T,O) with the derivative of weight · cross_entropy by z: weight · (p - onehot(y)), 0 without target."""
    error_at_logits(p, target_places(y, p.shape[1]), absent_targets(y), weight, dz, dz.reshape(-1))


def error_at_logits(
    p: Array, places: NDArray[np.int64], absent: NDArray[np.bool_] | None, weight: float, dz: Array, dz_line: Array
) -> None:
    """The same for those who keep ready the targets' places in p, the timesteps without one, and dz as one long row."""
    dz[:] = p
    dz_line[places] -= 1.0
    if absent is not None:
        dz[absent] = 0.0
    if weight != 1.0:
        np.multiply(dz, weight, dz)


def absent_targets(y: Targets) -> NDArray[np.bool_] | None:
    """The timesteps without a target; None where every one has its own."""
    absent = y == NO_TARGET
    return absent if absent.any() else None


ONE = np.array(1.0)
"""An array is taken faster than a number that NumPy has to make one of."""


def tanh_slope(h: Array, out: Array | None = None) -> Array:
    """The derivative of tanh, written with its value: 1 - h²."""
    slope = np.multiply(h, h, out)
    result: Array = np.subtract(ONE, slope, slope)
    return result


def forward(
    params: Params,
    x: Array,
    y: Targets,
    h0: Array | None = None,
    progress: Progress = no_progress,
    out: Forward | None = None,
) -> Forward:
    """Run the network over x (T,I) with targets y (T,), starting from h0 (H,) or zeros."""
    rows = out or allocate(params.sizes, len(x))[0]
    rows.h[0] = 0.0 if h0 is None else h0
    loop = forward_loop(params.sizes, rows.a, rows.h)
    loop.load(params)
    loop.run(x, progress)
    outputs = Outputs(rows.z, rows.p)
    outputs.logits(params, rows.h[1:])
    _cross_entropy(outputs, y, rows.p, rows.nll)
    return rows


def backward(
    params: Params,
    y: Targets,
    h: Array,
    p: Array,
    weight: float = 1.0,
    progress: Progress = no_progress,
    out: Backward | None = None,
    truncation: int = 0,
) -> Backward:
    """Carry the error of `weight` · (summed cross-entropy) back through time, in windows of `truncation` timesteps.

    The gradients of the parameters are sums of outer products of these rows over time: see `accumulate.py`.
    """
    rows = out or allocate(params.sizes, len(y))[1]
    cross_entropy_backward(p, y, weight, rows.dz)
    tanh_slope(h[1:], rows.da)
    loop = backward_loop(params.sizes, rows.dh, rows.da, rows.dh_next, truncation)
    loop.load(params)
    loop.run(rows.dz, progress)
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
