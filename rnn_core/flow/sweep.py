"""The backward lines of a listing run for many losses at once: vector-Jacobian products, a batch a step.

Each row of a batch is the gradient of the loss of one timestep t alone. After j steps it stands at timestep t - j. So
all rows take the same step together, each with the values of its own timestep: one matrix product a step.

Rules this file keeps:
- Nothing is written down for a cell: the lines are the listing's own (`language.carrying`).
- A row is scaled by powers of two on its way, so that it neither vanishes into denormal numbers nor overflows.
- Parts of lines without a gradient in them are computed once, for all timesteps together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from rnn_core.arrays import Array
from rnn_core.language.carrying import assignments, carrying
from rnn_core.language.derivation import gradient_of
from rnn_core.language.expressions import Expression, Name, evaluate
from rnn_core.language.lines import Instruction
from rnn_core.remembering import remembered
from rnn_core.trace import Trace

Rows = slice | NDArray[np.intp]
"""The timesteps that the rows of a batch stand at, counted from 0; of a slice of one, all rows stand there."""
Registers = dict[str, Array]
"""A batch (n,·) for each gradient register."""
Made = Callable[[Registers, Rows], Any]

RESCALED = 8
"""Steps between two scalings of the rows: a factor of 1e15 a step, up or down, is survived."""


class Step(NamedTuple):
    """Where the gradients stand after `lag` steps back."""

    lag: int
    first: int
    """The index of the first loss that has a row in `carried`; the losses before have come to the initial state."""
    carried: Registers
    """By its register, what is carried into timestep t - lag; nothing at lag 0."""
    registers: Registers
    """The gradient registers of timestep t - lag. A loss that has come to the initial state, the first, has no row."""
    log2: Array
    """(n,) the power of two that each row of `carried` and `registers` is yet to be multiplied by, from `first` on."""


class _Ready:
    """A line, made ready when it first runs: what it takes from all timesteps is work."""

    def __init__(self, line: Instruction) -> None:
        self.name, self.expression = line.name, line.expression
        self.made: Made | None = None


class Backward:
    """The backward lines of a trace's listing, ready to be run for batches."""

    def __init__(self, trace: Trace) -> None:
        self._trace = ref(trace)  # it is remembered for the trace, which must not live on by that
        self.carries: tuple[str, ...] = trace.program.carries
        self.states: tuple[str, ...] = trace.program.cell.states
        backward = trace.program.backward
        later = carrying(backward, self.carries)
        self.linear: set[str] = {*self.carries, *(line.name for line in later)}
        """The registers that are linear in the gradient carried into a timestep."""
        own = [line.name for line in assignments(backward) if line.name not in self.linear]
        first = [line for line in carrying(backward, own) if line.name in self.linear]
        self._first, self._later = list(map(_Ready, first)), list(map(_Ready, later))

    @property
    def trace(self) -> Trace:
        """The trace whose lines these are."""
        trace = self._trace()
        assert trace is not None  # whoever asks has it
        return trace

    def entering(self, rows: Rows, until: str = "") -> Registers:
        """The gradient registers of these timesteps, of each timestep's own loss alone; up to one of them."""
        names = [line.name for line in self._first]
        return self._run(self._first[: names.index(until) + 1 if until in names else None], {}, rows)

    def passed(self, carried: Registers, rows: Rows) -> Registers:
        """The gradient registers of these timesteps, of what is carried into them alone."""
        return self._run(self._later, dict(carried), rows)

    def sweep(self, losses: range | NDArray[np.intp], lags: int, *, cut: bool = True) -> Iterator[Step]:
        """The losses of these timesteps (ascending, from 1) carried back `lags` steps, or to the initial state.

        With `cut`, nothing passes a border of the run's truncation windows.
        """
        t = np.asarray(losses, dtype=np.intp)
        window = self.trace.program.truncation if cut else 0
        is_run = isinstance(losses, range) and losses.step == 1
        first, log2, carried, registers = 0, np.zeros(len(t)), Registers(), Registers()
        for lag in range(lags + 1):
            if lag:
                carried = self._handed(registers)
                gone = int(np.searchsorted(t, lag))  # these had come to the initial state a step before
                first, log2 = gone, log2[gone - first :]
                if first == len(t):
                    return
                if window:
                    borders = ((t[first:] - lag) % window == 0) & (t[first:] > lag)
                    carried = {name: np.where(borders[:, None], 0.0, rows) for name, rows in carried.items()}
                if lag % RESCALED == 0:
                    carried, log2 = _rescaled(carried, log2)
            begins = int(np.searchsorted(t, lag, side="right"))
            at: Rows = t[begins:] - lag - 1
            if is_run:
                at = slice(int(t[0]) + begins - lag - 1, int(t[-1]) - lag)
            if not lag:
                registers = self.entering(at)
            else:
                registers = self.passed({name: rows[begins - first :] for name, rows in carried.items()}, at)
            yield Step(lag, first, carried, registers, log2)

    def jacobian(self, t: int) -> Array:
        """(S,S) ∂state[t]/∂state[t-1], the states of the cell one below the other: S is H, or 2H of an LSTM."""
        hidden = self.trace.sizes.hidden
        seeds = np.eye(len(self.carries) * hidden)
        carried = {name: seeds[:, at * hidden : (at + 1) * hidden] for at, name in enumerate(self.carries)}
        with np.errstate(all="ignore"):
            return np.concatenate(list(self._handed(self.passed(carried, slice(t - 1, t))).values()), axis=1)

    def _handed(self, registers: Registers) -> Registers:
        """What a timestep carries to the one before; zeros where a changed listing has no line for it."""
        made = {line.name for line in self._later}
        like = registers[gradient_of(self.states[0])]
        return {name: registers[name] if name in made else np.zeros_like(like) for name in self.carries}

    # -- lines made ready --------------------------------------------------------------------------------------------

    def _run(self, lines: Iterable[_Ready], registers: Registers, rows: Rows) -> Registers:
        with np.errstate(all="ignore"):
            for line in lines:
                if line.made is None:
                    line.made = self.made(line.expression)
                registers[line.name] = line.made(registers, rows)
        return registers

    def made(self, expression: Expression) -> Made:
        """The expression as a function of the gradients so far and of the timesteps."""
        names = {name.name for name in expression.names()}
        if not names & self.linear:
            held = evaluate(expression, self._over_time)
            if names <= set(self.trace.program.parameters):
                return lambda _registers, _rows: held
            return lambda _registers, rows: held[rows]
        if isinstance(expression, Name):
            name = expression.name
            return lambda registers, _rows: registers[name]
        operands, value = [self.made(operand) for operand in expression.operands], expression.value
        return lambda registers, rows: value(*[operand(registers, rows) for operand in operands])

    def _over_time(self, name: Name) -> Array:
        """Parameters as they are, everything else as rows of the timesteps 1 … T."""
        parameters = self.trace.params
        return parameters[name.name] if name.name in parameters else self.trace.over_time(name)


def _rescaled(carried: Registers, log2: Array) -> tuple[Registers, Array]:
    """Rows whose largest element is about 1, and the powers of two that this took away."""
    peaks = np.max([np.max(np.abs(rows), axis=1, initial=0.0) for rows in carried.values()], axis=0)
    exponents = np.frexp(np.where(np.isfinite(peaks), peaks, 0.0))[1]
    scaled = {name: np.ldexp(rows, -exponents[:, None]) for name, rows in carried.items()}
    return scaled, log2 + exponents


@remembered
def backward(trace: Trace) -> Backward:
    """The backward lines of a trace, made ready once."""
    return Backward(trace)
