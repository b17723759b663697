"""The command that changes the rows of the sequence: in its editor, or by what stands after it."""

from __future__ import annotations

import re

from rnn_core.debugger.outcome import EditRows, Outcome
from rnn_core.debugger.registry import Argument, Command, Key
from rnn_core.debugger.session import Session


def _rows(session: Session, text: str) -> Outcome:
    if not text:
        return Outcome(session, effects=(EditRows(),))
    from rnn_core.debugger.whatif import rows  # the start does not wait for it

    return Outcome(session, effects=(rows.fork(session, text),))


def row_at(session: Session, text: str) -> str:
    """The row that `3 = ` says, as it is typed; empty where there is none."""
    place = re.fullmatch(r"([0-9]{1,9})\s*=\s*", text)
    if place is None or not 1 <= int(place[1]) <= len(session.trace):
        return ""
    from rnn_core.debugger.whatif import rows

    return rows.written(rows.table(session), int(place[1]) - 1)


COMMANDS = (
    Command(
        name="rows",
        run=_rows,
        help="Edit the sequence as a table; or fork with rows changed.",
        example="rows 3 = [0.5, 1, 0]",
        group="files",
        arguments=(Argument("place = rows", str, default="", rest=True),),
        keys=(Key("R"),),
        syntax=(
            ("rows", "open the editor: insert, delete, paste, undo, save, apply"),
            ("rows 3 = [0.5, 1, 0]", "row 3 anew: a value for each column, the target last, null for none"),
            ("rows 3-5 = [[…], […]]", "other rows in place of 3 to 5, as many as there are"),
            ("rows 3-5 = []", "without rows 3 to 5"),
            ("rows +3 = [[…], […]]", "new rows before row 3"),
        ),
    ),
)
