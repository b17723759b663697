"""The weights of another file in this run: a second checkpoint, or a trace, beside what is looked at.

Rules this file keeps:
- The fork takes the file's parameters and initial states, and what the optimiser keeps begins anew: it belonged to the
  others. Data and options are those of this run; a trace brings its own sequence as well.
- Weights of another cell or other sizes have nothing to subtract, and are refused.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace

from rnn_core.data import Sequence
from rnn_core.debugger.outcome import Compare, Fork, Outcome, Switch, Weights
from rnn_core.debugger.session import Session
from rnn_core.debugger.whatif import edits, forking
from rnn_core.debugger.whatif.branches import NAME, found
from rnn_core.debugger.whatif.parting import equal
from rnn_core.errors import ShapeError
from rnn_core.formats import files, models, sequences, traces
from rnn_core.model import Params
from rnn_core.notices import Notice, refuse_assumptions
from rnn_core.progress import Progress


def weights(effect: Weights, session: Session, progress: Progress) -> Outcome:
    """A fork with the weights of a file; `beside` goes back and shows the session minus it. Raises RnnError."""
    path = os.path.abspath(os.path.expanduser(files.dragged(effect.path)))
    notices: list[Notice] = []
    params = models.load(path, session.recipe.model_reading, notices)
    if session.recipe.strict:
        refuse_assumptions(notices)
    start = edits.beginning(session)
    _check_alike(params, start.train_state.params, path)
    made = forking.fork(_fork(session, path, params, start), session, progress)
    named = _named(made.session, path)
    message = made.message.replace(f"{made.session.branch}:", f"{named.branch}:", 1)
    said = () if session.recipe.quiet else tuple(map(str, notices))
    if not effect.beside:
        return Outcome(named, "\n".join((message, *said)))
    back = forking.switch(Switch(session.branch, session.cursor), named, progress).session
    beside = forking.compare(Compare(named.branch), back, progress)
    return Outcome(beside.session, "\n".join((beside.message, *said)))


def _fork(session: Session, path: str, params: Params, start: edits.Beginning) -> Fork:
    changes: list[tuple[str, object]] = [("params", params), ("state", None)]
    sequence = session.run.sequence(session.cursor.u)
    brought = _sequence_of_a_trace(path)
    if brought is not None and not (equal(brought.x, sequence.x) and equal(brought.y, sequence.y)):
        sequences.check_fit(replace(start.run.dataset, sequences=(brought,)), params.sizes)
        changes.append(("dataset", edits.with_sequence(session, start.run.dataset, brought)))
    return Fork(f"weights {path}", start.update, start.k, tuple(changes))


def _sequence_of_a_trace(path: str) -> Sequence | None:
    """The sequence that an exported trace was recorded with; None for a file of weights alone."""
    if not traces.is_trace(path):
        return None
    return sequences.load(path).sequences[0]


def _check_alike(theirs: Params, ours: Params, path: str) -> None:
    if theirs.cell is ours.cell and theirs.sizes == ours.sizes:
        return
    raise ShapeError(
        f"holds {_described(theirs)}; this run is {_described(ours)}",
        where=files.base_name(path),
        fix="rnn-tui diff A B --data FILE compares what such models answer",
    )


def _described(params: Params) -> str:
    sizes = params.sizes
    return f"an {params.cell} of {sizes.inputs} inputs, {sizes.hidden} hidden units and {sizes.classes} outputs"


def _named(session: Session, path: str) -> Session:
    """The session whose current fork is called as the file is, as far as names allow."""
    stem = re.sub(r"[^\w.-]+", "-", files.base_name(path).partition(".")[0], flags=re.ASCII).strip("-.")[:30]
    base = stem if NAME.fullmatch(stem) else f"weights-{stem}"[:36].rstrip("-.")
    taken = {branch.name for branch in session.branches} - {session.branch}
    name = next(each for i in range(1, len(taken) + 3) if (each := base if i == 1 else f"{base}-{i}") not in taken)
    branch = found(session, session.branch)
    return replace(
        session,
        branches=tuple(replace(each, name=name) if each is branch else each for each in session.branches),
        branch=name,
    )
