"""Session files and run files opened again: the source, the forks, what was computed of them, and the place.

Rules this file keeps:
- Forks are made again by the commands that made them; what a run file remembers spares computing and changes nothing.
- A source that has changed is reported, and the position kept as far as the run still reaches.
"""

from __future__ import annotations

import os
from dataclasses import replace

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.outcome import Fork, RunSequence, Weights
from rnn_core.debugger.persistence import opening, run_file
from rnn_core.debugger.persistence.digests import ROLES
from rnn_core.debugger.persistence.run_file import Stored
from rnn_core.debugger.persistence.session_file import Saved, SavedBranch
from rnn_core.debugger.position.cells import fitted, parse_cell
from rnn_core.debugger.position.places import Location
from rnn_core.debugger.session import MAIN, Session
from rnn_core.debugger.whatif import forking
from rnn_core.debugger.whatif.weights import weights
from rnn_core.errors import InputError, RnnError, ShapeError, quoted
from rnn_core.formats import files
from rnn_core.progress import Progress, silent
from rnn_core.training.run import Run
from rnn_core.views.cells import cell_text
from rnn_core.views.options import Cell


def reopen(path: str, progress: Progress = silent) -> tuple[Session, tuple[str, ...]]:
    """The session of a session file or a run file, and what has changed since it was saved. Raises RnnError."""
    path = os.path.expanduser(path)
    return put_together(run_file.load(path), files.base_name(path), progress)


def put_together(stored: Stored, name: str, progress: Progress = silent) -> tuple[Session, tuple[str, ...]]:
    """The session that a file called `name` says, and what has changed since it was saved. Raises RnnError.

    Forks are made again by the commands that made them. What is remembered of the runs is used where the sources are
    the same. Otherwise, the runs are computed as far as they were.
    """
    saved, memories = stored
    if opening.is_code(saved.recipe):  # a file that is only read must not be able to run a program
        what = f"it is of {files.base_name(saved.recipe.path)}, which is a program"
        raise InputError(what, where=name, fix=f"rnn-tui {saved.recipe.path} runs it")
    try:
        session = opening.open_session(saved.recipe, progress=progress)
    except RnnError as error:
        raise error.inside(name) from None
    if _changed(saved, session):
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
    session, changes = _restored(saved, session, name)
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
    if not (done.effects and all(isinstance(effect, RunSequence | Fork | Weights) for effect in done.effects)):
        raise InputError(f"{quoted(branch.edit)} makes no fork", where="edit")
    for effect in done.effects:
        if isinstance(effect, RunSequence):
            done = forking.run_sequence(replace(effect, forks=True), done.session, silent)
        elif isinstance(effect, Fork):
            done = forking.fork(effect, done.session, silent)
        elif isinstance(effect, Weights):
            done = weights(replace(effect, beside=False), done.session, silent)
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


# -- the place in it ---------------------------------------------------------------------------------------------


def _changed(saved: Saved, opened: Session) -> tuple[str, ...]:
    """A line for each file that is no longer what it was."""
    before, now = dict(saved.sha256), dict(opened.sha256)
    return tuple(
        f"{files.base_name(getattr(saved.recipe, field))} has changed since it was saved"
        for role, field in ROLES.items()
        if before.get(role) != now.get(role)
    )


def _restored(saved: Saved, opened: Session, name: str) -> tuple[Session, tuple[str, ...]]:
    """A session as it was saved, and what has changed since; `opened` has all its branches.

    `name` is the file's, for errors. Raises InputError where a breakpoint is at a line that the listing has not.
    """
    session = replace(opened, branch=saved.branch, compared=saved.compared, through=saved.through)
    trace, notes = session.run.trace(saved.position.update), list(_changed(saved, opened))
    k = min(saved.position.k, trace.end)
    if k < saved.position.k:
        notes.append(f"position {saved.position.k} is beyond the end, which is {k} now")
    session = session.within(trace, k)
    for i, point in enumerate(saved.breakpoints):
        if point.location and not _stands(point.location, session):
            raise InputError(f"no place {quoted(point.location)}", where=f"{name}, breakpoints[{i}].location")
    view = replace(saved.view, units=fitted(saved.view.units, trace), pinned=_pinned(saved.view.pinned, session, k))
    kept = {field: getattr(saved, field) for field in ("breakpoints", "displays", "marks")}
    return replace(session, view=view, **kept), tuple(notes)


def _stands(location: Location, session: Session) -> bool:
    try:
        return Location.parse(str(location), session.trace.program) == location
    except RnnError:
        return False


def _pinned(cell: Cell | None, session: Session, k: int) -> Cell | None:
    try:
        return cell and parse_cell(session.trace, cell_text(session.trace, cell), k)
    except RnnError:
        return None
