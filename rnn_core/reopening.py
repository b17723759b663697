"""Session files and run files opened again: the source, the forks, what was computed of them, and the place.

Rules this file keeps:
- Forks are made again by the commands that made them; what a run file remembers spares computing and changes nothing.
"""

from __future__ import annotations

import os
from dataclasses import replace

from rnn_core import runner
from rnn_core.debugger import restoring, run_file
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.outcome import Fork, Record
from rnn_core.debugger.run_file import Stored
from rnn_core.debugger.session import MAIN, Session
from rnn_core.debugger.sessions import SavedBranch
from rnn_core.errors import InputError, RnnError, ShapeError, quoted
from rnn_core.formats import files
from rnn_core.runner import Progress
from rnn_core.training.run import Run


def _silent(_share: float) -> None:
    """Progress that nobody looks at."""


def reopen(path: str, progress: Progress = _silent) -> tuple[Session, tuple[str, ...]]:
    """The session of a session file or a run file, and what has changed since it was saved. Raises RnnError."""
    path = os.path.expanduser(path)
    return put_together(run_file.load(path), files.base_name(path), progress)


def put_together(stored: Stored, name: str, progress: Progress = _silent) -> tuple[Session, tuple[str, ...]]:
    """The session that a file called `name` says, and what has changed since it was saved. Raises RnnError.

    Forks are made again by the commands that made them. What is remembered of the runs is taken over where the
    sources are the same; else, and without it, the runs are computed as far as they were.
    """
    saved, memories = stored
    try:
        session = runner.open_session(saved.recipe, progress=progress)
    except RnnError as error:
        raise error.inside(name) from None
    if restoring.changed(saved, session):
        memories = ()
    notes: list[str] = []
    for i, branch in enumerate(saved.branches):
        where = f"{name}, branches[{i}]"
        try:
            session = _with_branch(session, branch)
        except RnnError as error:
            raise error.inside(where) from None
        if memories:
            try:
                session.run.history.remember(memories[i])
            except ShapeError as error:
                notes.append(f"{error.inside(where)}, so it was computed anew")
        _compute(session.run, branch.reached, (i, len(saved.branches)), progress)
    session, changes = restoring.restored(saved, session, name)
    return session, (*notes, *changes)


def _with_branch(session: Session, branch: SavedBranch) -> Session:
    """The session with a branch as it was, which is the current one. Raises RnnError."""
    if branch.name == MAIN:
        return session
    at = replace(session, branch=branch.parent)
    at = at.within(at.run.trace(branch.made_at.u), branch.made_at.k)
    done = COMMANDS.execute(at, branch.edit)
    if done.failed:
        raise InputError(done.message, where="edit")
    if not (done.effects and all(isinstance(effect, Record | Fork) for effect in done.effects)):
        raise InputError(f"{quoted(branch.edit)} makes no fork", where="edit")
    for effect in done.effects:
        effect = replace(effect, forks=True) if isinstance(effect, Record) else effect
        done = runner.perform(effect, done.session)
    *before, made = done.session.branches
    if len(before) != len(session.branches) or made.name != done.session.branch:
        raise InputError(f"{quoted(branch.edit)} makes no fork", where="edit")
    named = replace(made, name=branch.name)
    return replace(done.session, branches=(*before, named), branch=branch.name)


def _compute(run: Run, reached: int, part: tuple[int, int], progress: Progress) -> None:
    """Compute a run as far as it was; `part` is which part of the progress this is, of how many."""
    start, (done, parts) = run.reached, part
    way = max(1, reached - start)
    run.learn(reached, stop=False, progress=lambda now: progress((done + min(1.0, (now - start) / way)) / parts))
