"""Gradient check: every gradient of a trace against the derivative of the loss by a complex step.

For a loss L that is analytic, Im L(θ + iε) / ε is ∂L/∂θ. No nearly equal numbers are subtracted, so ε can be tiny and
the derivative is exact to rounding (Squire and Trapp 1998). L is what the interpreter computes from the forward lines,
in complex numbers; the backward lines have no part in it. For a register, ε is added right after its line has run, and
the run goes on. By h[t] this gives dh[t], by a[t] da[t], by z[t] dz[t].

Rules this file keeps:
- A block is judged by norms, ‖analytic - numeric‖ / max(‖analytic‖, ‖numeric‖). A series is judged at each timestep
  alone: small gradients of early timesteps would not show beside late ones. A map has each element's own error.
- Where only a sample is checked, a random direction through all elements is checked too. A wrong element that the
  sample leaves out is found by halving.
- What rounding explains is no error: 1 - h² of a saturated unit and p - 1 of a sure output have few digits left.
- The same trace, sample size and seed give the same report. Gradients are those before clipping.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from rnn_core.arrays import Array, norm
from rnn_core.diagnostics.complex_step import Objective
from rnn_core.diagnostics.error_map import ErrorMap
from rnn_core.diagnostics.report import GOOD, Block, Element, Report, verdict_of
from rnn_core.diagnostics.rounding import input_products, rounding
from rnn_core.errors import UsageError
from rnn_core.language.derivation import carried_to, gradient_of
from rnn_core.progress import Progress, silent
from rnn_core.trace import Trace

MOST_RUNS = 20_000
BUDGET = 4.0
"""Seconds that the runs may take, by an estimate from sizes alone, so that the sample is always the same."""
LEAST = 2
"""Elements of a block that are looked at however long it takes."""
ROUNDINGS = 30.0
"""Times the expected rounding error that a difference may have."""
TINY = 1e-145
"""Blocks are not judged by less: the squares in which rounding errors are counted vanish there."""


def check(
    trace: Trace, *, timestep: int = 0, samples: int | None = None, seed: int = 0, progress: Progress = silent
) -> Report:
    """Compare every gradient of `trace` with a complex step; series at one timestep, or (0) at all of them.

    `samples` is how many elements of a block are looked at (default: what a few seconds allow), spread evenly and drawn
    by `seed`. `progress` gets the share done and may raise to stop. Raises UsageError for a timestep that is not there.
    """
    if not 0 <= timestep <= len(trace):
        raise UsageError(f"no timestep {timestep}", fix=f"1 to {len(trace)}")
    with np.errstate(all="ignore"):
        planned = _planned(trace, timestep)
        sizes = [plan.analytic.size for plan in planned]
        most = _affordable(trace, sizes) if samples is None else max(samples, 1)
        draw = np.random.RandomState(seed)
        chosen = [_chosen(draw, size, most) for size in sizes]
        runs = sum(map(len, chosen))
        done = 0
        objective = Objective(trace, lambda: progress(done / (runs + 1)))
        blocks = []
        for plan, places in zip(planned, chosen, strict=True):
            indices = [_index(plan, at) for at in places]
            if len(indices) < plan.analytic.size:
                found = _wrong_along(plan, objective, draw)
                indices += [] if found is None or found in indices else [found]
                indices.sort()
            numeric = []
            for index in indices:
                numeric.append(plan.derivative(objective, index))
                done += 1
            blocks.append(_judged(plan, indices, np.array(numeric)))
        report = Report(tuple(blocks), timestep, objective.drift(trace))
    progress(1.0)
    return report


# -- what is compared ----------------------------------------------------------------------------------------


class _Plan(NamedTuple):
    """A gradient, the rounding error to expect of each element, and the loss's derivative along a direction."""

    name: str
    axes: tuple[str, ...]
    """What is counted along each axis."""
    analytic: Array
    noise: Array
    along: Callable[[Objective, Array], float]
    first_t: int = 0
    """The timestep of row 0; 0 for what is no series."""

    def t(self, index: tuple[int, ...]) -> int:
        return self.first_t + index[0] if self.first_t else 0

    def derivative(self, objective: Objective, index: tuple[int, ...]) -> float:
        """By one element."""
        v = np.zeros(self.analytic.shape)
        v[index] = 1.0
        return self.along(objective, v)

    def element(self, index: tuple[int, ...]) -> str:
        """How one element is written: dW[2,4], da[3][1]."""
        if self.first_t:
            return f"{self.name.partition('[')[0]}[{self.t(index)}][{index[1]}]"
        return f"{self.name}[{','.join(map(str, index))}]"


def _planned(trace: Trace, timestep: int) -> list[_Plan]:
    """All that is compared, in the order in which the backward pass makes it."""
    noise = rounding(trace)
    rows = slice(timestep - 1, timestep) if timestep else slice(None)
    first = timestep or 1
    at = f"[{timestep}]" if timestep else ""

    def series(name: str) -> _Plan:
        def along(objective: Objective, v: Array) -> float:
            return objective.by_register(name, first, v)

        d = gradient_of(name)
        analytic: Array = trace.rows[d][rows]
        return _Plan(f"{d}{at}", _axes(trace, d), analytic, noise[d][rows], along, first)

    def parameter(name: str) -> _Plan:
        d = gradient_of(name)
        return _Plan(d, _axes(trace, d), trace.gradients[name], noise[d], lambda of, v: of.by_parameter(name, v))

    def initial(state: str) -> _Plan:
        d = carried_to(state)
        return _Plan(f"{d}[0]", ("unit",), trace.rows[d][0], noise[d], lambda of, v: of.by_initial_state(state, v))

    planned = []
    for line in trace.program.backward:
        if line.name in trace.program.sums:
            planned.append(parameter(line.name[1:]))
        elif line.name[1:] in trace.program.series and line.name not in trace.program.carries:
            planned.append(series(line.name[1:]))
    planned += [initial(state) for state in trace.program.cell.states]
    dx = _input_gradient(trace)
    planned.append(_Plan("dx", ("t", "input"), dx, noise["dx"], lambda of, v: of.by_input(v), 1))
    return planned


AXES = {"hidden": "unit", "column": "unit of h[t-1]", "input": "input", "output": "class", "stack": "row", "t": "t"}
"""What is counted along an axis, as a map says it."""


def _axes(trace: Trace, name: str) -> tuple[str, ...]:
    return tuple(AXES[axis] for axis in trace.program.registers[name].axes)


def _input_gradient(trace: Trace) -> Array:
    """(T,I) the derivative of the loss by the input: Uᵀ·da."""
    dx = np.zeros(trace.x.shape)
    for line, matrix in input_products(trace):
        dx += trace.rows[gradient_of(line)] @ trace.params[matrix]
    return dx


# -- which elements ------------------------------------------------------------------------------------------


def _affordable(trace: Trace, sizes: Iterable[int]) -> int:
    """The most elements of a block for which all the runs take about `BUDGET` seconds, `LEAST` at least."""
    numbers = sum(array.size for array in trace.params.values() if array.ndim == 2)
    seconds = len(trace) * (6e-6 * len(trace.program.forward) + 2e-9 * numbers)
    runs = min(MOST_RUNS, BUDGET / seconds)
    waiting = sorted(sizes)
    while waiting and waiting[0] * len(waiting) <= runs:
        runs -= waiting.pop(0)
    return max(LEAST, int(runs / len(waiting))) if waiting else max(sizes)


def _chosen(draw: np.random.RandomState, size: int, most: int) -> Sequence[int]:
    """All of `size` places, or `most` of them: one drawn from each of as many equal parts."""
    if size <= most:
        return range(size)
    edges = np.array([size * part // most for part in range(most + 1)])
    drawn: list[int] = draw.randint(edges[:-1], edges[1:]).tolist()
    return drawn


def _index(plan: _Plan, place: int) -> tuple[int, ...]:
    return tuple(map(int, np.unravel_index(place, plan.analytic.shape)))


def _wrong_along(plan: _Plan, objective: Objective, draw: np.random.RandomState) -> tuple[int, ...] | None:
    """An element that is wrong, found without looking at each: None where a random direction through all is good.

    Where it is not, the half of the elements that is further off is halved again, until one is left.
    """
    v = draw.standard_normal(plan.analytic.shape)
    products, start, stop = (plan.analytic * v).ravel(), 0, v.size
    total, numeric = float(products.sum()), plan.along(objective, v)
    apart = total - numeric
    if verdict_of(_ratio(abs(apart), norm(plan.analytic), abs(numeric), plan.noise)) == "good":
        return None
    while stop - start > 1:
        middle = (start + stop) // 2
        part = np.zeros(v.size)
        part[start:middle] = v.ravel()[start:middle]
        left = float(products[start:middle].sum()) - plan.along(objective, part.reshape(v.shape))
        if math.isfinite(left) and not abs(apart - left) <= abs(left):  # also where what is apart is not a number
            start, apart = middle, apart - left
        else:
            stop, apart = middle, left
    return _index(plan, start)


# -- how far apart -------------------------------------------------------------------------------------------


def _judged(plan: _Plan, indices: list[tuple[int, ...]], numeric: Array) -> Block:
    """The block with its relative error: of a series, that of its worst timestep."""
    where = tuple(np.array(indices).T)
    analytic, noise = plan.analytic[where], plan.noise[where]
    error, worst, first = -1.0, 0, None
    for t, group in groupby(range(len(indices)), key=lambda i: plan.t(indices[i])):
        rows = list(group)
        found = _relative(analytic[rows], numeric[rows], noise[rows])
        apart = np.abs(analytic[rows] - numeric[rows])
        at = rows[int(np.argmax(np.where(np.isnan(apart), np.inf, apart)))]
        if found > error:
            error, worst = found, at
        if t and verdict_of(found) != "good":
            first = at  # rows come in the order of time, and the backward pass from its end

    def element(at: int) -> Element:
        index = indices[at]
        return Element(plan.element(index), plan.t(index), float(analytic[at]), float(numeric[at]))

    shown = None if first is None else element(first)
    places: list[int] = np.ravel_multi_index(where, plan.analytic.shape).tolist()
    each: list[float] = _elementwise(analytic, numeric, noise).tolist()
    drawn = ErrorMap(plan.name, plan.analytic.shape, plan.axes, tuple(places), tuple(each), plan.first_t)
    return Block(plan.name, plan.analytic.size, len(indices), error, element(worst), drawn, shown)


def _elementwise(analytic: Array, numeric: Array, noise: Array) -> Array:
    """The relative error of each element by itself, with the floors that the blocks have."""
    apart = np.abs(analytic - numeric)
    floor = np.maximum(ROUNDINGS * noise / GOOD, TINY)
    relative: Array = apart / np.maximum(np.maximum(np.abs(analytic), np.abs(numeric)), floor)
    return np.where(np.isfinite(apart), relative, np.inf)


def _relative(analytic: Array, numeric: Array, noise: Array) -> float:
    return _ratio(norm(analytic - numeric), norm(analytic), norm(numeric), noise)


def _ratio(apart: float, analytic: float, numeric: float, noise: Array) -> float:
    if not math.isfinite(apart):
        return math.inf
    return apart / max(analytic, numeric, ROUNDINGS * norm(noise) / GOOD, TINY)
