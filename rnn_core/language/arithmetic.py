"""Operations that no right listing needs, and lines of somebody's own do: numbers, powers, quotients, named functions.

    number   2   ½         scaled   2·da        power   h[t]²        quotient   da / T
    call     exp(z)   clip(da, 5)               prefix  Σ exp(z)     open       [h[t] > 0]

Nothing is derived from them, so they have no derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rnn_core.language.expressions import TIMES, After, Expression, bare


class Number(Expression):
    """A number as it is written."""

    __slots__ = ("number", "words")

    def __init__(self, words: str, number: float) -> None:
        super().__init__()
        self.words, self.number = words, number

    def _key(self) -> tuple[Any, ...]:
        return type(self), self.number

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """As it was written."""
        return self.words

    def value(self, *operands: Any, out: Any = None) -> Any:
        """The number."""
        return np.float64(self.number)

    def axes(self, of: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """None."""
        return ()


class Scaled(Expression):
    """A number times an array."""

    binding = TIMES
    pattern = (0, "·", 1)

    def _inside(self, at: int, text: str) -> str:
        return text if self.operands[at].binding >= TIMES else f"({text})"

    def value(self, *operands: Any, out: Any = None) -> Any:
        """number * v."""
        return np.multiply(operands[0], operands[1], out)

    def axes(self, of: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """Those of the array."""
        return self.operands[1].axes(of)


class Power(Expression):
    """An array squared or cubed, element by element."""

    __slots__ = ("exponent",)

    def __init__(self, base: Expression, exponent: int) -> None:
        super().__init__(base)
        self.exponent = exponent

    @property
    def pattern(self) -> tuple[str | int, ...]:  # type: ignore[override]  # a property where the others have a constant
        """h[t]² or h[t]³."""
        return (0, "²" if self.exponent == 2 else "³")

    def _inside(self, at: int, text: str) -> str:
        return f"({text})" if self.operands[at].binding <= TIMES else text

    def _key(self) -> tuple[Any, ...]:
        return type(self), self.operands, self.exponent

    def value(self, *operands: Any, out: Any = None) -> Any:
        """v ** exponent."""
        return np.power(operands[0], self.exponent, out)


class Quotient(Expression):
    """One array over another, element by element."""

    binding = TIMES
    pattern = (0, " / ", 1)

    def value(self, *operands: Any, out: Any = None) -> Any:
        """u / v."""
        return np.divide(operands[0], operands[1], out)

    def axes(self, of: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """Those of the one that has any."""
        return self.operands[0].axes(of) or self.operands[1].axes(of)


class Call(Expression):
    """A function by its name; `prefix` functions make one number of a vector and are written before it: Σ z."""

    __slots__ = ("function", "name", "prefix")

    def __init__(self, name: str, function: Callable[..., Any], *operands: Expression, prefix: bool = False) -> None:
        super().__init__(*operands)
        self.name, self.function, self.prefix = name, function, prefix

    def _key(self) -> tuple[Any, ...]:
        return type(self), self.operands, self.name

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """exp(z), Σ exp(z)."""
        inner = ", ".join(operand.text(timed, after) for operand in self.operands)
        if not self.prefix:
            return f"{self.name}({inner})"
        return f"{self.name} ({inner})" if self.operands[0].binding <= TIMES else f"{self.name} {inner}"

    def value(self, *operands: Any, out: Any = None) -> Any:
        """What the function answers."""
        return self.function(*operands)
