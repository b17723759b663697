"""What made a number: the lines and timesteps whose results were added up to it, the largest first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnn_core.data import NO_TARGET
from rnn_core.language.expressions import (
    Apply,
    Expression,
    Minus,
    Name,
    Product,
    Slice,
    Slope,
    Sum,
    Times,
)
from rnn_core.outputs.loss import LossGradient
from rnn_core.trace import Trace
from rnn_core.views.elements import At
from rnn_core.views.explainers import products_over_time
from rnn_core.views.here import Here
from rnn_core.views.numbers import short
from rnn_core.views.options import Cell
from rnn_core.views.update_explainers import shares_of, times


class Contribution(NamedTuple):
    """One part: its value, what it is, and the position right after the line that made it."""

    value: float
    what: str
    k: int


class Made(NamedTuple):
    """How a number was made: a sum of parts, or one function of what `parts` shows."""

    parts: tuple[Contribution, ...] = ()
    """The largest first; parts that are exactly zero are left out of a sum."""
    zeros: int = 0
    """How many parts were exactly zero."""
    function: str = ""
    """What was applied to the parts where the number is no sum: "softmax(z)"."""


def contributions(trace: Trace, k: int, cell: Cell) -> Made:
    """What made a cell's value at position k; no parts for what is given or has no target.

    The parts of a sum add up to the value. A number that a function made names its arguments instead.
    """
    register = trace.program.registers[cell.name]
    function = ""
    if register.kind == "sum":
        found = _gradient(trace, k, cell)
    elif register.kind == "loss":
        found = _loss(trace, k)
    elif register.kind == "parameter":
        found = _parameter(trace, k, cell)
    elif register.kind == "kept":
        found = _kept(trace, k, cell)
    elif register.kind == "series":
        found, function = _series(trace, cell)
    else:
        found = []
    found.sort(key=lambda part: -abs(part.value) if part.value == part.value else -np.inf)
    if function:
        return Made(tuple(found), 0, function)
    kept = tuple(part for part in found if part.value != 0.0)
    return Made(kept, len(found) - len(kept))


def _after(trace: Trace, t: int, line: str) -> int:
    """The position right after a line at timestep t."""
    phase = trace.program.instruction(line).phase
    return trace.program.number(phase, t, line, len(trace))


# -- rows over time --------------------------------------------------------------------------------------------


def _series(trace: Trace, cell: Cell) -> tuple[list[Contribution], str]:
    """The parts of an element of a series, and the function applied to them where it is no sum."""
    program, name, t = trace.program, cell.name, cell.index[0]
    register = program.registers[name]
    backward_state = name in program.carries
    if register.line not in program.lines or (t == 0 and not register.backward):
        return [], ""
    line_t = t + 1 if backward_state else t
    if line_t > len(trace) or program.is_cut(name, line_t):
        return [], ""
    line = program.instruction(register.line)
    if len(register.axes) == 1:
        return _timestep_loss(trace, t), program.output.timestep_loss
    made = _Made(trace, At(trace, line_t), line.name, cell.index[1])
    expression = line.expression
    if isinstance(expression, LossGradient):
        return made.error(expression), ""
    if expression.mixes:
        (whole,) = expression.names()
        read, k = trace.over_time(whole)[line_t - 1].tolist(), made.position(whole)
        parts = [Contribution(each, f"{whole.name}[{line_t + whole.shift}][{j}]", k) for j, each in enumerate(read)]
        return parts, expression.text(program.timed)
    if isinstance(expression, Apply | Times):
        return made.arguments(expression), expression.text(program.timed)
    return made.parts(expression), ""


class _Made:
    """The parts of the i-th element of what a line wrote at a timestep."""

    def __init__(self, trace: Trace, at: At, line: str, i: int) -> None:
        self.trace, self.at, self.i = trace, at, i
        self.here = _after(trace, at.t, line)

    def position(self, name: Name) -> int:
        """Right after the line that made a name; this line for what is given."""
        program, t = self.trace.program, self.at.t + name.shift
        register = program.registers.get(name.name)
        if register is None or register.kind in ("given", "parameter") or register.line not in program.lines:
            return self.here
        if name.name in program.carries:
            t += 1
        return _after(self.trace, t, register.line) if 1 <= t <= len(self.trace) else self.here

    def parts(self, expression: Expression) -> list[Contribution]:
        """Of a sum the parts of each part, of a product the terms, of a name its value."""
        if isinstance(expression, Sum):
            return [part for operand in expression.operands for part in self.parts(operand)]
        if isinstance(expression, Product):
            vector = expression.operands[1]
            terms = self.at.terms(expression, self.i)
            k = self.position(vector) if isinstance(vector, Name) else self.here
            with np.errstate(all="ignore"):
                products = (terms.left * terms.right).tolist()
            return [Contribution(value, terms.name(j), k) for j, value in enumerate(products)]
        if isinstance(expression, Name):
            return self._name(expression)
        names = [name for name in expression.names() if name.name not in self.trace.program.parameters]
        k = max((self.position(name) for name in names), default=self.here)
        return [Contribution(self.at.element(expression, self.i), self.at.written(expression, self.i), k)]

    def arguments(self, expression: Expression) -> list[Contribution]:
        """What a function or a product of factors is applied to, each with the line that made it."""
        if isinstance(expression, Times | Minus):
            return [part for operand in expression.operands for part in self.arguments(operand)]
        if isinstance(expression, Slope | Apply):
            return self.arguments(expression.operands[0])
        if isinstance(expression, Name | Slice):
            (name,) = expression.names()
            where = self.at.where(expression, self.i)
            return [Contribution(self.at.element(expression, self.i), where, self.position(name))]
        return self.parts(expression)

    def error(self, expression: LossGradient) -> list[Contribution]:
        """The answer and the target, both weighted."""
        trace, t, j = self.trace, self.at.t, self.i
        if not trace.sequence.has_target[t - 1]:
            return []
        weight = 1.0 / trace.sequence.target_count if trace.options.reduction == "mean" else 1.0
        answer = trace.rows[expression.answer][t - 1]
        return [
            Contribution(
                weight * each.value,
                f"{each.what}{'/M' * (weight != 1.0 and each.name is not None)}",
                self.here if each.name is None else self.position(each.name),
            )
            for each in expression.addends(answer, trace.y[t - 1], t, j)
            if each.name is not None or each.shown != "0"
        ]

    def _name(self, name: Name) -> list[Contribution]:
        program = self.trace.program
        if name.name in program.carries:
            after = self.at.t + 1
            if after > len(self.trace) or program.is_cut(name.name, after) or name.name not in program.lines:
                return []
            line = program.instruction(name.name)
            return _Made(self.trace, At(self.trace, after), line.name, self.i).parts(line.expression)
        what = self.at.where(name, self.i)
        if name.name in program.parameters:
            what = f"bias {what}"
        return [Contribution(self.at.element(name, self.i), what, self.position(name))]


def _timestep_loss(trace: Trace, t: int) -> list[Contribution]:
    """What the loss of a timestep was computed from."""
    if not trace.sequence.has_target[t - 1]:
        return []
    k, y = _after(trace, t, "z"), trace.y[t - 1]
    if trace.sequence.is_values:
        return [Contribution(float(z), f"z[{t}][{j}]", k) for j, z in enumerate(trace.z[t - 1])]
    return [Contribution(float(trace.z[t - 1, y]), f"z[{t}][{y}]", k)] if y != NO_TARGET else []


# -- sums over time and the update -----------------------------------------------------------------------------


def _gradient(trace: Trace, k: int, cell: Cell) -> list[Contribution]:
    count = trace.program.times_run(cell.name, k, len(trace))
    factors = trace.program.sums[cell.name].factors
    if factors is None or not count:
        return []
    products = products_over_time(Here(trace, k, cell, 0.0, 0), factors)[len(trace) - count :]
    first, every = _after(trace, len(trace), cell.name), len(trace.program.backward)
    parts = [
        Contribution(value, f"line {cell.name} at t={t}", first + (len(trace) - t) * every)
        for t, value in enumerate(products.tolist(), start=len(trace) - count + 1)
    ]
    if trace.clipped is None or not trace.program.times_run("clip", k, len(trace)):
        return parts
    before, after = (float(made[cell.name[1:]][cell.index]) for made in (trace.gradients, trace.clipped))
    return [*parts, Contribution(after - before, "line clip", _after(trace, 0, "clip"))]


def _loss(trace: Trace, k: int) -> list[Contribution]:
    count = trace.program.times_run("loss", k, len(trace))
    steps = np.diff(trace.running_loss[:count], prepend=0.0)
    first, every = _after(trace, 1, "loss"), len(trace.program.forward)
    return [
        Contribution(value, f"line loss at t={t}", first + (t - 1) * every)
        for t, value in enumerate(steps.tolist(), start=1)
    ]


def _parameter(trace: Trace, k: int, cell: Cell) -> list[Contribution]:
    if not trace.program.times_run(cell.name, k, len(trace)):
        return []
    before = float(trace.params[cell.name][cell.index])
    lr, optimiser = trace.options.learning_rate, trace.options.optimiser
    scale, words = -lr, "-lr"
    if "m" in optimiser.slots:
        parts = _kept(trace, k, Cell(f"m{cell.name}", cell.index))
    else:
        parts = _gradient(trace, k, Cell(f"d{cell.name}", cell.index))
    if "v" in optimiser.slots:
        v = float(np.asarray(trace.value(f"v{cell.name}", k))[cell.index])
        first, second = optimiser.rule.corrections(optimiser.numbers, trace.state.steps + 1)
        with np.errstate(all="ignore"):
            scale = float(np.divide(-lr / first, np.sqrt(v / second) + optimiser.rule.epsilon))
        words = f"{short(scale)}"
    return [
        Contribution(before, f"{cell.name} before the update", 0),
        *(Contribution(scale * part.value, f"{words} · {part.what}", part.k) for part in parts),
    ]


def _kept(trace: Trace, k: int, cell: Cell) -> list[Contribution]:
    """What stays of m or v, and what the gradient adds: to m each of its parts, to v the square of the whole."""
    name, d = cell.name, f"d{cell.name[1:]}"
    before = float(np.asarray(trace.state.kept(name))[cell.index])
    if not trace.program.times_run(name, k, len(trace)):
        return []
    stays, counts = shares_of(trace, name)
    old = Contribution(stays * before, f"{times(stays)}{name} before the update", 0)
    parts = _gradient(trace, k, Cell(d, cell.index))
    if name[0] == "m":
        return [old, *(Contribution(counts * part.value, f"{times(counts)}{part.what}", part.k) for part in parts)]
    whole = float(np.asarray(trace.value(d, k))[cell.index])
    made = max((part.k for part in parts), default=0)
    return [old, Contribution(counts * whole**2, f"{times(counts)}{d}²", made)]
