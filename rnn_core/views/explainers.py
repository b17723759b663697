"""What each number was made from, read off the line that wrote it: one function for each kind of operation.

Rule this file keeps: every number comes from the trace at the given position; nothing is recomputed another way.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnn_core.language.expressions import Apply, Complement, Expression, Minus, Name, Product, Slope, Stack, Sum, Times
from rnn_core.outputs.classes import Softmax
from rnn_core.outputs.loss import LossGradient
from rnn_core.views import output_explainers
from rnn_core.views.cells import cell_text, cell_value
from rnn_core.views.elements import At
from rnn_core.views.here import Here, result
from rnn_core.views.numbers import plain, short
from rnn_core.views.parts import Part, Row, addend, largest, terms, value
from rnn_core.views.update_explainers import kept, parameter


def explained(here: Here) -> list[Row]:
    """The rows that take the number of `here` apart."""
    register = here.trace.program.registers[here.cell.name]
    if register.kind == "parameter":
        return parameter(here)
    if register.kind == "kept":
        return kept(here)
    if register.kind == "sum":
        return _gradient(here)
    if register.kind == "loss":
        return output_explainers.loss(here)
    if register.kind == "series":
        return output_explainers.timestep_loss(here) if len(register.axes) == 1 else _series(here)
    return [result(here), (Part("given", "dim"),)]


def _series(here: Here) -> list[Row]:
    """An element of a row: by the line that writes it, at the timestep of that line."""
    program, name = here.trace.program, here.cell.name
    if here.t == 0 and not program.registers[name].backward:
        return [result(here), (Part("the initial state, given", "dim"),)]
    if name in program.carries:
        return _carried(here)
    if name not in program.lines:
        return [result(here), (Part("no line of this listing writes it", "dim"),)]
    expression = program.instruction(name).expression
    at = At(here.trace, here.t)
    how = next((how for kind, how in _HOW.items() if isinstance(expression, kind)), _any)
    return how(here, at, expression)


# -- operations ------------------------------------------------------------------------------------------------


def _sum(here: Here, at: At, expression: Expression) -> list[Row]:
    """The parts by name, then what each part that is a product, or several factors, was made of."""
    assert isinstance(expression, Sum)
    row = result(here)
    for n, (label, part) in enumerate(zip(expression.labels, expression.operands, strict=True)):
        word = _carried_word(here, part) if label == "carried" else f" {label}"
        row = (*row, Part("  " if n else " = ", "dim"), addend(at.element(part, here.unit)), Part(word, "dim"))
    return [row, *_apart(here, at, expression)]


def _apart(here: Here, at: At, expression: Sum) -> list[Row]:
    """A row for each part of a sum that is made of more than one number."""
    made: list[tuple[str, At, Expression]] = []
    for label, part in zip(expression.labels, expression.operands, strict=True):
        carried = _what_carried(here, part)
        inner = [(at, part)] if carried is None else carried
        made += [(label, at_, each) for at_, each in inner if isinstance(each, Product | Times | Minus)]
    width = max((len(label) for label, _, _ in made), default=0)
    return [_made_of(here, f"{label:<{width}}", at_, part) for label, at_, part in made]


def _what_carried(here: Here, part: Expression) -> list[tuple[At, Expression]] | None:
    """Of a carried register, the parts of the line that made it, at the timestep after; None for other parts."""
    program = here.trace.program
    if not isinstance(part, Name) or part.name not in program.carries:
        return None
    if here.t == len(here.trace) or program.is_cut(part.name, here.t + 1) or part.name not in program.lines:
        return []
    line = program.instruction(part.name).expression
    parts = line.operands if isinstance(line, Sum) else (line,)
    return [(At(here.trace, here.t + 1), each) for each in parts]


def _carried_word(here: Here, part: Expression) -> str:
    if here.t == len(here.trace):
        return " carried (nothing comes after the last timestep)"
    if isinstance(part, Name) and here.trace.program.is_cut(part.name, here.t + 1):
        return f" carried (a window ends: t={here.t + 1} is in the next)"
    return f" carried from t={here.t + 1}"


def _made_of(here: Here, label: str, at: At, part: Expression) -> Row:
    """One part: the products of M·v, or the factors of a product of numbers."""
    if isinstance(part, Product):
        found = at.terms(part, here.unit)
        return terms(label, found.left, found.right, found.name, here.width)
    return (Part(f"{label} = ", "dim"), *_written(at, part, here.unit))


def _product(here: Here, at: At, expression: Expression) -> list[Row]:
    return [result(here), _made_of(here, expression.text(), at, expression)]


def _written(at: At, expression: Expression, i: int) -> Row:
    """An element as its expression is written, with numbers for the names."""
    if isinstance(expression, Apply):
        before, after = (
            (expression.function.pattern[0], expression.function.pattern[-1])
            if len(expression.function.pattern) > 1
            else ("", "")
        )
        return Part(str(before), "dim"), value(at.element(expression.operands[0], i)), Part(str(after), "dim")
    if isinstance(expression, Slope):
        return _slope(at.element(expression.operands[0], i), expression)
    if isinstance(expression, Complement):
        return Part("(1 - ", "dim"), value(at.element(expression.operands[0], i)), Part(")", "dim")
    if isinstance(expression, Minus):
        return Part("-", "dim"), *_written(at, expression.operands[0], i)
    if isinstance(expression, Times):
        left, right = expression.operands
        return *_written(at, left, i), Part(" · ", "dim"), *_written(at, right, i)
    return (value(at.element(expression, i)),)


def _slope(output: float, expression: Slope) -> Row:
    """The slope of a function with its output put in; in parentheses where it is a difference."""
    open_, close = ("", "") if expression.function.tight else ("(", ")")
    parts: list[Part] = [Part(open_, "dim")] if open_ else []
    pattern = expression.function.slope_pattern
    for n, piece in enumerate(pattern):
        squared = n + 1 < len(pattern) and str(pattern[n + 1]).startswith("²")
        if isinstance(piece, str):
            parts.append(Part(piece.replace("⊙", "·"), "dim"))
        elif squared and output < 0.0:
            parts += [Part("(", "dim"), value(output), Part(")", "dim")]
        else:
            parts.append(value(output))
    return (*parts, Part(close, "dim")) if close else tuple(parts)


def _apply(here: Here, at: At, expression: Expression) -> list[Row]:
    """The function and its argument, what the argument is made of, and the slope."""
    assert isinstance(expression, Apply)
    (argument,) = expression.operands
    rows: list[Row] = [(*result(here), Part(" = ", "dim"), *_written(at, expression, here.unit))]
    if isinstance(argument, Sum):
        row: Row = (Part(f"{argument.text(here.trace.program.timed)} = ", "dim"),)
        for n, part in enumerate(argument.operands):
            row = (*row, Part("  " if n else "", "dim"), addend(at.element(part, here.unit)))
        rows.append(row)
    function = expression.function
    if function.slope_pattern:
        text = Slope(function, Name(here.cell.name)).text()
        rows.append(
            (
                Part(f"slope {text} = ", "dim"),
                value(float(function.slope(np.float64(here.value)))),
                Part("   the share of the gradient that passes back here", "dim"),
            )
        )
    return rows


def _times(here: Here, at: At, expression: Expression) -> list[Row]:
    """The factors; of a slope, how much of the gradient it lets through."""
    rows: list[Row] = [(*result(here), Part(" = ", "dim"), *_written(at, expression, here.unit))]
    first = expression.operands[0]
    if isinstance(first, Slope):
        slope = at.element(first, here.unit)
        output = first.operands[0]
        name = output.name if isinstance(output, Name) else output.text(here.trace.program.timed)
        rows.append(
            (
                Part(f"{Slope(first.function, Name(name)).text()} = ", "dim"),
                Part(plain(slope), "value"),
                Part(f"   {100.0 * slope:.3g} % of the gradient passes through {first.function.name} here", "dim"),
            )
        )
    else:
        rows.append((Part(at.written(expression, here.unit), "dim"),))
    return rows


def _stack(here: Here, at: At, expression: Expression) -> list[Row]:
    """Which block an element is in."""
    block, unit = divmod(here.unit, here.trace.sizes.hidden)
    of = expression.operands[block]
    name = of.name if isinstance(of, Name) else of.text()
    gate = here.trace.program.cell.gates[block]
    return [
        (*result(here), Part(" = ", "dim"), Part(f"{name}[{here.t}][{unit}]", "text")),
        (Part(f"unit {unit} of gate {gate}", "dim"),),
    ]


def _any(here: Here, at: At, expression: Expression) -> list[Row]:
    """A copy of another register, or a line of somebody's own."""
    if isinstance(expression, Name):
        return [(*result(here), Part(f" = {at.where(expression, here.unit)}", "dim"))]
    return [(*result(here), Part(f" = {expression.text(here.trace.program.timed)}", "dim"))]


def _carried(here: Here) -> list[Row]:
    """What is carried into a timestep: the line ran at the timestep after."""
    trace, name = here.trace, here.cell.name
    after = here.t + 1
    if after > len(trace):
        return [result(here), (Part("nothing is carried into the last timestep", "dim"),)]
    if name not in trace.program.lines:
        return [result(here), (Part("no line of this listing writes it", "dim"),)]
    line, at = trace.program.instruction(name).expression, At(trace, after)
    parts = line.operands if isinstance(line, Sum) else (line,)
    if trace.program.is_cut(name, after):
        border = f"   a window of {trace.options.truncation} ends: t={after} begins the next"
        return [(*result(here), Part(border, "dim")), *(_made_of(here, "cut off", at, part) for part in parts)]
    state = name.removeprefix("d").removesuffix("_next")
    where = f"   carried into t={here.t}" if here.t else f"   the gradient at {state}[0]"
    return [(*result(here), Part(where, "dim")), *(_made_of(here, part.text(), at, part) for part in parts)]


_HOW: dict[type[Expression], Callable[[Here, At, Expression], list[Row]]] = {
    Sum: _sum, Product: _product, Apply: _apply, Times: _times, Stack: _stack,
    Softmax: output_explainers.softmax, LossGradient: output_explainers.error,
}  # fmt: skip


# -- sums over time --------------------------------------------------------------------------------------------


def _gradient(here: Here) -> list[Row]:
    """An element of a running sum: what the last timestep added, and which timesteps made it."""
    trace, name, index = here.trace, here.cell.name, here.cell.index
    count = trace.program.times_run(name, here.k, len(trace))
    t = len(trace) - count + 1
    added = float(np.ravel(trace.contribution(name, t, *(slice(at, at + 1) for at in index)))[0])
    line = trace.program.number("backward", t, name, len(trace))
    before = cell_value(trace, line - 1, here.cell) or 0.0
    clipped = bool(trace.clipped) and trace.program.times_run("clip", here.k, len(trace)) > 0
    now = cell_value(trace, line, here.cell) or 0.0
    row = (
        Part(cell_text(trace, here.cell), "name"),
        Part(" = "),
        Part(short(now), "dim" if clipped else "result"),
        Part(" = ", "dim"),
        addend(before),
        Part(" before  ", "dim"),
        addend(added),
        Part(f" at t={t}", "dim"),
    )
    rows: list[Row] = [row]
    factors = trace.program.sums[name].factors
    if factors is not None:
        rows.append((Part(f"at t={t}: ", "dim"), *_factors(At(trace, t), factors, index)))
    if clipped:
        rows.append((Part("clipped to ", "dim"), Part(short(here.value), "result")))
    if count > 1 and factors is not None:
        products = products_over_time(here, factors)[t - 1 :]
        rows.append(largest((Part(f"of {count} timesteps: ", "dim"),), products, lambda i: f"t={t + i}", here.width))
    return rows


def products_over_time(here: Here, factors: tuple[Name, Name | None]) -> np.ndarray:
    """(T,) what each timestep adds to one element of a gradient."""
    left, right = factors
    with np.errstate(all="ignore"):
        column: np.ndarray = here.trace.over_time(left)[:, here.cell.index[0]]
        return column if right is None else column * here.trace.over_time(right)[:, here.cell.index[1]]


def _factors(at: At, factors: tuple[Name, Name | None], index: tuple[int, ...]) -> Row:
    parts: list[Part] = []
    for factor, i in zip(factors, (*index, 0), strict=False):
        if factor is None:
            continue
        if parts:
            parts.append(Part(" · ", "dim"))
        parts += [Part(f"{at.text(factor, i)} ", "dim"), value(at.element(factor, i))]
    return tuple(parts)
