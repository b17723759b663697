"""The program being debugged: the listing of one gradient computation, and the arithmetic of its positions.

A position k means "k lines have run", 0 ≤ k ≤ N. The forward lines run for t = 1 … T, the backward lines for
t = T … 1, the update lines once. So division turns a position into a place (phase, t, line) and back, and
nothing is stored for each timestep.

    forward lines of the cell and its output → derived backward lines → update lines of the optimiser

Rules this file keeps:
- The listing is data: it is shown and run by walking the tuple.
- A program with a line replaced or left out is a program, too.
- Time counts from 1. The update has no timestep: t = 0 there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from rnn_core.arrays import Arrays
from rnn_core.cells import Cell
from rnn_core.errors import RnnError, UsageError
from rnn_core.language.derivation import carried_to, derived, gradient_of
from rnn_core.language.expressions import After, Expression, Name, bare
from rnn_core.language.lines import PHASES as PHASES
from rnn_core.language.lines import Instruction as Instruction
from rnn_core.language.lines import Op
from rnn_core.language.lines import Phase as Phase
from rnn_core.language.registers import Register as Register
from rnn_core.language.registers import registers
from rnn_core.model import RNN, parameter_axes, parameter_names
from rnn_core.outputs import Output, output
from rnn_core.outputs.classes import cross_entropy as cross_entropy
from rnn_core.records import dataclass
from rnn_core.updates import Clip, Options, clip_gradients


class Place(NamedTuple):
    """Where a line stands in the run: its phase, its timestep (0 in the update) and its instruction."""

    phase: Phase
    t: int
    instruction: Instruction


class NonFiniteNorm(RnnError):  # noqa: N818  # named for what was met, as the others of its family are
    """Clipping met gradients whose norm is not a number to clip by."""


class ClipAll(Expression):
    """All gradients rewritten, and their norm before."""

    __slots__ = ("clip",)

    def __init__(self, clip: Clip, gradients: tuple[str, ...]) -> None:
        super().__init__(*map(Name, gradients))
        self.clip = clip

    def _key(self) -> tuple[Any, ...]:
        return type(self), self.operands, self.clip

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """One formula for all of them."""
        limit = repr(self.clip.limit).removesuffix(".0")
        return f"min(1, {limit}/(‖d‖+1e-6))·d…" if self.clip.kind == "norm" else f"clamp(d…, ±{limit})"

    def value(self, *operands: Any, out: Any = None) -> Any:
        """The clipped gradients, then the norm. Raises NonFiniteNorm."""
        gradients = Arrays({name.name: array for name, array in zip(self.names(), operands, strict=True)})
        norm = gradients.norm()
        if not np.isfinite(norm):
            raise NonFiniteNorm(f"the gradient norm is {norm}", where="clip", fix="the update does not run")
        return (*clip_gradients(gradients, self.clip).values(), np.float64(norm))


@dataclass(frozen=True, eq=False)
class Program:
    """A listing in its three phases, and where each of its lines stands in a run of T timesteps."""

    forward: tuple[Instruction, ...]
    backward: tuple[Instruction, ...]
    update: tuple[Instruction, ...]
    truncation: int = 0
    """Timesteps in a window of truncated BPTT; 0 where time is not cut."""
    cell: Cell = RNN
    output: Output = output()
    other: bool = False
    """Whether lines were replaced or left out, so that only the interpreter knows what it computes."""

    @cached_property
    def carries(self) -> tuple[str, ...]:
        """The registers of what is carried to the timestep before: dh_next."""
        return tuple(map(carried_to, self.cell.states))

    @cached_property
    def timed(self) -> frozenset[str]:
        """The names that are read at a timestep by their index: data, states, what the backward lines read."""
        return _timed(self.forward, self.backward, self.cell)

    @cached_property
    def registers(self) -> Mapping[str, Register]:
        """Every name of the listing: what its indices count, which line writes it, its first row, its factors."""
        return MappingProxyType(
            registers(
                self.forward, self.backward, self.update, parameter_axes(self.cell), self.cell.states,
                self.cell.stacked, self.output.timestep_loss, self.output.takes_values,
            )
        )  # fmt: skip

    @cached_property
    def series(self) -> Mapping[str, Register]:
        """The registers that have a row for each timestep."""
        return self._of("series")

    @cached_property
    def sums(self) -> Mapping[str, Register]:
        """The gradients of the parameters, summed over time: dU dW dV db dc."""
        return self._of("sum")

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The parameters: U W V b c, and what else the cell has."""
        return parameter_names(self.cell)

    @cached_property
    def kept(self) -> tuple[str, ...]:
        """What the optimiser keeps, in the order of its lines: mU vU mW vW …"""
        return tuple(self._of("kept"))

    @cached_property
    def lines(self) -> frozenset[str]:
        """The names of all lines."""
        return frozenset(line.name for line in self)

    def _of(self, kind: str) -> Mapping[str, Register]:
        return {name: register for name, register in self.registers.items() if register.kind == kind}

    def begins_window(self, t: int) -> bool:
        """Whether timestep t is the first of a truncation window that is not the first window."""
        return 0 < self.truncation < t and (t - 1) % self.truncation == 0

    def is_cut(self, line: str, t: int) -> bool:
        """Whether the line `line` does not run at timestep t: a window begins there, and nothing is carried past it."""
        return line in self.carries and self.begins_window(t)

    def replacing(self, name: str, expression: Expression, op: Op | None = None) -> Program:
        """The program with another right-hand side in the line `name`. Raises UsageError."""
        return self._changed({name: self.instruction(name).replaced(expression, op)})

    def without(self, name: str) -> Program:
        """The program with the line `name` left out. Raises UsageError."""
        self.instruction(name)
        return self._changed({name: None})

    def _changed(self, changes: Mapping[str, Instruction | None]) -> Program:
        phases: dict[str, list[Instruction]] = {
            phase: [line for each in self.phase(phase) if (line := changes.get(each.name, each)) is not None]
            for phase in PHASES
        }
        timed = _timed(phases["forward"], phases["backward"], self.cell)
        forward, backward = (
            tuple(line.written_with(timed) for line in phases[phase]) for phase in ("forward", "backward")
        )
        return replace(self, forward=forward, backward=backward, update=tuple(phases["update"]), other=True)

    def window(self, t: int, timesteps: int) -> tuple[int, int]:
        """The first and the last timestep of the truncation window that t is in."""
        if not self.truncation:
            return 1, timesteps
        first = (t - 1) // self.truncation * self.truncation + 1
        return first, min(first + self.truncation - 1, timesteps)

    def phase(self, name: Phase) -> tuple[Instruction, ...]:
        """The lines of one phase, in order."""
        lines: tuple[Instruction, ...] = getattr(self, name)
        return lines

    def __iter__(self) -> Iterator[Instruction]:
        """The lines in order."""
        return iter((*self.forward, *self.backward, *self.update))

    @cached_property
    def _standing(self) -> Mapping[str, tuple[Phase, int]]:
        """Where each name is first written: the phase, and how many of its lines come before."""
        backwards = [(line.name, (phase, at)) for phase in PHASES for at, line in enumerate(self.phase(phase))][::-1]
        return dict(backwards)

    def _stands(self, name: str) -> tuple[Phase, int]:
        found = self._standing.get(name)
        if found is None:
            raise UsageError(f'no line "{name}"', fix="one of " + " ".join(line.name for line in self))
        return found

    def instruction(self, name: str) -> Instruction:
        """The line that writes `name`. Raises UsageError."""
        phase, at = self._stands(name)
        return self.phase(phase)[at]

    def length(self, timesteps: int) -> int:
        """N: how many lines one run over T timesteps has."""
        return timesteps * (len(self.forward) + len(self.backward)) + len(self.update)

    def borders(self, timesteps: int) -> tuple[int, int, int, int]:
        """The positions where forward, backward and update begin, and N."""
        backward = timesteps * len(self.forward)
        update = backward + timesteps * len(self.backward)
        return 0, backward, update, update + len(self.update)

    def place(self, line: int, timesteps: int) -> Place:
        """Where the line numbered `line` (1 … N: the one run last at position `line`) stands."""
        _, backward, update, end = self.borders(timesteps)
        if not 1 <= line <= end:
            raise UsageError(f"no line number {line}", fix=f"1 to {end}")
        index = line - 1
        if index < backward:
            passed, at = divmod(index, len(self.forward))
            return Place("forward", passed + 1, self.forward[at])
        if index < update:
            passed, at = divmod(index - backward, len(self.backward))
            return Place("backward", timesteps - passed, self.backward[at])
        return Place("update", 0, self.update[index - update])

    def number(self, phase: Phase, t: int, name: str, timesteps: int) -> int:
        """The number of a line in the run, the inverse of `place`. Raises UsageError."""
        start = self.borders(timesteps)[PHASES.index(phase)]
        lines = self.phase(phase)
        names = [line.name for line in lines]
        if name not in names:
            raise UsageError(f'no line "{name}" in the {phase} phase', fix="one of " + " ".join(names))
        at = names.index(name) + 1
        if phase == "update":
            return start + at
        if not 1 <= t <= timesteps:
            raise UsageError(f"no timestep {t}", fix=f"1 to {timesteps}")
        passed = t - 1 if phase == "forward" else timesteps - t
        return start + passed * len(lines) + at

    def times_run(self, name: str, k: int, timesteps: int) -> int:
        """How often the line `name` has run at position k."""
        phase, at = self._stands(name)
        backward = timesteps * len(self.forward)
        if phase == "forward":
            start, lines, most = 0, len(self.forward), timesteps
        elif phase == "backward":
            start, lines, most = backward, len(self.backward), timesteps
        else:
            start, lines, most = backward + timesteps * len(self.backward), len(self.update), 1
        return min(max(0, (k - start - at - 1) // lines + 1), most)


@lru_cache(maxsize=64)
def program(options: Options = Options(), cell: Cell = RNN) -> Program:
    """The listing of a network with this cell under these options."""
    layer = output(options.loss)
    names = parameter_names(cell)
    forward = [
        Instruction(name, "forward", "+=" if name == "loss" else "=", expression)
        for name, expression in (*cell.lines, *layer.lines(options.reduction == "mean"))
    ]
    order = (*layer.order, *cell.order) if cell.order else ()
    backward = derived(forward, names, cell.states, cell.stacks, order)
    timed = _timed(forward, backward, cell)
    update = [line for name in names for line in options.optimiser.lines(name)]
    if options.clip:
        update.insert(0, _clip(options.clip, tuple(map(gradient_of, names))))
    return Program(
        tuple(line.written_with(timed) for line in forward),
        tuple(line.written_with(timed) for line in backward),
        tuple(update),
        options.truncation,
        cell,
        layer,
    )


def _clip(clip: Clip, gradients: tuple[str, ...]) -> Instruction:
    return Instruction("clip", "update", "=", ClipAll(clip, gradients), target="d…", writes=(*gradients, "clip_norm"))


def _timed(forward: Iterable[Instruction], backward: Iterable[Instruction], cell: Cell) -> frozenset[str]:
    """The names that a line reads at a timestep: by another timestep's line, or by the backward pass."""
    made = {line.name for line in forward if line.op == "="}
    read = {name.name for line in backward for name in line.expression.names()}
    return frozenset(("x", "y", *cell.states, *(made & read)))
