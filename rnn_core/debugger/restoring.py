"""A saved session put together again on the runs that its recipe makes now.

Rules this file keeps:
- A source that is no longer what it was is told, and the position kept as far as the run still reaches.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rnn_core.debugger.digests import ROLES
from rnn_core.debugger.locations import Location
from rnn_core.debugger.selection import fitted, parse_cell
from rnn_core.debugger.session import Session
from rnn_core.debugger.sessions import Saved
from rnn_core.errors import InputError, RnnError, quoted
from rnn_core.formats import files
from rnn_core.views.cells import cell_text
from rnn_core.views.options import Cell


def changed(saved: Saved, opened: Session) -> tuple[str, ...]:
    """A line for each file that is no longer what it was."""
    before, now = dict(saved.sha256), dict(opened.sha256)
    return tuple(
        f"{files.base_name(getattr(saved.recipe, field))} has changed since it was saved"
        for role, field in ROLES.items()
        if before.get(role) != now.get(role)
    )


def restored(
    saved: Saved, opened: Session, name: str, progress: Callable[[float], None] = lambda _share: None
) -> tuple[Session, tuple[str, ...]]:
    """A session as it was saved, and what has changed since; `opened` has all its branches.

    `name` is the file's, for errors. Raises InputError where a breakpoint is at a line that the listing has not.
    """
    session = replace(opened, branch=saved.branch, compared=saved.compared, through=saved.through)
    trace, notes = session.run.trace(saved.position.update, progress), list(changed(saved, opened))
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
        return cell and parse_cell(session.trace, cell_text(cell), k)
    except RnnError:
        return None
