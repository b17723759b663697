"""How findings are printed: numbered, most important first."""

from __future__ import annotations

from rnn_core.diagnostics.findings.finding import Finding

NOTHING = "nothing found: no rule has anything to say of this update"


def lines(found: tuple[Finding, ...], goes: str = "") -> list[str]:
    """A finding in a few lines each: what, how that shows, what to do, where. `goes` says how to go to the Nth."""
    if not found:
        return [NOTHING]
    text = []
    for number, finding in enumerate(found, start=1):
        text.append(f"{number}  {finding.says}")
        text += [f"     {line}" for line in finding.evidence]
        text.append(f"   → {finding.advice}")
        text.append(f"   at {finding.place}" + (f": {goes} {number} goes there" if goes else ""))
    return text
