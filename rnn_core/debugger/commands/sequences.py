"""Commands over all sequences of a dataset: the list of them with what each does, and the worst."""

from __future__ import annotations

from rnn_core.debugger.outcome import ListSequences, Outcome, Worst
from rnn_core.debugger.registry import Argument, Command, Key, count
from rnn_core.debugger.session import Session
from rnn_core.errors import UsageError, quoted
from rnn_core.views.options import SORTS, SortBy

SORT, LIMIT, REVERSE = "--sort", "--limit", "--reverse"


def _list(session: Session, text: str) -> Outcome:
    return Outcome(session, effects=(listing(text),))


def listing(text: str) -> ListSequences:
    """What `sequences TEXT` asks for. Raises UsageError."""
    by: SortBy = "loss"
    limit, reverse, wanted = None, False, []
    words = iter(text.split())
    for word in words:
        option, sign, value = word.partition("=")
        if option == REVERSE:
            reverse = True
        elif option == LIMIT:
            limit = count(value if sign else next(words, ""))
        elif option == SORT:
            by = _column(value if sign else next(words, ""))
        elif word.startswith("--"):
            raise UsageError(f"sequences: no option {quoted(word)}", fix=f"there are {SORT} {LIMIT} {REVERSE}")
        else:
            wanted.append(word)
    return ListSequences(by, limit, reverse, " ".join(wanted))


def _column(name: str) -> SortBy:
    found = next((each for each in SORTS if each == name), None)
    if found is None:
        raise UsageError(f"sequences: {SORT} takes a column, not {quoted(name)}", fix=" ".join(SORTS))
    return found


def _worst(session: Session) -> Outcome:
    return Outcome(session, effects=(Worst(),))


COMMANDS = (
    Command(
        name="sequences",
        reveals=True,
        run=_list,
        help="List all sequences: length, loss, first wrong, reach.",
        example="sequences --sort reach --limit 20",
        group="files",
        arguments=(Argument("options", str, default="", rest=True, offers=(SORT, LIMIT, REVERSE, *SORTS)),),
        keys=(Key("O"),),
        syntax=(
            ("sequences", "all of them, the largest loss first"),
            ("sequences TEXT", "those whose name has TEXT in it"),
            (f"{SORT} COLUMN", f"by another column: {' '.join(SORTS)}"),
            (f"{LIMIT} N", "the first N"),
            (REVERSE, "from the other end"),
        ),
    ),
    Command(
        name="worst",
        reveals=True,
        run=_worst,
        help="Run the sequence with the largest loss.",
        example="worst",
        group="files",
        keys=(Key("w"),),
    ),
)
