"""A block of updates as it is looked at: the norms of each, ‖dθ‖, ‖θ‖ before it and ‖step‖ of each parameter.

A small network's calls cost more than its numbers. So the lines that its updates leave (`learner.Learner.line`) are put
one below the other, and the norms are taken of all of them together. A large network's lines would fall out of the
cache by then: what is wanted of an update is taken right after it.

Rules this file keeps:
- The number of parameters alone decides which way is taken, so that a norm is a function of the run.
- The rows that checkpoints want reach them when a block ends, or before: then `Checkpoints.cut` takes them back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from rnn_core.arrays import SAFE, Array, norm
from rnn_core.loops.loop import pull
from rnn_core.training.checkpoints import Checkpoints
from rnn_core.training.learner import Layout, Learner


class Block(Protocol):
    """Updates of a learner, from one on."""

    def begin(self, first: int) -> Callable[[], object]:
        """The updates from `first` on come now. What is called after each of them."""

    def end(self, count: int) -> tuple[Array, Any]:
        """(count, 3·parameters) the norms of the updates seen, and (count,) whether all that the optimiser keeps is
        finite after them. What they have left behind is certain from now on."""


def block_of(learner: Learner, checkpoints: Checkpoints | None = None) -> Block:
    """The way that suits a network of this size. Without checkpoints the updates are only looked at."""
    return (OneByOne if learner.layout.is_large else Together)(learner, checkpoints)


ROWS, FEWEST = 128, 16
"""Updates that are looked at together, at most and at least: fewer cost more calls."""
NUMBERS = 1 << 16
"""Numbers that are looked at together: more would not stay in the cache."""


def seen(learner: Learner) -> Array:
    """The part of a learner's line that norms are taken of. A step that is lr·dθ needs no look of its own."""
    layout = learner.layout
    return learner.line[layout.parameters if layout.step_is_gradient else 0 :]


def three(layout: Layout, gradients: Array, before: Array, steps: Array | None) -> Array:
    """The norms of updates side by side: of their gradients, of θ before, of their steps (n, parameters)."""
    if steps is None:
        steps = gradients * layout.learning_rate
    return np.concatenate((gradients, before, steps), axis=1)


class Together:
    """Updates are looked at some dozens at a time."""

    def __init__(self, learner: Learner, checkpoints: Checkpoints | None) -> None:
        self._learner, self._layout, self._checkpoints = learner, learner.layout, checkpoints
        line = seen(learner)
        n = self._layout.parameters
        self._kinds = 2 if self._layout.step_is_gradient else 3
        count = min(ROWS, max(FEWEST, NUMBERS // len(line))) + 1
        self._lines = np.empty((count, len(line)))
        self._rows = self._lines[:, (self._kinds - 1) * n :]
        self._vectors = self._lines[:, : self._kinds * n].reshape(count, self._kinds, n)
        self._line, self._places = line.data, [place.data for place in self._lines]
        """Views of memory are copied in half the time that arrays take."""
        self._first = 0
        self._norms: list[Array] = []
        self._finite: list[Any] = []

    def begin(self, first: int) -> Callable[[], object]:
        """The line before the first one is what the learner stands at."""
        self._first, self._norms, self._finite = first, [], []
        self._places[0][:] = self._line
        return self._seeing().__next__  # a generator's turn takes a third of the time of a method that counts

    def _seeing(self) -> Iterator[None]:
        """A line after the other is put below the others; when there is no more room they are looked at."""
        line, places = self._line, self._places[1:]
        while True:
            for place in places:
                place[:] = line
                yield
            self._look(len(places))

    def _look(self, count: int) -> None:
        """The norms of each parameter's part in so many lines, by one call."""
        layout, stop = self._layout, count + 1
        rows, vectors = self._rows[:stop], self._vectors[:stop]
        if self._checkpoints is not None:
            self._checkpoints.add(self._first + 1, rows[1:])
        squares = np.empty((stop, self._kinds, len(layout.spans)))
        for i, (begin, end) in enumerate(layout.spans):
            part = vectors[:, :, begin:end]
            np.einsum("ijk,ijk->ij", part, part, out=squares[:, :, i])
        norms = np.sqrt(squares)
        if not (squares.min() > SAFE and squares.max() < 1 / SAFE):  # not where one is NaN, either
            for r, kind, i in zip(*np.nonzero(~((squares > SAFE) & (squares < 1 / SAFE))), strict=True):
                norms[r, kind, i] = norm(vectors[r, kind, slice(*layout.spans[i])])
        *steps, gradients, theta = norms.transpose(1, 0, 2)
        self._norms.append(three(layout, gradients[1:], theta[:-1], steps[0][1:] if steps else None))
        if layout.slots:
            self._finite.append(np.isfinite(rows[1:, layout.kept]).all(axis=1))
        self._places[0][:] = self._places[count]
        self._first += count

    def end(self, count: int) -> tuple[Array, Any]:
        """What was seen, and what is still to be looked at: full rows are looked at when the next update is seen."""
        seen_before = sum(map(len, self._norms))
        if count > seen_before:
            self._look(count - seen_before)
        return np.concatenate(self._norms), np.concatenate(self._finite) if self._finite else np.True_


class OneByOne:
    """Each update is looked at right after it, while it is in the cache."""

    def __init__(self, learner: Learner, checkpoints: Checkpoints | None) -> None:
        self._learner, self._checkpoints, self._layout = learner, checkpoints, learner.layout
        line, n = seen(learner), self._layout.parameters
        kinds = 2 if self._layout.step_is_gradient else 3
        self._parts = [line[kind * n + start : kind * n + stop] for kind in range(kinds) for start, stop in
                       self._layout.spans]  # fmt: skip
        self._sums = np.empty(len(self._parts))
        self._cells = [self._sums[i : i + 1].reshape(()) for i in range(len(self._parts))]
        """Where each product of a part with itself goes: a number less to be made."""
        self._update = 0
        self._squares: list[list[float]] = []
        self._unsafe: dict[int, list[float]] = {}
        self._finite: list[bool] = []

    def begin(self, first: int) -> Callable[[], object]:
        """The line before the first one is what the learner stands at."""
        self._update, self._squares, self._unsafe, self._finite = first, [], {}, []
        self._take()
        return self._see

    def _see(self) -> None:
        """The line is looked at."""
        self._take()
        learner = self._learner
        if self._layout.slots:
            kept = learner.row[self._layout.kept]
            self._finite.append(bool(np.isfinite(kept.dot(kept))))  # an overflowing square is looked at, too
        self._update += 1
        if self._checkpoints is not None and self._update == self._checkpoints.due:
            self._checkpoints.add(self._update, learner.row[None])

    def _take(self) -> None:
        """The norms of each parameter's part, by products of vectors."""
        pull(map(np.ndarray.dot, self._parts, self._parts, self._cells))
        squares = self._sums.tolist()
        if not (min(squares) > SAFE and max(squares) < 1 / SAFE):
            self._unsafe[len(self._squares)] = list(map(norm, self._parts))
        self._squares.append(squares)

    def end(self, count: int) -> tuple[Array, Any]:
        """What was seen."""
        norms = np.sqrt(self._squares)
        for line, exact in self._unsafe.items():
            norms[line] = exact
        *steps, gradients, theta = norms.reshape(len(norms), -1, len(self._layout.spans)).transpose(1, 0, 2)
        told = three(self._layout, gradients[1:], theta[:-1], steps[0][1:] if steps else None)
        return told, np.array(self._finite) if self._finite else np.True_
