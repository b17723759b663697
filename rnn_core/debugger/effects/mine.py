"""What a person brings: gradients of their own beside those of this update, and the answer to a hunt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rnn_core.debugger.outcome import CheckMine, Outcome, Solved
from rnn_core.debugger.session import Session
from rnn_core.notices import Notice, refuse_assumptions
from rnn_core.progress import Progress, silent
from rnn_core.records import dataclass

if TYPE_CHECKING:  # the start does not wait for them
    from rnn_core.diagnostics.mine import Compared, Explained


@dataclass(frozen=True, eq=False)
class Answer:
    """What was compared, what explains it, and what was assumed on the way."""

    compared: Compared
    explained: tuple[Explained, ...]
    notices: tuple[Notice, ...]


def answer(session: Session, path: str, progress: Progress = silent, *, strict: bool = False) -> Answer:
    """Read their gradients and compare them with those of this update. Raises RnnError, where `strict` also for what
    is assumed."""
    from rnn_core.diagnostics.mine import compare, explained
    from rnn_core.formats import gradients

    notices: list[Notice] = []
    given = gradients.load(path, session.trace.program, notices)
    compared = compare(given, session.trace, len(session.dataset.sequences))
    every = (*notices, *compared.notices)
    if strict:
        refuse_assumptions(every)
    return Answer(compared, explained(compared, progress), every)


def check_mine(effect: CheckMine, session: Session, progress: Progress) -> Outcome:
    """The comparison as text, failed where their gradients are wrong."""
    from rnn_core.diagnostics.mine import told

    found = answer(session, effect.path, progress)
    said = [f"assumed: {notice}" for notice in found.notices if not notice.plain]
    text = "\n".join((*said, *told.lines(found.compared, found.explained)))
    return Outcome(session, text, failed=not found.compared.agree)


def solved(effect: Solved, session: Session, _progress: Progress) -> Outcome:
    """Keep that a hunt is solved, with its time."""
    from rnn_core.hunts import progress

    seconds = time.time() - effect.hunt.began
    progress.note(effect.hunt, seconds)
    how = progress.Solved(seconds, effect.hunt.hints, effect.hunt.answers)
    known = progress.read()
    of_course = f"; {len(known)} of the course solved" if effect.hunt.number else ""
    return Outcome(session, f"solved in {how}{of_course}")
