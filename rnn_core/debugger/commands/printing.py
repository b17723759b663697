"""Commands that print: values of expressions, what is set, where one is; and assertions for scripts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rnn_core.debugger import expressions
from rnn_core.debugger.outcome import Outcome
from rnn_core.debugger.position.places import place_text
from rnn_core.debugger.registry import Argument, Command
from rnn_core.debugger.session import Session
from rnn_core.debugger.stops.breakpoints import Breakpoint
from rnn_core.debugger.stops.hits import CHEAP, cheap_hit_count
from rnn_core.errors import RnnError, UsageError
from rnn_core.views.listing import NOT_RUN
from rnn_core.views.numbers import magnitude, plain

if TYPE_CHECKING:
    from rnn_core.debugger.expressions import Evaluate, Expression, Value

EDGE = 3
"""Rows and columns shown at each edge of what is large."""
WHOLE = 10
"""Rows and columns up to which an array is shown whole."""
TOPICS = ("breakpoints", "position", "model", "sequence", "source", "line", "displays", "marks")


def printed(value: Value) -> str:
    """A value for reading: every digit of a scalar; shape, range and norm of an array, and its elements."""
    if np.ndim(value) == 0:
        return str(bool(value)) if np.asarray(value).dtype == np.bool_ else exactly(float(value))
    array = np.asarray(value)
    if array.dtype == np.bool_:
        return f"{_shape(array)} {int(array.sum())} true\n{_elements(array)}"
    with np.errstate(all="ignore"):
        facts = (
            f"min {array.min():.6g} max {array.max():.6g} norm {expressions.norm(array):.6g}" if array.size else "empty"
        )
    return f"{_shape(array)} {facts}\n{_elements(array)}"


def exactly(value: float) -> str:
    """Every digit of a number; a whole one as such, but for -0.0 and what is too large to tell from its neighbours."""
    whole = math.isfinite(value) and value == int(value) and abs(value) < 2**53
    return str(int(value)) if whole and str(value) != "-0.0" else repr(value)


def _shape(array: np.ndarray) -> str:
    return "×".join(map(str, array.shape))


def _elements(array: np.ndarray) -> str:
    with np.printoptions(precision=6, suppress=False, linewidth=100, threshold=WHOLE * WHOLE, edgeitems=EDGE):
        return str(np.array2string(array))


def _print(session: Session, text: str) -> Outcome:
    expression = expressions.compile_expression(text, session.trace)
    try:
        value = expression.value(_scope(session))
    except expressions.NotComputed as missing:
        return Outcome(session, f"{missing} is not computed yet")
    if session.beside is not None and session.side != "ours":
        return Outcome(session, _beside(session, expression, value), value=value)
    return Outcome(session, printed(value), value=value)


def _beside(session: Session, expression: Expression, ours: Value) -> str:
    """The value in a person's own code, and in ours where that is another one."""
    from rnn_core.alongside.theirs import theirs  # who opens no code of their own does not wait for it

    run = session.beside
    assert run is not None
    try:
        own = expression.value(expressions.Scope(theirs(run, session.trace), session.k))  # type: ignore[arg-type]  # it is read alike
    except expressions.NotComputed:
        own = np.float64(np.nan)
    if np.shape(own) != np.shape(ours) or (np.isnan(own).any() and not np.isnan(ours).any()):
        return f"does not show in your code; ours {printed(ours)}"
    close = np.allclose(own, ours, rtol=1e-6, atol=0.0, equal_nan=True)
    return printed(ours) if close else f"theirs {printed(own)}\nours {printed(ours)}"


def _scope(session: Session) -> expressions.Scope:
    return expressions.Scope(session.trace, session.k)


def _assert(session: Session, text: str) -> Outcome:
    expression = expressions.compile_expression(text, session.trace)
    scope = _scope(session)
    if expression.true(scope):
        return Outcome(session, "", value=True)
    values = " · ".join(f"{side} = {_exact(evaluate, scope)}" for side, evaluate in expression.sides)
    where = f"position {session.k}, {place_text(session.trace, session.k)}"
    what = f"assertion failed at {where}: {text}" + (f" · {values}" if values else "")
    return Outcome(session, what, failed=True, value=False)


def _exact(evaluate: Evaluate, scope: expressions.Scope) -> str:
    try:
        with np.errstate(all="ignore"):
            value = evaluate(scope)
    except expressions.NotComputed:
        return "not computed yet"
    return printed(value).split("\n")[0]


def _display(session: Session, text: str) -> Outcome:
    if not text:
        lines = [f"{i}  {_shown(session, each)}" for i, each in enumerate(session.displays, start=1)]
        return Outcome(session, "\n".join(lines) or "nothing is displayed: display EXPRESSION")
    expression = expressions.compile_expression(text, session.trace)
    if expression.text in session.displays:
        return Outcome(session, f"{expression.text} is displayed already")
    return Outcome(replace(session, displays=(*session.displays, expression.text)), _shown(session, expression.text))


def _shown(session: Session, text: str) -> str:
    try:
        evaluate = expressions.compile_expression(text, session.trace).evaluate
        return f"{text} = {expressions.shown(evaluate, _scope(session))}"
    except RnnError as error:
        return f"{text}: {error}"


def _undisplay(session: Session, which: str) -> Outcome:
    if which in ("", "all"):
        return Outcome(replace(session, displays=()), f"{len(session.displays)} displays ended")
    if not (which.isascii() and which.isdigit()) or not 1 <= int(which[:9]) <= len(session.displays):
        raise UsageError(f"no display {which}", fix="display lists them")
    at = int(which) - 1
    kept = session.displays[:at] + session.displays[at + 1 :]
    return Outcome(replace(session, displays=kept), f"{session.displays[at]} is not displayed any more")


def _info(session: Session, topic: str) -> Outcome:
    topics: dict[str, Callable[[Session], list[str]]] = {
        "breakpoints": _breakpoints, "position": _position, "model": _model, "sequence": _sequence, "line": _line,
        "source": _source,
        "displays": lambda s: _display(s, "").message.split("\n"),
        "marks": lambda s: [f"@{name}: update {u}, position {k}" for name, u, k in s.marks] or ["there are no marks"],
    }  # fmt: skip
    return Outcome(session, "\n".join(topics[topic](session)))


def describe(session: Session, point: Breakpoint) -> str:
    """One line of the list: what, whether it is off, hits, and the values beside the threshold."""
    words = [f"{point.number:>3} {point.kind:<10} {point}"]
    if not point.enabled:
        words.append("off" + (f" ({point.offered}; enable {point.number})" if point.offered else ""))
    if point.temporary:
        words.append("once")
    if point.ignore:
        words.append(f"ignores {point.ignore}")
    if point.log:
        words.append(f'"{point.log}"')
    try:
        count = cheap_hit_count(session.trace, point, session.k)
        words.append(f"hits not counted over {CHEAP:,} lines" if count is None else f"hits {count}")
        words += [
            f"{text} is {expressions.shown(evaluate, _scope(session))}" for text, evaluate in _sides(session, point)
        ]
    except RnnError as error:
        words.append(f"does not fit this run: {error}")
    return " · ".join(words)


def _sides(session: Session, point: Breakpoint) -> list[tuple[str, Evaluate]]:
    found: list[tuple[str, Evaluate]] = []
    for text in (point.watch, point.condition):
        if text:
            expression: Expression = expressions.compile_expression(text, session.trace)
            found += expression.sides or ((expression.text, expression.evaluate),)
    return found


def _breakpoints(session: Session) -> list[str]:
    return [describe(session, point) for point in session.breakpoints] or ["there are no breakpoints: break dh"]


def _position(session: Session) -> list[str]:
    trace, k = session.trace, session.k
    ran = session.ran
    before = f"ran {ran.phase} {f't={ran.t} ' if ran.t else ''}{ran.instruction.name}" if ran else "nothing has run"
    run, u = session.run, session.cursor.u
    where = f"update {u} (epoch {run.epoch(u) + 1}) · " if u or run.reached > 0 else ""
    return [f"{where}position {k} of {trace.end} · {before} · next {place_text(trace, k)}"]


def _model(session: Session) -> list[str]:
    params, sizes = session.params, session.trace.sizes
    rows = [f"{params.cell} · in {sizes.inputs} · hidden {sizes.hidden} · out {sizes.classes}"]
    for name, array in params.items():
        with np.errstate(all="ignore"):
            size = float(expressions.norm(array))
        rows.append(f"{name} {_shape(array):<9} norm {magnitude(size, 6)}")
    return rows


def _sequence(session: Session) -> list[str]:
    trace, dataset = session.trace, session.dataset
    loss = f"mean loss {plain(trace.mean_loss, 5)}" if trace.sequence.target_count else "no targets"
    return [
        f"{dataset.name} · sequence {session.index + 1} of {len(dataset.sequences)} · T {len(trace)}",
        f"{trace.sequence.target_count} targets · {loss} · reduction {session.options.reduction}",
    ]


def _source(session: Session) -> list[str]:
    recipe = session.recipe
    weights = recipe.model or f"drawn: {recipe.init}, seed {recipe.seed}"
    weights = "those of your code, as its data and its options are" if session.alongside is not None else weights
    rows = [recipe.source, *([f"targets {recipe.targets}"] if recipe.targets else []), f"weights {weights}"]
    if session.notices:
        rows += [f"{'  ' if notice.plain else '? '}{notice}" for notice in session.notices]
        rows += ["? is assumed; the option after it changes it"] if any(not n.plain for n in session.notices) else []
    return rows


def _line(session: Session) -> list[str]:
    place = session.following
    if place is None:
        return ["the end: no line is about to run"]
    line = place.instruction
    where = f"{place.phase} {f't={place.t} ' if place.t else ''}·"
    if session.trace.program.is_cut(line.name, place.t):
        return [f"{where} {line.target}  {NOT_RUN}", f"reads nothing · writes {line.target}, which is 0 then"]
    return [
        f"{where} {line}",
        f"reads {' '.join(line.reads)} · writes {' '.join(line.writes)}",
    ]


EXPRESSION = (Argument("expression", str, required=True, rest=True),)
COMMANDS = (
    Command(
        name="print",
        run=_print,
        help="Print a value or an expression.",
        example="p norm(dW)",
        group="values",
        aliases=("p",),
        arguments=EXPRESSION,
    ),
    Command(
        name="display",
        run=_display,
        help="Keep an expression in sight, in the watches panel.",
        example="display norm(dh_next)",
        group="values",
        arguments=(Argument("expression", str, default="", rest=True),),
        reverse="undisplay",
    ),
    Command(
        name="undisplay",
        run=_undisplay,
        help="End a display, or all.",
        example="undisplay 1",
        group="values",
        arguments=(Argument("number", str, default=""),),
        reverse="display",
    ),
    Command(
        name="info",
        run=_info,
        help="What is set, where one is, what is being run.",
        example="info breakpoints",
        group="values",
        aliases=("i",),
        arguments=(Argument("topic", str, required=True, choices=TOPICS),),
    ),
    Command(
        name="assert",
        run=_assert,
        help="Fail a script where an expression does not hold.",
        example="assert norm(dW) < 10",
        group="values",
        arguments=EXPRESSION,
    ),
)
