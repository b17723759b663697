"""The loss in complex numbers: what a small imaginary part somewhere in the run does to it.

Rules this file keeps:
- Only the forward lines are run, by the interpreter, and from the first timestep that what is added can change.
- What is added to a register is added right after its line has run, and the run goes on.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_core.arrays import Array
from rnn_core.interpreter import Registers, registers, run
from rnn_core.trace import Trace

STEP = 1e-20
"""ε: its square is nothing beside 1."""
STRIDE = 5000
"""Lines that are run between two reports of progress."""


class Objective:
    """The loss as the interpreter's forward lines compute it, and its derivatives along a direction v."""

    def __init__(self, trace: Trace, report: Callable[[], None]) -> None:
        self.program, self.timesteps, self.report = trace.program, len(trace), report
        first = registers(trace.params, trace.sequence, trace.options, trace.state, trace.start, trace.program)
        self.given = vars(first)
        self.end = self.program.borders(self.timesteps)[1]
        self.states: dict[str, dict[int, Array]] = {state: {**self.given[state]} for state in self.program.cell.states}
        self._run(self._registers(1), 0, self.end, keep=True)

    def drift(self, trace: Trace) -> float:
        """The largest difference between the states of a trace and the interpreter's."""
        worst = 0.0
        for state, held in self.states.items():
            apart = np.abs(trace.rows[state] - np.array([held[t] for t in range(self.timesteps + 1)]))
            worst = max(worst, float(np.max(apart[np.isfinite(apart)], initial=0.0)))
        return worst

    def by_parameter(self, name: str, v: Array) -> float:
        """Along v, a direction shaped like the parameter."""
        return self._finished(self._registers(1, **{name: _stepped(self.given[name], v)}), 0)

    def by_initial_state(self, state: str, v: Array) -> float:
        """Along v (H,) from h0, or s0."""
        return self._finished(self._registers(1, **{state: {0: _stepped(self.states[state][0], v)}}), 0)

    def by_input(self, v: Array) -> float:
        """Along v (T,I); the run begins at its first row that is not 0, because all before it stays real."""
        changed = {t: _stepped(self.given["x"][t], v[t - 1]) for t in _timesteps(v, 1)}
        t = min(changed)
        return self._finished(self._registers(t, x=ChainMap(changed, self.given["x"])), self._begins(t))

    def by_register(self, name: str, first: int, v: Array) -> float:
        """Along v, whose rows are added, from timestep `first` on, to what the line `name` writes."""
        timesteps = _timesteps(v, first)
        r, k = self._registers(timesteps[0]), self._begins(timesteps[0])
        for t in timesteps:
            line = self.program.number("forward", t, name, self.timesteps)
            self._run(r, k, line)
            r.write(name, t, _stepped(r.latest(name), v[t - first]))
            k = line
        return self._finished(r, k)

    def _begins(self, t: int) -> int:
        return (t - 1) * len(self.program.forward)

    def _registers(self, t: int, **changed: Any) -> Registers:
        """The registers before timestep t."""
        fresh: dict[str, Any] = {name: {} for name in self.program.timed - {"x", "y"}}
        fresh |= {state: {t - 1: held[t - 1]} for state, held in self.states.items()}
        return Registers(**{**self.given, **fresh, **changed})

    def _finished(self, r: Registers, start: int) -> float:
        self._run(r, start, self.end)
        return float(np.imag(r.loss)) / STEP

    def _run(self, r: Registers, start: int, stop: int, keep: bool = False) -> None:
        """Run lines and report on the way; of what is kept by timestep only what is still read stays behind."""
        timed = self.program.timed - {"x", "y"}
        for k in range(start, stop, STRIDE):
            run(self.program, r, self.timesteps, k, min(k + STRIDE, stop))
            if keep:
                for state, held in self.states.items():
                    held.update(getattr(r, state))
            for name in timed:
                setattr(r, name, dict(list(getattr(r, name).items())[-2:]))
            self.report()


def _stepped(array: Any, v: Array) -> Any:
    return array + 1j * STEP * v


def _timesteps(v: Array, first: int) -> list[int]:
    """The timesteps of the rows that are not all 0, where row 0 is timestep `first`."""
    return [first + int(row) for row in np.flatnonzero(v.any(axis=1))]
