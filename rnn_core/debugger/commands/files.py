"""Commands that load and write: another sequence, another file, the trace."""

from __future__ import annotations

from collections.abc import Callable

from rnn_core.debugger.outcome import Ask, Export, Open, Outcome, RunSequence
from rnn_core.debugger.registry import Argument, Command, Key, count
from rnn_core.debugger.session import Session
from rnn_core.errors import UsageError


def _neighbour(direction: int) -> Callable[[Session], Outcome]:
    def run(session: Session) -> Outcome:
        total = len(session.dataset.sequences)
        if total == 1:
            return Outcome(session, "this dataset has one sequence")
        return Outcome(session, effects=(RunSequence((session.index + direction) % total),))

    return run


FORK = "fork"
"""A word after the number: whatever was done with the run before, it is kept."""


def _sequence(session: Session, number: int, word: str = "") -> Outcome:
    total = len(session.dataset.sequences)
    if number > total:
        raise UsageError(f"no sequence {number}", fix=f"1 to {total}")
    return Outcome(session, effects=(RunSequence(number - 1, forks=word == FORK),))


def _open(session: Session, path: str) -> Outcome:
    return Outcome(session, effects=(Open(path) if path else Ask("open"),))


def _export(session: Session, path: str) -> Outcome:
    force = path.endswith(" --force")
    path = path.removesuffix(" --force").strip()
    return Outcome(session, effects=(Export(path, overwrite=force) if path else Ask("export"),))


COMMANDS = (
    Command(
        name="sequence",
        run=_sequence,
        help="Run another sequence with the same weights.",
        example="sequence 2",
        group="files",
        arguments=(Argument("n", count, required=True), Argument(FORK, str, default="", choices=(FORK,))),
    ),
    Command(
        name="following",
        run=_neighbour(+1),
        help="The next sequence, run with the same weights; trains nothing.",
        example="following",
        group="files",
        keys=(Key("]"),),
        reverse="previous",
        label="sequence",
    ),
    Command(
        name="previous",
        run=_neighbour(-1),
        help="The sequence before.",
        example="previous",
        group="files",
        keys=(Key("["),),
        reverse="following",
    ),
    Command(
        name="open",
        run=_open,
        help="Open a sequence of your own: JSON, CSV, NPY, NPZ or text.",
        example="open data.csv",
        group="files",
        aliases=("o",),
        arguments=(Argument("path", str, default="", rest=True),),
        keys=(Key("o"),),
        label="open",
    ),
    Command(
        name="export",
        run=_export,
        help="Write the trace as NPZ, JSONL or CSV; --force overwrites.",
        example="export trace.npz",
        group="files",
        aliases=("x",),
        arguments=(Argument("path", str, default="", rest=True),),
        keys=(Key("x"),),
        label="export",
    ),
)
