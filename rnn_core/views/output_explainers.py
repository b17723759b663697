"""What the numbers of the output layer were made from: probabilities, errors, losses."""

from __future__ import annotations

import numpy as np

from rnn_core.data import NO_TARGET
from rnn_core.language.expressions import Expression
from rnn_core.outputs.loss import Loss, LossGradient
from rnn_core.trace import Trace
from rnn_core.views.elements import At
from rnn_core.views.here import Here, result
from rnn_core.views.numbers import plain
from rnn_core.views.parts import Part, Row, addend, value

NOTHING = "no target at this timestep"


def softmax(here: Here, at: At, expression: Expression) -> list[Row]:
    """A probability: its exponential and the sum of all."""
    trace, t, j = here.trace, here.t, here.unit
    z = trace.z[t - 1]
    top = int(np.argmax(z))
    with np.errstate(all="ignore"):
        exps = np.exp(z - z[top])
    first = (*result(here), Part(" = exp(z - max z) / Σ = ", "dim"), Part(plain(float(exps[j])), "value"),
             Part(" / ", "dim"), Part(plain(float(exps.sum())), "value"))  # fmt: skip
    second = (
        Part(f"z[{j}] = ", "dim"),
        value(z[j]),
        Part("   max z = ", "dim"),
        value(z[top]),
        Part(f" (z[{top}])", "dim"),
    )
    return [first, second, _verdict(here)]


def error(here: Here, at: At, expression: Expression) -> list[Row]:
    """What the network says less its target, and what that means."""
    assert isinstance(expression, LossGradient)
    trace, t, j = here.trace, here.t, here.unit
    if not trace.sequence.has_target[t - 1]:
        return [result(here), (Part(expression.absent, "dim"),)]
    first, *others = expression.addends(trace.rows[expression.answer][t - 1], trace.y[t - 1], t, j)
    bracket, close = _divided(trace)
    row = result(here)
    if others:
        row = (*row, Part(f" = {bracket}", "dim"), value(first.value))
    for each in others:
        shown = (Part(each.shown, "value"),) if each.shown else _signed(-each.value)
        row = (*row, Part(" - ", "dim"), *shown, Part(close, "dim"))
    return [row, (Part(expression.says.format(t=t, j=j), "dim"),) if expression.says else _verdict(here)]


def _signed(number: float) -> Row:
    return (Part("(", "dim"), value(number), Part(")", "dim")) if number < 0.0 else (value(number),)


def _divided(trace: Trace) -> tuple[str, str]:
    return ("(", f") / {trace.sequence.target_count}") if trace.options.reduction == "mean" else ("", "")


def loss(here: Here) -> list[Row]:
    """The running loss: what it was, and what this timestep added."""
    trace = here.trace
    t = trace.program.times_run("loss", here.k, len(trace))
    before = float(trace.running_loss[t - 2]) if t > 1 else 0.0
    row = (*result(here), Part(" = ", "dim"), addend(before), Part(" before  ", "dim"), addend(here.value - before),
           Part(f" at t = {t}", "dim"))  # fmt: skip
    return [row, *_of_timestep(here, t)]


def timestep_loss(here: Here) -> list[Row]:
    """The loss of one timestep."""
    return [result(here), *_of_timestep(here, here.t)]


def _of_timestep(here: Here, t: int) -> list[Row]:
    trace = here.trace
    if not trace.sequence.has_target[t - 1]:
        return [(Part(f"{NOTHING}: it adds nothing", "dim"),)]
    mean = (
        (Part(f"   divided by M = {trace.sequence.target_count}", "dim"),) if trace.options.reduction == "mean" else ()
    )
    of = float(trace.rows[trace.program.output.timestep_loss][t - 1])
    output, y = trace.program.output, trace.y[t - 1]
    loss = output.lines(False)[-1][1]
    assert isinstance(loss, Loss)
    text = loss.written.replace("[y[t]]", f"[{y}]").replace("[t]", f"[{t}]")
    row: Row = (Part(f"{text} = ", "dim"),)
    if (step := loss.last_step(trace.rows[output.shown][t - 1], y)) is not None:
        row = (Part(f"{text} = {step[0]}", "dim"), Part(plain(step[1]), "value"), Part(" = ", "dim"))
    return [(*row, Part(plain(of), "value"), *mean)]


def _verdict(here: Here) -> Row:
    """What is predicted, and what the target has; classes by their names where they have any."""
    trace, t = here.trace, here.t
    p = trace.p[t - 1]
    target, best = int(trace.y[t - 1]), int(np.argmax(p))
    says: Row = (
        Part(f"predicts {here.class_name(best)}", "text"), Part(" with ", "dim"), Part(plain(float(p[best])), "value"),
    )  # fmt: skip
    if target == NO_TARGET:
        return (*says, Part(f"   {NOTHING}", "dim"))
    has = Part(f"   target {here.class_name(target)}", "text")
    return (*says, has, Part(" has ", "dim"), Part(plain(float(p[target])), "value"))
