"""Who performs which effect: one table, for the screen and for scripts alike.

Rules this file keeps:
- Every performer answers with a new session or raises RnnError; a session that failed to change is the old one.
- `progress` callables get the share done, 0 to 1, and may raise `Cancelled`: nothing has changed then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rnn_core.debugger.commands import help
from rnn_core.debugger.effects import on_disk, running
from rnn_core.debugger.outcome import (
    Check,
    Compare,
    Effect,
    Export,
    Fork,
    Open,
    Outcome,
    Part,
    Record,
    Save,
    SaveModel,
    Search,
    ShowHelp,
    Switch,
    Train,
    Travel,
    needs_the_screen,
)
from rnn_core.debugger.session import Session
from rnn_core.debugger.whatif import forking

Progress = Callable[[float], None]


def _silent(_share: float) -> None:
    """Progress that nobody looks at."""


def perform(effect: Effect, session: Session, progress: Progress = _silent) -> Outcome:
    """Do what a command asked for: files, computing, the help as text; what only a screen can do is answered as such.

    Raises RnnError; the session given is then still the one to show.
    """
    performer = PERFORMERS.get(type(effect))
    done = performer(effect, session, progress) if performer else Outcome(session, needs_the_screen(effect))
    return forking.taken_along(done, progress)


def _check(effect: Check, session: Session, progress: Progress) -> Outcome:
    from rnn_core.diagnostics import gradient_check, report  # the start does not wait for it

    found = gradient_check.check(session.trace, timestep=effect.timestep, progress=progress)
    return Outcome(session, "\n".join(report.lines(found, maps=effect.maps)), failed=not found.good)


def _help(effect: ShowHelp, session: Session, _progress: Progress) -> Outcome:
    return Outcome(session, help.text(effect.topic))


PERFORMERS: Mapping[type, Callable[[Any, Session, Progress], Outcome]] = MappingProxyType(
    {
        Open: on_disk.open,
        Record: forking.record,
        Fork: forking.fork,
        Switch: forking.switch,
        Compare: forking.compare,
        Part: forking.part,
        Search: running.search_on,
        Travel: running.travel,
        Train: running.train,
        Check: _check,
        Export: on_disk.export,
        Save: on_disk.save,
        SaveModel: on_disk.save,
        ShowHelp: _help,
    }
)
"""Who performs which effect; what is not here only the screen can do."""
