"""Lines of a listing: `target op expression`, in one of three phases."""

from __future__ import annotations

from functools import cached_property
from typing import Literal as OneOf

from rnn_core.language.expressions import Expression, Name, Outer

Phase = OneOf["forward", "backward", "update"]
PHASES: tuple[Phase, ...] = ("forward", "backward", "update")
Op = OneOf["=", "+=", "-="]

CONSTANTS = frozenset(("lr", "weight", "steps", "T"))
"""Names that no line writes and that are not looked at as registers: the learning rate, 1/M, the updates made, T."""


class Instruction:
    """One line: the register it writes, how, from what; text, reads and writes follow.

    `timed` are the names that are written with their timestep.
    """

    def __init__(
        self,
        name: str,
        phase: Phase,
        op: Op,
        expression: Expression,
        *,
        timed: frozenset[str] = frozenset(),
        target: str = "",
        writes: tuple[str, ...] = (),
    ) -> None:
        self.name, self.phase, self.op, self.expression = name, phase, op, expression
        self.timed = timed
        self.target = target or Name(name).text(timed)
        self.writes = writes or (name,)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return f"{self.target} {self.op} {self.text}"

    @cached_property
    def text(self) -> str:
        """The right-hand side."""
        return self.expression.text(self.timed)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The registers it reads; a line that subtracts reads what it writes, too."""
        own = (self.name,) if self.op == "-=" else ()
        read = (name.name for name in self.expression.names() if name.name not in CONSTANTS)
        return tuple(dict.fromkeys((*own, *read)))

    @cached_property
    def factors(self) -> tuple[Name, Name | None] | None:
        """The two names whose outer product the line adds; the second is None for a vector. None for other lines."""
        if self.phase != "backward" or self.op != "+=":
            return None
        if isinstance(self.expression, Name):
            return self.expression, None
        if not isinstance(self.expression, Outer):
            return None
        left, right = self.expression.operands
        return (left, right) if isinstance(left, Name) and isinstance(right, Name) else None

    def replaced(self, expression: Expression, op: Op | None = None) -> Instruction:
        """The same line with another right-hand side."""
        return Instruction(
            self.name, self.phase, op or self.op, expression,
            timed=self.timed, target=self.target, writes=self.writes,
        )  # fmt: skip

    def written_with(self, timed: frozenset[str]) -> Instruction:
        """The same line, these names written with their timestep."""
        return Instruction(self.name, self.phase, self.op, self.expression, timed=timed, writes=self.writes)
