"""Units that let (almost) no gradient through: saturated or dead.

Gates may well be open or shut for good; their rule is what the gradient does. Of gates only watchpoints are offered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnn_core.diagnostics.findings.finding import Finding, Rule, Watches
from rnn_core.flow.units import Shut, shut
from rnn_core.trace import Trace

if TYPE_CHECKING:
    from rnn_core.diagnostics.findings.evidence import Evidence

HALF = 0.5
"""Of the units."""
ADVICE = {
    "saturated": "smaller inputs (scale the features) or a smaller U, b and W; --init orthogonal",
    "dead": "a smaller learning rate, a bias that begins above 0, W that begins as identity (--init identity)",
}


def _find(evidence: Evidence) -> list[Finding]:
    gates = set(evidence.trace.program.cell.gates)
    found = []
    for each in shut(evidence.trace):
        if each.name in gates and each.function.name == "σ":
            continue
        found += _dead(each) if each.function.shut_word == "dead" else _saturated(each)
    return found


def _saturated(each: Shut) -> list[Finding]:
    share = each.share
    over = np.flatnonzero(share > HALF) + 1
    if len(over) * 2 < len(share):
        return []
    t = int(over[0])
    return [
        Finding(
            rule="saturation",
            cause="saturation",
            says=f"units are saturated: {share.mean():.0%} of {each.name} on average, from t={t} on",
            evidence=(
                f"{each.function.limit.replace('h', each.name)} for more than half of the units "
                f"in {len(over)} of {len(share)} timesteps",
                f"{len(each.always)} of {each.units.shape[1]} units are saturated all the time",
            ),
            place=f"{each.name} t={t}",
            advice=ADVICE["saturated"],
            weight=50.0,
            numbers={"t": t, "share": float(share.mean()), "always": len(each.always)},
        )
    ]


def _dead(each: Shut) -> list[Finding]:
    total = each.units.shape[1]
    if len(each.always) <= HALF * total:
        return []
    names = ", ".join(map(str, each.always[:8])) + (", …" if len(each.always) > 8 else "")
    return [
        Finding(
            rule="dead-units",
            cause="dead units",
            says=f"{len(each.always)} of {total} units are dead: {each.name} is 0 at every timestep",
            evidence=(f"units {names}",),
            place=f"{each.name} t=1",
            advice=ADVICE["dead"],
            weight=55.0,
            numbers={"dead": len(each.always), "units": total},
        )
    ]


def _watch(trace: Trace) -> Watches:
    found = []
    for each in shut(trace):
        if (each.share > HALF).any():
            of = "" if each.name == "h" else f" of {each.name}"
            watch = f"{each.function.share.format(each.name)} > {HALF:g}"
            found.append((watch, f"more than half of the units{of} are {each.function.shut_word}"))
    return found


RULES = (
    Rule("saturation", "more than half of the units saturated", lambda e: _named(e, "saturation"), _watch),
    Rule("dead-units", "more than half of the units dead", lambda e: _named(e, "dead-units")),
)


def _named(evidence: Evidence, rule: str) -> list[Finding]:
    return [finding for finding in _find(evidence) if finding.rule == rule]
