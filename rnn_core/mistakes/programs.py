"""A mistake as a program: the listing with the mistake's line in place of the right one, for the interpreter to run.

Rules this file keeps:
- A mistake belongs to every listing that has its right line: that of dW is the LSTM's as well.
- Without a target there is no error at the logits, however wrong its line is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnn_core.errors import UsageError, quoted
from rnn_core.language.expressions import After, Expression, Name, bare
from rnn_core.language.reading import FUNCTIONS, Made, read_line
from rnn_core.mistakes.mistake import LISTING, Mistake
from rnn_core.outputs.classes import NO_TARGET, Softmax
from rnn_core.program import Instruction, Program, program


class Onehot(Expression):
    """1 at the target, or the inputs themselves, which are one-hot already; zeros without a target."""

    pattern = ("onehot(", 0, ")")

    def __init__(self, target: Expression) -> None:
        super().__init__(target, Name("p"))

    def value(self, *operands: Any, out: Any = None) -> Any:
        """(O,)"""
        y, p = operands
        return np.zeros(len(p)) if y == NO_TARGET else np.eye(len(p))[y]

    def axes(self, of: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """Those of p."""
        return self.operands[1].axes(of)


class AtTargets(Expression):
    """An error at the logits: zeros where there is no target, weighted as the loss is."""

    __slots__ = ("mean",)

    def __init__(self, error: Expression, mean: bool) -> None:
        super().__init__(error, Name("y"), Name("weight"))
        self.mean = mean

    def _key(self) -> tuple[Any, ...]:
        return type(self), self.operands, self.mean

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """The error; over M where the loss is a mean."""
        text = self.operands[0].text(timed, after)
        return f"({text}) / M" if self.mean else text

    def value(self, *operands: Any, out: Any = None) -> Any:
        """weight · error, or zeros."""
        error, y, weight = operands
        return weight * (np.zeros_like(error) if y == NO_TARGET else error)


_FUNCTIONS: dict[str, Made] = {**FUNCTIONS, "softmax": Softmax, "onehot": Onehot}


def right_line(mistake: Mistake, listing: Program) -> Instruction | None:
    """The line of the listing that the mistake replaces; None where the listing has another line there."""
    wanted = LISTING.get(mistake.replaces)
    if wanted is None:
        return None
    name = wanted.split("[")[0].split()[0]
    if name not in listing.lines:
        return None
    line = listing.instruction(name)
    return line if str(line) in {wanted, _over_M(wanted)} else None


def program_of(mistake: Mistake, listing: Program) -> Program | None:
    """The listing with the mistake in it; None where no line of it says the mistake."""
    line = right_line(mistake, listing) if mistake.replaced else None
    if line is None:
        return None
    try:
        return _with(listing, line, mistake.replaced)
    except UsageError as error:
        raise AssertionError(f"{mistake.name}: {error}") from None


def line_read(text: str, name: str) -> Program:
    """The listing of an rnn with the line `name` as somebody writes it. Raises UsageError."""
    listing = program()
    made = _with(listing, listing.instruction(name), text)
    known = {*listing.registers, "T", "lr"}
    line = made.instruction(name)
    if unknown := [each.name for each in line.expression.names() if each.name not in known | {"weight"}]:
        raise UsageError(f"no value {quoted(unknown[0])}", fix=f"one of {' '.join(listing.registers)}")
    return made


def _with(listing: Program, line: Instruction, text: str) -> Program:
    """The listing with a line as `text` has it. Raises UsageError."""
    name, op, expression = read_line(text, _FUNCTIONS)
    if name != line.name:
        raise UsageError(f"{quoted(text)} writes {name}", fix=f"write a line of {line.name}")
    if name == "dz":
        expression = AtTargets(expression, str(line) == _over_M(LISTING["dz"]))
    return listing.replacing(name, expression, op)


def _over_M(text: str) -> str:
    target, _, right = text.partition(" = ")
    return f"{target} = ({right}) / M"
