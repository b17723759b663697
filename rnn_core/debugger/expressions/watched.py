"""A displayed expression at a position: its value, its change by the last line, its course over time."""

from __future__ import annotations

import numpy as np

from rnn_core.debugger.expressions import Expression, NotComputed, Scope, compile_expression
from rnn_core.debugger.expressions.showing import shown
from rnn_core.errors import RnnError
from rnn_core.records import dataclass
from rnn_core.remembering import remembered
from rnn_core.trace import Trace

COURSE = 12
"""Writes that the course over time goes back."""


@dataclass(frozen=True)
class Watched:
    """What the watches panel shows of an expression; `change` is None for what is not one number."""

    text: str
    shown: str
    change: float | None
    course: tuple[float, ...]


@remembered
def _compiled(trace: Trace, text: str) -> Expression | str:
    try:
        return compile_expression(text, trace)
    except RnnError as error:
        return str(error)


def watched(trace: Trace, k: int, text: str) -> Watched:
    """The expression `text` at position k; an expression that does not fit this run says why."""
    expression = _compiled(trace, text)
    if isinstance(expression, str):
        return Watched(text, expression, None, ())
    try:
        words = shown(expression.evaluate, Scope(trace, k))
    except RnnError as error:
        return Watched(text, str(error), None, ())
    now, before = _number(expression, trace, k), _number(expression, trace, k - 1)
    change = now - before if now is not None and before is not None and now != before else None
    return Watched(text, words, change, _course(trace, expression, k))


def _number(expression: Expression, trace: Trace, k: int) -> float | None:
    if k < 0:
        return None
    try:
        value = expression.value(Scope(trace, k))
    except (NotComputed, RnnError):
        return None
    return float(value) if np.ndim(value) == 0 else None


def _course(trace: Trace, expression: Expression, k: int) -> tuple[float, ...]:
    """The values after each of the last writes of what the expression reads, oldest first."""
    program, timesteps = trace.program, len(trace)
    places: list[int] = []
    for name in expression.writers(program):
        line = program.instruction(name)
        ran = program.times_run(name, k, timesteps)
        if line.phase == "update":
            turns = [0] if ran else []
        elif line.phase == "forward":
            turns = list(range(max(1, ran - COURSE + 1), ran + 1))
        else:
            turns = list(range(timesteps - ran + 1, min(timesteps, timesteps - ran + COURSE) + 1))
        places += [program.number(line.phase, t, name, timesteps) for t in turns]
    values = (_number(expression, trace, place) for place in sorted(places)[-COURSE:])
    return tuple(value for value in values if value is not None)
