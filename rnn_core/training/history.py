"""What is remembered of a run so that any update of it is near: checkpoints, and the metrics of every update.

A run is deterministic, so nothing in here is state. It is a cache behind `Run`: the answer is the same, whatever
was asked before. Rows of numbers (`learner.Layout`) are kept as checkpoints; what lies between two of
them is executed again.

Rules this file keeps:
- Updates are learnt in blocks, and what the next update does not need is computed for a block together (`blocks`).
- A lock lets one thread learn while another one looks back; a thread that waits goes before one that comes again.
- What was interrupted has not happened: the row goes back to where its block began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_core.arrays import Array
from rnn_core.data import Sequence
from rnn_core.outputs.output import Output
from rnn_core.training.blocks import block_of
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


class Targets(NamedTuple):
    """The targets of a block's updates one after another."""

    y: Any
    present: NDArray[np.bool_]
    update: NDArray[np.int64]
    """The update of the block that each timestep belongs to."""
    counts: Array
    """(n,) how many timesteps of each update have a target."""
    weights: Array
    large: NDArray[np.bool_]
    """(n,) the lessons' own."""
    places: Any
    """Where the numbers stand in what is said of them."""

    @classmethod
    def of(cls, lessons: list[Lesson], output: Output, classes: int) -> Targets:
        """Those of these lessons."""
        targets = [lesson.targets for lesson in lessons]
        lengths = [len(each.present) for each in targets]
        return cls(
            np.concatenate([each.y for each in targets]),
            np.concatenate([each.present for each in targets]),
            np.repeat(np.arange(len(targets)), lengths),
            np.array([float(each.count) for each in targets]),
            np.repeat([each.weight for each in targets], lengths),
            np.array([lesson.large for lesson in lessons]),
            output.places(lengths, classes),
        )


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
        self._watched = block_of(self._learner, self.checkpoints)
        self._lessons: dict[int, Lesson] = {}
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
                lesson = self._lesson(self._run.order.sequence(each, self._run.epoch_length))
                given = again.carried if self._run.carries(each) else lesson.start
                again.update(lesson.sequence, lesson.targets, given)
        self._again_at = update
        return again.row.copy()

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
        known = self._lessons.get(index)
        if known is not None:
            return known
        run = self._run
        sequence = run.dataset.sequences[index]
        targets = run.listing.output.targets(sequence.y, run.params.sizes.classes, run.options.reduction, True)
        start = {**run.params.start, **sequence.start}
        given = [sequence.x, *start.values(), *([sequence.y] if sequence.is_values else [])]
        large = not all(bool((np.abs(part) < LARGE)[~np.isnan(part)].all()) for part in given)
        lesson = self._lessons[index] = Lesson(sequence, targets, start, large)
        return lesson

    def _block(self, target: int, stop: bool) -> None:
        """Learn a block of updates, with `stop` through the first wild one, and write down what they leave behind."""
        first, before = self.reached, self._learner.row.copy()
        try:
            with np.errstate(all="ignore"):
                told = self._learnt(first, min(BLOCK, target - first), stop)
        except BaseException:
            self._learner.row[:] = before
            self.checkpoints.cut(first)
            raise
        self._metrics.add(told)

    def _learnt(self, first: int, most: int, stop: bool) -> Array:
        """The metrics of a block of updates, a row each."""
        run, learner, known = self._run, self._learner, self._lessons
        update, carried = learner.update, run.dataset.carried
        indices: list[int] = []
        answers: list[Array] = []
        room, until = BLOCK_NUMBERS, monotonic() + BLOCK_SECONDS
        see = self._watched.begin(first)
        for index in islice(run.order.sequences(first, run.epoch_length), most):
            lesson = known.get(index) or self._lesson(index)
            given = learner.carried if carried and run.carries(first + len(indices)) else lesson.start
            said = update(lesson.sequence, lesson.targets, given).said()
            indices.append(index)
            answers.append(said.copy())
            see()
            room -= said.size
            if room < 0 or monotonic() > until:
                break
        told = self._told(answers, self._targets(tuple(indices)))
        for i in np.flatnonzero(told[:, -1]):
            # Nothing but a number that is none has such a norm; others may have been too large to be told from one.
            none = np.isnan(told[i, 2 : 2 + 2 * len(self._layout.shapes)]).any()
            told[i, -1] = none or not run.stays_finite(first + int(i), self._executed(first + int(i)))
            if stop and told[i, -1]:
                told = told[: i + 1]
                learner.row[:] = self._executed(first + len(told))
                self.checkpoints.cut(first + len(told))
                break
        return told

    def _targets(self, indices: tuple[int, ...]) -> Targets:
        """The targets of these sequences; blocks of a few sequences are soon all known."""
        known = self._joined.get(indices)
        if known is None:
            if len(self._joined) > 8:
                self._joined.clear()
            lessons = [self._lessons[index] for index in indices]
            run = self._run
            known = self._joined[indices] = Targets.of(lessons, run.listing.output, run.params.sizes.classes)
        return known

    def _told(self, answers: list[Array], targets: Targets) -> Array:
        """The metrics of a block's updates, a row each: loss, accuracy, ‖dθ‖, ‖θ‖, ‖Δθ‖, and whether it is suspicious.

        A suspicious update is looked at line by line: a number may have become too large, or none at all.
        """
        count, counts, present = len(answers), targets.counts, targets.present
        scored = self._run.listing.output.scored(np.concatenate(answers), targets.places, targets.y)
        # The loss register adds one timestep after another, and so does bincount.
        added = np.bincount(targets.update, np.where(present, scored.losses, 0.0) * targets.weights, count)
        loss: Array = added / counts if self._run.options.reduction == "sum" else added.astype(np.float64)
        told = np.empty((count, self._metrics.rows.shape[1]))
        told[:, 0] = np.where(counts == 0.0, np.nan, loss)
        hits = 0.0 if scored.right is None else np.bincount(targets.update, scored.right & present, count)
        np.divide(hits, counts, out=told[:, 1])
        told[:, 2:-1], finite = self._watched.end(count)
        small = (told[:, 2:-1] < LARGE).all(axis=1)
        told[:, -1] = targets.large | ~finite | ~small | ((counts > 0.0) & ~np.isfinite(loss))
        return told
