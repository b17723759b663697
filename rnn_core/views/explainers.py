"""What each number was made from: one function for each line of the listing, and the table that names them.

Rule this file keeps: every number comes from the trace at the given position; nothing is recomputed another way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rnn_core.data import NO_TARGET
from rnn_core.model import PARAMETERS, Array
from rnn_core.optimisers import ALL_KEPT
from rnn_core.trace import FACTORS, Trace
from rnn_core.views.cells import cell_text, cell_value
from rnn_core.views.here import Here, result
from rnn_core.views.numbers import plain, short
from rnn_core.views.parts import Part, Row, addend, largest, terms, value
from rnn_core.views.update_explainers import kept, parameter

# -- forward --------------------------------------------------------------------------------------------------


def _a(here: Here) -> list[Row]:
    trace, t, i = here.trace, here.t, here.unit
    p, x, h = trace.params, trace.x[t - 1], trace.h[t - 1]
    parts = (float(p.U[i] @ x), float(p.W[i] @ h), float(p.b[i]))
    words = (" input", " recurrent", " bias")
    row = result(here)
    for n, (number, word) in enumerate(zip(parts, words, strict=True)):
        row = (*row, Part("  " if n else " = ", "dim"), addend(number), Part(word, "dim"))
    return [
        row,
        terms("input    ", p.U[i], x, lambda j: f"U[{i},{j}]·x[{t}][{j}]", here.width),
        terms("recurrent", p.W[i], h, lambda j: f"W[{i},{j}]·h[{t - 1}][{j}]", here.width),
    ]


def _h(here: Here) -> list[Row]:
    a = here.trace.a[here.t - 1, here.unit] if here.t else None
    if a is None:
        return [result(here), (Part("the initial state, given", "dim"),)]
    slope = 1.0 - here.value**2
    return [
        (*result(here), Part(" = tanh(", "dim"), value(a), Part(")", "dim")),
        (Part("slope 1 - h² = ", "dim"), value(slope),
         Part("   the share of the gradient that passes back here", "dim")),
    ]  # fmt: skip


def _z(here: Here) -> list[Row]:
    trace, t, j = here.trace, here.t, here.unit
    p, h = trace.params, trace.h[t]
    row = (*result(here), Part(" = ", "dim"), addend(p.V[j] @ h), Part(" V·h  ", "dim"), addend(p.c[j]),
           Part(" bias", "dim"))  # fmt: skip
    return [row, terms("V·h", p.V[j], h, lambda i: f"V[{j},{i}]·h[{t}][{i}]", here.width)]


def _p(here: Here) -> list[Row]:
    trace, t, j = here.trace, here.t, here.unit
    z, p = trace.z[t - 1], trace.p[t - 1]
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
    return [first, second, _verdict(trace, t, p)]


def _verdict(trace: Trace, t: int, p: Array) -> Row:
    target, best = int(trace.y[t - 1]), int(np.argmax(p))
    says: Row = (Part(f"predicts {best}", "text"), Part(" with ", "dim"), Part(plain(float(p[best])), "value"))
    if target == NO_TARGET:
        return (*says, Part("   no target at this timestep", "dim"))
    return (*says, Part(f"   target {target}", "text"), Part(" has ", "dim"), Part(plain(float(p[target])), "value"))


def _loss(here: Here) -> list[Row]:
    trace = here.trace
    t = trace.program.times_run("loss", here.k, len(trace))
    before = float(trace.running_loss[t - 2]) if t > 1 else 0.0
    added = here.value - before
    row = (*result(here), Part(" = ", "dim"), addend(before), Part(" before  ", "dim"), addend(added),
           Part(f" at t = {t}", "dim"))  # fmt: skip
    return [row, *_nll_rows(trace, t)]


def _nll(here: Here) -> list[Row]:
    return [result(here), *_nll_rows(here.trace, here.t)]


def _nll_rows(trace: Trace, t: int) -> list[Row]:
    target = int(trace.y[t - 1])
    if target == NO_TARGET:
        return [(Part("no target at this timestep: it adds nothing", "dim"),)]
    mean = (
        (Part(f"   divided by M = {trace.sequence.target_count}", "dim"),) if trace.options.reduction == "mean" else ()
    )
    nll, p = float(trace.nll[t - 1]), float(trace.p[t - 1, target])
    return [(Part(f"-log p[{t}][{target}] = -log ", "dim"), Part(plain(p), "value"), Part(" = ", "dim"),
             Part(plain(nll), "value"), *mean)]  # fmt: skip


# -- backward -------------------------------------------------------------------------------------------------


def _dz(here: Here) -> list[Row]:
    trace, t, j = here.trace, here.t, here.unit
    target = int(trace.y[t - 1])
    if target == NO_TARGET:
        return [result(here), (Part("no target at this timestep: no error here", "dim"),)]
    p = float(trace.p[t - 1, j])
    mean = trace.options.reduction == "mean"
    bracket, close = ("(", f") / {trace.sequence.target_count}") if mean else ("", "")
    row = (
        *result(here),
        Part(f" = {bracket}", "dim"),
        value(p),
        Part(f" - {1 if j == target else 0}{close}", "value"),
    )
    return [row, _verdict(trace, t, trace.p[t - 1])]


def _dh(here: Here) -> list[Row]:
    trace, t, i = here.trace, here.t, here.unit
    dz, carried = trace.dz[t - 1], float(trace.dh_next[t, i])
    V, W = trace.params.V, trace.params.W
    last = t == len(trace)
    cut = not last and trace.program.is_cut("dh_next", t + 1)
    word = f" carried from t={t + 1}"
    if last:
        word = " carried (nothing comes after the last timestep)"
    elif cut:
        word = f" carried (a window ends: t={t + 1} is in the next)"
    row = (*result(here), Part(" = ", "dim"), addend(V[:, i] @ dz), Part(" local  ", "dim"), addend(carried),
           Part(word, "dim"))  # fmt: skip
    rows = [row, terms("local  ", V[:, i], dz, lambda j: f"V[{j},{i}]·dz[{t}][{j}]", here.width)]
    if not last and not cut:
        rows.append(terms("carried", W[:, i], trace.da[t], lambda j: f"W[{j},{i}]·da[{t + 1}][{j}]", here.width))
    return rows


def _da(here: Here) -> list[Row]:
    trace, t, i = here.trace, here.t, here.unit
    h, dh = float(trace.h[t, i]), float(trace.dh[t - 1, i])
    opening, closing = (" = (1 - (", ")²) · ") if h < 0.0 else (" = (1 - ", "²) · ")
    return [
        (*result(here), Part(opening, "dim"), value(h), Part(closing, "dim"), value(dh)),
        (Part("1 - h² = ", "dim"), Part(plain(1.0 - h * h), "value"),
         Part(f"   {100.0 * (1.0 - h * h):.3g} % of the gradient passes through tanh here", "dim")),
    ]  # fmt: skip


def _dh_next(here: Here) -> list[Row]:
    trace, i = here.trace, here.unit
    after = here.t + 1
    if after > len(trace):
        return [result(here), (Part("nothing is carried into the last timestep", "dim"),)]
    where = (Part(f"   carried into t={here.t}", "dim"),) if here.t else (Part("   the gradient at h[0]", "dim"),)
    da, W = trace.da[after - 1], trace.params.W
    if trace.program.is_cut("dh_next", after):
        return [
            (*result(here), Part(f"   a window of {trace.options.truncation} ends: t={after} begins the next", "dim")),
            terms("cut off", W[:, i], da, lambda j: f"W[{j},{i}]·da[{after}][{j}]", here.width),
        ]
    return [(*result(here), *where), terms("Wᵀ·da", W[:, i], da, lambda j: f"W[{j},{i}]·da[{after}][{j}]", here.width)]


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
        Part(cell_text(here.cell), "name"),
        Part(" = "),
        Part(short(now), "dim" if clipped else "result"),
        Part(" = ", "dim"),
        addend(before),
        Part(" before  ", "dim"),
        addend(added),
        Part(f" at t={t}", "dim"),
    )
    rows = [row, (Part(f"at t={t}: ", "dim"), *_factors(trace, name, index, t))]
    if clipped:
        rows.append((Part("clipped to ", "dim"), Part(short(here.value), "result")))
    if count > 1:
        left, right = (factor_series(trace, factor, at) for factor, at in zip(FACTORS[name], (*index, 0), strict=False))
        products = (left * right)[t - 1 :]
        rows.append(largest((Part(f"of {count} timesteps: ", "dim"),), products, lambda i: f"t={t + i}", here.width))
    return rows


def factor_series(trace: Trace, factor: str, at: int) -> Array:
    """One factor of a gradient's products over all timesteps: da[t][at], h[t-1][at], …; the bias gradients have 1."""
    series: dict[str, Callable[[], Array]] = {
        "da": lambda: trace.da[:, at],
        "dz": lambda: trace.dz[:, at],
        "x": lambda: trace.x[:, at],
        "h": lambda: trace.h[1:, at],
        "h_prev": lambda: trace.h[:-1, at],
        "1": lambda: np.ones(len(trace)),
    }
    return series[factor]()


def _factors(trace: Trace, name: str, index: Sequence[int], t: int) -> Row:
    parts: list[Part] = []
    for factor, at in zip(FACTORS[name], (*index, 0), strict=False):
        if factor == "1":
            continue
        shown = {"h_prev": f"h[{t - 1}]"}.get(factor, f"{factor}[{t}]")
        if parts:
            parts.append(Part(" · ", "dim"))
        parts += [Part(f"{shown}[{at}] ", "dim"), value(factor_series(trace, factor, at)[t - 1])]
    return tuple(parts)


# -- given ----------------------------------------------------------------------------------------------------


def _given(here: Here) -> list[Row]:
    return [result(here), (Part("given", "dim"),)]


EXPLAINERS: dict[str, Callable[[Here], list[Row]]] = {
    "a": _a, "h": _h, "z": _z, "p": _p, "loss": _loss, "nll": _nll, "dz": _dz, "dh": _dh, "da": _da,
    "dh_next": _dh_next, **{f"d{name}": _gradient for name in PARAMETERS},
    **dict.fromkeys(PARAMETERS, parameter), **dict.fromkeys(ALL_KEPT, kept), "x": _given, "y": _given, "h0": _given,
}  # fmt: skip
