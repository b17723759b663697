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

from rnn_core.language.expressions import After, Expression, Name, Product, Sum, bare
from rnn_core.outputs import classes
from rnn_core.outputs.output import Answer, Output, Rows, Scored

# -- the lines -------------------------------------------------------------------------------------------------


class SquaredError(Expression):
    """½‖z - y‖², weighted."""

    __slots__ = ("mean",)

    def __init__(self, mean: bool) -> None:
        super().__init__(Name("z"), Name("y"), Name("weight"))
        self.mean = mean

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """Divided by M where the loss is a mean."""
        return f"½‖z[t] - y[t]‖²{' / M' * self.mean}"

    def value(self, *operands: Any, out: Any = None) -> Any:
        """0 where there is no target."""
        z, y, weight = operands
        return weight * squared_error(z, y)

    def pull(self, at: int, d: Expression, output: Expression) -> Expression:
        """The error at the outputs."""
        return Residual(self.mean)


class Residual(Expression):
    """z - y, weighted."""

    __slots__ = ("mean",)

    def __init__(self, mean: bool) -> None:
        super().__init__(Name("z"), Name("y"), Name("weight"))
        self.mean = mean

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """Divided by M where the loss is a mean."""
        return "(z[t] - y[t]) / M" if self.mean else "z[t] - y[t]"

    def value(self, *operands: Any, out: Any = None) -> Any:
        """Zeros where there is no target."""
        z, y, weight = operands
        return weight * (np.zeros_like(z) if np.isnan(y).any() else z - y)


def squared_error(z: Any, y: Any) -> Any:
    """½ Σ (z - y)², and 0 where there is no target."""
    if np.isnan(y).any():
        return 0.0
    apart = z - y
    return 0.5 * np.sum(apart * apart)


def lines(mean: bool) -> tuple[tuple[str, Expression], ...]:
    """The forward lines after h."""
    return (
        ("z", Sum(V·h=Product(Name("V"), Name("h")), bias=Name("c"))),
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
