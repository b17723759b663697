"""Loops made from a listing, for any cell.

What does not depend on the past is computed for all timesteps at once: whole lines, and parts of lines such as U·x[t].
What is left is a sequence of calls, each of which writes into a row that exists already. A line on which no state
depends waits until the loop is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any

import numpy as np

from rnn_core.arrays import Array
from rnn_core.language.expressions import Apply, Expression, Name, Product, Slice, Slope, Stack, Sum, evaluate
from rnn_core.language.lines import Instruction
from rnn_core.loops.loop import Loop, Progress, Rows, portions, prepared
from rnn_core.model import Sizes
from rnn_core.program import Program

Call = tuple[Callable[..., Any], tuple[Array, ...], Array]
"""A function, the rows of its operands over time, and the rows (or the one array) that it writes into."""


def loops(program: Program, sizes: Sizes, rows: Rows, often: bool, carried: bool) -> tuple[Loop, Loop]:
    """The forward and the backward loop."""
    cell = [line for line in program.forward if line.name in dict(program.cell.lines)]
    names = {register.name for register in program.series.values() if register.phase == "backward"}
    back = [line for line in program.backward if line.op == "=" and line.name in names and line.name != "dz"]
    return _Phase(program, sizes, rows, often, cell, True).made(), _Phase(
        program, sizes, rows, often, back, False
    ).made()


class _Phase:
    """One phase of a listing: its lines in three groups, before, inside and after the loop."""

    def __init__(
        self, program: Program, sizes: Sizes, rows: Rows, often: bool, lines: list[Instruction], forward: bool
    ) -> None:
        self.program, self.sizes, self.rows, self.forward = program, sizes, rows, forward
        self.length = len(rows["dz"])
        self.often = often
        self.weights: dict[str, Array] = {}
        """Copies of the parameters that the calls read: `load` fills them."""
        self.hoisted: list[tuple[Expression, Array]] = []
        """Parts of lines that are computed before the loop, and where to."""
        self.calls: list[Call] = []
        self.given: Array = np.empty(0)
        past = {f"{state}[t-1]" for state in program.cell.states} if forward else set(program.carries)
        self.past = _reached(lines, past)
        ahead = _needed(lines, set(program.cell.states) if forward else set(program.carries))
        self.before = [line for line in lines if line.name not in self.past]
        self.inside = [line for line in lines if line.name in self.past and line.name in ahead]
        self.after = [line for line in lines if line.name in self.past and line.name not in ahead]

    def made(self) -> Loop:
        """The loop."""
        for line in self.inside:
            self._call(line.expression, self._target(line.name))
        cut = 0 if self.forward else self.program.truncation
        arrays = [array for _, operands, out in self.calls for array in (*operands, out)]
        ordered = [array if self.forward or array.ndim == 1 else array[::-1] for array in arrays]
        timed = [array for array in ordered if array.ndim == 2]
        parts = prepared(portions(self.length, cut), self.often, *timed)
        carried = [self.rows[name][::-1] for name in self.program.carries]

        def load(weights: Any) -> None:
            for name in self.program.parameters:
                held = self.weights.setdefault(name, np.empty_like(weights[name]))
                held[:] = weights[name]

        def run(given: Array, progress: Progress) -> None:
            self.given = given
            if not self.forward:
                for rows in carried:
                    rows[0] = 0.0
            for line in self.before:
                self.rows[line.name][:] = self._over_time(line.expression)
            for expression, out in self.hoisted:
                out[:] = self._over_time(expression)
            for stop, is_cut, rows_of in parts:
                streams = iter(rows_of)
                chain: list[Iterable[Any]] = []
                for function, operands, out in self.calls:
                    sources = [next(streams) if each.ndim == 2 else repeat(each) for each in (*operands, out)]
                    chain.append(map(function, *sources))
                for _ in zip(*chain, strict=False):  # a call between rooms has no end of its own
                    pass
                if is_cut:
                    for rows in carried:
                        rows[stop] = 0.0
                progress(stop)
            for line in self.after:
                self.rows[line.name][:] = self._over_time(line.expression)

        return Loop(load, run)

    # -- all timesteps at once -----------------------------------------------------------------------------------

    def _over_time(self, expression: Expression) -> Any:
        return evaluate(expression, self._rows)

    def _rows(self, name: Name) -> Any:
        """What a name holds, a row for each timestep 1 … T; parameters as they are."""
        if name.name in self.program.parameters:
            return self.weights.setdefault(name.name, self._room(name.name))
        if name.name == "x":
            return self.given
        rows = self.rows[name.name]
        if name.name in self.program.carries:
            return rows[1:]  # what is carried into a timestep
        if name.name in self.program.cell.states:
            return rows[:-1] if name.shift else rows[1:]
        return rows

    def _target(self, name: str) -> Array:
        rows: Array = self.rows[name]
        if name in self.program.carries:
            return rows[:-1]
        return rows[1:] if name in self.program.cell.states else rows

    # -- the calls -------------------------------------------------------------------------------------------------

    def _depends(self, expression: Expression) -> bool:
        """Whether an expression needs what the loop computes."""
        states = self.program.cell.states
        return any(
            name.name in self.past or (self.forward and name.shift and name.name in states) or
            (not self.forward and name.name in self.program.carries)
            for name in expression.names()
        )  # fmt: skip

    def _source(self, expression: Expression) -> Array:
        """The rows in which an operand is found, by calls made now or before the loop."""
        if isinstance(expression, Name):
            rows: Array = self._rows(expression)
            return rows
        if isinstance(expression, Slice):
            view: Array = expression.value(self._source(expression.operands[0]))
            return view
        width = self._width(expression)
        if not self._depends(expression):
            out = np.empty((self.length, width))
            self.hoisted.append((expression, out))
            return out
        room = np.empty(width)
        self._call(expression, room)
        return room

    def _call(self, expression: Expression, out: Array) -> None:
        """The calls that compute an expression into `out`."""
        if isinstance(expression, Name | Slice):
            self.calls.append((_copy, (self._source(expression),), out))
        elif isinstance(expression, Stack):
            for at, block in enumerate(expression.operands):
                width = out.shape[-1] // len(expression.operands)
                source, into = self._source(block), out[..., at * width : (at + 1) * width]
                if not np.shares_memory(source, into):
                    self.calls.append((_copy, (source,), into))
        elif isinstance(expression, Product):
            matrix, vector = expression.operands
            assert isinstance(matrix, Name)
            held = self.weights.setdefault(matrix.name, self._room(matrix.name))
            self.calls.append(((held.T if expression.transposed else held).dot, (self._source(vector),), out))
        elif isinstance(expression, Sum):
            free = [part for part in expression.operands if not self._depends(part)]
            bound = [part for part in expression.operands if self._depends(part)]
            sources = [self._source(part) for part in bound]
            if free:
                whole = Sum.of({str(at): part for at, part in enumerate(free)})
                sources.insert(0, self._source(whole))
            self.calls.append((np.add, (sources[0], sources[1]), out))
            for source in sources[2:]:
                self.calls.append((np.add, (out, source), out))
        else:
            sources = [self._source(operand) for operand in expression.operands]
            self.calls.append((_filling(expression), tuple(sources), out))

    def _room(self, name: str) -> Array:
        registers = self.program.registers[name]
        return np.empty([self.sizes.extent(axis, self.program.cell.blocks) for axis in registers.axes])

    def _width(self, expression: Expression) -> int:
        axes = {name: register.axes[-1:] for name, register in self.program.registers.items()}
        axes |= {name: self.program.registers[name].axes for name in self.program.parameters}
        return self.sizes.extent(expression.axes(axes)[-1], self.program.cell.blocks)


def _filling(expression: Expression) -> Callable[..., Any]:
    """The operation as a function of its operands and the row that it writes."""
    if isinstance(expression, Apply):
        return expression.function.value
    if isinstance(expression, Slope):
        return expression.function.slope
    return lambda *operands: expression.value(*operands[:-1], out=operands[-1])


def _copy(source: Array, out: Array) -> Array:
    out[:] = source
    return out


def _read(line: Instruction) -> set[str]:
    """What a line reads, another timestep's states by their text."""
    return {name.text() for name in line.expression.names()}


def _reached(lines: list[Instruction], past: set[str]) -> set[str]:
    """The registers that depend on the past."""
    found = set(past)
    for line in lines:
        if _read(line) & found:
            found.add(line.name)
    return found


def _needed(lines: list[Instruction], ahead: set[str]) -> set[str]:
    """The registers on which the states to come depend."""
    found = set(ahead)
    for line in reversed(lines):
        if line.name in found:
            found |= _read(line)
    return found
