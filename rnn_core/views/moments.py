"""Positions between which nothing changes: what is seen of a name depends on the last line that wrote it, not on k.

    dW at k  =  dW at settled(trace, ("dW",), k)

Whoever shows only some names can take the settled position for k, and need not compute anything again while it stays.
"""

from __future__ import annotations

from typing import NamedTuple

from rnn_core.program import PHASES
from rnn_core.remembering import remembered
from rnn_core.trace import Trace
from rnn_core.trace_like import TraceLike

TIMESTEP = "t"
"""Stands among names for the timestep that the cursor is in."""


class _Writer(NamedTuple):
    """A line that runs at the positions first, first + apart, …, so many times at most."""

    first: int
    apart: int
    most: int


@remembered
def _writers(trace: TraceLike, names: tuple[str, ...]) -> tuple[_Writer, ...]:
    """The lines that write any of the names."""
    program, found = trace.program, []
    registers = [program.registers[name] for name in names if name in program.registers]
    lines = {*names, *(register.line for register in registers)}
    for phase, start in zip(PHASES, program.borders(len(trace))[:3], strict=True):
        instructions = program.phase(phase)
        for at, line in enumerate(instructions):
            if line.name in lines or lines & {*line.writes} or (at == 0 and TIMESTEP in names):
                found.append(_Writer(start + at + 1, len(instructions), 1 if phase == "update" else len(trace)))
    return tuple(found)


def since(trace: TraceLike, names: tuple[str, ...], k: int) -> int:
    """The position right after the last line by k that wrote one of the names; 0 before the first."""
    if not isinstance(trace, Trace):
        return k  # what it is a difference from may change at lines of its own
    last = 0
    for first, apart, most in _writers(trace, names):
        if k >= first:
            last = max(last, first + min((k - first) // apart, most - 1) * apart)
    return last


def settled(trace: TraceLike, names: tuple[str, ...], k: int) -> int:
    """A position at which the names hold what they hold at k; the last line wrote one of them there if it did at k."""
    last = since(trace, names, k)
    return last if last in (0, k) else last + 1
