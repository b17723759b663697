"""What the backward lines do with a gradient that comes from a later timestep, and with nothing else.

    dz      = p[t] - onehot(y[t])
    dh      = Vᵀ·dz + dh_next          dh      = dh_next
    da      = (1 - h[t]²) ⊙ dh    →    da      = (1 - h[t]²) ⊙ dh
    dh_next = Wᵀ·da                    dh_next = Wᵀ·da

The error of the timestep's own loss is left out, and so is each part of a sum that it makes. What stays is linear in
the carried gradient: the transposed Jacobian of one timestep. It follows from the listing, whatever the cell is.
"""

from __future__ import annotations

from collections.abc import Iterable

from rnn_core.language.expressions import Expression, Sum
from rnn_core.language.lines import Instruction


def assignments(backward: Iterable[Instruction]) -> tuple[Instruction, ...]:
    """The lines that write a register of each timestep; those that add to a sum over time are left out."""
    return tuple(line for line in backward if line.op == "=")


def carrying(backward: Iterable[Instruction], carries: Iterable[str]) -> tuple[Instruction, ...]:
    """The assignments with only that in them which depends on what is carried into the timestep."""
    reached, lines = set(carries), []
    for line in assignments(backward):
        expression = _carried(line.expression, reached)
        if expression is not None:
            reached.add(line.name)
            lines.append(line.replaced(expression))
    return tuple(lines)


def _carried(expression: Expression, reached: set[str]) -> Expression | None:
    """The expression without the parts that nothing carried reaches; None where that is all of it."""
    if not _reads(expression, reached):
        return None
    if not isinstance(expression, Sum):
        return expression
    parts = zip(expression.labels, expression.operands, strict=True)
    return Sum.of({label: part for label, part in parts if _reads(part, reached)})


def _reads(expression: Expression, names: set[str]) -> bool:
    return any(name.name in names for name in expression.names())
