"""Sequences as a table: a row for each timestep, a column for each feature.

    sequence,x1,x2,target
    a,0.1,-0.3,0
    a,0.0,1.0,

A header names the features; without one every column is a feature. The column `target` holds class indices or words,
empty where a timestep has none. The column `sequence` holds an id. Rows of one id form a sequence in the order they
stand, next to each other or not. Sequences come in the order their ids first appear. Fields are separated by commas,
semicolons, tabs or bars; `columns` says what other names mean.
"""

from __future__ import annotations

import itertools
import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.data import NO_TARGET, Dataset, Sequence
from rnn_core.errors import InputError
from rnn_core.formats import numbers
from rnn_core.formats.files import Content, counted
from rnn_core.formats.numbers import NumberError, looks_numeric
from rnn_core.formats.registry import Format
from rnn_core.formats.sequences import columns, delimited, label_list, labels, symbols
from rnn_core.formats.sequences.asked import Asked
from rnn_core.formats.sequences.assemble import dataset, inside
from rnn_core.formats.sequences.columns import Columns
from rnn_core.formats.sequences.delimited import DELIMITERS, Record
from rnn_core.formats.sequences.labels import Classes
from rnn_core.reading import NOTHING


def sniff(head: bytes) -> bool:
    """Whether these first bytes look like rows of numbers, or like a list of texts with a label each after a tab."""
    if b"\0" in head:
        return False
    lines = delimited.sample(head)
    return delimited.looks_like_a_table(lines) or label_list.tabbed(lines)


@dataclass
class _Table:
    """What the rows hold so far, column by column."""

    x: array[float] = field(default_factory=lambda: array("d"))
    tokens: list[str] = field(default_factory=list)
    y: list[str | list[str]] = field(default_factory=list)
    """A field a row, or several where targets are one-hot over columns."""
    lines: array[int] = field(default_factory=lambda: array("q"))
    ids: dict[str, array[int]] = field(default_factory=dict)
    rows: int = 0


def load(content: Content, asked: Asked) -> Dataset:
    """The dataset in a table of text. Raises RnnError naming line and column."""
    text = content.text()
    every = (line for line in text.splitlines() if line.strip())
    lines = list(itertools.islice(itertools.dropwhile(delimited.COMMENT.match, every), delimited.SAMPLE))
    if delimited.COMMENT.match(text):
        asked.note("the lines that begin with # are left out", "they stand before the table", "--read-as text")
    separator = delimited.delimiter(lines)
    if separator != ",":
        asked.note(f"the fields are separated by {DELIMITERS[separator]}", plain=True)
    rows = delimited.records(content, text, separator)
    if label_list.fits([delimited.fields(line, separator) for line in lines], asked):
        asked.refuse(("features", "target_column", "decimal"), "columns of numbers", content.name)
        return label_list.load(content, rows, asked)
    try:
        return of_records(content, rows, asked, separator)
    except _CommaInside:
        again = list(delimited.records(content, text, separator))
        notation = delimited.decimal(content, _entries(again))
    said = "separates the fraction of the numbers" if notation == "comma" else "groups the digits of the numbers"
    asked.note(f"the comma {said}", "one of them cannot be read otherwise", "--decimal comma|point")
    return of_records(content, again, asked, separator, notation)


class _CommaInside(Exception):  # noqa: N818  # no error: the reader begins anew
    """A number has a comma, and nothing says yet what it means."""


def _entries(rows: Iterable[Record]) -> Iterable[tuple[str, str]]:
    return ((f"line {line}, column {i}", entry) for line, record in rows for i, entry in enumerate(record, start=1))


def of_records(
    content: Content, rows: Iterable[Record], asked: Asked, separator: str = ",", notation: str | None = None
) -> Dataset:
    """The dataset of records with their lines, the first perhaps a header; a comma inside a number is read by
    `notation`. Raises RnnError."""
    asked.refuse(("time_first", "batch_first"), "arrays with three axes", content.name)
    said = asked.reading.decimal
    if notation is None and said:
        notation = "comma" if said == "comma" else "thousands"
    rows = iter(rows)
    line, first = next(rows, (1, [""]))
    found = _header(content, line, first, asked)
    taking = _Taking(content, found, separator, notation)
    if not found.names:
        taking.take(line, first)
    for line, record in rows:
        taking.take(line, record)
    table = taking.table
    if not table.rows:
        raise content.error("a header, but no rows", fix="give a row for each timestep")
    classes = Classes(content, asked)
    y, names = _targets(content, found, table, classes, asked, notation)
    if found.of_tokens:
        return _of_tokens(content, found, table, y, names, asked)
    asked.refuse(("vocabulary",), f"token ids: a column called {columns.TOKENS[0]}", content.name)
    x = np.frombuffer(table.x, dtype=np.float64).reshape(table.rows, -1)
    if not found.target and not asked.targets_follow and asked.reading.target_column != (NOTHING,):
        labels.suspect_one_hot(x, found.names, asked)
    if found.sequence is None:
        sequences = [inside(content, Sequence, x, y)]
    else:
        sequences = [
            inside(content, Sequence, x[at], y[at], name=name)
            for name, at in ((name, np.frombuffer(ids, dtype=np.int64)) for name, ids in table.ids.items())
        ]
    if not names and not sequences[0].is_values:
        labels.suspect_counting((sequence.y for sequence in sequences), asked)
    return dataset(content, sequences, names, found.names)


def _of_tokens(
    content: Content, found: Columns, table: _Table, y: NDArray[Any], names: tuple[str, ...], asked: Asked
) -> Dataset:
    """The dataset of one column of token ids or words, one-hot."""
    rows = table.ids.values() if table.ids else [range(table.rows)]
    called = list(table.ids) or [""]
    targets = [y[list(row)] if found.target else None for row in rows]
    if all(entry.isascii() and entry.isdigit() and len(entry) < 10 for entry in table.tokens):
        ids = [np.array([int(table.tokens[i]) for i in row], dtype=np.int64) for row in rows]
        at, how_else = found.names[0], "call the column something else for a feature"
        made, following = symbols.of_ids(content, asked, ids, targets, called, at, how_else)
        return dataset(content, made, names or following)
    texts = [[table.tokens[i] for i in row] for row in rows]
    made, vocabulary, following = symbols.of_words(content, asked, texts, targets, called)
    asked.note(f"the column {found.names[0]} holds symbols, one-hot", "its name", "call it something else")
    return dataset(content, made, names or following, vocabulary)


def _header(content: Content, line: int, record: list[str], asked: Asked) -> Columns:
    """The columns that a header names, or one feature for each field where the first record is no header."""
    names = [name.strip().lower() for name in record]
    special = {columns.TARGET, columns.SEQUENCE} & set(names)
    numeric = not special and any(map(looks_numeric, names))
    if asked.reading.header == "no" or (not asked.reading.header and numeric):
        return columns.unnamed(len(record), asked, content.name)
    return columns.named(content, line, record, asked)


@dataclass
class _Taking:
    """Takes records into a table, one after the other."""

    content: Content
    columns: Columns
    separator: str
    notation: str | None
    table: _Table = field(default_factory=_Table)

    def take(self, line: int, record: list[str]) -> None:
        """Add one record to the table."""
        content, found, table = self.content, self.columns, self.table
        if len(record) != found.width:
            raise self._misfit(line, record)
        fields = record if len(found.features) == found.width else [record[i] for i in found.features]
        # One match judges the usual row; whatever it doesn't know is judged, and explained, field by field.
        row = ",".join(fields)
        if found.of_tokens:
            if not row.strip():
                at = f"line {line}, column {found.features[0] + 1}"
                raise content.error("an empty token", at=at, fix="give every timestep its token")
            table.tokens.append(row.strip())
        elif numbers.SAFE_ROW.fullmatch(row) and row.count(",") == len(fields) - 1:
            table.x.extend(map(float, fields))
        else:
            for i, entry in zip(found.features, fields, strict=True):
                table.x.append(self._number(line, i, entry))
        if found.target:
            one = len(found.target) == 1
            table.y.append(record[found.target[0]] if one else [record[i] for i in found.target])
            table.lines.append(line)
        if found.sequence is not None:
            name = record[found.sequence].strip()
            if not name:
                at = f"line {line}, column {found.sequence + 1}"
                raise content.error("an empty sequence id", at=at, fix="give every row the id of its sequence")
            table.ids.setdefault(name, array("q")).append(table.rows)
        table.rows += 1

    def _misfit(self, line: int, record: list[str]) -> InputError:
        first = "the header" if self.columns.names else "the first line"
        what = f"{counted(len(record), 'field')}, where {first} has {self.columns.width}"
        fix = "give every row the same fields"
        if len(record) == 1:
            fix = f"separate the fields with {DELIMITERS[self.separator]}"
        return self.content.error(what, at=f"line {line}", fix=fix)

    def _number(self, line: int, column: int, entry: str) -> float:
        notation = self.notation
        try:
            return numbers.number(delimited.plain_number(entry, notation) if notation else entry)
        except NumberError as error:
            if notation is None and "," in entry and delimited.like_a_number(entry):
                raise _CommaInside from None
            where, fix = f"line {line}, column {column + 1}", error.fix
            if self.columns.names and entry.strip()[:1].isalpha() and fix == numbers.LIKE:
                fix = f"{fix}; --features NAME,… leaves other columns out"
            raise self.content.error(error.what, at=where, fix=fix) from None


def _targets(
    content: Content, found: Columns, table: _Table, classes: Classes, asked: Asked, notation: str | None
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """The class index of each row, or its real values, and the names of the classes where they are words."""
    if not found.target:
        return np.full(table.rows, NO_TARGET), ()
    if len(found.target) > 1:
        if asked.reading.target_column and (rows := _values(table, asked, notation)) is not None:
            return rows, ()
        return _one_hot(content, found, table)
    (column,) = found.target
    entries = [str(entry) for entry in table.y]
    different: dict[str, int] = {}
    for row, entry in enumerate(entries):
        different.setdefault(entry, row)
    written = [entry for entry in different if entry.strip()]
    words = bool(written) and not any(map(looks_numeric, written))
    if not words:
        asked.refuse(("classes_order",), "labels that are words", content.name)
        fractions = any(not entry.strip(" \t+-").isdigit() for entry in written)
        if fractions and (real := _values(table, asked, notation)) is not None:
            return real, ()
    values: dict[str, int] = {}
    for entry, row in different.items():
        at = f"line {table.lines[row]}, column {column + 1}"
        try:
            values[entry] = classes.index(entry, at) if words else numbers.target(entry)
        except NumberError as error:
            fix = error.fix
            if found.every[column].lower() != columns.TARGET and not asked.reading.target_column:
                fix = f"{fix}; --target-column {NOTHING} makes the column a feature"
            raise content.error(error.what, at=at, fix=fix) from None
    y = np.fromiter(map(values.__getitem__, entries), np.int64, len(entries))
    return y, classes.names() if words else ()


def _values(table: _Table, asked: Asked, notation: str | None) -> NDArray[np.float64] | None:
    """Real targets (T,O), NaN for an empty field; None where they are all whole, or not all numbers."""
    rows = [[entry] if isinstance(entry, str) else entry for entry in table.y]
    try:
        y = np.array([[_value(entry, notation) for entry in row] for row in rows])
    except NumberError:
        return None
    return labels.values(Content("", b""), y, "the targets", asked) if labels.is_real(y) else None


def _value(entry: str, notation: str | None) -> float:
    if not entry.strip():
        return math.nan
    if notation is None and "," in entry and delimited.like_a_number(entry):
        raise _CommaInside
    return numbers.number(delimited.plain_number(entry, notation) if notation else entry)


def _one_hot(content: Content, found: Columns, table: _Table) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    y = []
    for line, row in zip(table.lines, table.y, strict=True):
        values = [entry.strip() for entry in row]
        ones = [i for i, entry in enumerate(values) if entry in {"1", "1.0"}]
        if len(ones) > 1 or any(entry not in {"0", "1", "0.0", "1.0", ""} for entry in values):
            at = f"line {line}, columns {found.target[0] + 1} to {found.target[-1] + 1}"
            fix = f"one 1 among zeros; --target-column {NOTHING} makes these columns features"
            raise content.error("targets that are not one-hot", at=at, fix=fix)
        y.append(ones[0] if ones else NO_TARGET)
    names = found.target_names
    numbered = all(name == str(i) for i, name in enumerate(names))
    return np.array(y, dtype=np.int64), () if numbered else names


FORMAT = Format("CSV", (".csv",), sniff, load, "a column a feature, with columns target and sequence")
