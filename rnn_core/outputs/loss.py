"""A loss and its error as operations: text, value, derivative, and what makes an element, side by side.

Both read what the network says, the target y and the weight of the timestep. The weight is 1, or 1/M where the loss is
a mean over M targets. Without a target the loss is 0, and so is the error.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_core.language.expressions import After, Expression, Name, Product, Sum, bare

NO_TARGET = -1
"""The class of a timestep without a target; rows of values are NaN there."""


READOUT = ("z", Sum(V·h=Product(Name("V"), Name("h")), bias=Name("c")))
"""What every output layer begins with."""


def is_absent(y: Any) -> bool:
    """Whether there is no target: of a class, or of a row of values."""
    return bool(y == NO_TARGET) if np.ndim(y) == 0 else bool(np.isnan(y).any())


class _Weighted(Expression):
    """What is multiplied by the weight of its timestep."""

    __slots__ = ("mean",)
    answer: ClassVar[str] = "z"
    """What the network says: z, or p."""
    written: ClassVar[str]
    """As the listing writes it, not weighted."""

    def __init__(self, mean: bool) -> None:
        super().__init__(Name(self.answer), Name("y"), Name("weight"))
        self.mean = mean

    def _key(self) -> tuple[Any, ...]:
        return *super()._key(), self.mean


class Loss(_Weighted):
    """The loss of a timestep."""

    __slots__ = ()

    def of(self, z: Any, y: Any) -> Any:
        """It, not weighted, and 0 without a target. A complex step passes: sizes are taken by the real part."""
        raise NotImplementedError

    def error(self) -> LossGradient:
        """Its derivative by z."""
        raise NotImplementedError

    def last_step(self, answer: NDArray[Any], y: Any) -> tuple[str, float] | None:
        """The last operation and what it is applied to, as ("-log ", 0.3); None where there is nothing to see."""
        return None

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """Divided by M where the loss is a mean."""
        return f"{self.written}{' / M' * self.mean}"

    def value(self, *operands: Any, out: Any = None) -> Any:
        """The loss, weighted."""
        z, y, weight = operands
        return weight * self.of(z, y)

    def pull(self, at: int, d: Expression, output: Expression) -> Expression:
        """The error at z."""
        return self.error()


class Addend(NamedTuple):
    """One of the numbers whose sum an element of the error is, not weighted."""

    value: float
    what: str
    name: Name | None = None
    """The register that it is an element of; None for what is given."""
    shown: str = ""
    """What is subtracted as it is written, where that is not the number itself."""


class LossGradient(_Weighted):
    """The derivative of a weighted loss by z."""

    __slots__ = ()
    says: ClassVar[str] = ""
    """What an element is, in words, given t and j; empty where the prediction says more."""
    absent: ClassVar[str] = "no target at this timestep: no error here"

    def of(self, answer: Any, y: Any) -> Any:
        """It, not weighted, where there is a target."""
        raise NotImplementedError

    def addends(self, answer: Any, y: Any, t: int, j: int) -> tuple[Addend, ...]:
        """What element j is the sum of at timestep t, where there is a target."""
        raise NotImplementedError

    def size(self, answer: NDArray[Any], y: Any) -> NDArray[Any]:
        """How large the numbers are that are added up, by which their sum is rounded; 0 where it is exact."""
        raise NotImplementedError

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """Divided by M where the loss is a mean."""
        if not self.mean:
            return self.written
        return f"({self.written}) / M" if " " in self.written else f"{self.written} / M"

    def value(self, *operands: Any, out: Any = None) -> Any:
        """Zeros where there is no target."""
        answer, y, weight = operands
        return weight * (np.zeros_like(answer) if is_absent(y) else self.of(answer, y))
