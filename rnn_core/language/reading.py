"""Reads a line of the listing's language: `dW += outer(da, h[t])` becomes an expression that the interpreter runs.

    sum     term + term - term              power   atom²   atom³
    term    dot ⊙ dot   dot / dot           atom    h[t-1]   W   2   ½   (sum)   tanh(sum)   Σ atom   [sum > 0]
    dot     power·dot   power(sum)

A matrix and what stands behind its dot are a product; ᵀ transposes. Two other things with a dot, or with nothing
between them, are multiplied. Timesteps are written or not, as a listing does: da[t] is da. `Wᵀ·da[t+1]` is what is
carried, the register dh_next; h[0] is the initial state h0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from rnn_core.errors import UsageError, quoted
from rnn_core.language.arithmetic import Call, Number, Power, Quotient, Scaled
from rnn_core.language.expressions import Apply, Expression, Minus, Name, Outer, Product, Slope, Sum, Times
from rnn_core.language.functions import RELU, SIGMOID, TANH
from rnn_core.language.lines import Op

Made = Callable[..., Expression]


def _called(name: str, function: Callable[..., object], prefix: bool = False) -> Made:
    return lambda *operands: Call(name, function, *operands, prefix=prefix)


FUNCTIONS: Mapping[str, Made] = {
    "outer": Outer,
    "tanh": lambda argument: Apply(TANH, argument),
    "sigmoid": lambda argument: Apply(SIGMOID, argument),
    "σ": lambda argument: Apply(SIGMOID, argument),
    "exp": _called("exp", np.exp),
    "clip": _called("clip", lambda array, limit: np.clip(array, -limit, limit)),
}
"""What stands before parentheses."""

PREFIXES: Mapping[str, Made] = {
    "log": _called("log", np.log, prefix=True),
    "Σ": _called("Σ", np.sum, prefix=True),
    "max": _called("max", np.max, prefix=True),
    "mean": _called("mean", np.mean, prefix=True),
}
"""What stands before a value."""

MATRICES = frozenset("UWV")
LONGEST, DEEPEST, MOST_OUTER = 200, 20, 2
"""Characters of an expression, parentheses in parentheses, and outer products: more is no line of a listing."""
_CARRIED = re.compile(r"Wᵀ·da\[t\+1\]")
_TOKEN = re.compile(r"\s*(?:([A-Za-z_][A-Za-z0-9_]*|Σ|σ)|(\d+(?:\.\d+)?|½)|(.))")
_INDEX = re.compile(r"\[(?:t([+-]\d+)?|(0))\]")


class Line(NamedTuple):
    """A line as it was read."""

    name: str
    op: Op
    expression: Expression


def read_line(text: str, functions: Mapping[str, Made] = FUNCTIONS) -> Line:
    """The line in `text`: a name, = or += or -=, and an expression. Raises UsageError."""
    found = re.fullmatch(r"(\w+)(?:\[t\])?\s*(=|\+=|-=)\s*(.+)", text.strip())
    if found is None:
        raise UsageError(f"{quoted(text)} is no line", fix="write it as dW += outer(da, h[t-1])")
    name, op, right = found.groups()
    ops: dict[str, Op] = {"=": "=", "+=": "+=", "-=": "-="}
    return Line(name, ops[op], read(right, functions))


def read(text: str, functions: Mapping[str, Made] = FUNCTIONS) -> Expression:
    """The expression in `text`; `functions` are those that may be called. Raises UsageError, saying where."""
    if len(text) > LONGEST or text.count("outer") > MOST_OUTER:
        raise UsageError(
            f"{quoted(text)} is too much for one line", fix=f"up to {LONGEST} characters, one outer product"
        )
    reader = _Reader(_CARRIED.sub("dh_next", text), functions)
    expression = reader.sum()
    reader.end()
    return expression


class _Reader:
    """Recursive descent over the text; `at` is where the next token begins."""

    def __init__(self, text: str, functions: Mapping[str, Made]) -> None:
        self.source, self.functions, self.at = text.rstrip(), functions, 0
        self.depth = 0

    def sum(self) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            raise UsageError(f"{self.source}: too many parentheses in each other", fix=f"up to {DEEPEST}")
        try:
            return self._sum()
        finally:
            self.depth -= 1

    def _sum(self) -> Expression:
        parts: dict[str, Expression] = {}
        sign = "-" if self.takes("-") else "+"
        while True:
            part = self.term()
            label = "carried" if part == Name("dh_next") else part.text()
            parts[label if label not in parts else f"{label} again"] = Minus(part) if sign == "-" else part
            if not (sign := self.takes("+", "-")):
                return Sum.of(parts)

    def term(self) -> Expression:
        left = self.dot()
        while operator := self.takes("⊙", "/"):
            left = (Times if operator == "⊙" else Quotient)(left, self.dot())
        return left

    def dot(self) -> Expression:
        left = self.power()
        transposed = self.takes("ᵀ") == "ᵀ"
        if self.takes("·"):
            right = self.dot()
            if isinstance(left, Name) and left.name in MATRICES:
                return Product(left, right, transposed)
            return _times(left, right)
        return _times(left, self.power()) if self.peek() == "(" else left

    def power(self) -> Expression:
        base = self.atom()
        while sign := self.takes("²", "³"):
            base = Power(base, 2 if sign == "²" else 3)
        return base

    def atom(self) -> Expression:
        name, number, _ = self.token()
        if number:
            return Number(number, 0.5 if number == "½" else float(number))
        if name in PREFIXES:
            return PREFIXES[name](self.power())
        if name and self.peek() == "(" and name in self.functions:
            return self.functions[name](*self.arguments())
        if name:
            return self.named(name)
        self.at -= 1
        if self.takes("("):
            inner = self.sum()
            self.needs(")")
            return inner
        if self.takes("["):
            inner = self.sum()
            self.needs(">")
            self.token()
            self.needs("]")
            return Slope(RELU, inner)
        raise self.wrong()

    def named(self, name: str) -> Name:
        index = _INDEX.match(self.source, self.at)
        if index is None:
            return Name(name)
        self.at = index.end()
        return Name(f"{name}0") if index[2] else Name(name, int(index[1] or 0))

    def arguments(self) -> list[Expression]:
        self.needs("(")
        found = [self.sum()]
        while self.takes(","):
            found.append(self.sum())
        self.needs(")")
        return found

    # -- tokens ----------------------------------------------------------------------------------------------------

    def token(self) -> tuple[str, str, str]:
        found = _TOKEN.match(self.source, self.at)
        if found is None:
            raise self.wrong()
        self.at = found.end()
        return found[1] or "", found[2] or "", found[3] or ""

    def peek(self) -> str:
        return self.source[self.at :].lstrip()[:1]

    def takes(self, *signs: str) -> str:
        """The sign that comes next, if it is one of these; it is passed then."""
        sign = self.peek()
        if not sign or sign not in signs:
            return ""
        self.at = self.source.index(sign, self.at) + 1
        return sign

    def needs(self, sign: str) -> None:
        if not self.takes(sign):
            raise self.wrong(sign)

    def end(self) -> None:
        if self.peek():
            raise self.wrong()

    def wrong(self, wanted: str = "") -> UsageError:
        rest = self.source[self.at :].strip()
        what = f"{quoted(rest)} cannot be read" if rest else "something is missing at the end"
        return UsageError(f"{self.source}: {what}", fix=f"{wanted} belongs there" if wanted else "")


def _times(left: Expression, right: Expression) -> Expression:
    return Scaled(left, right) if isinstance(left, Number) or left == Name("T") else Times(left, right)
