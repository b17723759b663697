"""No outputs of its own: the loss is the sum of z, so that the gradient begins with ones.

A recurrent layer without a head is looked at so. V is a row of ones, z[t] is the sum of h[t], and its gradient at h[t]
is 1 for each unit. Where the gradient begins is said by the timesteps that have a target; its value says nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.language.expressions import After, Expression, Name, Product, Sum, bare
from rnn_core.outputs import values
from rnn_core.outputs.output import Answer, Output, Scored
from rnn_core.outputs.values import Targets, ValueRows


class SumOfOutputs(Expression):
    """Σ z, weighted."""

    __slots__ = ("mean",)

    def __init__(self, mean: bool) -> None:
        super().__init__(Name("z"), Name("y"), Name("weight"))
        self.mean = mean

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """Divided by M where the loss is a mean."""
        return f"sum(z[t]){' / M' * self.mean}"

    def value(self, *operands: Any, out: Any = None) -> Any:
        """0 where nothing begins."""
        z, y, weight = operands
        return weight * summed(z, y)

    def pull(self, at: int, d: Expression, output: Expression) -> Expression:
        """The error at the outputs."""
        return Ones(self.mean)


class Ones(Expression):
    """A one for each output, weighted."""

    __slots__ = ("mean",)

    def __init__(self, mean: bool) -> None:
        super().__init__(Name("z"), Name("y"), Name("weight"))
        self.mean = mean

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """Divided by M where the loss is a mean."""
        return "ones / M" if self.mean else "ones"

    def value(self, *operands: Any, out: Any = None) -> Any:
        """Zeros where nothing begins."""
        z, y, weight = operands
        return weight * (np.zeros_like(z) if np.isnan(y).any() else np.ones_like(z))


def summed(z: Any, y: Any) -> Any:
    """Σ z, and 0 at a timestep without a target."""
    return 0.0 if np.isnan(y).any() else np.sum(z)


def lines(mean: bool) -> tuple[tuple[str, Expression], ...]:
    """The forward lines after h."""
    return (
        ("z", Sum(V·h=Product(Name("V"), Name("h")), bias=Name("c"))),
        ("loss", SumOfOutputs(mean)),
    )


class SumRows(ValueRows):
    """z, zs and dz over T timesteps."""

    loss = "zs"

    def losses(self, answer: Answer, targets: Targets) -> None:
        """zs = Σ z, NaN where nothing begins."""
        self._losses[:] = np.where(targets.present, self._z.sum(axis=1), np.nan)

    def error(self, targets: Targets) -> None:
        """dz = weight, 0 where nothing begins."""
        self._dz[:] = np.where(targets.present, targets.weight, 0.0)[:, None]


def scored(said: NDArray[np.float64], _places: None, y: NDArray[np.float64]) -> Scored:
    """The loss of every timestep of several sequences at once; nothing here is right or wrong."""
    return Scored(said.reshape(y.shape).sum(axis=1), None)


OUTPUT = Output(
    "none",
    "sum",
    lines,
    parameters=values.OUTPUT.parameters,
    order=values.OUTPUT.order,
    shown="z",
    timestep_loss="zs",
    meanings={**values.OUTPUT.meanings, "zs": "sum(z[t]) of a timestep where the gradient begins"},
    aliases=values.OUTPUT.aliases,
    targets=Targets,
    rows=SumRows,
    scored=scored,
    places=values.OUTPUT.places,
    takes_values=True,
    loss_of=summed,
)
