"""Commands that load and write: another sequence, another file, the trace."""

from __future__ import annotations

from collections.abc import Callable

from rnn_core.debugger.outcome import Ask, Export, Open, Outcome, Record
from rnn_core.debugger.registry import Argument, Command, Key, count
from rnn_core.debugger.session import Session
from rnn_core.errors import UsageError


def _neighbour(direction: int) -> Callable[[Session], Outcome]:
    def run(session: Session) -> Outcome:
        total = len(session.dataset.sequences)
        if total == 1:
            return Outcome(session, "this dataset has one sequence")
        return Outcome(session, effects=(Record((session.index + direction) % total),))

    return run


FORK = "fork"
"""A word after the number: whatever was done with the run before, it is kept."""


def _sequence(session: Session, number: int, word: str = "") -> Outcome:
    total = len(session.dataset.sequences)
    if number > total:
        raise UsageError(f"no sequence {number}", fix=f"1 to {total}")
    return Outcome(session, effects=(Record(number - 1, forks=word == FORK),))


def _open(session: Session, path: str) -> Outcome:
    return Outcome(session, effects=(Open(path) if path else Ask("open"),))


def _export(session: Session, path: str) -> Outcome:
    force = path.endswith(" --force")
    path = path.removesuffix(" --force").strip()
    return Outcome(session, effects=(Export(path, overwrite=force) if path else Ask("export"),))


COMMANDS = (
    Command("sequence", _sequence, "Run another sequence with the same weights.", "sequence 2", "files", (),
            (Argument("n", count, required=True), Argument(FORK, str, default="", choices=(FORK,)))),
    Command("following", _neighbour(+1), "The next sequence, run with the same weights; trains nothing.",
            "following", "files", (), (), (Key("]"),), "previous", "sequence"),
    Command("previous", _neighbour(-1), "The sequence before.", "previous", "files", (), (), (Key("["),), "following"),
    Command("open", _open, "Open a sequence of your own: JSON, CSV, NPY, NPZ or text.", "open data.csv", "files",
            ("o",), (Argument("path", str, default="", rest=True),), (Key("o"),), "", "open"),
    Command("export", _export, "Write the trace as NPZ, JSONL or CSV; --force overwrites.", "export trace.npz",
            "files", ("x",), (Argument("path", str, default="", rest=True),), (Key("x"),), "", "export"),
)  # fmt: skip
