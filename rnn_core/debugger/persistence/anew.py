"""A person's own program opened again after it was changed, with the cursor on its line."""

from __future__ import annotations

import os
from dataclasses import replace

from rnn_core.debugger.persistence.opening import open_session
from rnn_core.debugger.selection import with_fitting_view
from rnn_core.debugger.session import Session
from rnn_core.errors import RnnError, UsageError, one_line
from rnn_core.progress import Progress, silent
from rnn_core.trace import Trace


def opened_anew(session: Session, progress: Progress = silent) -> Session | RnnError:
    """What the program makes now, or why it makes nothing. Raises UsageError where no program was opened."""
    if session.alongside is None:
        raise UsageError("there is no code of your own here", fix="rnn-tui my_rnn.py opens it")
    try:
        return open_session(session.recipe, progress=progress)
    except RnnError as error:
        return error


def taken_over(session: Session, made: Session | RnnError) -> tuple[Session, str]:
    """The session with the program as it is now, at the same line, and what is to be said."""
    run = session.alongside
    assert run is not None
    if isinstance(made, RnnError):
        why = one_line(str(made).replace(run.path, os.path.basename(run.path)))
        stale = replace(run, verdict="unsure", says=why, stale=f"not what is saved now: {why}")
        return replace(session, alongside=stale), why
    assert made.alongside is not None
    kept = {name: getattr(session, name) for name in ("breakpoints", "displays", "side", "by", "view")}
    new = with_fitting_view(replace(made, **kept)).offered()
    new = new.at(same_line(session.trace, session.k, new.trace))
    gone = len(session.branches) - 1
    lost = f" · {gone} fork{'s' * (gone > 1)} of the run before {'are' if gone > 1 else 'is'} gone" if gone else ""
    return new, f"{made.alongside.verdict}: {made.alongside.says}{lost}"


def same_line(before: Trace, k: int, now: Trace) -> int:
    """The position of another trace at which the same line has run, at the same timestep where there is one."""
    place = before.place(k)
    if place is None:
        return 0
    names = [line.name for line in now.program.phase(place.phase)]
    if place.instruction.name not in names:
        return min(now.program.borders(len(now))[2], now.end)
    t = min(place.t, len(now)) if place.t else 0
    return min(now.program.number(place.phase, t, place.instruction.name, len(now)), now.end)
