"""A session shown against another branch: the trace to subtract, and the session that shows the difference."""

from __future__ import annotations

from dataclasses import replace

from rnn_core.debugger.session import Session
from rnn_core.trace import Trace
from rnn_core.views.difference import difference, not_there


def other_trace(session: Session) -> Trace | None:
    """The trace of this update in the branch that is compared; None without one, and where it is not computed yet."""
    other, u = session.named(session.compared), session.cursor.u
    if other is None or other.run.reached < u:
        return None
    return other.run.trace(u)


def missing(session: Session) -> str:
    """Why the compared branch has no such place; empty where it has."""
    if not session.compared:
        return ""
    other = other_trace(session)
    if other is None:
        return f"{session.compared} has not come to update {session.cursor.u}"
    why = not_there(session.trace, session.k, other)
    return f"not there in {session.compared}: {why}" if why else ""


def differing(session: Session) -> Session:
    """The session as panels show it: with the difference, where a branch is compared and has the place."""
    other = other_trace(session) if session.compared else None
    if other is None or not_there(session.trace, session.k, other):
        return session
    return replace(session, difference=difference(session.trace, other))
