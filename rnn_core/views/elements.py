"""One element of an expression, and the elements that it is made of.

Rule this file keeps: every number comes from the trace; operations compute with their own `value`, nothing else does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnn_core.arrays import Array
from rnn_core.language.expressions import (
    Apply,
    Complement,
    Expression,
    Minus,
    Name,
    Product,
    Slice,
    Slope,
    Stack,
    Times,
    evaluate,
)
from rnn_core.trace import Trace

ELEMENTWISE = ["Times", "Apply", "Slope", "Complement", "Minus", "Sum"]


class Terms(NamedTuple):
    """The products that add up to an element of M·v, and how the j-th is named."""

    left: Array
    right: Array
    name: Callable[[int], str]


class At(NamedTuple):
    """A timestep of a trace, for which a line's names are read."""

    trace: Trace
    t: int

    def read(self, name: Name) -> Any:
        """What a name holds for a line at this timestep: parameters as they were before the update."""
        trace = self.trace
        if name.name in trace.program.parameters:
            return trace.params[name.name]
        if name.name == "weight":  # of the loss of a timestep
            return 1.0 if trace.options.reduction == "sum" else 1.0 / max(trace.sequence.target_count, 1)
        return trace.over_time(name)[self.t - 1]

    def text(self, name: Name, *index: int) -> str:
        """How an element of a name is written: W[2,4], h[3][2], b[0]."""
        if name.name in self.trace.program.parameters:
            return f"{name.name}[{','.join(map(str, index))}]"
        return f"{name.name}[{self.t + name.shift}]{''.join(f'[{at}]' for at in index)}"

    def element(self, expression: Expression, i: int) -> float:
        """The i-th element of an expression, with no more computed than it needs."""
        if isinstance(expression, Name):
            return float(self.read(expression)[i])
        if isinstance(expression, Product):
            products = self.terms(expression, i)
            return float(products.left @ products.right)
        if isinstance(expression, Slice):
            (stack,) = expression.operands
            return self.element(stack, expression.at * self.trace.sizes.hidden + i)
        if isinstance(expression, Stack):
            block, at = divmod(i, self.trace.sizes.hidden)
            return self.element(expression.operands[block], at)
        if type(expression).__name__ in ELEMENTWISE:
            operands = [np.float64(self.element(operand, i)) for operand in expression.operands]
            return float(expression.value(*operands))
        return float(np.ravel(evaluate(expression, self.read))[i])

    def terms(self, product: Product, i: int) -> Terms:
        """The products of a row of M, or of a column where it is transposed, with v."""
        matrix, vector = product.operands
        assert isinstance(matrix, Name)
        weights = self.read(matrix)
        left = weights[:, i] if product.transposed else weights[i]
        right = self.read(vector) if isinstance(vector, Name) else evaluate(vector, self.read)

        def name(j: int) -> str:
            entry = self.text(matrix, j, i) if product.transposed else self.text(matrix, i, j)
            factor = self.text(vector, j) if isinstance(vector, Name) else f"({vector.text()})[{j}]"
            return f"{entry}·{factor}"

        return Terms(left, right, name)

    def written(self, expression: Expression, i: int) -> str:
        """An element as its expression is written, by the names of its operands: f[3][1]·s[2][1]."""
        if isinstance(expression, Minus):
            return f"-{self.written(expression.operands[0], i)}"
        if isinstance(expression, Times):
            return "·".join(self.written(operand, i) for operand in expression.operands)
        if isinstance(expression, Complement):
            return f"(1 - {self.written(expression.operands[0], i)})"
        if isinstance(expression, Apply):
            return f"{expression.function.name}({self.written(expression.operands[0], i)})"
        if isinstance(expression, Stack):
            block, unit = divmod(i, self.trace.sizes.hidden)
            return self.where(expression.operands[block], unit)
        if isinstance(expression, Name | Slice):
            return self.where(expression, i)
        text = expression.text(self.trace.program.timed)
        return f"({text})" if isinstance(expression, Slope) else text

    def where(self, expression: Expression, i: int) -> str:
        """How the i-th element of an operand is named: h[3][2], a[3][14] for a block's."""
        if isinstance(expression, Slice):
            (stack,) = expression.operands
            assert isinstance(stack, Name)
            return self.text(stack, expression.at * self.trace.sizes.hidden + i)
        return self.text(expression, i) if isinstance(expression, Name) else expression.text()
