"""What a training learns from, made ready, and what a block of its updates has left behind.

The losses of a block are worked out together, from what the network said in each of its updates.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Sequences
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_core.arrays import Array
from rnn_core.data import Sequence
from rnn_core.model import Params
from rnn_core.outputs.output import Output

LARGE = 1e100
"""Where parameters, gradients, inputs and states are smaller, every number computed from them is finite."""


class Lesson(NamedTuple):
    """A sequence made ready to be learnt from."""

    sequence: Sequence
    targets: Any
    start: Mapping[str, Array]
    """Its initial states where none are carried over; zeros for those that are not named."""
    large: bool
    """Whether it has numbers that are not below `LARGE`."""

    @classmethod
    def of(cls, sequence: Sequence, output: Output, params: Params, reduction: str) -> Lesson:
        """That of a sequence."""
        start = {**params.start, **sequence.start}
        given = [sequence.x, *start.values(), *([sequence.y] if sequence.is_values else [])]
        large = not all(bool((np.abs(part) < LARGE)[~np.isnan(part)].all()) for part in given)
        return cls(sequence, output.targets(sequence.y, params.sizes.classes, reduction, True), start, large)


class Lessons(dict[int, Lesson]):
    """The lesson of each sequence by its index, made when it is first wanted."""

    def __init__(self, sequences: Sequences[Sequence], output: Output, params: Params, reduction: str) -> None:
        super().__init__()
        self._sequences, self._of = sequences, (output, params, reduction)

    def __missing__(self, index: int) -> Lesson:
        lesson = self[index] = Lesson.of(self._sequences[index], *self._of)
        return lesson


class Told(NamedTuple):
    """What a block of updates has left behind, a row each."""

    numbers: Array
    """(n, 2) loss and accuracy."""
    norms: Array
    """(n, 3·parameters) ‖dθ‖, ‖θ‖ and ‖step‖."""
    wild: NDArray[np.bool_]
    """(n,) whether it left the finite numbers; until that is looked at, whether it may have."""

    def until(self, count: int) -> Told:
        """The first so many."""
        return Told(self.numbers[:count], self.norms[:count], self.wild[:count])


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
    output: Output
    is_mean: bool
    """Whether the loss is a mean over the timesteps already."""

    @classmethod
    def of(cls, lessons: list[Lesson], output: Output, classes: int, reduction: str) -> Targets:
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
            output,
            reduction == "mean",
        )

    def told(self, answers: list[bytes], norms: Array, finite: Any) -> Told:
        """What the updates have left behind, of what was said in each, their norms, and whether what is kept is finite.

        Those are called wild that have to be looked at line by line. A number may have become too large, or none.
        """
        count, counts, present = len(answers), self.counts, self.present
        scored = self.output.scored(np.frombuffer(b"".join(answers)), self.places, self.y)
        # The loss register adds one timestep after another, and so does bincount.
        added = np.bincount(self.update, np.where(present, scored.losses, 0.0) * self.weights, count)
        loss: Array = added.astype(np.float64) if self.is_mean else added / counts
        numbers = np.empty((count, 2))
        numbers[:, 0] = np.where(counts == 0.0, np.nan, loss)
        hits = 0.0 if scored.right is None else np.bincount(self.update, scored.right & present, count)
        np.divide(hits, counts, out=numbers[:, 1])
        small = norms.max() < LARGE or (norms < LARGE).all(axis=1)  # not where one is NaN, either
        return Told(numbers, norms, self.large | ~finite | ~small | ((counts > 0.0) & ~np.isfinite(loss)))
