"""All rules. A new one is a file here, or an entry of one, and a line below.

What the watchpoints at the start need is imported at once, the rest when somebody asks for findings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnn_core.diagnostics.findings import exploding, not_finite, shut_units, vanishing
from rnn_core.diagnostics.findings.finding import Finding, Rule, Watches
from rnn_core.trace import Trace

if TYPE_CHECKING:
    from rnn_core.diagnostics.findings.evidence import Evidence

WATCHING: tuple[Rule, ...] = (not_finite.RULE, vanishing.RULE, exploding.RULE, *shut_units.RULES)
"""The rules that have something to watch."""


def rules() -> tuple[Rule, ...]:
    """Every rule."""
    from rnn_core.diagnostics.findings import answers, truncated, updates, zeros

    return (*WATCHING, zeros.RULE, truncated.RULE, *updates.RULES, *answers.RULES)


def found(evidence: Evidence) -> tuple[Finding, ...]:
    """What is wrong, most important first."""
    every = [finding for rule in rules() for finding in rule.find(evidence)]
    return tuple(sorted(every, key=lambda finding: -finding.weight))


def watches(trace: Trace) -> Watches:
    """(watch expression, why) for what goes wrong somewhere in this trace, and can be watched."""
    return [watch for rule in WATCHING for watch in rule.watch(trace)]
