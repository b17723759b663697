"""What truncation does to a gradient: its norm and its direction beside those of the full gradient.

The full gradient is that of the same parameters, data and initial state, with nothing cut. A cosine of 1 says that
truncation only changes how long a gradient is; one near 0 or below, that it leads elsewhere. V and c are not behind
any window's border, so theirs are never changed. Gradients are those before clipping.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from rnn_core.arrays import Array, Arrays, norm
from rnn_core.language.derivation import gradient_of
from rnn_core.recorder import record
from rnn_core.records import dataclass
from rnn_core.remembering import remembered
from rnn_core.trace import Trace
from rnn_core.views.numbers import magnitude


@dataclass(frozen=True)
class Compared:
    """One gradient: its norm with and without truncation, and the cosine of the angle between the two.

    The cosine is NaN where one of them is zero or not finite.
    """

    name: str
    truncated: float
    full: float
    cosine: float


@dataclass(frozen=True)
class Report:
    """The gradients, all of them as one vector, and that of the initial state."""

    truncation: int
    timesteps: int
    rows: tuple[Compared, ...]

    def __getitem__(self, name: str) -> Compared:
        """By name: dW, all, dh_next[0]."""
        return next(row for row in self.rows if row.name == name)


@remembered
def compare(trace: Trace) -> Report:
    """Carry the error back once more with nothing cut, and compare."""
    with np.errstate(all="ignore"):
        full, full_h0 = _full(trace)
        cut = trace.gradients
        rows = [_compared(gradient_of(name), cut[name], full[name]) for name in cut]
        rows.append(_compared("all", cut.line(), full.line()))
        rows.append(_compared("dh_next[0]", trace.dh_next[0], full_h0))
    return Report(trace.options.truncation, len(trace), tuple(rows))


def _full(trace: Trace) -> tuple[Arrays, Array]:
    """The gradients over all of time, and that of the initial state; the forward pass is the same."""
    options = replace(trace.options, truncation=0, clip=None)
    full = record(trace.params, trace.sequence, options, state=trace.state, carried=trace.start)
    return full.gradients, full.dh_next[0]


def _compared(name: str, cut: Array, full: Array) -> Compared:
    sizes = norm(cut), norm(full)
    cosine = math.nan
    if all(size > 0.0 and math.isfinite(size) for size in sizes):
        # the rounding of two unit vectors may lead a little beyond 1
        cosine = float(np.clip(np.sum((cut / sizes[0]) * (full / sizes[1])), -1.0, 1.0))
    return Compared(name, *sizes, cosine)


def lines(report: Report) -> list[str]:
    """The report as a table, a gradient a line; the last line says what was compared."""
    table = [("gradient", "truncated", "full", "ratio", "cosine")]
    for row in report.rows:
        ratio = magnitude(row.truncated / row.full) if row.full > 0.0 else "–"
        cosine = "–" if math.isnan(row.cosine) else f"{row.cosine:+.4f}"
        table.append((row.name, magnitude(row.truncated), magnitude(row.full), ratio, cosine))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    text = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return [*text, verdict(report)]


def verdict(report: Report) -> str:
    """What was compared, in one line."""
    K, T = report.truncation, report.timesteps
    if not 0 < K < T:
        window = f"windows of {K} timesteps, and T = {T}" if K else "no truncation"
        return f"{window}: the gradients are the full ones"
    all_five = report["all"]
    angle = "" if math.isnan(all_five.cosine) else f", {math.degrees(math.acos(all_five.cosine)):.3g}° off"
    if not all_five.full > 0.0:
        return f"windows of {K} of {T} timesteps: the full gradient is {magnitude(all_five.full)}"
    share = f"{100.0 * all_five.truncated / all_five.full:.3g} %"
    return f"windows of {K} of {T} timesteps: {share} of the full norm{angle}"
