"""Truncation cuts a gradient that matters: the one of whole time is another."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from rnn_core.arrays import norm
from rnn_core.diagnostics.findings.evidence import Evidence
from rnn_core.diagnostics.findings.finding import Finding, Rule
from rnn_core.flow.rows import row_norms
from rnn_core.recorder import record
from rnn_core.views.numbers import magnitude

MATTERS = 0.1
"""The part of a gradient that is missing, from which on it matters."""


def _find(evidence: Evidence) -> list[Finding]:
    trace, window = evidence.trace, evidence.trace.options.truncation
    if not 0 < window < len(trace) or not np.isfinite(trace.dh).all():
        return []
    options = replace(trace.options, truncation=0, clip=None)
    full = record(trace.params, trace.sequence, options, state=trace.state, carried=trace.start)
    missing = {}
    for name in trace.params.cell.parameters:
        size = norm(full.gradients[name])
        if size > 0.0 and math.isfinite(size):
            missing[name] = norm(trace.gradients[name] - full.gradients[name]) / size
    name, most = max(missing.items(), key=lambda item: item[1], default=("", 0.0))
    if most < MATTERS:
        return []
    borders = np.arange(window, len(trace), window)
    crossing = row_norms(full.dh_next[borders])
    t = int(borders[np.argmax(crossing)])
    return [
        Finding(
            rule="truncation",
            cause="truncation",
            says=f"truncation cuts what matters: d{name} misses {most:.0%} of its size with windows of {window}",
            evidence=(
                *(f"d{each}: {share:.0%} of ‖d{each}‖ is missing" for each, share in missing.items()),
                f"at most is cut between t={t + 1} and t={t}: ‖dh_next[{t}]‖ would be {magnitude(crossing.max())}",
            ),
            place=f"dh_next t={t + 1}",
            advice="longer windows (tbptt 0 is none); truncation lists norms and angles",
            weight=60.0,
            numbers={"t": t + 1, "window": window, **{f"missing_{each}": share for each, share in missing.items()}},
        )
    ]


RULE = Rule("truncation", "truncation that cuts a gradient that matters", _find)
