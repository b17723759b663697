"""Forks: runs that go on from a place of another run with something changed; how they are named, found and dropped."""

from __future__ import annotations

import re
from dataclasses import replace

from rnn_core.debugger.session import MAIN, Branch, Session
from rnn_core.errors import UsageError, quoted
from rnn_core.training.run import Run

NAME = re.compile(r"[A-Za-z_][\w.-]{0,39}", re.ASCII)
"""What a fork may be called."""
RESERVED = ("off",)
"""Words that `diff` takes in place of a name."""


def forked(session: Session, run: Run, edit: str, name: str = "") -> Session:
    """The session with one more branch, which is the current one; the cursor is still where it was."""
    branch = Branch(name or fresh_name(session, edit), run, session.branch, edit, session.cursor)
    return replace(session, branches=(*session.branches, branch), branch=branch.name)


def fresh_name(session: Session, edit: str, besides: Branch | None = None) -> str:
    """A short name made of the command that forks, with a number where it is taken, other than by `besides`:
    init-orthogonal, set-W-2."""
    words = re.findall(r"[A-Za-z]\w*|[0-9.]+", edit, re.ASCII)[:2]
    base = "-".join(words)[:30] or "fork"
    taken = {branch.name for branch in session.branches if branch is not besides}
    return next(name for i in range(1, len(taken) + 2) if (name := base if i == 1 else f"{base}-{i}") not in taken)


def found(session: Session, name: str) -> Branch:
    """The branch of that name. Raises UsageError."""
    branch = session.named(name)
    if branch is None:
        raise UsageError(f"there is no fork {quoted(name)}", fix="forks lists them")
    return branch


def current(session: Session) -> Branch:
    """The branch that is looked at."""
    return found(session, session.branch)


def switched(session: Session, name: str) -> Session:
    """The session with another branch as the current one; its trace and cursor are still those of the one before.

    Where the two were shown against each other they still are, the other way round.
    """
    compared = session.branch if session.compared == name else session.compared
    return replace(session, branch=name, compared=compared)


def dropped(session: Session, name: str) -> Session:
    """The session without a branch. Raises UsageError for the current one, and where a fork of it is kept."""
    branch = found(session, name)
    if branch.name == session.branch:
        raise UsageError(f"{name} is the one that is looked at", fix="fork NAME or undo leaves it")
    if kept := [other.name for other in session.branches if other.parent == name]:
        raise UsageError(f"{kept[0]} is a fork of {name}", fix=f"drop {kept[0]} first")
    branches = tuple(other for other in session.branches if other is not branch)
    return replace(session, branches=branches, compared="" if session.compared == name else session.compared)


def renamed(session: Session, name: str) -> Session:
    """The session with another name for the current fork. Raises UsageError."""
    if session.branch == MAIN:
        raise UsageError(f"{MAIN} keeps its name", fix="rename is for forks")
    if not NAME.fullmatch(name) or name in RESERVED:
        raise UsageError(f"{quoted(name)} is not a name", fix="letters, digits, _ . and -, beginning with a letter")
    if session.named(name) is not None:
        raise UsageError(f"{quoted(name)} is taken", fix="forks lists them")
    was = session.branch
    branches = tuple(
        replace(
            branch,
            name=name if branch.name == was else branch.name,
            parent=name if branch.parent == was else branch.parent,
        )
        for branch in session.branches
    )
    return replace(session, branches=branches, branch=name)


def alone(session: Session) -> Session:
    """The session shown as it is, and not against another branch."""
    return replace(session, compared="")
