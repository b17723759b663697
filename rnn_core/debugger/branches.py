"""Forks: runs that go on from a place of another run with something changed, and how they are named."""

from __future__ import annotations

import re
from dataclasses import replace

from rnn_core.debugger.session import Branch, Session
from rnn_core.training.run import Run


def forked(session: Session, run: Run, edit: str, name: str = "") -> Session:
    """The session with one more branch, which is the current one; the cursor is still where it was."""
    branch = Branch(name or fresh_name(session, edit), run, session.branch, edit, session.cursor)
    return replace(session, branches=(*session.branches, branch), branch=branch.name)


def fresh_name(session: Session, edit: str) -> str:
    """A short name made of the command that forks, with a number where it is taken: init-orthogonal, set-W-2."""
    words = re.findall(r"[A-Za-z]+|[0-9.]+", edit)[:2]
    base = "-".join(words) or "fork"
    taken = {branch.name for branch in session.branches}
    return next(name for i in range(1, len(taken) + 2) if (name := base if i == 1 else f"{base}-{i}") not in taken)
