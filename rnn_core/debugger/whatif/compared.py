"""A session shown against another branch, or a person's own code: what panels read in place of the trace."""

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
    """The session as panels show it: with a difference from a branch that is compared, where that has the place.

    Beside a person's own code, it has their numbers, or theirs minus ours.
    """
    run = session.beside
    if run is not None and session.side != "ours" and not session.compared:
        from rnn_core.alongside.theirs import exactly, theirs  # who opens no code of their own does not wait for it

        if session.side == "theirs":
            return replace(session, difference=theirs(run, session.trace))
        return replace(session, difference=difference(exactly(run, session.trace), session.trace))
    other = other_trace(session) if session.compared else None
    if other is None or not_there(session.trace, session.k, other):
        return session
    return replace(session, difference=difference(session.trace, other))
