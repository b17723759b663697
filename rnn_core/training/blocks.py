"""A block of updates as it is looked at: the norms of each, ‖dθ‖, ‖θ‖ before it and ‖θ_new - θ‖ of each parameter.

A small network's calls cost more than its numbers. Its updates write row after row of one block, and the norms are
taken of all rows together. A large network's rows would fall out of the cache by then: what is wanted of an update is
taken right after it.

Rules this file keeps:
- The number of parameters alone decides which way is taken, so that a norm is a function of the run.
- The rows that checkpoints want reach them when a block ends, or before: then `Checkpoints.cut` takes them back.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice, repeat
from typing import Any, Protocol

import numpy as np

from rnn_core.arrays import SAFE, Array, norm
from rnn_core.training.checkpoints import Checkpoints
from rnn_core.training.learner import Learner, Place, places


class Block(Protocol):
    """Updates of a learner, from one on."""

    def begin(self, first: int, most: int) -> Iterator[Place | None]:
        """Where the updates from `first` on write, one after another, at most so many; None for in place."""

    def see(self) -> None:
        """The learner has made the next update."""

    def end(self, count: int) -> tuple[Array, Any]:
        """(count, 3·parameters) the norms of the first so many updates, and (count,) whether all that the optimiser
        keeps is finite after them. What they have left behind is certain from now on."""


def block_of(learner: Learner, checkpoints: Checkpoints) -> Block:
    """The way that suits a network of this size."""
    return (OneByOne if learner.layout.is_large else Together)(learner, checkpoints)


ROWS = 64
"""Updates that are looked at together: more would not stay in the cache, fewer cost more calls."""


class Together:
    """Updates are looked at some dozens at a time."""

    def __init__(self, learner: Learner, checkpoints: Checkpoints) -> None:
        self._learner, self._layout, self._checkpoints = learner, learner.layout, checkpoints
        self._first, self._seen = 0, 0
        self._norms: list[Array] = []
        self._finite: list[Any] = []
        self._make_room(0)

    def _make_room(self, most: int) -> None:
        """Room for so many updates, the same for every block, for fresh memory is slow to touch. The gradient, the
        change and the row stand side by side, so that one call takes a parameter's norms of all three."""
        n = self._layout.parameters
        block = np.ones((most + 1, 2 * n + self._layout.length))  # norms of ones are safe, where nothing is written
        self._gradients, self._changes, self._rows = block[:, :n], block[:, n : 2 * n], block[:, 2 * n :]
        self._three = block[:, : 3 * n].reshape(most + 1, 3, n)
        self._places = places(self._layout, self._rows, self._gradients)

    def begin(self, first: int, most: int) -> Iterator[Place]:
        """Row after row, and again from the first one on."""
        if len(self._places) <= min(most, ROWS):
            self._make_room(min(most, ROWS))
        self._first, self._seen, self._norms, self._finite = first, 0, [], []
        start = self._places[0]
        start.row[:] = self._learner.row
        self._learner.place = start
        return islice(cycle(self._places[1:]), most)

    def see(self) -> None:
        """It is counted; when the rows are full, they are looked at."""
        self._seen += 1
        if self._seen == len(self._places) - 1:
            self._look()

    def _look(self) -> None:
        """The norms of each parameter's part in all rows, by one call."""
        layout, rows, three = self._layout, self._rows[: self._seen + 1], self._three[: self._seen + 1]
        self._checkpoints.add(self._first + 1, rows[1:])
        theta = rows[:, : layout.parameters]
        np.subtract(theta[1:], theta[:-1], self._changes[1 : self._seen + 1])
        squares = np.empty((len(rows), 3, len(layout.spans)))
        for i, (start, stop) in enumerate(layout.spans):
            part = three[:, :, start:stop]
            np.einsum("ijk,ijk->ij", part, part, out=squares[:, :, i])
        norms = np.sqrt(squares)
        if not (squares.min() > SAFE and squares.max() < 1 / SAFE):  # not where one is NaN, either
            for r, kind, i in zip(*np.nonzero(~((squares > SAFE) & (squares < 1 / SAFE))), strict=True):
                norms[r, kind, i] = norm(three[r, kind, slice(*layout.spans[i])])
        self._norms.append(np.concatenate((norms[1:, 0], norms[:-1, 2], norms[1:, 1]), axis=1))
        if layout.slots:
            self._finite.append(np.isfinite(rows[1:, layout.kept]).all(axis=1))
        rows[0] = rows[-1]
        self._first, self._seen = self._first + self._seen, 0

    def end(self, count: int) -> tuple[Array, Any]:
        """What was seen, and what is still to be looked at."""
        if self._seen:
            self._look()
        return np.concatenate(self._norms), np.concatenate(self._finite) if self._finite else np.True_


class OneByOne:
    """Each update is looked at right after it, while it is in the cache."""

    def __init__(self, learner: Learner, checkpoints: Checkpoints) -> None:
        self._learner, self._checkpoints, self._layout = learner, checkpoints, learner.layout
        self._parts: list[Array] = []
        self._update = 0
        self._squares: list[list[float]] = []
        self._unsafe: dict[int, list[float]] = {}
        self._finite: list[bool] = []

    def begin(self, first: int, most: int) -> Iterator[None]:
        """In place."""
        self._update, self._squares, self._unsafe, self._finite = first, [], {}, []
        return repeat(None, most)

    def see(self) -> None:
        """The norms of each parameter's part, by products of vectors."""
        learner = self._learner
        place, change = learner.place, learner.scratch
        if not self._parts:
            looked_at = place.gradient, learner.began, change
            self._parts = [numbers[start:stop] for numbers in looked_at for start, stop in self._layout.spans]
        np.subtract(place.theta, learner.began, change)
        squares = list(map(np.ndarray.dot, self._parts, self._parts))
        if not (min(squares) > SAFE and max(squares) < 1 / SAFE):
            self._unsafe[len(self._squares)] = list(map(norm, self._parts))
        self._squares.append(squares)
        if self._layout.slots:
            kept = place.row[self._layout.kept]
            self._finite.append(bool(np.isfinite(kept.dot(kept))))  # an overflowing square is looked at, too
        self._update += 1
        if self._update == self._checkpoints.due:
            self._checkpoints.add(self._update, place.row[None])

    def end(self, count: int) -> tuple[Array, Any]:
        """What was seen."""
        norms = np.sqrt(self._squares)
        for update, exact in self._unsafe.items():
            norms[update] = exact
        return norms, np.array(self._finite) if self._finite else np.True_
