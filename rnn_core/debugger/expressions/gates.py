"""The blocks of what stacks gates: a[f] is the forget gate's part of a, W[f] its rows of W."""

from __future__ import annotations

import ast

from rnn_core.trace import Trace


def block_of(trace: Trace, name: str, bracket: ast.expr) -> slice | None:
    """The rows of a gate in what `name` stacks; None where the bracket is no gate, or nothing is stacked."""
    cell, register = trace.program.cell, trace.program.registers.get(name)
    if register is None or "stack" not in register.axes:
        return None
    if not isinstance(bracket, ast.Name) or bracket.id not in cell.gates:
        return None
    at, hidden = cell.gates.index(bracket.id), trace.sizes.hidden
    return slice(at * hidden, (at + 1) * hidden)
