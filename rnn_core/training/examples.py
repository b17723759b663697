"""The examples that a training learns from, made ready, and what a block of its updates has left behind.

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


class Example(NamedTuple):
    """A sequence made ready to be learnt from."""

    sequence: Sequence
    targets: Any
    start: Mapping[str, Array]
    """Its initial states where none are carried over; zeros for those that are not named."""
    large: bool
    """Whether it has numbers that are not below `LARGE`."""

    @classmethod
    def of(cls, sequence: Sequence, output: Output, params: Params, reduction: str) -> Example:
        """Of a sequence."""
        start = {**params.start, **sequence.start}
        given = [sequence.x, *start.values(), *([sequence.y] if sequence.is_values else [])]
        large = not all(bool((np.abs(part) < LARGE)[~np.isnan(part)].all()) for part in given)
        return cls(sequence, output.targets(sequence.y, params.sizes.classes, reduction, True), start, large)


class Examples(dict[int, Example]):
    """Those of all sequences by their index, each made when it is first wanted."""

    def __init__(self, sequences: Sequences[Sequence], output: Output, params: Params, reduction: str) -> None:
        super().__init__()
        self._sequences, self._of = sequences, (output, params, reduction)

    def __missing__(self, index: int) -> Example:
        example = self[index] = Example.of(self._sequences[index], *self._of)
        return example


class Measured(NamedTuple):
    """What a block of updates has left behind, a row each."""

    numbers: Array
    """(n, 2) loss and accuracy."""
    norms: Array
    """(n, 3·parameters) ‖dθ‖, ‖θ‖ and ‖step‖."""
    not_finite: NDArray[np.bool_]
    """(n,) whether it left the finite numbers; until that is looked at, whether it may have."""

    def until(self, count: int) -> Measured:
        """The first so many."""
        return Measured(self.numbers[:count], self.norms[:count], self.not_finite[:count])


class Targets(NamedTuple):
    """The targets of a block's updates one after another."""

    y: Any
    present: NDArray[np.bool_] | None
    """Which timesteps have a target; None where all have."""
    update: NDArray[np.int64]
    """The update of the block that each timestep belongs to."""
    counts: Array
    """(n,) how many timesteps of each update have a target."""
    weights: Array | None
    """What the loss of each timestep is multiplied by; None where that is 1 everywhere."""
    divisors: Array
    """(n,) what the sums are divided by: 1 where they are means already; NaN without any target."""
    large: NDArray[np.bool_]
    """(n,) as of the examples."""
    places: Any
    """Where the numbers stand in what is said of them."""
    output: Output

    @classmethod
    def of(cls, examples: list[Example], output: Output, classes: int, reduction: str) -> Targets:
        """Those of these examples."""
        targets = [example.targets for example in examples]
        lengths = [len(each.present) for each in targets]
        present = np.concatenate([each.present for each in targets])
        counts = np.array([float(each.count) for each in targets])
        weights = np.repeat([each.weight for each in targets], lengths)
        return cls(
            np.concatenate([each.y for each in targets]),
            None if present.all() else present,
            np.repeat(np.arange(len(targets)), lengths),
            counts,
            None if (weights == 1.0).all() else weights,
            np.where(counts == 0.0, np.nan, 1.0 if reduction == "mean" else counts),
            np.array([example.large for example in examples]),
            output.places(lengths, classes),
            output,
        )

    def measured(self, answers: list[bytes], norms: Array, finite: Any) -> Measured:
        """What the updates have left behind, of what was said in each, their norms, and whether what is kept is finite.

        Those count as not finite that have to be looked at line by line. A number may have become too large, or none.
        """
        losses, right = self.output.scored(np.frombuffer(b"".join(answers)), self.places, self.y)
        if self.present is not None:
            losses = np.where(self.present, losses, 0.0)
            right = None if right is None else right & self.present
        if self.weights is not None:
            losses = losses * self.weights
        numbers = np.empty((len(answers), 2))
        # The loss register adds one timestep after another, and so does bincount.
        loss = np.divide(np.bincount(self.update, losses, len(answers)), self.divisors, numbers[:, 0])
        hits = 0.0 if right is None else np.bincount(self.update, right, len(answers))
        np.divide(hits, self.counts, numbers[:, 1])
        small = norms.max() < LARGE or (norms < LARGE).all(axis=1)  # not where one is NaN, either
        return Measured(numbers, norms, self.large | ~finite | ~small | ((self.counts > 0.0) & ~np.isfinite(loss)))
