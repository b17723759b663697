"""Breakpoints, watchpoints and logpoints: what they are, and how they are made ready for one trace.

Where they hit, and how a run is searched for the next stop, is in `stops.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rnn_core.debugger import expressions
from rnn_core.debugger.position.places import Location
from rnn_core.errors import UsageError, quoted
from rnn_core.records import dataclass
from rnn_core.remembering import remembered
from rnn_core.trace import Trace

if TYPE_CHECKING:
    from rnn_core.debugger.expressions import Expression


@dataclass(frozen=True)
class Breakpoint:
    """One entry of the list. `watch` is the expression of a watchpoint; a breakpoint has a `location`."""

    number: int
    location: Location | None = None
    watch: str = ""
    condition: str = ""
    temporary: bool = False
    enabled: bool = True
    ignore: int = 0
    log: str = ""
    """A message with {expressions}: it is written and the run goes on."""
    offered: str = ""
    """Why the program offers it; it stays off until the person accepts."""

    @property
    def kind(self) -> str:
        """What it is called."""
        if self.log:
            return "logpoint"
        return "watchpoint" if self.watch else "breakpoint"

    def __str__(self) -> str:
        condition = f" if {self.condition}" if self.condition else ""
        return f"{self.watch or self.location}{condition}"


@dataclass(frozen=True, eq=False)
class Compiled:
    """A breakpoint made ready for one trace."""

    point: Breakpoint
    watch: Expression | None
    condition: Expression | None
    messages: tuple[str | Expression, ...]


def compiled(trace: Trace, point: Breakpoint) -> Compiled:
    """Check a breakpoint's place and expressions against a trace. Raises UsageError."""
    if point.location and point.location.t is not None and not 1 <= point.location.t <= len(trace):
        raise UsageError(f"no timestep {point.location.t}", fix=f"1 to {len(trace)}")
    watch = expressions.compile_expression(point.watch, trace) if point.watch else None
    if watch is not None and watch.constant:
        raise UsageError(f"{quoted(point.watch)} never changes", fix="watch something that a line writes")
    condition = expressions.compile_expression(point.condition, trace) if point.condition else None
    for expression in (watch if watch and watch.comparison else None, condition):
        if expression is not None:
            expression.check_truth(trace)
    messages = template(point.log, trace) if point.log else ()
    return Compiled(point, watch, condition, messages)


compiled_once = remembered(compiled)
"""`compiled`, done once for each trace and breakpoint."""


def template(text: str, trace: Trace) -> tuple[str | Expression, ...]:
    """A log message cut into its texts and its {expressions}. Raises UsageError."""
    parts: list[str | Expression] = []
    for i, part in enumerate(re.split(r"\{([^{}]*)\}", text)):
        parts.append(expressions.compile_expression(part, trace) if i % 2 else part)
    return tuple(parts)


def filled(messages: tuple[str | Expression, ...], scope: expressions.Scope) -> str:
    """A log message with its values."""
    words = []
    for part in messages:
        words.append(part if isinstance(part, str) else expressions.shown(part.value, scope))
    return "".join(words)
