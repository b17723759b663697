"""How far apart rounding alone may put a gradient of a trace and its exact value.

The operations' own errors are taken as independent of each other. So their squares add up, and are carried back by the
squares of the factors. All squares are in units of the machine's precision.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnn_core.arrays import Array
from rnn_core.language.derivation import gradient_of
from rnn_core.language.expressions import Expression, Name, Product, Slope, Stack, Sum, Times, evaluate
from rnn_core.outputs.loss import LossGradient
from rnn_core.trace import Trace

BITS = float(np.finfo(np.float64).eps)


def rounding(trace: Trace) -> dict[str, Array]:
    """The rounding error to expect of each gradient, shaped like it; of what is carried, that at the initial state."""
    squares = _Squares(trace)
    for t in range(len(trace), 0, -1):
        squares.timestep(t)
    found = {**squares.rows, **squares.carried}
    for name, register in trace.program.sums.items():
        if register.factors is None:
            found[name] = np.zeros(trace.gradients[name[1:]].shape)
            continue
        left, right = register.factors
        tops = squares.rows[left.name] + trace.rows[left.name] ** 2
        found[name] = tops.sum(axis=0) if right is None else tops.T @ trace.over_time(right) ** 2
    found["dx"] = squares.inputs()
    return {name: BITS * np.sqrt(np.where(np.isfinite(array), array, 0.0)) for name, array in found.items()}


def input_products(trace: Trace) -> list[tuple[str, str]]:
    """The lines that multiply the input, and by which matrix: a and U."""
    products = (
        (line.name, part.operands[0])
        for line in trace.program.forward
        for part in (line.expression, *line.expression.operands)
        if isinstance(part, Product) and part.operands[1] == Name("x")
    )
    return [(name, matrix.name) for name, matrix in products if isinstance(matrix, Name)]


class _Squares:
    """The squared errors of the backward registers, filled from the last timestep on."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        program = trace.program
        self.lines = [line for line in program.backward if line.name not in program.sums]
        series = {name: of for name, of in program.series.items() if of.phase == "backward"}
        self.rows = {name: np.zeros(trace.rows[name].shape) for name in series if name not in program.carries}
        self.carried = {name: np.zeros(trace.sizes.hidden) for name in program.carries}

    def timestep(self, t: int) -> None:
        """The lines of one timestep."""
        for line in self.lines:
            found = self._of(line.expression, t)
            if line.name in self.carried:
                cut = self.trace.program.is_cut(line.name, t)
                self.carried[line.name] = np.zeros_like(found) if cut else found
            else:
                self.rows[line.name][t - 1] = found

    def inputs(self) -> Array:
        """Those of the gradient by the inputs, (T,I)."""
        found = np.zeros(self.trace.x.shape)
        for line, matrix in input_products(self.trace):
            d = gradient_of(line)
            found += (self.rows[d] + self.trace.rows[d] ** 2) @ self.trace.params[matrix] ** 2
        return found

    def _value(self, expression: Expression, t: int) -> Any:
        return evaluate(expression, lambda name: self._read(name, t))

    def _read(self, name: Name, t: int) -> Any:
        trace = self.trace
        if name.name in trace.program.parameters:
            return trace.params[name.name]
        if name.name == "weight":
            return 1.0 if trace.options.reduction == "sum" else 1.0 / max(trace.sequence.target_count, 1)
        return trace.over_time(name)[t - 1]

    def _of(self, expression: Expression, t: int) -> Any:
        """The squared error of an expression: its operands', carried through it, and its own."""
        if isinstance(expression, Name):
            if expression.name in self.carried:
                return self.carried[expression.name]
            return self.rows[expression.name][t - 1] if expression.name in self.rows else 0.0
        if isinstance(expression, Product):
            matrix, vector = expression.operands
            squared = self._of(vector, t) + self._value(vector, t) ** 2
            return expression.value(self._value(matrix, t) ** 2, squared)
        if isinstance(expression, Times):
            u, v = expression.operands
            size = np.abs(self._value(u, t)) + (2.0 * BITS if isinstance(u, Slope) else 0.0)
            return size**2 * self._of(v, t) + self._value(v, t) ** 2 * self._of(u, t)
        if isinstance(expression, Slope):
            return np.full(np.shape(self._value(expression, t)), 4.0)  # 1 - h² is exact to 2 units of 1
        if isinstance(expression, Sum):
            return sum(self._of(part, t) for part in expression.operands)
        if isinstance(expression, Stack):
            return np.concatenate([self._of(part, t) for part in expression.operands])
        if isinstance(expression, LossGradient):
            answer, y, weight = (self._read(name, t) for name in expression.names())
            return (weight * expression.size(answer, y)) ** 2
        return sum((self._of(operand, t) for operand in expression.operands), 0.0)
