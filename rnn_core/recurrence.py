"""The two loops that cannot be one matrix product: h[t] needs h[t-1], and dh needs da of the timestep after.

Each loop is a chain of lazy maps, one for each line of the listing, pulled through one timestep at a time. A map's
function writes into a row that exists already and hands that row on, so the next timestep finds what it needs.
A chain takes a tenth less time than the same calls in a Python loop at ten hidden units, and no more at any size.

Each comes in two forms that compute the same sums. A narrow network spends its time in the calls themselves. So the
operands stand side by side, and one product computes the whole line: [W U b]·[h x 1]. A wide one spends it in
the multiplications, so the part that does not depend on the past is one large product before the loop.
Measured on H = 10 the glued form is 1.3 times faster; from H = 100 on it loses.

Rules this file keeps:
- No allocation inside a loop: every call writes into a row that exists already.
- A loop is made for a length and may be run many times, with other weights and other data: the same bits each time.
- Long loops report the timesteps done every `CHUNK`; the reporter may raise to stop the work.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from operator import iadd, imul
from typing import Any, NamedTuple, Protocol

import numpy as np

from rnn_core.model import Array, Sizes

Progress = Callable[[int], None]

CHUNK = 4096
NARROW = 48

LINE = 8
"""Numbers in a cache line of 64 bytes."""


def no_progress(_timesteps: int) -> None:
    """The reporter of those who do not watch."""


class Weights(Protocol):
    """U (H,I), W (H,H), V (O,H), b (H,), c (O,): parameters, or the working copies of a training."""

    @property
    def U(self) -> Array:
        """Input to hidden."""

    @property
    def W(self) -> Array:
        """Hidden to hidden."""

    @property
    def V(self) -> Array:
        """Hidden to output."""

    @property
    def b(self) -> Array:
        """Hidden bias."""

    @property
    def c(self) -> Array:
        """Output bias."""


def _portions(length: int, truncation: int = 0) -> Iterator[tuple[int, int, bool]]:
    """The timesteps in portions, in the order in which a loop takes them, and whether a window is cut after each.

    Backward, portions count from the last timestep; windows begin at t = 1, so only the first one met may be short.
    """
    window = truncation or length
    start = 0
    while start < length:
        end = start + (length - start - 1) % window + 1
        for first in range(start, end, CHUNK):
            stop = min(first + CHUNK, end)
            yield first, stop, stop == end < length
        start = end


def _pull(chain: Iterable[object]) -> None:
    """Run a chain of maps to its end, for what it writes."""
    deque(chain, maxlen=0)


def _prepared(portions: Iterable[tuple[int, int, bool]], kept: bool, *arrays: Array) -> list[tuple[int, bool, Any]]:
    """For each portion where it stops, whether a window is cut there, and its rows of each array. The rows are made
    when they are needed, or once (`kept`) for a loop that will run many times."""
    return [
        (stop, cut, tuple(list(array[start:stop]) if kept else array[start:stop] for array in arrays))
        for start, stop, cut in portions
    ]


def _aligned(rows: int, columns: int) -> Array:
    """Room for a matrix that starts on a cache line: from there a product reads it a tenth faster than elsewhere."""
    room = np.empty(rows * columns + LINE)
    start = -(room.ctypes.data // room.itemsize) % LINE
    return room[start : start + rows * columns].reshape(rows, columns)


class Loop(NamedTuple):
    """A loop made ready: `load` gives it weights, `run` the rows it reads and whom to tell how far it is."""

    load: Callable[[Weights], None]
    run: Callable[[Array, Progress], None]
    glued: Array | None
    """The weights side by side, as `load` copies them; None where they are read where they stand."""


def forward_loop(sizes: Sizes, a: Array, h: Array, *, kept: bool = False) -> Loop:
    """The loop that fills a (T,H) and h[1:] of (T+1,H) from x (T,I) and h[0]:

        a = U·x[t] + W·h[t-1] + b,   h[t] = tanh(a)

    `kept` says that it will run often, so that it is worth making every row ready; an x given to it must then never
    change.
    """
    narrow = sizes.hidden <= NARROW and sizes.inputs <= NARROW
    return (_narrow_forward if narrow else _wide_forward)(sizes, a, h, kept and len(a) <= CHUNK)


def _narrow_forward(sizes: Sizes, a: Array, h: Array, kept: bool) -> Loop:
    length, hidden = a.shape
    glued = np.empty((hidden, hidden + sizes.inputs + 1))
    W, U, b = glued[:, :hidden], glued[:, hidden:-1], glued[:, -1]
    states = np.empty((length + 1, glued.shape[1]))
    states[:, -1] = 1.0
    xs, first, next_h = states[:length, hidden:-1], states[0, :hidden], states[1:, :hidden]
    first_h, later_h = h[0], h[1:]
    product = glued.dot  # the method: np.dot costs half as much again
    portions = _prepared(_portions(length), kept, states[:length], a, next_h)
    latest: Array | None = None

    def load(weights: Weights) -> None:
        W[:], U[:], b[:] = weights.W, weights.U, weights.b

    def run(x: Array, progress: Progress) -> None:
        nonlocal latest
        if x is not latest:
            xs[:] = latest = x
        first[:] = first_h
        for stop, _, (state_rows, a_rows, h_rows) in portions:
            _pull(map(np.tanh, map(product, state_rows, a_rows), h_rows))
            progress(stop)
        later_h[:] = next_h

    return Loop(load, run, glued)


def _wide_forward(sizes: Sizes, a: Array, h: Array, kept: bool) -> Loop:
    length, hidden = a.shape
    W, recurrent = _aligned(hidden, hidden), np.empty(hidden)
    product = W.dot
    portions = _prepared(_portions(length), kept, h[:-1], a, h[1:])
    given: list[Weights] = []

    def load(weights: Weights) -> None:
        W[:], given[:] = weights.W, [weights]

    def run(x: Array, progress: Progress) -> None:
        np.matmul(x, given[0].U.T, out=a)
        np.add(a, given[0].b, out=a)
        for stop, _, (h_rows, a_rows, next_h_rows) in portions:
            products = map(product, h_rows, repeat(recurrent))
            _pull(map(np.tanh, map(iadd, a_rows, products), next_h_rows))
            progress(stop)

    return Loop(load, run, None)


def backward_loop(
    sizes: Sizes, dh: Array, da: Array, dh_next: Array, truncation: int = 0, *, kept: bool = False
) -> Loop:
    """The loop that fills dh and da (T,H) and dh_next (T+1,H) from dz (T,O), last timestep first.

        dh = Vᵀ·dz + dh_next,   da = slope ⊙ dh,   dh_next = Wᵀ·da

    da holds the slopes 1 - h[t]² when it runs. Under a truncation of K, dh_next is 0 at t = K, 2K, … below T.
    A loop that is `kept` leaves dh_next undefined: it is not read while training.
    """
    narrow = sizes.hidden <= NARROW and sizes.classes <= NARROW
    return (_narrow_backward if narrow else _wide_backward)(
        sizes, dh, da, dh_next, truncation, kept and len(da) <= CHUNK
    )


def _narrow_backward(sizes: Sizes, dh: Array, da: Array, dh_next: Array, truncation: int, kept: bool) -> Loop:
    length, hidden = dh.shape
    glued = np.empty((hidden, hidden + sizes.classes))
    W, V = glued[:, :hidden].T, glued[:, hidden:].T
    errors = np.empty((length + 1, glued.shape[1]))
    given, next_da, carried = errors[:length, hidden:], errors[1:, :hidden], errors[:, :hidden]
    carried[0] = 0.0
    da_backward = da[::-1]
    product = glued.dot
    portions = _prepared(_portions(length, truncation), kept, errors[:length], dh[::-1], da_backward, next_da)

    def load(weights: Weights) -> None:
        W[:], V[:] = weights.W, weights.V

    def run(dz: Array, progress: Progress) -> None:
        given[:] = dz[::-1]
        start = 0
        for stop, cut, (error_rows, dh_rows, slope_rows, da_rows) in portions:
            _pull(map(np.multiply, map(product, error_rows, dh_rows), slope_rows, da_rows))
            da_backward[start:stop] = next_da[start:stop]
            if cut:
                carried[stop] = 0.0
            start = stop
            progress(stop)
        if not kept:
            np.matmul(da, W, out=dh_next[:-1])
            dh_next[-1] = 0.0
            dh_next[[length - stop for stop, cut, _ in portions if cut]] = 0.0

    return Loop(load, run, glued)


def _wide_backward(sizes: Sizes, dh: Array, da: Array, dh_next: Array, truncation: int, kept: bool) -> Loop:
    length, hidden = dh.shape
    W = _aligned(hidden, hidden)
    product = W.T.dot
    carried = dh_next[::-1]
    portions = _prepared(_portions(length, truncation), kept, dh[::-1], da[::-1], carried[:-1], carried[1:])
    given: list[Weights] = []

    def load(weights: Weights) -> None:
        W[:], given[:] = weights.W, [weights]

    def run(dz: Array, progress: Progress) -> None:
        carried[0] = 0.0
        np.matmul(dz, given[0].V, out=dh)
        for stop, cut, (dh_rows, da_rows, carried_rows, next_carried_rows) in portions:
            _pull(map(product, map(imul, da_rows, map(iadd, dh_rows, carried_rows)), next_carried_rows))
            if cut:
                carried[stop] = 0.0
            progress(stop)

    return Loop(load, run, None)
