"""What the operands of a line make, beside the number that was found: where a line does not do what it says.

Rule this file keeps: the operands are those that the listing names, as they were when the line ran.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnn_core.errors import RnnError
from rnn_core.language.expressions import Name, evaluate
from rnn_core.program import Phase
from rnn_core.trace import Trace
from rnn_core.views.cells import cell_value, line_cell
from rnn_core.views.numbers import short
from rnn_core.views.options import Cell, View
from rnn_core.views.parts import Part, Row

DIGITS = 4


def claimed_row(trace: Trace, k: int, view: View) -> Row:
    """The explained number twice: by the operands of its line, and as it was found. At the start, what to do.

    Empty where no line wrote it.
    """
    cell = view.pinned or line_cell(trace, trace.place(k), view.units)
    found = cell_value(trace, k, cell) if cell is not None else None
    made = by_operands(trace, k, cell) if cell is not None else None
    if k == 0 and view.pinned is None:
        return Part("In one line the number found is not what the operands make: ", "dim"), Part(
            "answer LINE CAUSE", "result"
        )
    if found is None or made is None:
        return ()
    return (
        Part("the operands make ", "dim"), Part(short(made, DIGITS), "value"),
        Part("   found ", "dim"), Part(short(found, DIGITS), "result"),
    )  # fmt: skip


def by_operands(trace: Trace, k: int, cell: Cell) -> float | None:
    """What the line that wrote a cell by position k makes of its operands; None where none wrote it."""
    number = _line_number(trace, k, cell)
    if number is None:
        return None
    place = trace.program.place(number, len(trace))
    line = place.instruction
    with np.errstate(all="ignore"):
        value = evaluate(line.expression, lambda name: _operand(trace, number - 1, place.t, name))
        if len(line.writes) > 1:
            value = value[line.writes.index(cell.name)]
        if line.op != "=":
            before = trace.value(cell.name, number - 1)
            value = (0.0 if before is None else before) + (value if line.op == "+=" else -value)
    series = trace.program.registers[cell.name].kind == "series"
    return float(np.asarray(value)[cell.index[1:] if series else cell.index])


def _line_number(trace: Trace, k: int, cell: Cell) -> int | None:
    """The number of the line that wrote the cell last by position k."""
    register, T = trace.program.registers[cell.name], len(trace)
    phase: Phase | None = register.phase
    if phase is None or not register.line or register.line not in trace.program.lines:
        return None
    if register.kind == "series":
        t = cell.index[0] + 1 if register.given and register.backward else cell.index[0]
    elif phase == "update":
        t = 0
    else:
        ran = trace.program.times_run(register.line, k, T)
        t = T - ran + 1 if phase == "backward" else ran
    try:
        number = trace.program.number(phase, t, register.line, T)
    except RnnError:  # a row that is given: h[0], and what is carried into t = T
        return None
    return number if number <= k else None


def _operand(trace: Trace, k: int, t: int, name: Name) -> Any:
    """What a name held for a line at timestep t that ran when k lines had."""
    options, of = trace.options, name.name
    constants = {
        "lr": options.learning_rate,
        "weight": 1.0 if options.reduction == "sum" else 1.0 / max(trace.sequence.target_count, 1),
        "steps": trace.state.steps,
        "T": len(trace),
    }
    if of in constants:
        return constants[of]
    if of in ("x", "y"):
        return (trace.x if of == "x" else trace.y)[t - 1 + name.shift]
    if of in trace.program.timed:
        return trace.rows[of][t + name.shift - trace.program.registers[of].first_timestep]
    value = trace.value(of, k)
    if value is None:  # what is carried before anything was: zeros
        return np.zeros(trace.sizes.hidden) if of in trace.program.carries else 0.0
    return value
