"""No outputs of its own: the loss is the sum of z, so that the gradient begins with ones.

A recurrent layer without a head is looked at so. V is a row of ones, z[t] is the sum of h[t], and its gradient at h[t]
is 1 for each unit. Where the gradient begins is said by the timesteps that have a target; its value says nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.language.expressions import Expression
from rnn_core.outputs import values
from rnn_core.outputs.loss import READOUT, Addend, Loss, LossGradient, is_absent
from rnn_core.outputs.output import Answer, Output, Scored
from rnn_core.outputs.values import Targets, ValueRows


class SumOfOutputs(Loss):
    """Σ z."""

    __slots__ = ()
    written = "sum(z[t])"

    def of(self, z: Any, y: Any) -> Any:
        """The sum."""
        return summed(z, y)

    def error(self) -> Ones:
        """The error at the outputs."""
        return Ones(self.mean)


class Ones(LossGradient):
    """A one for each output."""

    __slots__ = ()
    written, says = "ones", "the loss is the sum of z: each of its numbers moves it by as much as itself"
    absent = "the gradient does not begin here"

    def of(self, answer: Any, y: Any) -> Any:
        """Ones."""
        return np.ones_like(answer)

    def addends(self, answer: Any, y: Any, t: int, j: int) -> tuple[Addend, ...]:
        """The one."""
        return (Addend(1.0, f"1{'/M' * self.mean}: the loss is the sum of z"),)

    def size(self, answer: NDArray[Any], y: Any) -> NDArray[Any]:
        """It is exact."""
        return np.zeros(1)


def summed(z: Any, y: Any) -> Any:
    """Σ z, and 0 at a timestep without a target."""
    return 0.0 if is_absent(y) else np.sum(z)


def lines(mean: bool) -> tuple[tuple[str, Expression], ...]:
    """The forward lines after h."""
    return (
        READOUT,
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
