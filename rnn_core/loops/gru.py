"""The loops of the GRU, in as few calls a timestep as its gates allow.

Backward, all that a timestep makes of dh is linear in it, with factors that are known before the loop:

    da_n = (1 - n²)⊙(1 - u) ⊙ dh       da_u = u'⊙(h[t-1] - n) ⊙ dh       da_r = r'⊙q_n ⊙ da_n       dq_n = r ⊙ da_n

So a timestep needs dq, one product with Wᵀ and the part that u carries; the rest follows when the loop is over.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnn_core.arrays import Array
from rnn_core.language.functions import ONE, SIGMOID, TANH
from rnn_core.loops.loop import Loop, Progress, Rows, aligned, portions, prepared
from rnn_core.model import Sizes
from rnn_core.program import Program

LISTINGS = (
    (
        "r u n",
        "a = U·x[t] + b",
        "q[t] = W·h[t-1] + bh",
        "r[t] = σ(a[r] + q[t][r])",
        "u[t] = σ(a[u] + q[t][u])",
        "n[t] = tanh(a[n] + r[t] ⊙ q[t][n])",
        "h[t] = (1 - u[t]) ⊙ n[t] + u[t] ⊙ h[t-1]",
    ),
)
"""What these loops are written for: the gates in this order, and these lines."""


def loops(program: Program, sizes: Sizes, rows: Rows, often: bool, carried: bool) -> tuple[Loop, Loop]:
    """The forward loop, which fills a, q, the gates and h, and the backward loop, which fills the rest."""
    return _forward(sizes, rows, often), _backward(sizes, rows, program.truncation, often)


def _forward(sizes: Sizes, rows: Rows, often: bool) -> Loop:
    a, q, gates, h = rows["a"], rows["q"], rows["gates"], rows["h"]
    H, length = sizes.hidden, len(a)
    W, bias, stays, new = aligned(3 * H, H), np.empty(3 * H), np.empty(H), np.empty(H)
    parts = prepared(
        portions(length), often, a[:, : 2 * H], a[:, 2 * H :], q, q[:, : 2 * H], q[:, 2 * H :], gates[:, : 2 * H],
        *(rows[gate] for gate in "run"), h[:-1], h[1:],
    )  # fmt: skip
    product, add, subtract, multiply, tanh, sigmoid = W.dot, np.add, np.subtract, np.multiply, TANH.value, SIGMOID.value
    given: list[Any] = []

    def load(weights: Any) -> None:
        W[:], bias[:], given[:] = weights["W"], weights["bh"], [weights]

    def run(x: Array, progress: Progress) -> None:
        np.matmul(x, given[0]["U"].T, out=a)
        np.add(a, given[0]["b"], out=a)
        for stop, _, series in parts:
            for a_ru, a_n, q_, q_ru, q_n, ru, r, u, n, before, h_ in zip(*series, strict=True):
                add(product(before, q_), bias, q_)
                sigmoid(add(a_ru, q_ru, ru), ru)
                tanh(add(a_n, multiply(r, q_n, n), n), n)
                multiply(subtract(ONE, u, new), n, new)
                add(new, multiply(u, before, stays), h_)
            progress(stop)

    return Loop(load, run)


def _backward(sizes: Sizes, rows: Rows, truncation: int, often: bool) -> Loop:
    r, u, n, q, h = (rows[name] for name in ("r", "u", "n", "q", "h"))
    dh, dq, da, dh_next = rows["dh"], rows["dq"], rows["da"], rows["dh_next"]
    H, length = sizes.hidden, len(da)
    W, factors, kept_part = aligned(3 * H, H), np.empty((length, 3, H)), np.empty(H)
    q_n, candidate = q[:, 2 * H :], np.empty((length, H))
    h_back = dh_next[::-1]
    backwards = (array[::-1] for array in (dq, dq.reshape(length, 3, H), factors, dh, u))
    parts = prepared(portions(length, truncation), often, *backwards, h_back[:-1], h_back[1:])
    product, add, multiply = W.T.dot, np.add, np.multiply
    given: list[Any] = []

    def load(weights: Any) -> None:
        W[:], given[:] = weights["W"], [weights]

    def prepare(dz: Array) -> None:
        """What does not depend on the future."""
        np.matmul(dz, given[0]["V"], out=dh)
        h_back[0] = 0.0
        np.multiply(TANH.slope(n, candidate), 1.0 - u, candidate)  # of da_n
        for block, gate in enumerate((r, u)):
            factors[:, block] = SIGMOID.slope(gate)
        factors[:, 0] *= q_n * candidate
        factors[:, 1] *= h[:-1] - n
        np.multiply(r, candidate, factors[:, 2])

    def run(dz: Array, progress: Progress) -> None:
        prepare(dz)
        for stop, cut, series in parts:
            for dq_, dq_gates, of_dh, dh_, u_, h_now, h_next in zip(*series, strict=True):
                add(dh_, h_now, dh_)
                multiply(of_dh, dh_, dq_gates)
                product(dq_, h_next)
                add(h_next, multiply(u_, dh_, kept_part), h_next)
            if cut:
                h_back[stop] = 0.0
            progress(stop)
        da[:, : 2 * H] = dq[:, : 2 * H]
        np.multiply(candidate, dh, da[:, 2 * H :])
        np.multiply(q_n, da[:, 2 * H :], rows["dr"])
        np.multiply(h[:-1] - n, dh, rows["du"])
        np.multiply(1.0 - u, dh, rows["dn"])

    return Loop(load, run)
