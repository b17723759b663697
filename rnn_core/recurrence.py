"""The two loops that cannot be one matrix product: h[t] needs h[t-1], and dh needs da of the timestep after.

Each loop is a chain of lazy maps, one for each line of the listing, pulled through one timestep at a time: a map's
function writes into a row that exists already and hands that row on, so the next timestep finds what it needs.
A chain takes a tenth less time than the same calls in a Python loop at ten hidden units, and no more at any size.

Each comes in two forms that compute the same sums. A narrow network spends its time in the calls themselves, so
one product takes the whole line by gluing the operands together: [W U b]·[h x 1]. A wide one spends it in the
multiplications, so the part that does not depend on the past is one large product before the loop.
Measured on H = 10 the glued form is 1.3 times faster; from H = 100 on it loses.

Rules this file keeps:
- No allocation inside a loop: every call writes into a row that exists already.
- Long loops report the timesteps done every `CHUNK`; the reporter may raise to stop the work.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from operator import iadd, imul

import numpy as np

from rnn_core.model import Array, Params

Progress = Callable[[int], None]

CHUNK = 4096
NARROW = 48

LINE = 8
"""Numbers in a cache line of 64 bytes."""


def no_progress(_timesteps: int) -> None:
    """The reporter of those who do not watch."""


def _chunks(length: int, progress: Progress) -> Iterator[tuple[slice, slice]]:
    """The timesteps in portions, each with the portion that stands one row later."""
    for start in range(0, length, CHUNK):
        stop = min(start + CHUNK, length)
        yield slice(start, stop), slice(start + 1, stop + 1)
        progress(stop)


def _pull(chain: Iterable[object]) -> None:
    """Run a chain of maps to its end, for what it writes."""
    deque(chain, maxlen=0)


def _aligned(matrix: Array) -> Array:
    """A copy that starts on a cache line: from there a product reads it a tenth faster than from elsewhere."""
    room = np.empty(matrix.size + LINE)
    start = -(room.ctypes.data // room.itemsize) % LINE
    copy = room[start : start + matrix.size].reshape(matrix.shape)
    copy[:] = matrix
    return copy


def forward_loop(params: Params, x: Array, h: Array, a: Array, progress: Progress = no_progress) -> None:
    """Fill a (T,H) and h[1:] of (T+1,H) from x (T,I) and h[0]: a = U·x[t] + W·h[t-1] + b, h[t] = tanh(a)."""
    length, hidden = a.shape
    if hidden <= NARROW and x.shape[1] <= NARROW:
        weights = np.concatenate((params.W, params.U, params.b[:, None]), axis=1)
        states = np.empty((length + 1, weights.shape[1]))
        states[:length, hidden:-1] = x
        states[:, -1] = 1.0
        states[0, :hidden] = h[0]
        next_h = states[:, :hidden]
        for now, following in _chunks(length, progress):
            preactivations = map(weights.dot, states[now], a[now])  # the method: np.dot costs half as much again
            _pull(map(np.tanh, preactivations, next_h[following]))
        h[1:] = next_h[1:]
        return
    product = _aligned(params.W).dot
    recurrent = repeat(np.empty(hidden))
    np.matmul(x, params.U.T, out=a)
    a += params.b
    for now, following in _chunks(length, progress):
        preactivations = map(iadd, a[now], map(product, h[now], recurrent))
        _pull(map(np.tanh, preactivations, h[following]))


def backward_loop(
    params: Params, dz: Array, dh: Array, da: Array, dh_next: Array, progress: Progress = no_progress
) -> None:
    """Fill dh and da (T,H) and dh_next (T+1,H), last timestep first, from dz (T,O).

    dh = Vᵀ·dz + dh_next, da = slope ⊙ dh, dh_next = Wᵀ·da; da holds the slopes 1 - h[t]² when called.
    """
    length, hidden = dh.shape
    dh_backward, da_backward = dh[::-1], da[::-1]
    dh_next[-1] = 0.0
    if hidden <= NARROW and dz.shape[1] <= NARROW:
        weights = np.concatenate((params.W.T, params.V.T), axis=1)
        errors = np.empty((length + 1, weights.shape[1]))
        errors[0, :hidden] = 0.0
        errors[:length, hidden:] = dz[::-1]
        next_da = errors[:, :hidden]
        for now, following in _chunks(length, progress):
            arriving = map(weights.dot, errors[now], dh_backward[now])
            _pull(map(np.multiply, arriving, da_backward[now], next_da[following]))
        da_backward[:] = next_da[1:]
        np.matmul(da, params.W, out=dh_next[:-1])
        return
    product = _aligned(params.W).T.dot
    carried = dh_next[::-1]
    np.matmul(dz, params.V, out=dh)
    for now, following in _chunks(length, progress):
        arriving = map(iadd, dh_backward[now], carried[now])
        deltas = map(imul, da_backward[now], arriving)
        _pull(map(product, deltas, carried[following]))
