"""What is remembered of a run so that any update of it is near: checkpoints, and the metrics of its updates.

A run is deterministic, so nothing in here is state. It is a cache behind `Run`: the answer is the same, whatever
was asked before. Rows of numbers (`learner.Layout`) are kept as checkpoints; what lies between two of
them is executed again.

Rules this file keeps:
- Updates are learnt in blocks, and what the next update does not need is computed for a block together (`blocks`).
- A lock lets one thread learn while another one looks back; a thread that waits goes before one that comes again.
- What was interrupted has not happened: the row goes back to where its block began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rnn_core.arrays import Array
from rnn_core.training.blocks import block_of
from rnn_core.training.checkpoints import Checkpoints, Table
from rnn_core.training.examples import Examples, Measured, Targets
from rnn_core.training.learner import Learner
from rnn_core.training.memory import Memory
from rnn_core.training.metrics import Metrics
from rnn_core.training.thinned import Thinned, multiples

if TYPE_CHECKING:
    from rnn_core.training.run import Run

BLOCK = 256
"""The most updates that are learnt together."""
BLOCK_SECONDS = 0.02
"""A block is cut short after this, so that a person who watches sees something, and its answers stay few."""
Progress = Callable[[int], None]


class History:
    """The cache of one run: how far it is learnt, and how to be at any update up to there."""

    def __init__(self, run: Run, start: Array) -> None:
        self._run = run
        self._learner = Learner(run.listing, run.params.sizes, run.options)
        self._learner.row[:] = start
        self._again = Learner(run.listing, run.params.sizes, run.options)
        self._again_at = -1
        layout = self._learner.layout
        self._layout = layout
        self.checkpoints = Checkpoints(run.begins, layout.length)
        self.checkpoints.add(run.begins, start[None])
        self._measured = Table(2)
        self._norms = Thinned(run.begins, 3 * len(layout.shapes), run.epoch_length)
        self._latest: tuple[int, Array] = run.begins, self._norms.kept.rows
        """The norms of all updates from one on: the latest block's, or what was asked for last."""
        self._not_finite = Table(1)
        """The updates that left the finite numbers, in order."""
        self._watched = block_of(self._learner, self.checkpoints)
        self._watched_again = block_of(self._again)
        self._examples = Examples(run.dataset.sequences, run.listing.output, run.params, run.options.reduction)
        self._joined: dict[tuple[int, ...], Targets] = {}
        self._next, self._lock = Lock(), Lock()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """The lock, in the order in which it was asked for: learning cannot keep it from looking back."""
        with self._next:
            self._lock.acquire()
        try:
            yield
        finally:
            self._lock.release()

    @property
    def reached(self) -> int:
        """The first update that is not learnt yet."""
        return self._run.begins + len(self._measured)

    @property
    def metrics(self) -> Metrics:
        """What each update learnt so far has left behind, this run's own ones."""
        measured, run = self._measured.rows, self._run
        spacing, norms = self._norms.kept  # they may be of more updates by now, and thinner
        known = len(multiples(run.begins, run.begins + len(measured), spacing))
        gradients, weights, changes = np.split(norms[:known], 3, axis=1)
        return Metrics(
            run.begins, run.epoch_length, measured[:, 0], measured[:, 1], gradients, weights, changes,
            tuple(self._layout.shapes), run.listing.output.name == "classes", spacing, self._again_norms,
        )  # fmt: skip

    def _again_norms(self, update: int) -> Array:
        row: Array = self._run.norms(update, update + 1)[0]
        return row

    def norms(self, start: int, stop: int) -> Array:
        """(n, 3·parameters) the norms of updates that are learnt; those that are not kept are computed again."""
        with self._turn():
            spacing, rows = self._norms.kept
            if spacing == 1:
                return rows[start - self._run.begins : stop - self._run.begins]
            since, latest = self._latest
            if not since <= start <= stop <= since + len(latest):
                since, latest = self._latest = start, self._looked_at(start, stop)
            return latest[start - since : stop - since]

    def _looked_at(self, start: int, stop: int) -> Array:
        """The norms of these updates, executed again."""
        self._executed(start)
        at, self._again_at = self._again_at, -1
        see = self._watched_again.begin(at)
        with np.errstate(all="ignore"):
            for update in range(start, stop):
                self._execute(update)
                see()
            norms, _ = self._watched_again.end(stop - start)
        self._again_at = stop
        return norms

    def row(self, update: int) -> Array:
        """The row before an update, learnt on to or executed again. The update must not lie before the run's own."""
        self.learn(update, stop=False)
        with self._turn():
            return self._learner.row.copy() if update == self.reached else self._executed(update)

    def _executed(self, update: int) -> Array:
        """The row before an update, executed again from the checkpoint below it, or from where one has looked last."""
        start, row = self.checkpoints.below(update)
        at, self._again_at = self._again_at, -1  # until it is there it is nowhere
        again = self._again
        if not start <= at <= update:
            again.row[:] = row
            at = start
        with np.errstate(all="ignore"):
            for each in range(at, update):
                self._execute(each)
        self._again_at = update
        return again.row.copy()

    def _execute(self, update: int) -> None:
        """Make an update again."""
        run, again = self._run, self._again
        example = self._examples[run.order.sequence(update, run.epoch_length)]
        again.update(example.sequence, example.targets, again.carried if run.carries(update) else example.start)

    def learn(
        self, target: int, *, stop: bool, since: int | None = None, progress: Progress = lambda _reached: None
    ) -> int | None:
        """Learn up to update `target`. `progress` gets the update reached, and may raise to stop between two blocks.

        With `stop`, learn only through the first update that leaves the finite numbers, and answer its number. Updates
        are looked at from `since` on, also those learnt before; None is from the first that is not learnt yet.
        """
        looked = self.reached if since is None else since
        while True:
            if stop and (not_finite := self._first_not_finite(looked, target)) is not None:
                return not_finite
            looked = max(looked, self.reached)
            with self._turn():
                if self.reached >= target:
                    return None
                self._block(target, stop)
            progress(self.reached)

    def memory(self) -> Memory:
        """A copy of all that is remembered; of the checkpoints no more than `MOST_BYTES`."""
        with self._turn():
            updates, rows = self.checkpoints.thinned()
            measured, not_finite = self._measured.rows, np.zeros((len(self._measured), 1))
            not_finite[self._not_finite.rows[:, 0].astype(np.int64) - self._run.begins] = 1.0
            spacing, norms = self._norms.kept
            normed = np.array(multiples(self._run.begins, self.reached, spacing), dtype=np.int64)
            row = self._learner.row.copy()
            return Memory(
                np.array(updates, dtype=np.int64), rows, row, np.hstack((measured, not_finite)), normed, norms
            )

    def remember(self, memory: Memory) -> None:
        """Be where the same run was when this memory was taken. Raises ShapeError for that of another run."""
        begins = self._run.begins
        with self._turn():
            start = self.checkpoints.below(begins)[1]
            memory.check(begins, start, self._norms.kept.rows.shape[1])
            self.checkpoints.refill(memory.spacing, memory.rows)
            self._learner.row[:] = memory.row
            self._norms.refill(memory.kept)
            self._latest = begins, self._norms.kept.rows[:0]
            self._not_finite, self._measured = Table(1), Table(2)
            self._mark(begins, memory.metrics[:, 2])
            self._measured.add(memory.metrics[:, :2])
            self._again_at = -1

    def _first_not_finite(self, since: int, target: int) -> int | None:
        """The first update learnt so far, from `since` on and below `target`, that left the finite numbers."""
        not_finite = self._not_finite.rows[:, 0]
        at = int(np.searchsorted(not_finite, since))
        return int(not_finite[at]) if at < len(not_finite) and not_finite[at] < target else None

    def _mark(self, first: int, not_finite: Array | NDArray[np.bool_]) -> None:
        """Write down which of the updates from `first` on left the finite numbers."""
        self._not_finite.add(first + np.flatnonzero(not_finite)[:, None].astype(np.float64))

    def _block(self, target: int, stop: bool) -> None:
        """Learn a block of updates, with `stop` through the first that is not finite; keep what they leave behind."""
        first, before = self.reached, self._learner.row.copy()
        try:
            with np.errstate(all="ignore"):
                measured = self._learnt(first, min(BLOCK, target - first), stop)
        except BaseException:
            self._learner.row[:] = before
            self.checkpoints.cut(first)
            raise
        self._norms.add(first, measured.norms)
        self._latest = first, measured.norms
        if measured.not_finite.any():
            self._mark(first, measured.not_finite)
        self._measured.add(measured.numbers)  # the last, for it says how far the run is learnt

    def _learnt(self, first: int, most: int, stop: bool) -> Measured:
        """What a block of updates has left behind."""
        run, learner = self._run, self._learner
        update, carried, until = learner.update, run.dataset.carried, monotonic() + BLOCK_SECONDS
        indices = tuple(islice(run.order.sequences(first, run.epoch_length), most))
        answers: list[bytes] = []  # as bytes they are copied, and joined, in half the time that arrays take
        see = self._watched.begin(first)
        for sequence, targets, start, _ in map(self._examples.__getitem__, indices):
            given = learner.carried if carried and run.carries(first + len(answers)) else start
            answers.append(update(sequence, targets, given).said().tobytes())
            see()
            if monotonic() > until:
                break
        targets = self._targets(indices[: len(answers)])
        measured = targets.measured(answers, *self._watched.end(len(answers)))
        for i in np.flatnonzero(measured.not_finite):
            # Nothing but a number that is none has such a norm; others may have been too large to be told from one.
            none = np.isnan(measured.norms[i, : 2 * len(self._layout.shapes)]).any()
            measured.not_finite[i] = none or not run.stays_finite(first + int(i), self._executed(first + int(i)))
            if stop and measured.not_finite[i]:
                measured = measured.until(int(i) + 1)
                learner.row[:] = self._executed(first + len(measured.not_finite))
                self.checkpoints.cut(first + len(measured.not_finite))
                break
        return measured

    def _targets(self, indices: tuple[int, ...]) -> Targets:
        """The targets of these sequences; blocks of a few sequences are soon all known."""
        known = self._joined.get(indices)
        if known is None:
            if len(self._joined) > 8:
                self._joined.clear()
            run = self._run
            examples = [self._examples[index] for index in indices]
            known = Targets.of(examples, run.listing.output, run.params.sizes.classes, run.options.reduction)
            self._joined[indices] = known
        return known
