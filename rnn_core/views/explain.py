"""This step: one number of the run, taken apart into the numbers it was made from.

A view-model is a few rows of parts; a part is a text and the role it plays. What a number was made from is read off the
line that wrote it, by `explainers.py`.
"""

from __future__ import annotations

from rnn_core import views
from rnn_core.language.expressions import Name
from rnn_core.records import dataclass
from rnn_core.trace import Trace
from rnn_core.trace_like import TraceLike
from rnn_core.views.cells import axes, cell_text, cell_value, extent, line_cell
from rnn_core.views.here import Here
from rnn_core.views.options import Cell, View
from rnn_core.views.parts import Part, Row, fitted


@dataclass(frozen=True)
class Explanation:
    """The equation with its shapes, and rows that take one element of it apart."""

    equation: str
    rows: tuple[Row, ...]


def welcome(trace: TraceLike) -> tuple[Row, ...]:
    """What to press, for somebody who has never seen the program."""
    first = str(trace.program.forward[0]).replace("[t-1]", "[0]").replace("[t]", "[1]")
    return (
        (Part("Press "), Part("s", "result"), Part(" to run the first line: "), Part(first, "value")),
        (Part("s", "result"), Part(" one line   ", "dim"), Part("n", "result"), Part(" one timestep   ", "dim"),
         Part("f", "result"), Part(" to the end of the phase", "dim")),
        (Part("S N F", "result"), Part(" the same backwards   ", "dim"), Part("?", "result"), Part(" help", "dim")),
    )  # fmt: skip


def explain(trace: Trace, k: int, view: View, width: int, classes: tuple[str, ...] = ()) -> Explanation:
    """The pinned cell, else the number that the last line wrote for the selected units; a welcome at the start.

    `classes` are the names of the classes, where they have any.
    """
    place = trace.place(k)
    cell = view.pinned or line_cell(trace, place, view.units)
    if cell is None:
        return Explanation("", welcome(trace))
    value = cell_value(trace, k, cell)
    if value is None:
        return Explanation(_equation(trace, cell), _not_yet(trace, cell))
    if cell.name == "clip_norm":
        return Explanation(_equation(trace, cell), views.update_explainers.clip_rows(trace, cell, value))
    rows = views.explainers.explained(Here(trace, k, cell, value, width, classes))
    return Explanation(_equation(trace, cell), tuple(fitted(row, width) for row in rows))


def _not_yet(trace: Trace, cell: Cell) -> tuple[Row, ...]:
    register = trace.program.registers[cell.name]
    when = f" at t = {cell.index[0]}" if register.kind == "series" else ""
    return (
        (Part(cell_text(trace, cell), "name"), Part(" is not computed yet", "text")),
        (Part(f"the line {register.line} writes it{when}", "dim"),),
    )


def _equation(trace: Trace, cell: Cell) -> str:
    """The line that writes a cell, with the shape of every operand."""
    program, register = trace.program, trace.program.registers[cell.name]
    if register.line not in program.lines:
        return f"{cell.name} is given"
    line = program.instruction(register.line)
    if cell.name in program.carries and cell.index[0] < len(trace) and program.is_cut(cell.name, cell.index[0] + 1):
        return f"{cell.name} {_shape(trace, cell.name)} = 0, not run at t = {cell.index[0] + 1}"
    if line.phase == "update":
        return str(line)

    def after(name: Name, transposed: bool) -> str:
        return f" {_shape(trace, name.name, transposed)}"

    return f"{line.target} {_shape(trace, line.name)} {line.op} {line.expression.text(line.timed, after)}"


def _shape(trace: Trace, name: str, transposed: bool = False) -> str:
    """(10×5): what one row of a series, or all of anything else, has."""
    names = axes(trace, name)
    sizes = [str(extent(trace, axis)) for axis in names if axis != "t"]
    return f"({'×'.join(reversed(sizes) if transposed else sizes)})" if sizes else "(1)"
