"""What is answered in words: the check of the gradients, and the help."""

from __future__ import annotations

from rnn_core.debugger.commands import help
from rnn_core.debugger.outcome import Check, Outcome, ShowHelp
from rnn_core.debugger.session import Session
from rnn_core.diagnostics import gradient_check, report
from rnn_core.progress import Progress


def check(effect: Check, session: Session, progress: Progress) -> Outcome:
    """Check the gradients by complex steps."""
    found = gradient_check.check(session.trace, timestep=effect.timestep, progress=progress)
    return Outcome(session, "\n".join(report.lines(found, maps=effect.maps)), failed=not found.good)


def show_help(effect: ShowHelp, session: Session, _progress: Progress) -> Outcome:
    """The help as text."""
    return Outcome(session, help.text(effect.topic))
