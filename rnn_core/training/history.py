"""What is remembered of a run so that any update of it is near: checkpoints, and the metrics of every update.

A run is deterministic, so nothing in here is state. It is a cache behind `Run`: the answer is the same, whatever
was asked before. Rows of numbers (`learner.Layout`) are kept as checkpoints; what lies between two of
them is executed again.

Rules this file keeps:
- Updates are learnt in blocks, and what the next update does not need (losses, norms) is computed for a block together.
- A lock lets one thread learn while another one looks back; a thread that waits goes before one that comes again.
- What was interrupted has not happened: the row goes back to where its block began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_core.arrays import Array, norm
from rnn_core.data import Sequence
from rnn_core.outputs import Answer
from rnn_core.training.checkpoints import Checkpoints, Table
from rnn_core.training.learner import Learner
from rnn_core.training.memory import Memory
from rnn_core.training.metrics import Metrics

if TYPE_CHECKING:
    from rnn_core.training.run import Run

BLOCK = 256
"""The most updates that are learnt together."""
BLOCK_NUMBERS = 1 << 18
"""The most numbers of rows or of logits in a block."""
BLOCK_SECONDS = 0.02
"""A block is cut short after this, so that a person who watches sees something."""
LARGE = 1e100
"""Where parameters, gradients, inputs and states are smaller, every number computed from them is finite."""

Progress = Callable[[int], None]


class Lesson(NamedTuple):
    """A sequence made ready to be learnt from."""

    sequence: Sequence
    targets: Any
    start: Mapping[str, Array]
    """Its initial states where none are carried over; zeros for those that are not named."""
    large: bool
    """Whether it has numbers that are not below `LARGE`."""


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
        self._metrics = Table(3 + 3 * len(layout.shapes))
        self._lessons: dict[int, Lesson] = {}
        self._rooms: tuple[Array, Array, Array] | None = None
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
        return self._run.begins + len(self._metrics)

    @property
    def metrics(self) -> Metrics:
        """What each update learnt so far has left behind, this run's own ones."""
        rows, count = self._metrics.rows, len(self._layout.shapes)
        gradients, weights, changes = (rows[:, 2 + i * count : 2 + (i + 1) * count] for i in range(3))
        return Metrics(
            self._run.begins, len(self._run.dataset.sequences), rows[:, 0], rows[:, 1], gradients, weights, changes,
            tuple(self._layout.shapes), self._run.listing.output.name == "classes",
        )  # fmt: skip

    def row(self, update: int) -> Array:
        """The row before an update, learnt on to or executed again. The update must not lie before the run's own."""
        self.learn(update, stop=False)
        with self._turn(), np.errstate(all="ignore"):
            if update == self.reached:
                return self._learner.row.copy()
            start, row = self.checkpoints.below(update)
            at, self._again_at = self._again_at, -1  # until it is there it is nowhere
            if not start <= at <= update:
                self._again.row[:] = row
                at = start
            for again in range(at, update):
                self._update(self._again, again)
            self._again_at = update
            return self._again.row.copy()

    def learn(
        self, target: int, *, stop: bool, since: int | None = None, progress: Progress = lambda _reached: None
    ) -> int | None:
        """Learn up to update `target`. `progress` gets the update reached, and may raise to stop between two blocks.

        With `stop`, learn only through the first update that leaves the finite numbers, and answer its number. Updates
        are looked at from `since` on, also those learnt before; None is from the first that is not learnt yet.
        """
        looked = self.reached if since is None else since
        while True:
            if stop and (wild := self._first_wild(looked, target)) is not None:
                return wild
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
            return Memory(np.array(updates, dtype=np.int64), rows, self._learner.row.copy(), self._metrics.rows)

    def remember(self, memory: Memory) -> None:
        """Be where the same run was when this memory was taken. Raises ShapeError for that of another run."""
        with self._turn():
            start = self.checkpoints.below(self._run.begins)[1]
            memory.check(self._run.begins, start, self._metrics.rows.shape[1])
            self.checkpoints.refill(memory.spacing, memory.rows)
            self._learner.row[:] = memory.row
            self._metrics = Table(self._metrics.rows.shape[1])
            self._metrics.add(memory.metrics)
            self._again_at = -1

    def _first_wild(self, since: int, target: int) -> int | None:
        """The first update learnt so far, from `since` on and below `target`, that left the finite numbers."""
        begins = self._run.begins
        since = max(since, begins)
        wild = np.flatnonzero(self._metrics.rows[since - begins : max(0, target - begins), -1])
        return since + int(wild[0]) if wild.size else None

    def _lesson(self, index: int) -> Lesson:
        """The lesson of a sequence, made when it is first wanted."""
        run = self._run
        sequence = run.dataset.sequences[index]
        targets = run.listing.output.targets(sequence.y, run.params.sizes.classes, run.options.reduction, True)
        start = {**run.params.start, **sequence.start}
        given = [sequence.x, *start.values(), *([sequence.y] if sequence.is_values else [])]
        large = not all(bool((np.abs(part) < LARGE)[~np.isnan(part)].all()) for part in given)
        lesson = self._lessons[index] = Lesson(sequence, targets, start, large)
        return lesson

    def _update(self, learner: Learner, update: int) -> None:
        index = self._run.order.sequence(update, self._run.epoch_length)
        lesson = self._lessons.get(index) or self._lesson(index)
        learner.update(lesson.sequence, lesson.targets, learner.carried if self._run.carries(update) else lesson.start)

    def _block(self, target: int, stop: bool) -> None:
        """Learn a block of updates, with `stop` through the first wild one, and write down what they leave behind."""
        before = self._learner.row.copy()
        try:
            rows, told = self._learnt(target, stop)
        except BaseException:
            self._learner.row[:] = before
            raise
        first = self.reached
        self.checkpoints.add(first + 1, rows[1:])
        self._metrics.add(told)

    def _learnt(self, target: int, stop: bool) -> tuple[Array, Array]:
        """The rows of a block, the one before it first, and the metrics of its updates."""
        learner, layout, run, first = self._learner, self._layout, self._run, self.reached
        most = max(1, min(BLOCK, BLOCK_NUMBERS // layout.length, target - first))
        rows, gradients, changes = self._room(most)
        lessons: list[Lesson] = []
        answers: list[Answer] = []
        rows[0] = learner.row
        carried, which, count, known = run.dataset.carried, run.order.sequence, run.epoch_length, self._lessons
        numbers, until = 0, monotonic() + BLOCK_SECONDS
        with np.errstate(all="ignore"):
            for done in range(most):
                update = first + done
                index = which(update, count)
                lesson = known.get(index) or self._lesson(index)
                given = learner.carried if carried and run.carries(update) else lesson.start
                answer = learner.update(lesson.sequence, lesson.targets, given)
                lessons.append(lesson)
                answers.append(tuple(part.copy() for part in answer))
                gradients[done] = learner.gradient
                rows[done + 1] = learner.row
                numbers += answer[0].size
                if numbers > BLOCK_NUMBERS or monotonic() > until:
                    break
            done = len(lessons)
            targets = [lesson.targets for lesson in lessons]
            told = self._told(rows[: done + 1], gradients[:done], changes[:done], answers, targets)
            kept = rows[1 : done + 1, layout.parameters : layout.carried.start]  # by the optimiser
            suspect = np.array([lesson.large for lesson in lessons]) | _suspect(told) | ~np.isfinite(kept).all(axis=1)
            for i in np.flatnonzero(suspect):
                numbers = np.isfinite(rows[i + 1]).all() and np.isfinite(gradients[i]).all()
                told[i, -1] = not (numbers and run.stays_finite(first + int(i), rows[i]))
                if stop and told[i, -1]:
                    done = int(i) + 1
                    learner.row[:] = rows[done]
                    break
        return rows[: done + 1], told[:done]

    def _room(self, most: int) -> tuple[Array, Array, Array]:
        """Room for a block's rows, gradients and changes, the same for every block: fresh memory is slow to touch."""
        if self._rooms is None or len(self._rooms[1]) < most:
            layout = self._layout
            rows, gradients = np.empty((most + 1, layout.length)), np.empty((most, layout.parameters))
            self._rooms = rows, gradients, np.empty_like(gradients)
        return self._rooms

    def _told(self, rows: Array, gradients: Array, changes: Array, answers: list[Answer], targets: list[Any]) -> Array:
        """The metrics of a block's updates, a row each: loss, accuracy, ‖dθ‖, ‖θ‖, ‖Δθ‖, and 0: nothing wild."""
        layout, run = self._layout, self._run
        theta = rows[:, : layout.parameters]
        scored = run.listing.output.scored(answers, targets)
        targeted = np.concatenate([each.present for each in targets])
        update = np.repeat(np.arange(len(targets)), [len(each.present) for each in targets])
        counts = np.array([float(each.count) for each in targets])
        weights = 1.0 / counts[update] if run.options.reduction == "mean" else 1.0
        # The loss register adds one timestep after another, and so does bincount.
        added = np.bincount(update, np.where(targeted, scored.losses, 0.0) * weights, len(targets))
        loss: Array = added.astype(np.float64)
        if run.options.reduction == "sum":
            loss /= counts
        loss[counts == 0] = np.nan
        hits: Array = np.zeros(len(targets))
        if scored.right is not None:
            hits = np.bincount(update, scored.right & targeted, len(targets)).astype(np.float64)
        right: Array = np.divide(hits, counts)
        np.subtract(theta[1:], theta[:-1], out=changes)
        norms = [_norms(part, layout.starts) for part in (gradients, theta[:-1], changes)]
        return np.column_stack((loss, right, *norms, np.zeros(len(targets))))


def _norms(rows: Array, starts: NDArray[np.int64]) -> Array:
    """(n,parameters): the norm of each parameter's part of each row; scaled where squares would overflow or vanish."""
    stops = [*starts[1:].tolist(), rows.shape[1]]
    parts = [rows[:, start:stop] for start, stop in zip(starts.tolist(), stops, strict=True)]
    norms: Array = np.sqrt(np.stack([np.einsum("ij,ij->i", part, part) for part in parts], axis=1))
    for r, i in zip(*np.nonzero(~((norms > 1e-140) & (norms < 1e140))), strict=True):
        norms[r, i] = norm(parts[i][r])
    return norms


def _suspect(told: Array) -> NDArray[np.bool_]:
    """(n,) where a number may have become too large or none at all, so that the update is looked at line by line."""
    large, targeted = ~np.all(told[:, 2:] < LARGE, axis=1), ~np.isnan(told[:, 1])
    return np.asarray(large | (targeted & ~np.isfinite(told[:, 0])))
