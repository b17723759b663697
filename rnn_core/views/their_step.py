"""This step in a person's own code: their expression, what its operands are, and the number that it makes beside ours.

Rule this file keeps: what is said of theirs comes first, then how ours makes the same number.
"""

from __future__ import annotations

import numpy as np

from rnn_core.alongside.run import NONE, Alongside, Operand
from rnn_core.alongside.theirs import theirs
from rnn_core.program import Place
from rnn_core.trace import Trace
from rnn_core.views.cells import axes, cell_text, cell_value, line_cell
from rnn_core.views.explain import Explanation, explain
from rnn_core.views.options import Cell, Units, View
from rnn_core.views.parts import Part, Row, addend, fitted
from rnn_core.views.source import shortened

CLOSE = 1e-6
"""How far two numbers may be from another, relative to the larger one, and still be told as the same."""


def explain_theirs(
    run: Alongside, trace: Trace, k: int, view: View, width: int, classes: tuple[str, ...] = (), stop: int = NONE
) -> Explanation:
    """The line that ran last as their code has it; a welcome with the verdict at the start.

    `stop` is how many of their statements have run, where those are what is stepped.
    """
    if not view.pinned and stop > 0 and not (run.stop_of == stop - 1).any():
        return Explanation("", _alone(run, stop - 1, width))
    place = trace.place(k)
    cell = view.pinned or line_cell(trace, place, view.units)
    if cell is None or place is None:
        return Explanation("", welcome(run, width))
    ours = explain(trace, k, view, width, classes)
    rows: list[Row] = [(Part(run.stale, "bad"),)] if run.stale else []
    rows += [] if view.pinned else [*_statement(run, trace, place, k, view.units, width)]
    rows += _beside(run, trace, k, cell)
    rows += [] if view.pinned else _fault(run, k, width)
    equation = ours.equation if view.pinned else str(place.instruction)
    return Explanation(equation, tuple(fitted(row, width) for row in (*rows, *ours.rows)))


def welcome(run: Alongside, width: int) -> tuple[Row, ...]:
    """The verdict, and what to press."""
    role = {"right": "good", "wrong": "bad"}.get(run.verdict, "result")
    verdict: list[Row] = []
    if run.stale:
        verdict.append((Part(run.stale, "bad"),))
    fault = run.fault
    lines = wrapped(f"{run.verdict}: {run.says}", width)
    if fault and fault.told != fault.says:
        lines = [lines[0], shortened(fault.says, width)]
    verdict += [(Part(line, role),) for line in lines[:2]]  # type: ignore[arg-type]  # one of the roles
    go = (Part("X", "result"), Part(" goes to the wrong line   ", "dim")) if fault else ()
    return (
        *verdict,
        (
            *go,
            Part("s", "result"),
            Part(" runs a line   ", "dim"),
            Part("i", "result"),
            Part(" theirs, ours, difference", "dim"),
        ),
        (
            Part("save the file", "result"),
            Part(" and it is reviewed again   ", "dim"),
            Part("?", "result"),
            Part(" help", "dim"),
        ),
    )


def _alone(run: Alongside, stop: int, width: int) -> tuple[Row, ...]:
    """A statement of theirs that computes none of our lines."""
    line = int(run.stops.lines[stop])
    at = f"line {run.label(line)}  "
    text = run.lines[line - 1].strip() if 0 < line <= len(run.lines) else ""
    what = "a loop, run to its end: it holds none of our lines" if run.stops.folded[stop] else "none of our lines"
    wrong = _wrong(run, line, width)
    return ((Part(at, "dim"), Part(shortened(text, width - len(at)), "name")), *(wrong or [(Part(what, "dim"),)]))


def _statement(run: Alongside, trace: Trace, place: Place, k: int, units: Units, width: int) -> list[Row]:
    """Their expression with its line, and its operands by what they are of ours."""
    spot = run.spot(k)
    if spot is None:
        return [(Part("your code has no statement of its own for this line", "dim"),)]
    at = f"line {run.label(run.line_of(k))}  "
    rows: list[Row] = [(Part(at, "dim"), Part(shortened(spot.text, width - len(at)), "name"))]
    row: Row = ()
    for operand in run.operands.get(k, ()):
        parts = _operand(trace, place, operand, units)
        if len("".join(part.text for part in (*row, *parts))) + 2 > width:
            break
        row = (*row, *((Part("   ", "dim"),) if row else ()), *parts)
    return [*rows, row] if row else rows


def _operand(trace: Trace, place: Place, operand: Operand, units: Units) -> tuple[Part, ...]:
    """`dtanh = da[3], [0] -0.0727`: the element is that of the selected unit."""
    if not operand.ours:
        whole = operand.value.reshape(-1)
        if not np.any(whole):
            return (Part(operand.text, "text"), Part(" = 0", "dim"))
        if whole.size == 1:
            return (Part(f"{operand.text} ", "text"), addend(float(whole[0])))
        return (Part(operand.text, "text"),)
    name = operand.ours.partition("[")[0]
    same = operand.text == operand.ours
    parts = (Part(operand.text, "text"), *(() if same else (Part(f" = {operand.ours}", "dim"),)))
    kinds = axes(trace, name)
    if kinds[:1] != ("t",) or len(kinds) != 2:
        return parts
    axis = kinds[1]
    line = trace.program.registers[place.instruction.name]
    if line.factors is not None and line.factors[1] is not None and name == line.factors[1].name and axis == "hidden":
        axis = line.axes[1]
    at = int(getattr(units, axis))
    values = operand.value.reshape(-1)
    if values.size != trace.sizes.extent(kinds[1], trace.program.cell.blocks):
        return parts
    return (*parts, Part(f"[{at}] ", "dim"), addend(float(values[at])))


def _beside(run: Alongside, trace: Trace, k: int, cell: Cell) -> list[Row]:
    """The selected number in theirs and in ours."""
    if cell.name not in trace.program.registers or cell.name in ("loss", "clip_norm"):
        return []
    mine, text = cell_value(trace, k, cell), cell_text(trace, cell)
    own = cell_value(theirs(run, trace), k, cell)
    if mine is None:
        return []
    if own is None or np.isnan(own):
        return [(Part(text, "name"), Part(" does not show in your code   ours ", "dim"), addend(mine))]
    same = abs(own - mine) <= CLOSE * max(abs(own), abs(mine))
    row: Row = (Part(text, "name"), Part("  theirs ", "dim"), addend(own), Part("  ours ", "dim"), addend(mine))
    return [(*row, Part("  the same", "good") if same else Part("  not the same", "bad"))]


def _fault(run: Alongside, k: int, width: int) -> list[Row]:
    """What is wrong with the line, or which one its wrong values follow from."""
    line, fault = run.line_of(k), run.fault
    if run.differs[k] and (told := _wrong(run, line, width)):
        return told
    if fault is not None and line in run.spoilt and run.differs[k]:
        return [(Part(f"follows from line {run.label(fault.spot.line)}", "dim"),)]
    return []


def _wrong(run: Alongside, line: int, width: int) -> list[Row]:
    """What is wrong with a line of theirs; nothing where it is not at fault."""
    fault = next((each for each in run.faults if each.spot.line == line), None)
    if fault is None:
        return []
    first = wrapped(fault.cause, width) if fault.told != fault.says else []
    told: list[Row] = [(Part(each, "bad"),) for each in (*first, *wrapped(fault.says, width))]
    proof = "proven: the right value there makes every gradient right" if fault.proven else "not proven"
    return [*told, (Part(proof, "dim"),)]


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of so many columns, broken at blanks."""
    from textwrap import wrap

    return wrap(text, max(10, width))
