"""What a loop over time is, and how it goes through its timesteps: in portions, without allocating anything.

Rules these files keep:
- No allocation inside a loop: every call writes into a row that exists already.
- A loop is made for a length and may be run many times, with other weights and other data: the same bits each time.
- Long loops report the timesteps done every `CHUNK`; the reporter may raise to stop the work.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from rnn_core.arrays import Array

Progress = Callable[[int], None]
Rows = Mapping[str, Any]
"""The series by name, to be filled; a register with a row before its first write has T+1 rows."""

CHUNK = 4096
LINE = 8
"""Numbers in a cache line of 64 bytes."""


def no_progress(_timesteps: int) -> None:
    """The reporter of those who do not watch."""


def is_short(length: int) -> bool:
    """Whether a loop is one portion, so that making every row ready takes little memory."""
    return length <= CHUNK


class Loop(NamedTuple):
    """A loop made ready: `load` gives it weights, `run` the rows it reads and whom to tell how far it is."""

    load: Callable[[Any], None]
    """Takes U, W, V, … by name: parameters, or the working copies of a training."""
    run: Callable[[Array, Progress], None]
    glued: Array | None = None
    """The weights side by side, as `load` copies them; None where they are read where they stand."""


def portions(length: int, truncation: int = 0) -> Iterator[tuple[int, int, bool]]:
    """The timesteps in portions, in the order in which a loop takes them, and whether a window is cut after each.

    Backward, portions count from the last timestep; windows begin at t = 1, so only the first one met may be short.
    """
    if not truncation and length <= CHUNK:
        yield 0, length, False
        return
    window = truncation or length
    start = 0
    while start < length:
        end = start + (length - start - 1) % window + 1
        for first in range(start, end, CHUNK):
            stop = min(first + CHUNK, end)
            yield first, stop, stop == end < length
        start = end


pull: Callable[[Iterable[object]], None] = deque[object](maxlen=0).extend
"""Runs a chain of maps to its end, for what it writes. A deque without room does so in one call, and keeps nothing."""


def prepared(portions: Iterable[tuple[int, int, bool]], often: bool, *arrays: Array) -> list[tuple[int, bool, Any]]:
    """For each portion where it stops, whether a window is cut there, and its rows of each array. The rows are made
    when they are needed, or once for a loop that will run often."""
    return [
        (stop, cut, tuple(list(array[start:stop]) if often else array[start:stop] for array in arrays))
        for start, stop, cut in portions
    ]


def aligned(*shape: int) -> Array:
    """Room that starts on a cache line: from there a product reads a matrix a tenth faster than elsewhere."""
    size = math.prod(shape)
    room = np.empty(size + LINE)
    start = -(room.ctypes.data // room.itemsize) % LINE
    return room[start : start + size].reshape(shape)


def on_a_line(matrix: Array, room: Array) -> Array:
    """The matrix where it starts on a cache line, else a copy of it in this room, which does."""
    if matrix.ctypes.data % (LINE * matrix.itemsize) == 0:
        return matrix
    room[:] = matrix
    return room
