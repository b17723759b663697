"""The two loops that cannot be one matrix product: h[t] needs h[t-1], and dh needs da of the timestep after.

Each loop comes in two forms that compute the same sums. A narrow network spends its time in Python's calls,
so one product takes the whole line by gluing the operands together: [W U b]·[h x 1]. A wide one spends it in
the multiplications, so the part that does not depend on the past is one large product before the loop.
Measured on H = 10 the glued form is 1.3 times faster; from H = 100 on it loses.

Rules this file keeps:
- No allocation inside a loop: every call writes into a row that exists already.
- Long loops report the timesteps done every `CHUNK`; the reporter may raise to stop the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rnn_core.model import Array, Params

Progress = Callable[[int], None]

CHUNK = 4096
NARROW = 48


def no_progress(_timesteps: int) -> None:
    """The reporter of those who do not watch."""


def _chunks(length: int, progress: Progress) -> Iterator[slice]:
    for start in range(0, length, CHUNK):
        yield slice(start, min(start + CHUNK, length))
        progress(min(start + CHUNK, length))


def forward_loop(params: Params, x: Array, h: Array, a: Array, progress: Progress = no_progress) -> None:
    """Fill a (T,H) and h[1:] of (T+1,H) from x (T,I) and h[0]: a = U·x[t] + W·h[t-1] + b, h[t] = tanh(a)."""
    length, hidden = a.shape
    tanh, add = np.tanh, np.add
    if hidden <= NARROW and x.shape[1] <= NARROW:
        weights = np.concatenate([params.W, params.U, params.b[:, None]], axis=1)
        states = np.empty((length + 1, weights.shape[1]))
        states[:length, hidden:-1] = x
        states[:, -1] = 1.0
        states[0, :hidden] = h[0]
        product = weights.dot  # the method: np.dot's own dispatch would cost a third of the call
        for part in _chunks(length, progress):
            following = states[part.start + 1 : part.stop + 1, :hidden]
            for a_t, state, h_t in zip(a[part], states[part], following):  # noqa: B905  # strict costs a tenth
                product(state, a_t)
                tanh(a_t, h_t)
        h[1:] = states[1:, :hidden]
        return
    product = params.W.dot
    recurrent = np.empty(hidden)
    np.matmul(x, params.U.T, out=a)
    a += params.b
    for part in _chunks(length, progress):
        for a_t, h_prev, h_t in zip(a[part], h[part], h[part.start + 1 : part.stop + 1]):  # noqa: B905  # as above
            product(h_prev, recurrent)
            add(a_t, recurrent, a_t)
            tanh(a_t, h_t)


def backward_loop(params: Params, dz: Array, dh: Array, da: Array, progress: Progress = no_progress) -> None:
    """Fill dh and da (T,H), last timestep first, from dz (T,O); da holds the slopes 1 - h[t]² when called.

    dh = Vᵀ·dz + Wᵀ·da[t+1] (nothing is carried into the last timestep), da = slope ⊙ dh.
    """
    length, hidden = dh.shape
    add, multiply = np.add, np.multiply
    dh_backward, da_backward = dh[::-1], da[::-1]
    if hidden <= NARROW and dz.shape[1] <= NARROW:
        weights = np.concatenate([params.W.T, params.V.T], axis=1)
        errors = np.empty((length + 1, weights.shape[1]))
        errors[0, :hidden] = 0.0
        errors[:length, hidden:] = dz[::-1]
        product = weights.dot
        for part in _chunks(length, progress):
            following = errors[part.start + 1 : part.stop + 1, :hidden]
            rows = zip(errors[part], da_backward[part], dh_backward[part], following)  # noqa: B905  # as above
            for error, slope_t, dh_t, da_t in rows:
                product(error, dh_t)
                multiply(dh_t, slope_t, da_t)
        da_backward[:] = errors[1:, :hidden]
        return
    product = np.ascontiguousarray(params.W.T).dot
    carried = np.zeros(hidden)
    np.matmul(dz, params.V, out=dh)
    for part in _chunks(length, progress):
        for dh_t, da_t in zip(dh_backward[part], da_backward[part]):  # noqa: B905  # as above
            add(dh_t, carried, dh_t)
            multiply(da_t, dh_t, da_t)
            product(da_t, carried)
