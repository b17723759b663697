"""The loops of the LSTM, in as few calls a timestep as its gates allow.

Forward, the four gates stand side by side: one product gives all preactivations, and one call of each step of σ covers
them. What it makes of the candidate g is overwritten by tanh. Backward, everything that does not depend on the future
is multiplied out for all timesteps before the loop:

    ds = (1 - tanh(s)²)⊙o ⊙ dh + ds_next            da = [i'⊙g  f'⊙s[t-1]  g'⊙i] ⊙ ds, and o'⊙tanh(s) ⊙ dh

The errors at the gates themselves follow from ds and dh, when the loop is over.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnn_core.arrays import Array
from rnn_core.language.functions import SIGMOID, TANH
from rnn_core.loops.loop import Loop, Progress, Rows, aligned, portions, prepared
from rnn_core.model import Sizes
from rnn_core.program import Program

LISTINGS = (
    (
        "i f g o",
        "a = U·x[t] + W·h[t-1] + b",
        "i[t] = σ(a[i])",
        "f[t] = σ(a[f])",
        "g[t] = tanh(a[g])",
        "o[t] = σ(a[o])",
        "s[t] = f[t] ⊙ s[t-1] + i[t] ⊙ g[t]",
        "h[t] = o[t] ⊙ tanh(s[t])",
    ),
)
"""What these loops are written for: the gates in this order, and these lines."""


def loops(program: Program, sizes: Sizes, rows: Rows, often: bool, carried: bool) -> tuple[Loop, Loop]:
    """The forward loop, which fills a, the gates, s and h, and the backward loop, which fills the rest."""
    squashed = np.empty((len(rows["a"]), sizes.hidden))
    return _forward(sizes, rows, squashed, often), _backward(sizes, rows, squashed, program.truncation, often)


def _forward(sizes: Sizes, rows: Rows, squashed: Array, often: bool) -> Loop:
    a, gates, s, h = rows["a"], rows["gates"], rows["s"], rows["h"]
    H, length = sizes.hidden, len(a)
    W, recurrent, new = aligned(4 * H, H), np.empty(4 * H), np.empty(H)
    parts = prepared(
        portions(length), often, a, a[:, 2 * H : 3 * H], gates, *(rows[gate] for gate in "ifgo"),
        s[:-1], s[1:], h[:-1], h[1:], squashed,
    )  # fmt: skip
    product, add, multiply, tanh, sigmoid = W.dot, np.add, np.multiply, TANH.value, SIGMOID.value
    given: list[Any] = []

    def load(weights: Any) -> None:
        W[:], given[:] = weights["W"], [weights]

    def run(x: Array, progress: Progress) -> None:
        np.matmul(x, given[0]["U"].T, out=a)
        np.add(a, given[0]["b"], out=a)
        for stop, _, series in parts:
            for a_, a_g, gates_, i, f, g, o, s_before, s_, h_before, h_, squashed_ in zip(*series, strict=True):
                add(a_, product(h_before, recurrent), a_)
                sigmoid(a_, gates_)
                tanh(a_g, g)
                multiply(f, s_before, s_)
                add(s_, multiply(i, g, new), s_)
                tanh(s_, squashed_)
                multiply(o, squashed_, h_)
            progress(stop)

    return Loop(load, run)


def _backward(sizes: Sizes, rows: Rows, squashed: Array, truncation: int, often: bool) -> Loop:
    gates, errors, da = rows["gates"], rows["dgates"], rows["da"]
    dh, ds, dh_next, ds_next = rows["dh"], rows["ds"], rows["dh_next"], rows["ds_next"]
    i, f, g, o = (rows[gate] for gate in "ifgo")
    H, length = sizes.hidden, len(da)
    W, factors, through_h = aligned(4 * H, H), np.empty((length, 4 * H)), np.empty((length, H))
    by_ds, by_dh = factors[:, : 3 * H].reshape(length, 3, H), factors[:, 3 * H :]
    da_by_ds, da_by_dh = da[:, : 3 * H].reshape(length, 3, H), da[:, 3 * H :]
    h_back, s_back = dh_next[::-1], ds_next[::-1]
    backwards = (array[::-1] for array in (da, da_by_ds, da_by_dh, by_ds, by_dh, through_h, dh, ds, f))
    parts = prepared(portions(length, truncation), often, *backwards, h_back[:-1], h_back[1:], s_back[:-1], s_back[1:])
    product, add, multiply = W.T.dot, np.add, np.multiply
    given: list[Any] = []

    def load(weights: Any) -> None:
        W[:], given[:] = weights["W"], [weights]

    def prepare(dz: Array) -> None:
        """What does not depend on the future."""
        np.matmul(dz, given[0]["V"], out=dh)
        h_back[0], s_back[0] = 0.0, 0.0
        SIGMOID.slope(gates, factors)
        TANH.slope(g, factors[:, 2 * H : 3 * H])
        for block, other in enumerate((g, rows["s"][:-1], i, squashed)):
            factors[:, block * H : (block + 1) * H] *= other
        np.multiply(TANH.slope(squashed, through_h), o, through_h)

    def run(dz: Array, progress: Progress) -> None:
        prepare(dz)
        for stop, cut, series in parts:
            for da_, da_s, da_h, of_s, of_h, through, dh_, ds_, f_, h_now, h_next, s_now, s_next in zip(
                *series, strict=True
            ):
                add(dh_, h_now, dh_)
                multiply(through, dh_, ds_)
                add(ds_, s_now, ds_)
                multiply(of_s, ds_, da_s)
                multiply(of_h, dh_, da_h)
                product(da_, h_next)
                multiply(f_, ds_, s_next)
            if cut:
                h_back[stop], s_back[stop] = 0.0, 0.0
            progress(stop)
        for block, (other, d) in enumerate(((g, ds), (rows["s"][:-1], ds), (i, ds), (squashed, dh))):
            np.multiply(other, d, errors[:, block * H : (block + 1) * H])

    return Loop(load, run)
