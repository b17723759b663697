"""Classes: softmax and cross-entropy, -log p[t][y[t]]; the error at the logits is p - onehot(y).

The loss is taken from the logits, as logsumexp(z) - z[y], which stays exact for logits of ±1e4 where p itself has
become 0 or 1. Targets are class indices, `NO_TARGET` where a timestep has none: it adds no loss and no error.

Source: Bridle (1990), "Probabilistic interpretation of feedforward classification network outputs".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_core.cells.cell import aliases
from rnn_core.language.expressions import Expression, Name
from rnn_core.outputs.loss import NO_TARGET as NO_TARGET
from rnn_core.outputs.loss import READOUT, Addend, Loss, LossGradient
from rnn_core.outputs.output import Answer, Output, Rows, Scored

# -- the lines -------------------------------------------------------------------------------------------------


class Softmax(Expression):
    """exp(z - max z) / sum."""

    pattern = ("softmax(", 0, ")")
    mixes = True

    def value(self, *operands: Any, out: Any = None) -> Any:
        """The maximum is taken by real part, so that complex steps pass through."""
        (z,) = operands
        e = np.exp(z - np.take_along_axis(z, np.argmax(z.real, axis=-1, keepdims=True), axis=-1))
        return e / np.sum(e, axis=-1, keepdims=True)


class CrossEntropy(Loss):
    """-log p[y]; it is computed from z."""

    __slots__ = ()
    written = "-log p[t][y[t]]"

    def of(self, z: Any, y: Any) -> Any:
        """logsumexp(z) - z[y]."""
        return cross_entropy(z, y)

    def error(self) -> ErrorAtLogits:
        """The error at the logits."""
        return ErrorAtLogits(self.mean)

    def last_step(self, answer: NDArray[Any], y: Any) -> tuple[str, float]:
        """The probability of the target."""
        return "-log ", float(answer[y])


class ErrorAtLogits(LossGradient):
    """p - onehot(y)."""

    __slots__ = ()
    answer, written = "p", "p[t] - onehot(y[t])"

    def of(self, answer: Any, y: Any) -> Any:
        """The probabilities, less 1 at the target."""
        return answer - np.eye(len(answer))[y]

    def addends(self, answer: Any, y: Any, t: int, j: int) -> tuple[Addend, ...]:
        """The probability, and the target."""
        p = Addend(float(answer[j]), f"p[{t}][{j}]", Name("p"))
        return p, Addend(-float(y == j), f"the target, class {j}", shown=str(int(y == j)))

    def size(self, answer: NDArray[Any], y: Any) -> NDArray[Any]:
        """p, and 1 at the target."""
        sizes: NDArray[Any] = np.where(y == NO_TARGET, 0.0, answer) + (np.arange(len(answer)) == y)
        return sizes


def cross_entropy(z: Any, y: int) -> Any:
    """logsumexp(z) - z[y], and 0 where there is no target."""
    if y == NO_TARGET:
        return 0.0
    top = z[np.argmax(z.real)]
    return np.log(np.sum(np.exp(z - top))) - (z[y] - top)


def lines(mean: bool) -> tuple[tuple[str, Expression], ...]:
    """The forward lines after h."""
    z = Name("z")
    return (
        READOUT,
        ("p", Softmax(z)),
        ("loss", CrossEntropy(mean)),
    )


# -- the same over all timesteps at once -----------------------------------------------------------------------

SMALL = 4096
"""Up to so many numbers, repeating a row or a column takes less time than having NumPy broadcast it."""
SMALL_TARGETS = 256
"""Numbers up to which the one-hot targets of a sequence are kept."""


class Targets:
    """What the output layer needs to know of a sequence's targets, worked out once. y (T,), O classes."""

    def __init__(self, y: NDArray[np.int64], classes: int, reduction: str, kept: bool = False) -> None:
        self.y = y
        self.present = y != NO_TARGET
        self.count = int(np.count_nonzero(self.present))
        self.absent = None if self.count == len(y) else ~self.present
        self.weight = 1.0 if reduction == "sum" else 1.0 / self.count if self.count else 0.0
        starts = np.arange(0, len(y) * classes, classes)
        self.places: NDArray[np.int64] = starts + (y if self.absent is None else np.maximum(y, 0))
        """Where p[t][y[t]] stands when p is read as one long row (p[t][0] without a target): one index for two."""
        plain = kept and self.absent is None and self.weight == 1.0 and len(y) * classes <= SMALL_TARGETS
        self.one_hot = np.eye(classes)[y] if plain else None
        """(T,O), where it is small and used often: subtracting it takes half the time of reaching into p."""


class ClassRows(Rows):
    """z, p, nll and dz over T timesteps, with their working memory."""

    def __init__(self, rows: Mapping[str, Any], kept: bool = False) -> None:
        self._z, self._p, self._dz, self._nll = rows["z"], rows["p"], rows["dz"], rows["nll"]
        z = self._z
        timesteps, classes = z.shape
        self._ones = np.ones((classes, 1))
        self._largest = np.empty((timesteps, 1))
        few = classes <= FEW_CLASSES
        self._columns = list(z.T) if few else []
        ahead = timesteps * (classes if few else 1) if kept else 0
        self._said = np.empty(ahead + 2 * timesteps)  # so that one call copies all of it
        self._total_and_picked = self._said[ahead:].reshape(2, timesteps)
        self._total, self._picked = self._total_and_picked[0, :, None], self._total_and_picked[1]
        self._most = None if few else self._said[:ahead]
        if kept and few:
            self._p = self._said[:ahead].reshape(timesteps, classes)
        self._room = np.empty_like(z) if z.size <= SMALL else None
        self._dz_line = self._dz.reshape(-1)

    def forward(self, weights: Any, states: Any) -> None:
        """z = V·h[t] + c, from the states (T,H) after each timestep."""
        states.dot(weights["V"].T, self._z)
        np.add(self._z, self._spread(weights["c"]), self._z)

    def answer(self, targets: Targets) -> Answer:
        """p = softmax(z). The answer: p (T,O), and (2,T) sums of the exponentials and shifted logits of the targets."""
        self._find_largest()
        np.subtract(self._z, self._spread(self._largest), self._p)
        self._p.take(targets.places, None, self._picked, "clip")
        np.exp(self._p, self._p)
        self._p.dot(self._ones, self._total)
        np.divide(self._p, self._spread(self._total), self._p)
        return self._p, self._total_and_picked

    def _find_largest(self) -> None:
        """The largest logit of each timestep. Few classes are gone through one by one: rows of a few numbers take three
        times as long, and more."""
        if not self._columns:
            np.maximum.reduce(self._z, 1, None, self._largest, keepdims=True)
            return
        first, *others = self._columns
        largest = self._largest[:, 0]
        np.maximum(first, others[0] if others else first, out=largest)
        for other in others[1:]:
            np.maximum(largest, other, out=largest)

    def said(self) -> NDArray[np.float64]:
        """p, or of more than a few classes the most probable of each timestep (T,), and the other two; where kept."""
        if self._most is not None:
            self._most[:] = self._p.argmax(1)
        return self._said

    def losses(self, answer: Answer, targets: Targets) -> None:
        """nll = -log p[y], NaN where there is no target."""
        _, (total, picked) = answer
        np.log(total, out=self._nll)
        self._nll -= picked
        if targets.absent is not None:
            self._nll[targets.absent] = np.nan

    def error(self, targets: Targets) -> None:
        """dz = weight · (p - onehot(y)), 0 without a target."""
        if targets.one_hot is not None:
            np.subtract(self._p, targets.one_hot, self._dz)
            return
        self._dz[:] = self._p
        self._dz_line[targets.places] -= 1.0
        if targets.absent is not None:
            self._dz[targets.absent] = 0.0
        if targets.weight != 1.0:
            np.multiply(self._dz, targets.weight, self._dz)

    def _spread(self, numbers: Any) -> Any:
        """A row or a column, repeated to (T,O) where that is worth it."""
        if self._room is None:
            return numbers
        self._room[:] = numbers
        return self._room


FEW_CLASSES = 8
"""Classes up to which copying p takes less time than looking for the largest of each row at once."""


class Places(NamedTuple):
    """Where the numbers stand in what is said of several sequences of N timesteps together."""

    first: NDArray[np.intp]
    """(N,O) p, or (N,) the most probable class."""
    total: NDArray[np.intp]
    picked: NDArray[np.intp]

    @classmethod
    def of(cls, lengths: list[int], classes: int) -> Places:
        """Those of sequences of these lengths."""
        width = classes if classes <= FEW_CLASSES else 1
        begins = np.cumsum([0, *lengths[:-1]])
        steps = np.arange(sum(lengths)) - np.repeat(begins, lengths)
        start, length = np.repeat(begins * (width + 2), lengths), np.repeat(lengths, lengths)
        first = start + steps * width
        ahead = start + length * width + steps
        return cls(first[:, None] + np.arange(classes) if classes <= FEW_CLASSES else first, ahead, ahead + length)


def scored(said: NDArray[np.float64], places: Places, y: NDArray[np.int64]) -> Scored:
    """The loss of every timestep and whether the most probable class is the target, of several sequences at once."""
    first = said.take(places.first)
    losses = np.log(said.take(places.total)) - said.take(places.picked)
    return Scored(losses, (first.argmax(1) if first.ndim == 2 else first) == y)


OUTPUT = Output(
    "classes",
    "cross-entropy",
    lines,
    parameters={"V": ("output", "hidden"), "c": ("output",)},
    order=("dz", "dV", "dc"),
    shown="p",
    timestep_loss="nll",
    meanings={
        "V": "hidden → output",
        "c": "output bias",
        "z": "logits",
        "p": "probabilities",
        "nll": "-log p[t][y[t]] of a timestep",
        "dz": "error at the logits",
    },
    aliases={
        "V": aliases("W_hy", "Why", "Wy", "decoder.weight", "linear.weight", "fc.weight"),
        "c": aliases("b_y", "by", "decoder.bias", "linear.bias", "fc.bias"),
    },
    targets=Targets,
    rows=ClassRows,
    scored=scored,
    places=Places.of,
    takes_values=False,
    loss_of=cross_entropy,
)
