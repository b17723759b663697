"""Values: z against real targets, ½‖z - y‖²; the error is z - y.

Targets are rows of O numbers, NaN throughout where a timestep has none. The loss is summed over the timesteps that have
one, or is their mean. PyTorch's MSELoss divides by all T·O numbers and has no ½: with `--reduction mean` ours is O/2
times its value, and so are the gradients.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.language.expressions import Expression, Name
from rnn_core.outputs import classes
from rnn_core.outputs.loss import READOUT, Addend, Loss, LossGradient, is_absent
from rnn_core.outputs.output import Answer, Output, Rows, Scored

# -- the lines -------------------------------------------------------------------------------------------------


class SquaredError(Loss):
    """½‖z - y‖²."""

    __slots__ = ()
    written = "½‖z[t] - y[t]‖²"

    def of(self, z: Any, y: Any) -> Any:
        """Half the sum of the squares."""
        return squared_error(z, y)

    def error(self) -> Residual:
        """The error at the outputs."""
        return Residual(self.mean)

    def last_step(self, answer: NDArray[Any], y: Any) -> tuple[str, float]:
        """The sum of the squares."""
        return "½ · ", float(2.0 * squared_error(answer, y))


class Residual(LossGradient):
    """z - y."""

    __slots__ = ()
    written, says = "z[t] - y[t]", "z[{t}][{j}] less its target y[{t}][{j}]"

    def of(self, answer: Any, y: Any) -> Any:
        """How far the outputs are from the targets."""
        return answer - y

    def addends(self, answer: Any, y: Any, t: int, j: int) -> tuple[Addend, ...]:
        """The output, and the target."""
        z = Addend(float(answer[j]), f"z[{t}][{j}]", Name("z"))
        return z, Addend(-float(y[j]), f"the target y[{t}][{j}]")

    def size(self, answer: NDArray[Any], y: Any) -> NDArray[Any]:
        """|z| + |y|."""
        sizes: NDArray[Any] = np.abs(answer) + np.abs(y) if not is_absent(y) else np.zeros_like(answer)
        return sizes


def squared_error(z: Any, y: Any) -> Any:
    """½ Σ (z - y)², and 0 where there is no target."""
    if is_absent(y):
        return 0.0
    apart = z - y
    return 0.5 * np.sum(apart * apart)


def lines(mean: bool) -> tuple[tuple[str, Expression], ...]:
    """The forward lines after h."""
    return (
        READOUT,
        ("loss", SquaredError(mean)),
    )


# -- the same over all timesteps at once -----------------------------------------------------------------------


class Targets:
    """What the output layer needs to know of a sequence's targets, worked out once. y (T,O)."""

    def __init__(self, y: NDArray[np.float64], _outputs: int, reduction: str, kept: bool = False) -> None:
        self.y = y
        self.present = ~np.isnan(y).any(axis=1)
        self.absent = None if self.present.all() else ~self.present
        self.count = int(np.count_nonzero(self.present))
        self.weight = 1.0 if reduction == "sum" else 1.0 / self.count if self.count else 0.0


class ValueRows(Rows):
    """z, se and dz over T timesteps."""

    loss = "se"
    """The series that holds the loss of each timestep."""

    def __init__(self, rows: Mapping[str, Any], kept: bool = False) -> None:
        self._z, self._dz, self._losses = rows["z"], rows["dz"], rows[self.loss]

    def forward(self, weights: Any, states: Any) -> None:
        """z = V·h[t] + c, from the states (T,H) after each timestep."""
        states.dot(weights["V"].T, self._z)
        np.add(self._z, weights["c"], self._z)

    def answer(self, targets: Targets) -> Answer:
        """The answer is z."""
        return (self._z,)

    def said(self) -> NDArray[np.float64]:
        """z."""
        line: NDArray[np.float64] = self._z.reshape(-1)
        return line

    def losses(self, answer: Answer, targets: Targets) -> None:
        """se = ½‖z - y‖², NaN where there is no target."""
        self._losses[:] = _squares(self._z, targets.y)

    def error(self, targets: Targets) -> None:
        """dz = weight · (z - y), 0 without a target."""
        np.subtract(self._z, targets.y, self._dz)
        if targets.absent is not None:
            self._dz[targets.absent] = 0.0
        if targets.weight != 1.0:
            np.multiply(self._dz, targets.weight, self._dz)


def _squares(z: Any, y: Any) -> Any:
    """(T,) ½‖z - y‖² of each row; NaN where y is."""
    apart = z - y
    return 0.5 * np.einsum("to,to->t", apart, apart)


def scored(said: NDArray[np.float64], _places: None, y: NDArray[np.float64]) -> Scored:
    """The loss of every timestep of several sequences at once; nothing here is right or wrong."""
    return Scored(_squares(said.reshape(y.shape), y), None)


OUTPUT = Output(
    "values",
    "squared-error",
    lines,
    parameters=classes.OUTPUT.parameters,
    order=classes.OUTPUT.order,
    shown="z",
    timestep_loss="se",
    meanings={
        "V": "hidden → output",
        "c": "output bias",
        "z": "outputs",
        "se": "½‖z[t] - y[t]‖² of a timestep",
        "dz": "error at the outputs",
    },
    aliases=classes.OUTPUT.aliases,
    targets=Targets,
    rows=ValueRows,
    scored=scored,
    places=lambda _lengths, _outputs: None,
    takes_values=True,
    loss_of=squared_error,
)
