"""The loops of the plain RNN: h[t] needs h[t-1], and dh needs da of the timestep after.

Each loop is a chain of lazy maps, one for each line of the listing, pulled through one timestep at a time. A map's
function writes into a row that exists already and hands that row on, so the next timestep finds what it needs.
A chain takes a tenth less time than the same calls in a Python loop at ten hidden units, and no more at any size.

Each comes in two forms that compute the same sums. A narrow network spends its time in the calls themselves. So the
operands stand side by side, and one product computes the whole line: [W U b]·[h x 1]. A wide one spends it in
the multiplications, so the part that does not depend on the past is one large product before the loop.
Measured on H = 10 the glued form is 1.3 times faster; from H = 100 on it loses.
"""

from __future__ import annotations

from itertools import repeat
from operator import iadd, imul
from typing import Any

import numpy as np

from rnn_core.arrays import Array
from rnn_core.language.expressions import Apply, Name
from rnn_core.language.functions import ACTIVATIONS, Function
from rnn_core.loops.loop import Loop, Progress, Rows, aligned, on_a_line, portions, prepared, pull
from rnn_core.model import Sizes
from rnn_core.program import Program

LISTINGS = tuple(
    ("", "a = U·x[t] + W·h[t-1] + b", f"h[t] = {Apply(function, Name('a'))}") for function in ACTIVATIONS.values()
)
"""What these loops are written for: no gates, and these lines."""

NARROW = 48


def loops(program: Program, sizes: Sizes, rows: Rows, often: bool, carried: bool) -> tuple[Loop, Loop]:
    """The forward loop, which fills a and h, and the backward loop, which fills dh, da and, if `carried`, dh_next.

    An x that is given to them must never change.
    """
    function = program.cell.functions["h"]
    hidden, inputs, classes = (size <= NARROW for size in (sizes.hidden, sizes.inputs, sizes.classes))
    forward = (_narrow_forward if hidden and inputs else _wide_forward)(sizes, rows, function, often)
    if hidden and classes:
        return forward, _narrow_backward(sizes, rows, function, program.truncation, often, carried)
    return forward, _wide_backward(sizes, rows, function, program.truncation, often)


def _narrow_forward(sizes: Sizes, rows: Rows, function: Function, often: bool) -> Loop:
    a, h = rows["a"], rows["h"]
    length, hidden = a.shape
    glued = np.empty((hidden, hidden + sizes.inputs + 1))
    W, U, b = glued[:, :hidden], glued[:, hidden:-1], glued[:, -1]
    states = np.empty((length + 1, glued.shape[1]))
    states[:, -1] = 1.0
    xs, first, next_h = states[:length, hidden:-1], states[0, :hidden], states[1:, :hidden]
    first_h, later_h = h[0], h[1:]
    product = glued.dot  # the method: np.dot costs half as much again
    prepared_rows = prepared(portions(length), often, states[:length], a, next_h)
    latest: Array | None = None

    def load(weights: Any) -> None:
        W[:], U[:], b[:] = weights["W"], weights["U"], weights["b"]

    def run(x: Array, progress: Progress) -> None:
        nonlocal latest
        if x is not latest:
            xs[:] = latest = x
        first[:] = first_h
        for stop, _, (state_rows, a_rows, h_rows) in prepared_rows:
            pull(map(function.value, map(product, state_rows, a_rows), h_rows))
            progress(stop)
        later_h[:] = next_h

    return Loop(load, run, glued)


def _wide_forward(sizes: Sizes, rows: Rows, function: Function, often: bool) -> Loop:
    a, h = rows["a"], rows["h"]
    length, hidden = a.shape
    room, recurrent = aligned(hidden, hidden), np.empty(hidden)
    prepared_rows = prepared(portions(length), often, h[:-1], a, h[1:])
    given: list[Any] = []

    def load(weights: Any) -> None:
        given[:] = weights, on_a_line(weights["W"], room).dot

    def run(x: Array, progress: Progress) -> None:
        weights, product = given
        np.matmul(x, weights["U"].T, out=a)
        np.add(a, weights["b"], out=a)
        for stop, _, (h_rows, a_rows, next_h_rows) in prepared_rows:
            products = map(product, h_rows, repeat(recurrent))
            pull(map(function.value, map(iadd, a_rows, products), next_h_rows))
            progress(stop)

    return Loop(load, run)


def _narrow_backward(sizes: Sizes, rows: Rows, function: Function, truncation: int, often: bool, carries: bool) -> Loop:
    dh, da, dh_next, h = rows["dh"], rows["da"], rows["dh_next"], rows["h"][1:]
    length, hidden = dh.shape
    glued = np.empty((hidden, hidden + sizes.classes))
    W, V = glued[:, :hidden].T, glued[:, hidden:].T
    errors = np.empty((length + 1, glued.shape[1]))
    given, next_da, carried = errors[:length, hidden:][::-1], errors[1:, :hidden], errors[:, :hidden]
    carried[0] = 0.0
    da_backward = da[::-1]
    product = glued.dot
    prepared_rows = prepared(portions(length, truncation), often, errors[:length], dh[::-1], da_backward, next_da)
    copies = prepared(portions(length, truncation), False, da_backward, next_da)
    parts = [(*part, *rows) for part, (_, _, rows) in zip(prepared_rows, copies, strict=True)]

    def load(weights: Any) -> None:
        W[:], V[:] = weights["W"], weights["V"]

    def run(dz: Array, progress: Progress) -> None:
        function.slope(h, da)
        given[:] = dz
        for stop, cut, (error_rows, dh_rows, slope_rows, da_rows), das, next_das in parts:
            pull(map(np.multiply, map(product, error_rows, dh_rows), slope_rows, da_rows))
            das[:] = next_das
            if cut:
                carried[stop] = 0.0
            progress(stop)
        if carries:
            np.matmul(da, W, out=dh_next[:-1])
            dh_next[-1] = 0.0
            for stop, cut, _ in prepared_rows:
                if cut:
                    dh_next[length - stop] = 0.0

    return Loop(load, run, glued)


def _wide_backward(sizes: Sizes, rows: Rows, function: Function, truncation: int, often: bool) -> Loop:
    dh, da, dh_next, h = rows["dh"], rows["da"], rows["dh_next"], rows["h"][1:]
    length, hidden = dh.shape
    room = aligned(hidden, hidden)
    carried = dh_next[::-1]
    prepared_rows = prepared(portions(length, truncation), often, dh[::-1], da[::-1], carried[:-1], carried[1:])
    given: list[Any] = []

    def load(weights: Any) -> None:
        given[:] = weights, on_a_line(weights["W"], room).T.dot

    def run(dz: Array, progress: Progress) -> None:
        weights, product = given
        function.slope(h, da)
        carried[0] = 0.0
        np.matmul(dz, weights["V"], out=dh)
        for stop, cut, (dh_rows, da_rows, carried_rows, next_carried_rows) in prepared_rows:
            pull(map(product, map(imul, da_rows, map(iadd, dh_rows, carried_rows)), next_carried_rows))
            if cut:
                carried[stop] = 0.0
            progress(stop)

    return Loop(load, run)
