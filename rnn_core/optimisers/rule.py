"""What an optimiser is: its lines for one parameter θ, what they keep of it from update to update, its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rnn_core.language.expressions import Expression, Name
from rnn_core.language.functions import Pattern
from rnn_core.language.lines import Op


class Formula(Expression):
    """A right-hand side of the update: its text, and a function of the operands that works element by element.

    The function takes `out`, written and answered, and `room`, overwritten; both have the operands' shape. `out` may be
    the first operand.
    """

    __slots__ = ("_pattern", "function", "stays")

    def __init__(self, pattern: Pattern, function: Callable[..., Any], *operands: Name, stays: float = 1.0) -> None:
        super().__init__(*operands)
        self._pattern, self.function, self.stays = pattern, function, stays

    @property
    def pattern(self) -> Pattern:  # type: ignore[override]  # a property where the others have a constant
        """As it was given."""
        return self._pattern

    def value(self, *operands: Any, out: Any = None, room: Any = None) -> Any:
        """What the function makes."""
        return self.function(*operands, out, room)


UpdateLine = tuple[str, Op, Formula]
"""The slot that is written (θ itself is the empty one), how, and from what."""


class Rule(NamedTuple):
    """One optimiser."""

    kind: str
    lines: Callable[[Mapping[str, float], str], tuple[UpdateLine, ...]]
    """(its numbers, the name of θ) → the lines that update θ."""
    slots: tuple[str, ...] = ()
    """m, v, both or none: what it keeps of every parameter, in the order in which its lines write it."""
    numbers: Mapping[str, float] = {}
    """Its numbers by name, and their usual values."""
    example: str = ""
    """How it is written with numbers of one's own."""
    epsilon: float = 0.0
    """What keeps the division from one by zero; 0 where nothing is divided."""
    corrections: Callable[[Mapping[str, float], int], tuple[float, float]] = lambda _numbers, _n: (1.0, 1.0)
    """What m and v are divided by in update n."""
    shares: Mapping[str, Callable[[Mapping[str, float]], tuple[float, float]]] = {}
    """For each slot, what the old is multiplied by to stay, and the gradient (or its square) to be added."""
    scales: bool = False
    """Whether a step is the gradient times lr, and nothing else."""
