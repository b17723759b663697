"""The gradient grows on its way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnn_core.diagnostics.findings.finding import Finding, Rule, Watches
from rnn_core.flow.rows import row_norms
from rnn_core.trace import Trace
from rnn_core.views.numbers import power

if TYPE_CHECKING:
    from rnn_core.diagnostics.findings.evidence import Evidence

EXPLODING = 1e3
"""Growth from which a gradient explodes, and the size that is offered to be watched (SageMaker Debugger's rule)."""


def _find(evidence: Evidence) -> list[Finding]:
    from rnn_core.diagnostics.findings.attribution import of_exploding  # the offers at the start do without

    if evidence.followed is None:
        return []
    left = np.nan_to_num(evidence.left, nan=-np.inf)
    grown = left > np.log10(EXPLODING)
    rows = np.flatnonzero(grown.any(axis=1))
    if not len(rows):
        return []
    row = int(rows[-1])
    t, peak = int(evidence.followed.losses[row]), int(np.argmax(left[row]))
    first = int(np.argmax(grown[row]))
    cause = of_exploding(evidence.trace, t, peak)
    growth = float(left[row, peak])
    return [
        Finding(
            rule="exploding",
            cause=cause.name,
            says=f"the gradient explodes ({cause.name}): L[{t}]'s is {power(growth)} times as large at h[{t - peak}], "
            f"{peak} back",
            evidence=(
                f"it is 1000 times as large from h[{t - first}] on, {first} back",
                f"{len(rows)} of {len(left)} losses that were followed explode",
                *cause.evidence,
            ),
            place=f"dh t={max(t - first, 1)}",
            advice=cause.advice,
            weight=80.0,
            numbers={"t": t, "k": t - peak, "lags": peak, "log10_growth": growth},
        )
    ]


def _watch(trace: Trace) -> Watches:
    with np.errstate(all="ignore"):
        explodes = bool((row_norms(trace.dh_next[:-1]) > EXPLODING).any())
    return [(f"norm(dh_next) > {EXPLODING:g}", "the carried gradient explodes")] if explodes else []


RULE = Rule("exploding", "a gradient that grows a thousandfold on its way back, and why", _find, _watch)
