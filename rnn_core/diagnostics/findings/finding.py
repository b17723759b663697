"""What a finding is, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rnn_core.records import dataclass
from rnn_core.trace import Trace

if TYPE_CHECKING:
    from rnn_core.diagnostics.findings.evidence import Evidence


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is wrong."""

    rule: str
    """The rule that found it; `--fail-on` names it."""
    says: str
    """What is wrong, in a sentence."""
    evidence: tuple[str, ...]
    """How that shows, a line each."""
    advice: str
    """What people do about it."""
    weight: float
    """The larger the more important."""
    cause: str = ""
    """Why, in a word or two: saturation, small W, closed gate."""
    place: str = ""
    """Where to look, as `goto` takes it."""
    numbers: Mapping[str, float] = {}
    """The evidence as numbers, for programs."""

    def as_json(self) -> dict[str, Any]:
        """Everything as plain data; what is not finite is written as a word."""
        return {
            "rule": self.rule, "cause": self.cause, "says": self.says, "evidence": list(self.evidence),
            "place": self.place, "advice": self.advice, "numbers": dict(self.numbers),
        }  # fmt: skip


Watches = list[tuple[str, str]]
"""Watch expressions that stop where something goes wrong, and why."""


def no_watches(_trace: Trace) -> Watches:
    """Nothing that a watch expression could say."""
    return []


@dataclass(frozen=True)
class Rule:
    """One kind of thing that goes wrong."""

    name: str
    help: str
    """What it finds, in a few words."""
    find: Callable[[Evidence], list[Finding]]
    watch: Callable[[Trace], Watches] = no_watches
    """What to offer at the start of a trace; cheap."""
