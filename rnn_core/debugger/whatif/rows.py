"""What-if with the rows of the sequence: some replaced, inserted or deleted, said in one command line.

    rows 3 = [0.1, -0.5, "yes"]    rows 3-5 = [[0.1, 0, 0], [0.3, 0.4, null]]    rows +3 = [[0, 0, 1]]    rows 7-9 = []

Rules this file keeps:
- Places count the rows as they were before anything is changed; `+3` inserts before row 3, one beyond the last appends.
- A row is a value for each column of the table: numbers, names in quotes, null where there is no target.
- What `line_of` writes, `fork` reads as the same change.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import numpy as np

from rnn_core.arrays import Array
from rnn_core.debugger.outcome import Fork
from rnn_core.debugger.session import Session
from rnn_core.debugger.whatif import edits
from rnn_core.editing.table import Hunk, Table, hunks, patched, sequence_of, table_of
from rnn_core.errors import ShapeError, UsageError, quoted
from rnn_core.formats.files import counted
from rnn_core.formats.numbers import NumberError

COMMAND = "rows"
LONGEST = 8_000_000
"""The most characters of a command line: a session file holds it."""
_PLACE = re.compile(r"\s*(?P<added>\+)?(?P<first>[0-9]{1,9})(?:\s*-\s*(?P<last>[0-9]{1,9}))?\s*=\s*")
_AND = re.compile(r"\s*,\s*(?=[+0-9])")
_EXAMPLE = "for example rows 3-4 = [[0.5, 1, 0], [0.2, 0, null]]"


def table(session: Session) -> Table:
    """The table of the sequence that this update takes."""
    return table_of(session.run.sequence(session.cursor.u), session.dataset, session.trace.sizes.classes)


# -- writing ---------------------------------------------------------------------------------------------------


def line_of(before: Table, after: Table) -> str:
    """The command line that makes one table of another; empty where they are the same. Raises UsageError."""
    changes = hunks(before, after)
    if not changes:
        return ""
    line = f"{COMMAND} {', '.join(_written(before, change) for change in changes)}"
    if len(line) > LONGEST:
        raise UsageError(f"{len(line):,} characters of changes are too many", fix="save it to a file, and open that")
    return line


def written(table: Table, row: int) -> str:
    """A row as it is typed."""
    return _value(table, table.rows.cells[row : row + 1])


def _written(table: Table, change: Hunk) -> str:
    if change.start == change.stop:
        place = f"+{change.start + 1}"
    else:
        place = str(change.start + 1) + (f"-{change.stop}" if change.stop > change.start + 1 else "")
    return f"{place} = {_value(table, change.cells)}"


def _value(table: Table, cells: Array) -> str:
    """Rows as JSON: one alone as the list of its values."""
    rows = [[column.to_json(value) for column, value in zip(table.columns, row, strict=True)] for row in cells.tolist()]
    return json.dumps(rows[0] if len(rows) == 1 else rows)


# -- reading ---------------------------------------------------------------------------------------------------


def fork(session: Session, text: str) -> Fork:
    """The fork that goes on with other rows. Raises UsageError."""
    if len(text) > LONGEST:
        raise UsageError(f"{len(text):,} characters of rows", fix=f"at most {LONGEST:,}")
    before = known = table(session)
    changes = _changes(before, text)
    for i in range(len(before.columns)):
        known = known.knowing(i, [row[i] for change in changes for row in change.rows if isinstance(row[i], str)])
    after = patched(known, [Hunk(start, stop, _cells(known, rows, start)) for start, stop, rows in changes])
    if after.timesteps < 1:
        raise UsageError("rows: a sequence has one timestep or more", fix="leave one")
    start, sequence = edits.beginning(session), session.run.sequence(session.cursor.u)
    try:
        dataset = edits.with_sequence(session, start.run.dataset, sequence_of(after, sequence))
    except ShapeError as error:
        raise UsageError(f"rows: {error.what}", fix=error.fix) from None
    return Fork(f"{COMMAND} {text.strip()}", start.update, 0, (("dataset", dataset),))


class _Change(NamedTuple):
    """Rows start … stop - 1, and the values that come in their place."""

    start: int
    stop: int
    rows: list[list[Any]]


def _changes(table: Table, text: str) -> list[_Change]:
    found: list[_Change] = []
    at, end = 0, 0
    while True:
        match = _PLACE.match(text, at)
        if match is None:
            raise UsageError(f"rows cannot read {quoted(text[at:])}", fix=_EXAMPLE)
        start, stop = _place(table, match, end)
        try:
            value, at = json.JSONDecoder(parse_constant=_no_constant).raw_decode(text, match.end())
        except (ValueError, RecursionError):
            raise UsageError(f"rows cannot read {quoted(text[match.end() :])}", fix=_EXAMPLE) from None
        found.append(_Change(start, stop, _rows(table, value)))
        end = stop
        if not text[at:].strip():
            return found
        separator = _AND.match(text, at)
        if separator is None:
            raise UsageError(f"rows cannot read {quoted(text[at:])}", fix="a comma stands between two changes")
        at = separator.end()


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _place(table: Table, match: re.Match[str], after: int) -> tuple[int, int]:
    """The rows that a place names, from 0, the last one excluded; they come after those named before."""
    first, many = int(match["first"]), len(table)
    last = int(match["last"]) if match["last"] else first
    if match["added"]:
        if match["last"] or not 1 <= first <= many + 1:
            raise UsageError(f"rows: no place +{match['first']}", fix=f"+1 to +{many + 1}")
        start = stop = first - 1
    else:
        if not 1 <= first <= last <= many:
            raise UsageError(f"rows: no row {first if not 1 <= first <= many else last}", fix=f"1 to {many}")
        start, stop = first - 1, last
    if start < after:
        raise UsageError(f"rows: {first} stands behind later rows", fix="name the places from top to bottom")
    return start, stop


def _rows(table: Table, value: Any) -> list[list[Any]]:
    """Rows as lists of one value for each column; of one column, a list is one value a row."""
    width = len(table.columns)
    if isinstance(value, list) and value and not any(isinstance(entry, list) for entry in value):
        value = [[entry] for entry in value] if width == 1 else [value]
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise UsageError("rows takes lists", fix=_EXAMPLE)
    for row in value:
        if len(row) != width:
            titles = ", ".join(column.title for column in table.columns[:6]) + (", …" if width > 6 else "")
            raise UsageError(f"rows: {counted(len(row), 'value')} in a row", fix=f"{width}: {titles}")
    return value


def _cells(table: Table, rows: list[list[Any]], start: int) -> Any:
    cells = np.empty((len(rows), len(table.columns)))
    for i, row in enumerate(rows):
        for j, (column, value) in enumerate(zip(table.columns, row, strict=True)):
            try:
                cells[i, j] = column.from_json(value)
            except NumberError as error:
                what = f"rows: {column.title} of row {start + i + 1}: {error.what}"
                raise UsageError(what, fix=error.fix) from None
    return cells
