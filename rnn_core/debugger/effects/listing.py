"""Performing what looks at all sequences of a dataset: the list as text and as values, and the worst of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnn_core.debugger.outcome import ListSequences, Outcome, RunSequence, Worst
from rnn_core.debugger.session import Session
from rnn_core.debugger.whatif import forking
from rnn_core.diagnostics import overview
from rnn_core.diagnostics.overview import NEITHER, RIGHT, THRESHOLD, Overview
from rnn_core.errors import UsageError, one_line
from rnn_core.progress import Progress
from rnn_core.views.numbers import plain

HEADS = ("sequence", "length", "loss", "first wrong", "reach", "name")


def of_session(session: Session, progress: Progress) -> Overview:
    """The overview with the parameters of this update."""
    return overview.overview(session.params, session.dataset, session.trace.options, progress)


def cells(session: Session, found: Overview, i: int) -> tuple[str, str, str, str, str, str]:
    """What the list says of sequence i, column by column."""
    wrong, reach = int(found.wrong[i]), int(found.reaches[i])
    loss = "–" if reach == NEITHER else plain(float(found.losses[i]))
    first = {RIGHT: "none", NEITHER: "–"}.get(wrong, f"t={wrong}")
    name = one_line(session.dataset.sequences[i].name, 60)
    return str(i + 1), f"{found.lengths[i]:,}", loss, first, "–" if reach == NEITHER else str(reach), name


def matching(session: Session, text: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """(N,) whether a sequence's number is `text`, or its name has it in it, small letters or capitals."""
    wanted = text.strip().lower()
    names = (each.name.lower() for each in session.dataset.sequences)
    return np.array([wanted in name or wanted == str(i) for i, name in enumerate(names, start=1)])


def listed(effect: ListSequences, session: Session, progress: Progress) -> Outcome:
    found = of_session(session, progress)
    chosen = overview.order(found, effect.by, reverse=effect.reverse)
    if effect.text:
        chosen = chosen[matching(session, effect.text)[chosen]]
    total, chosen = len(chosen), chosen[: effect.limit]
    rows = [HEADS, *(cells(session, found, i) for i in chosen.tolist())]
    widths = [max(len(row[j]) for row in rows) for j in range(len(HEADS))]
    lines = [
        "  ".join((*(f"{text:>{width}}" for text, width in zip(row[:-1], widths, strict=False)), row[-1])).rstrip()
        for row in rows
    ]
    more = f", the first {len(chosen)} of {total}" if len(chosen) < total else ""
    lines += [f"{described(effect.by, effect.reverse)}{more}", note(session)]
    return Outcome(session, "\n".join(lines), value=[values(session, found, i) for i in chosen.tolist()])


def described(by: str, reverse: bool) -> str:
    """How the list is sorted."""
    first = {
        "loss": ("largest loss", "smallest loss"),
        "length": ("longest", "shortest"),
        "wrong": ("earliest wrong", "latest wrong"),
        "reach": ("shortest reach", "longest reach"),
        "number": ("first", "last"),
    }[by][reverse]
    return f"{first} first"


def note(session: Session) -> str:
    """What the columns mean, and of which weights."""
    return (
        f"mean loss with the weights of update {session.cursor.u}; reach: timesteps from the last target back to the"
        f" first h whose gradient is {THRESHOLD:g} of the largest"
    )


def values(session: Session, found: Overview, i: int) -> dict[str, Any]:
    """The same as values, null where nothing is known."""
    wrong, reach = int(found.wrong[i]), int(found.reaches[i])
    return {
        "sequence": i + 1,
        "name": session.dataset.sequences[i].name,
        "length": int(found.lengths[i]),
        "loss": None if reach == NEITHER else float(found.losses[i]),
        "first_wrong": wrong if wrong > 0 else None,
        "reach": None if reach == NEITHER else reach,
    }


def worst(_effect: Worst, session: Session, progress: Progress) -> Outcome:
    found = of_session(session, progress)
    index = found.worst
    if index is None:
        raise UsageError("no sequence has targets, so none is the worst", fix="open one that has")
    done = forking.run_sequence(RunSequence(index), session, progress)
    loss = plain(float(found.losses[index]))
    return Outcome(done.session, f"sequence {index + 1}/{len(found)}: the largest mean loss of all, {loss}")
