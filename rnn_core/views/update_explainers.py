"""What the numbers of the update were made from: clipping, what an optimiser keeps, the parameters.

Rule this file keeps: every number comes from the trace at the given position; nothing is recomputed another way.
"""

from __future__ import annotations

import numpy as np

from rnn_core.trace import Trace
from rnn_core.views.cells import cell_value
from rnn_core.views.here import Here, result
from rnn_core.views.numbers import plain
from rnn_core.views.options import Cell
from rnn_core.views.parts import Part, Row, value


def clip_rows(trace: Trace, cell: Cell, norm: float) -> tuple[Row, ...]:
    """What clipping did with all gradients, whose norm was `norm`."""
    clip = trace.options.clip
    assert clip is not None  # there is a clip_norm only when clipping is on
    first = (Part("‖all gradients‖ = ", "dim"), Part(plain(norm), "result"))
    if clip.kind == "value":
        return first, (Part(f"every element is kept within ±{clip.limit!r}", "dim"),)
    factor = min(1.0, clip.limit / (norm + 1e-6))
    did = "nothing changes" if factor == 1.0 else "all are scaled by it"
    return first, (
        Part(f"min(1, {clip.limit!r} / (‖…‖ + 1e-6)) = ", "dim"),
        Part(plain(factor), "value"),
        Part(f"   {did}", "dim"),
    )


def parameter(here: Here) -> list[Row]:
    """An element of U, W, V, b or c: its old value and the step away from it."""
    trace, name, index = here.trace, here.cell.name, here.cell.index
    if not trace.program.times_run(name, here.k, len(trace)):
        return [result(here), (Part("given; the update has not reached it", "dim"),)]
    old = float(trace.params[name][index])
    with np.errstate(all="ignore"):
        step, made_of = _direction(here)
    row = (*result(here), Part(" = ", "dim"), value(old), Part(" - ", "dim"),
           Part(f"{trace.options.learning_rate:g}", "value"), Part(" · ", "dim"), value(step))  # fmt: skip
    return [row, *made_of, (Part("changed by ", "dim"), value(here.value - old))]


def _direction(here: Here) -> tuple[float, list[Row]]:
    """What the learning rate multiplies, and what it was made from."""
    trace, name, index = here.trace, here.cell.name, here.cell.index
    optimiser = trace.options.optimiser
    d, m, v = (cell_value(trace, here.k, Cell(f"{of}{name}", index)) or 0.0
               if of == "d" or of in optimiser.slots else 0.0 for of in "dmv")  # fmt: skip
    above, below, shown = d, v, (f"d{name}", f"v{name}")
    if "m" in optimiser.slots:
        above, shown = m, (f"m{name}", f"v{name}")
    if "v" not in optimiser.slots:
        return above, []
    rows: list[Row] = []
    n = trace.state.steps + 1
    first, second = optimiser.rule.corrections(optimiser.numbers, n)
    if (first, second) != (1.0, 1.0):
        above, below = above / first, v / second
        shown = f"hat(m{name})", f"hat(v{name})"
        rows = [(
            Part(f"hat(m{name}) = ", "dim"), value(m), Part("/", "dim"), Part(plain(first), "value"),
            Part(f"   hat(v{name}) = ", "dim"), value(v), Part("/", "dim"), Part(plain(second), "value"),
            Part(f"   update n = {n}: 1 - βⁿ", "dim"),
        )]  # fmt: skip
    divisor = float(np.sqrt(below)) + optimiser.rule.epsilon
    step = float(np.divide(above, divisor))
    quotient = (
        value(step), Part(f" = {shown[0]}/(√{shown[1]} + ε) = ", "dim"), value(above), Part(" / ", "dim"),
        Part(plain(divisor), "value"),
    )  # fmt: skip
    return step, [quotient, *rows]


def kept(here: Here) -> list[Row]:
    """An element of what the optimiser keeps: the share of the old that stays, and what the gradient adds."""
    trace, name, index = here.trace, here.cell.name, here.cell.index
    old = float(np.asarray(trace.state.kept(name))[index])
    if not trace.program.times_run(name, here.k, len(trace)):
        steps = trace.state.steps
        words = f"kept from {steps} update{'s' * (steps > 1)}" if steps else "0 before the first update"
        return [result(here), (Part(f"{words}; this one has not reached it", "dim"),)]
    d = cell_value(trace, here.k, Cell(f"d{name[1:]}", index)) or 0.0
    stays, counts = shares_of(trace, name)
    added = plain(d) if name[0] == "m" else f"({plain(d)})²" if d < 0.0 else f"{plain(d)}²"
    row = (
        *result(here), Part(" = ", "dim"), Part(f"{times(stays)}{plain(old)}", "value"), Part(" before + ", "dim"),
        Part(f"{times(counts)}{added}", "value"), Part(f" by d{name[1:]}", "dim"),
    )  # fmt: skip
    return [row, (Part("changed by ", "dim"), value(here.value - old))]


def times(share: float) -> str:
    """A factor as it stands before what it multiplies; 1 is left out."""
    return "" if share == 1.0 else f"{share:g}·"


def shares_of(trace: Trace, name: str) -> tuple[float, float]:
    """What m or v is multiplied by to stay, and what the gradient or its square is multiplied by to be added."""
    optimiser = trace.options.optimiser
    return optimiser.rule.shares[name[0]](optimiser.numbers)
