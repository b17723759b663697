"""Gradients that are exactly zero, whatever the numbers are: nothing is learnt there, and nobody is told."""

from __future__ import annotations

import numpy as np

from rnn_core.diagnostics.findings.evidence import Evidence
from rnn_core.diagnostics.findings.finding import Finding, Rule
from rnn_core.trace import Trace


def _find(evidence: Evidence) -> list[Finding]:
    trace = evidence.trace
    targets = np.flatnonzero(trace.sequence.has_target) + 1
    if not len(targets):
        return [_finding("no targets", "no timestep has a target: every gradient is zero", ("M = 0",),
                         "a column of targets (--target-column), or a file of them (--targets)", "start")]  # fmt: skip
    found = []
    recurrent = [name for name, axes in trace.params.cell.parameters.items() if axes[-1] == "column"]
    first = trace.program.window(1, len(trace))[1]
    for name in recurrent:
        if trace.gradients[name].any() or not _right_is_zero(trace, name):
            continue
        why = "T = 1" if len(trace) == 1 else f"only t=1 … {int(targets[-1])} have gradients"
        found.append(
            _finding(
                "h[t-1] is 0",
                f"d{name} is exactly zero: h[t-1] is 0 wherever a gradient arrives, so {name} cannot learn",
                (f"d{name} += outer(…, h[t-1]), and h[0] = 0; {why}, windows of {first}",),
                "longer sequences, an h0 that is not zero, or targets later in the sequence",
                f"d{name} t=1",
            )
        )
    if not trace.params["V"].any():
        says = "nothing is carried back: V is zero, so dh = Vᵀ·dz is zero at every timestep"
        only = ("only V and c learn in this update",)
        found.append(_finding("V is 0", says, only, "draw V at random", f"dh t={int(targets[-1])}"))
    return found


def _right_is_zero(trace: Trace, name: str) -> bool:
    """Whether a gradient is zero by its second factor, while the first one is not."""
    factors = trace.program.sums[f"d{name}"].factors
    if factors is None or factors[1] is None:
        return False
    left, right = trace.over_time(factors[0]), trace.over_time(factors[1])
    arrives = left.any(axis=1)
    return bool(arrives.any()) and not right[arrives].any()


def _finding(cause: str, says: str, evidence: tuple[str, ...], advice: str, place: str) -> Finding:
    return Finding(
        rule="zero-gradient", cause=cause, says=says, evidence=evidence, advice=advice, place=place, weight=90.0
    )


RULE = Rule("zero-gradient", "gradients that are zero by construction", _find)
