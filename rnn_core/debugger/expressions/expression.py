"""A checked expression, and what is asked of it: its value, its truth, when it may change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

import numpy as np

from rnn_core.debugger.expressions.functions import Value
from rnn_core.debugger.expressions.scope import NotComputed, Scope, writers
from rnn_core.errors import UsageError, quoted
from rnn_core.program import Program
from rnn_core.records import dataclass
from rnn_core.trace import Trace

Evaluate = Callable[[Scope], Value]


class Elsewhere(UsageError):  # noqa: N818  # named for what was met, as the others of its family are
    """An index that moves with the run and leads nowhere at this position; at another it may fit."""


@dataclass(frozen=True, eq=False)
class Expression:
    """A checked expression: its text, the names it reads, and how to evaluate it."""

    text: str
    reads: frozenset[str]
    evaluate: Evaluate = field(repr=False)
    comparison: bool
    """Whether it is a condition by its form, one that becomes true, and not a value that changes."""
    constant: bool
    """Whether it reads nothing that a run writes."""
    sides: tuple[tuple[str, Evaluate], ...] = field(repr=False, default=())
    """The values that its comparisons compare, as text and function: what a stop shows beside the threshold."""

    def value(self, scope: Scope) -> Value:
        """Its value at the scope's position. Raises NotComputed, or UsageError where the arithmetic has no answer."""
        with np.errstate(all="ignore"):
            return self.evaluate(scope)

    def true(self, scope: Scope) -> bool:
        """Whether it holds: false where something is not computed. Raises UsageError for a vector."""
        try:
            value = self.value(scope)
        except NotComputed:
            return False
        return truth(value, self.text)

    def check_truth(self, trace: Trace) -> None:
        """Raise UsageError where it has several values and can be no condition."""
        for k in tryouts(trace):
            try:
                truth(self.value(Scope(trace, k)), self.text)
            except (NotComputed, Elsewhere):
                continue
            return

    def writers(self, program: Program) -> frozenset[str]:
        """The lines after which its value may differ."""
        return frozenset(line for name in self.reads for line in writers(program, name))


def truth(value: Value, text: str) -> bool:
    """The truth of a scalar. Raises UsageError for anything with more elements."""
    if value.ndim == 0:
        return bool(value)
    if value.size != 1:
        raise UsageError(
            f"{quoted(text)} has {value.size} values, a condition has one", fix="use any(), all() or norm()"
        )
    return bool(value.ravel()[0])


def tryouts(trace: Trace) -> tuple[int, ...]:
    """Positions that between them have everything: the end, and before the last lines of backward and forward."""
    _, backward, update, _ = trace.program.borders(len(trace))
    return trace.end, update - 1, backward - 1


def latest_write(trace: Trace, lines: frozenset[str], k: int) -> int:
    """The position right after the last of these lines to run by position k; 0 where none has."""
    latest = 0
    timesteps = len(trace)
    for name in lines:
        ran = trace.program.times_run(name, k, timesteps)
        if ran:
            phase = trace.program.instruction(name).phase
            t = {"forward": ran, "backward": timesteps - ran + 1, "update": 0}[phase]
            latest = max(latest, trace.program.number(phase, t, name, timesteps))
    return latest
