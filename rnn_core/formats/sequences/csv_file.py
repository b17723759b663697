"""Sequences as CSV: a row for each timestep, a column for each feature.

    sequence,x1,x2,target
    a,0.1,-0.3,0
    a,0.0,1.0,

A header names the features; without one every column is a feature. The column `target` holds class indices, empty
where a timestep has none. The column `sequence` holds an id. Rows of one id form a sequence in the order they stand,
next to each other or not. Sequences come in the order their ids first appear.
"""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from rnn_core.data import NO_TARGET, Dataset, Sequence
from rnn_core.errors import InputError, quoted
from rnn_core.formats import numbers
from rnn_core.formats.files import Content, counted
from rnn_core.formats.numbers import NumberError, looks_numeric
from rnn_core.formats.sequences.assemble import dataset, inside

TARGET, SEQUENCE = "target", "sequence"
_NEARLY = {"targets": TARGET, "label": TARGET, "labels": TARGET, "sequences": SEQUENCE, "sequence_id": SEQUENCE}
_SAMPLE = 20


def sniff(head: bytes) -> bool:
    """Whether these first bytes look like rows of numbers: most fields after the first line are."""
    if b"\0" in head:
        return False
    lines = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "ignore").splitlines()
    if len(lines) > 1 and not head.endswith((b"\n", b"\r")):
        lines.pop()  # perhaps cut in the middle of a number
    rows = [line.split(",") for line in lines[:_SAMPLE] if line.strip()]
    if not rows or (len(rows) == 1 and len(rows[0]) == 1):
        return False
    fields = [entry for row in rows[1:] or rows for entry in row if entry.strip()]
    numeric = sum(looks_numeric(entry) and not entry.rstrip().endswith(("]", "}")) for entry in fields)
    return 2 * numeric >= len(fields) > 0


@dataclass
class _Columns:
    """Which column is what; a width of 0 until the first row is seen."""

    features: list[int]
    names: tuple[str, ...] = ()
    target: int | None = None
    sequence: int | None = None
    width: int = 0


@dataclass
class _Table:
    """What the rows hold so far, column by column."""

    x: array[float] = field(default_factory=lambda: array("d"))
    y: array[int] = field(default_factory=lambda: array("q"))
    ids: dict[str, array[int]] = field(default_factory=dict)
    rows: int = 0


def load(content: Content, tokens: str = "chars") -> Dataset:
    """The dataset in a CSV file; `tokens` is for text files. Raises RnnError naming line and column."""
    records = _records(content, content.text())
    line, first = next(records, (1, [""]))
    columns = _header(content, line, first)
    table = _Table()
    if not columns.names:
        _take(content, columns, table, line, first)
    for line, record in records:
        _take(content, columns, table, line, record)
    if not table.rows:
        raise content.error("a header, but no rows", fix="give a row for each timestep")
    x = np.frombuffer(table.x, dtype=np.float64).reshape(table.rows, -1)
    y = np.full(table.rows, NO_TARGET) if columns.target is None else np.frombuffer(table.y, dtype=np.int64)
    if columns.sequence is None:
        sequences = [inside(content, Sequence, x, y)]
    else:
        sequences = [
            inside(content, Sequence, x[at], y[at], name=name)
            for name, at in ((name, np.frombuffer(rows, dtype=np.int64)) for name, rows in table.ids.items())
        ]
    return dataset(content, sequences, features=columns.names)


def _records(content: Content, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it begins on; empty lines are allowed at the end only."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line, empty = 1, 0
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _malformed(content, line, error) from None
        if not record or (len(record) == 1 and not record[0].strip()):
            empty = empty or line
        elif empty:
            fix = f"delete it; sequences are told apart by a column named {SEQUENCE}"
            raise content.error("an empty line", at=f"line {empty}", fix=fix)
        else:
            yield line, record
        line = reader.line_num + 1


def _malformed(content: Content, line: int, error: csv.Error) -> InputError:
    message = str(error)
    what, fix = f"not CSV: {message}", "check the quotes"
    if "unexpected end" in message:
        what, fix = "a quote opens and never closes", 'write numbers without quotes, or add the missing "'
    elif "field larger" in message:
        what, fix = f"a field of more than {csv.field_size_limit()} characters", "is a quote or a comma missing?"
    return content.error(what, at=f"line {line}", fix=fix)


def _header(content: Content, line: int, record: list[str]) -> _Columns:
    """The columns that a header names, or one feature for each field where the first record is no header."""
    names = [name.strip() for name in record]
    special = {TARGET, SEQUENCE} & {name.lower() for name in names}
    if not special and any(map(looks_numeric, names)):
        return _Columns(features=list(range(len(record))), width=len(record))
    columns = _Columns(features=[], width=len(record))
    seen: set[str] = set()
    for i, name in enumerate(names):
        at = f"line {line}, column {i + 1}"
        if not name:
            raise content.error("a column without a name", at=at, fix="name it, or leave the column out")
        if name in seen or (name.lower() in special and name.lower() in seen):
            raise content.error(f"{quoted(name)} is given twice", at=at, fix="names must differ")
        seen.update({name, name.lower()} if name.lower() in special else {name})
        if name.lower() in _NEARLY:
            fix = f"call it {_NEARLY[name.lower()]}; a feature needs another name"
            raise content.error(f"a column named {quoted(name)}", at=at, fix=fix)
        if name.lower() == TARGET:
            columns.target = i
        elif name.lower() == SEQUENCE:
            columns.sequence = i
        else:
            columns.features.append(i)
    if not columns.features:
        raise content.error("no features", at=f"line {line}", fix="give a column for each input")
    columns.names = tuple(names[i] for i in columns.features)
    return columns


def _take(content: Content, columns: _Columns, table: _Table, line: int, record: list[str]) -> None:
    """Add one record to the table."""
    if len(record) != columns.width:
        first = "the header" if columns.names else "the first line"
        what = f"{counted(len(record), 'field')}, where {first} has {columns.width}"
        fix = "separate the fields with commas" if len(record) == 1 else "give every row the same fields"
        raise content.error(what, at=f"line {line}", fix=fix)
    fields = record if len(columns.features) == columns.width else [record[i] for i in columns.features]
    # One match judges the usual row; whatever it doesn't know is judged, and explained, field by field.
    row = ",".join(fields)
    if numbers.SAFE_ROW.fullmatch(row) and row.count(",") == len(fields) - 1:
        table.x.extend(map(float, fields))
    else:
        for i, entry in zip(columns.features, fields, strict=True):
            try:
                table.x.append(numbers.number(entry))
            except NumberError as error:
                raise content.error(error.what, at=f"line {line}, column {i + 1}", fix=error.fix) from None
    if columns.target is not None:
        try:
            table.y.append(numbers.target(record[columns.target]))
        except NumberError as error:
            raise content.error(error.what, at=f"line {line}, column {columns.target + 1}", fix=error.fix) from None
    if columns.sequence is not None:
        name = record[columns.sequence].strip()
        if not name:
            at = f"line {line}, column {columns.sequence + 1}"
            raise content.error("an empty sequence id", at=at, fix="give every row the id of its sequence")
        table.ids.setdefault(name, array("q")).append(table.rows)
    table.rows += 1
