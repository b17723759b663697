"""A pass leaves the finite numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnn_core.diagnostics.findings.finding import Finding, Rule, Watches
from rnn_core.trace import Trace

if TYPE_CHECKING:
    from rnn_core.diagnostics.findings.evidence import Evidence


def _watch(trace: Trace) -> Watches:
    found, name = [], _forward(trace)
    if not np.isfinite(trace.rows[name]).all():
        found.append((f"not finite({name})", "the forward pass leaves the finite numbers"))
    if not np.isfinite(trace.dh).all():
        found.append(("not finite(dh)", "the backward pass leaves the finite numbers"))
    return found


def _forward(trace: Trace) -> str:
    """What says that the forward pass is not finite: the preactivation, or h in a cell that has none of this name."""
    return "a" if "a" in trace.rows else "h"


def _find(evidence: Evidence) -> list[Finding]:
    trace = evidence.trace
    for name, where, first in ((_forward(trace), "forward", True), ("dh", "backward", False)):
        bad = np.flatnonzero(~np.isfinite(trace.rows[name]).all(axis=1)) + 1
        if not len(bad):
            continue
        t = int(bad[0] if first else bad[-1])
        return [
            Finding(
                rule="not-finite",
                cause=f"{where} pass",
                says=f"the {where} pass leaves the finite numbers at t={t}",
                evidence=(f"{name}[{t}] is the first row with inf or nan; {len(bad)} of {len(trace)} rows have some",),
                place=f"{name} t={t}",
                advice="smaller weights or inputs, a smaller learning rate before it got here, clipping",
                weight=100.0,
                numbers={"t": t, "rows": len(bad)},
            )
        ]
    return []


RULE = Rule("not-finite", "inf or nan in the forward or backward pass", _find, _watch)
