"""What made a number: the lines and timesteps whose results were added up to it, the largest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rnn_core import kernels
from rnn_core.data import NO_TARGET
from rnn_core.model import PARAMETERS, Array
from rnn_core.optimisers import ALL_KEPT, corrections
from rnn_core.trace import FACTORS, GRADIENTS, Trace
from rnn_core.views.explainers import factor_series
from rnn_core.views.numbers import short
from rnn_core.views.options import Cell
from rnn_core.views.update_explainers import shares_of, times


class Contribution(NamedTuple):
    """One part: its value, what it is, and the position right after the line that made it."""

    value: float
    what: str
    k: int


def contributions(trace: Trace, k: int, cell: Cell) -> list[Contribution]:
    """The parts of a cell's value at position k, the largest first; none for what is given or has no target.

    They add up to the value. What a function made of one other number (h, p, da, nll) names that number instead.
    """
    makers: dict[str, Callable[[Trace, int, Cell], list[Contribution]]] = {
        **dict.fromkeys(GRADIENTS, _gradient), "loss": _loss, "a": _a, "z": _z, "dh": _dh, "dh_next": _dh_next,
        "h": _same("a"), "p": _same("z"), "nll": _same("z"), "dz": _dz, "da": _same("dh"),
        **dict.fromkeys(PARAMETERS, _parameter), **dict.fromkeys(ALL_KEPT, _kept),
    }  # fmt: skip
    if cell.name not in makers:
        return []
    found = makers[cell.name](trace, k, cell)
    return sorted(found, key=lambda part: -abs(part.value) if part.value == part.value else -np.inf)


def _after(trace: Trace, phase: str, t: int, line: str) -> int:
    number: int = trace.program.number(phase, t, line, len(trace))  # type: ignore[arg-type]  # a phase's name
    return number


def _gradient(trace: Trace, k: int, cell: Cell) -> list[Contribution]:
    count = trace.program.times_run(cell.name, k, len(trace))
    left, right = (factor_series(trace, f, at) for f, at in zip(FACTORS[cell.name], (*cell.index, 0), strict=False))
    with np.errstate(all="ignore"):
        products: Array = (left * right)[len(trace) - count :]
    first, every = _after(trace, "backward", len(trace), cell.name), len(trace.program.backward)
    parts = [
        Contribution(value, f"line {cell.name} at t={t}", first + (len(trace) - t) * every)
        for t, value in enumerate(products.tolist(), start=len(trace) - count + 1)
    ]
    if trace.clipped is None or not trace.program.times_run("clip", k, len(trace)):
        return parts
    before, after = (float(getattr(made, cell.name[1:])[cell.index]) for made in (trace.gradients, trace.clipped))
    return [*parts, Contribution(after - before, "line clip", _after(trace, "update", 0, "clip"))]


def _loss(trace: Trace, k: int, cell: Cell) -> list[Contribution]:
    count = trace.program.times_run("loss", k, len(trace))
    steps = np.diff(trace.running_loss[:count], prepend=0.0)
    first, every = _after(trace, "forward", 1, "loss"), len(trace.program.forward)
    return [
        Contribution(value, f"line loss at t={t}", first + (t - 1) * every)
        for t, value in enumerate(steps.tolist(), start=1)
    ]


def _a(trace: Trace, k: int, cell: Cell) -> list[Contribution]:
    t, i = cell.index
    p = trace.params
    here = _after(trace, "forward", t, "a")
    before = _after(trace, "forward", t - 1, "h") if t > 1 else here
    parts = [Contribution(float(p.b[i]), f"bias b[{i}]", here)]
    inputs = (p.U[i] * trace.x[t - 1]).tolist()
    parts += [Contribution(value, f"U[{i},{j}]·x[{t}][{j}]", here) for j, value in enumerate(inputs)]
    recurrent = (p.W[i] * trace.h[t - 1]).tolist()
    return parts + [Contribution(value, f"W[{i},{j}]·h[{t - 1}][{j}]", before) for j, value in enumerate(recurrent)]


def _z(trace: Trace, k: int, cell: Cell) -> list[Contribution]:
    t, j = cell.index
    p = trace.params
    made = _after(trace, "forward", t, "h")
    parts = [Contribution(float(p.c[j]), f"bias c[{j}]", _after(trace, "forward", t, "z"))]
    products = (p.V[j] * trace.h[t]).tolist()
    return parts + [Contribution(value, f"V[{j},{i}]·h[{t}][{i}]", made) for i, value in enumerate(products)]


def _dz(trace: Trace, k: int, cell: Cell) -> list[Contribution]:
    t, j = cell.index
    target = int(trace.y[t - 1])
    if target == NO_TARGET:
        return []
    weight = kernels.loss_weight(trace.y, trace.options.reduction)
    made = _after(trace, "forward", t, "p")
    parts = [Contribution(weight * float(trace.p[t - 1, j]), f"p[{t}][{j}]{'/M' if weight != 1.0 else ''}", made)]
    here = _after(trace, "backward", t, "dz")
    return [*parts, Contribution(-weight, f"the target, class {j}", here)] if target == j else parts


def _dh(trace: Trace, k: int, cell: Cell) -> list[Contribution]:
    t, i = cell.index
    made = _after(trace, "backward", t, "dz")
    local = (trace.params.V[:, i] * trace.dz[t - 1]).tolist()
    parts = [Contribution(value, f"V[{j},{i}]·dz[{t}][{j}]", made) for j, value in enumerate(local)]
    if t == len(trace):
        return parts
    return parts + _dh_next(trace, k, Cell("dh_next", (t, i)))


def _dh_next(trace: Trace, k: int, cell: Cell) -> list[Contribution]:
    t, i = cell.index
    if t == len(trace) or trace.program.is_cut("dh_next", t + 1):
        return []
    made = _after(trace, "backward", t + 1, "da")
    products = (trace.params.W[:, i] * trace.da[t]).tolist()
    return [Contribution(value, f"W[{j},{i}]·da[{t + 1}][{j}]", made) for j, value in enumerate(products)]


def _same(source: str) -> Callable[[Trace, int, Cell], list[Contribution]]:
    """A value made from one other: the line that wrote that one."""

    def make(trace: Trace, k: int, cell: Cell) -> list[Contribution]:
        t = cell.index[0]
        if t == 0 or (cell.name == "nll" and trace.y[t - 1] == NO_TARGET):
            return []
        phase = trace.program.instruction(source).phase
        at = cell.index[-1] if len(cell.index) > 1 else int(trace.y[t - 1])
        value = float(getattr(trace, source)[t - 1, at])
        return [Contribution(value, f"{source}[{t}][{at}]", _after(trace, phase, t, source))]

    return make


def _parameter(trace: Trace, k: int, cell: Cell) -> list[Contribution]:
    if not trace.program.times_run(cell.name, k, len(trace)):
        return []
    before = float(getattr(trace.params, cell.name)[cell.index])
    lr, optimiser = trace.options.learning_rate, trace.options.optimiser
    parts = _gradient(trace, k, Cell(f"d{cell.name}", cell.index))
    scale, words = -lr, "-lr"
    if "m" in optimiser.slots:
        parts = _kept(trace, k, Cell(f"m{cell.name}", cell.index))
    if "v" in optimiser.slots:
        v = float(np.asarray(trace.value(f"v{cell.name}", k))[cell.index])
        first, second = corrections(optimiser, trace.state.steps + 1) if optimiser.kind == "adam" else (1.0, 1.0)
        with np.errstate(all="ignore"):
            scale = float(np.divide(-lr / first, np.sqrt(v / second) + optimiser.epsilon))
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
