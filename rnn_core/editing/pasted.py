"""What is pasted into a table: rows of a spreadsheet, or symbols of a text.

Rules this file keeps:
- Tabs separate fields where there are any, else what separates those of a file; decimal commas are told as there.
- A first row that holds the names of the columns is their header, and no row.
- Everything is read before anything is taken; a `PasteFault` says which line and column of the paste is wrong.
"""

from __future__ import annotations

import csv

import numpy as np

from rnn_core.arrays import Array
from rnn_core.editing.columns import Choice, Number
from rnn_core.editing.table import Table
from rnn_core.errors import InputError
from rnn_core.formats import numbers
from rnn_core.formats.files import Content, counted
from rnn_core.formats.numbers import NumberError
from rnn_core.formats.sequences import delimited
from rnn_core.records import dataclass


class PasteFault(Exception):  # noqa: N818  # a person's mistake, shown at its cell
    """What is wrong with a paste, and where: row and column of the pasted block, from 0."""

    def __init__(self, row: int, column: int, what: str) -> None:
        super().__init__(what)
        self.row, self.column, self.what = row, column, what


@dataclass(frozen=True, eq=False)
class Block:
    """Pasted cells (R,C), and the table that can hold them."""

    cells: Array
    table: Table


def read(table: Table, text: str, at: int) -> Block:
    """The cells that a pasted text holds, from seen column `at` on. Raises PasteFault."""
    if table.text:
        return Block(_symbols(table, text)[:, np.newaxis], table)
    records = _records(text)
    titles = [column.title.strip().lower() for column in table.columns[at : at + len(records[0])]]
    skipped = int(len(records) > 1 and [field.strip().lower() for field in records[0]] == titles)
    records = records[skipped:]
    width, room = len(records[0]), len(table.columns) - at
    if width > room:
        what = f"{counted(width, 'field')}, and there is room for {counted(room, 'column')} from here on"
        raise PasteFault(0, room - 1, what)
    for i, record in enumerate(records):
        if len(record) != width:
            what = f"line {i + skipped + 1}: {counted(len(record), 'field')}, and the first row has {width}"
            raise PasteFault(i, min(len(record), width) - 1, what)
    cells = np.empty((len(records), width))
    for j in range(width):
        texts = [record[j] for record in records]
        table = table.knowing(at + j, texts)
        column = table.columns[at + j]
        if isinstance(column, Number):
            texts = _plain(texts, j)
            if numbers.SAFE_ROW.fullmatch(",".join(texts)) and not any("," in text for text in texts):
                cells[:, j] = list(map(float, texts))
                continue
        for i, field in enumerate(texts):
            try:
                cells[i, j] = column.read(field)
            except NumberError as error:
                fix = f" ({error.fix})" if error.fix else ""
                raise PasteFault(i, j, f"line {i + skipped + 1}, {column.title}: {error.what}{fix}") from None
    return Block(cells, table)


def _records(text: str) -> list[list[str]]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip(" "):
        lines.pop()
    if not lines:
        raise PasteFault(0, 0, "nothing but blanks was pasted")
    separator = "\t" if any("\t" in line for line in lines) else delimited.delimiter(lines)
    if separator == " ":
        return [line.split() for line in lines]
    try:
        return [record or [""] for record in csv.reader(lines, delimiter=separator, strict=True)]
    except csv.Error as error:
        raise PasteFault(0, 0, f"cannot read the pasted rows: {error} (check the quotes)") from None


def _plain(texts: list[str], column: int) -> list[str]:
    """Numbers with decimal points, whatever their notation."""
    if not any("," in text for text in texts):
        return texts
    try:
        notation = delimited.decimal(Content("", b""), ((str(i), text) for i, text in enumerate(texts)))
    except InputError as error:
        row = int(error.where.rpartition(" ")[2])
        raise PasteFault(row, column, f"line {row + 1}: {error.what} (write it with a decimal point)") from None
    return [delimited.plain_number(text, notation) for text in texts] if notation else texts


def _symbols(table: Table, text: str) -> Array:
    """The symbols of a pasted text: its characters where each is a symbol, else its lines, else its words."""
    (symbol,) = table.columns
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.endswith("\n") and not symbol.has("\n"):
        text = text[:-1]
    characters = isinstance(symbol, Choice) and bool(symbol.names) and all(len(name) == 1 for name in symbol.names)
    lines = [line.partition("\t")[0] for line in text.split("\n")]
    for way in (list(text), lines) if characters else (lines, text.split()):
        try:
            return np.array([symbol.read(entry) for entry in way])
        except NumberError:
            continue
    for i, piece in enumerate(text if characters else text.split()):
        try:
            symbol.read(piece)
        except NumberError as error:
            raise PasteFault(i, 0, f"{error.what} ({error.fix})") from None
    raise PasteFault(0, 0, "nothing but blanks was pasted")
