"""What the names of an expression mean at one position of a trace.

Rules this file keeps:
- A name holds what `Trace.value` says, bit for bit; a series indexed by a timestep is that row, if it is written.
- What is not written yet raises NotComputed, which makes a condition false.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_core.program import Program
from rnn_core.trace import Trace

NUMBERS = ("t", "k", "T", "N", "update", "epoch", "lr")
BOOLEANS = ("in_forward", "in_backward", "in_update")
MOST_SWEPT = 2**22
"""Elements of a series of which all rows are computed at once: 32 MB for each function."""


class NotComputed(Exception):  # noqa: N818  # not a mistake: a state that conditions read as false
    """A name that has no value yet at this position."""


def names(trace: Trace) -> tuple[str, ...]:
    """The names that mean something in this run."""
    return (*NUMBERS, *BOOLEANS, *registers(trace))


def registers(trace: Trace) -> tuple[str, ...]:
    """The names of this run that lines write or that are given with it."""
    return trace.names


def over_time(trace: Trace) -> tuple[str, ...]:
    """The names that a timestep indexes: the series and the data."""
    return (*trace.program.series, "x", "y")


def writers(program: Program, name: str) -> tuple[str, ...]:
    """The lines after which a name's value may differ; t and the phases follow the line about to run."""
    register = program.registers.get(name)
    if register is not None and register.kind == "series":
        return (register.line,) if register.line in program.lines else ()
    if name in ("k", "N", "T", "lr", "update", "epoch") or (register is not None and register.kind == "given"):
        return tuple(line.name for line in program) if name == "k" else ()
    if name in ("t", *BOOLEANS):
        return tuple(line.name for phase in (program.forward, program.backward, program.update) for line in phase[-1:])
    return tuple(line.name for line in program if name in line.writes)


class Scope:
    """The registers of a trace at position `k`; `k` may be moved, which is what makes a search fast.

    One that `sweeps` will be asked at many positions: what can be computed of all rows at once is.
    """

    def __init__(self, trace: Trace, k: int, *, sweeps: bool = False) -> None:
        self.trace = trace
        self.k = k
        self._sweeps = sweeps
        self._swept: dict[object, Any] = {}
        borders = trace.program.borders(len(trace))
        self._borders = borders
        self._last = trace.end - 1
        self._length = len(trace)
        self._lines = len(trace.program.forward), len(trace.program.backward)
        program = trace.program
        self._registers = {name for name, of in program.registers.items() if of.kind not in ("series", "sum")}
        self._arrays = {name: getattr(trace, name) for name in over_time(trace)}
        self._at = {
            name: (program.phase(of.phase).index(program.instruction(of.line)), of.backward, int(of.given))
            for name, of in program.series.items()
            if of.phase is not None and of.line in program.lines
        }

    def number(self, name: str) -> Any:
        """The numbers and the phases, of the line that runs next; at the end, of the last one. Epochs count from 1."""
        trace, k = self.trace, min(self.k, self._last)
        if name == "k":
            return np.float64(self.k)
        _, backward, update, _ = self._borders
        if name == "t":
            if k < backward:
                return np.float64(k // self._lines[0] + 1)
            return np.float64(len(trace) - (k - backward) // self._lines[1]) if k < update else np.float64(0)
        if name == "in_forward":
            return np.bool_(k < backward)
        if name == "in_backward":
            return np.bool_(backward <= k < update)
        if name == "in_update":
            return np.bool_(k >= update)
        constants = {
            "T": len(trace), "N": trace.end, "update": trace.update, "epoch": trace.epoch + 1,
            "lr": trace.options.learning_rate,
        }  # fmt: skip
        return np.float64(constants[name])

    def latest(self, name: str) -> Any:
        """The value last written to a register. Raises NotComputed."""
        if name in self._at:
            rows = self._arrays[name]
            first, last = self._written(name)
            if first == last:
                raise NotComputed(name)
            return rows[first] if self._at[name][1] else rows[last - 1]
        if name in self.trace.program.sums and (value := self.trace.value(name, self.k)) is not None:
            return value
        if name in self._registers:
            if (value := self.trace.value(name, self.k)) is None:
                raise NotComputed(name)
            return np.float64(value) if value.ndim == 0 else value
        raise NotComputed(name)

    def swept(self, name: str, of: Callable[[Any], Any]) -> Any:
        """What a function of each row gives for the row of a series written last. Raises NotComputed."""
        rows = self._swept.get(of)
        if rows is None:
            rows = self._swept[of] = of(self._arrays[name])
        first, last = self._written(name)
        if first == last:
            raise NotComputed(name)
        return rows[first] if self._at[name][1] else rows[last - 1]

    def sweeps(self, name: str) -> bool:
        """Whether functions of a series are computed of all its rows at once."""
        return self._sweeps and name in self._at and self._arrays[name].size <= MOST_SWEPT

    def at(self, name: str, t: int) -> Any:
        """A series at timestep t. Raises NotComputed where that row is not written."""
        rows = self._arrays[name]
        row = t - self.first_timestep(name)
        first, last = self._written(name) if name in self._at else (0, len(rows))
        if not first <= row < last:
            raise NotComputed(name)
        return np.float64(rows[row]) if rows.ndim == 1 else rows[row]

    def first_timestep(self, name: str) -> int:
        """0 for states and what is carried, 1 for all others."""
        return 1 - self._at[name][2] if name in self._at else 1

    def _written(self, name: str) -> tuple[int, int]:
        """First and last row written, as `Trace.written` gives them."""
        at, backward, given = self._at[name]
        start, lines = (self._borders[1], self._lines[1]) if backward else (0, self._lines[0])
        ran = (self.k - start - at - 1) // lines + 1
        ran = (0 if ran < 0 else ran if ran < self._length else self._length) + given
        rows = self._length + given
        return (rows - ran, rows) if backward else (0, ran)
