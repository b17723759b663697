"""Sequences as Parquet: the columns mean what those of a CSV do. Read by pyarrow, an extra of this program."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from rnn_core.data import Dataset
from rnn_core.errors import InputError
from rnn_core.formats import files
from rnn_core.formats.files import Content
from rnn_core.formats.registry import Format
from rnn_core.formats.sequences import csv_file
from rnn_core.formats.sequences.asked import Asked
from rnn_core.formats.sequences.delimited import Record

MAGIC = b"PAR1"
INSTALL = "pip install 'rnn-tui[parquet]'"


def sniff(head: bytes) -> bool:
    """Whether these first bytes begin a Parquet file."""
    return head.startswith(MAGIC)


def load(content: Content, asked: Asked) -> Dataset:
    """The dataset in a Parquet file. Raises InputError naming row and column, or what is to be installed."""
    if not content.data.startswith(MAGIC):
        what = files.foreign(content.data)[0]
        raise content.error(f"holds {what or 'other data'}, not Parquet", fix="save it as Parquet, or rename it")
    try:
        import pyarrow.parquet as pq  # an extra, and slow to import
    except ImportError:
        raise content.error("Parquet needs pyarrow, which is not installed", fix=INSTALL) from None
    try:
        file = pq.ParquetFile(io.BytesIO(content.data))
        rows, width = file.metadata.num_rows, file.metadata.num_columns
        files.check_dense(content, rows * width, f"{rows} rows of {width} columns")
        table = file.read()
    except Exception as error:  # pyarrow parses hostile bytes: no list of what may come out is complete
        if isinstance(error, InputError):
            raise
        raise content.error("is damaged or cut short", fix="copy it or save it again") from None
    asked.refuse(("header", "decimal"), "tables of text", content.name)
    return csv_file.of_records(content, _records(table), asked)


def _records(table: Any) -> Iterator[Record]:
    """Each row as the text that a CSV would hold, below the names of the columns."""
    yield 1, [str(name) for name in table.column_names]
    columns = [column.to_pylist() for column in table.columns]
    for i in range(table.num_rows):
        yield i + 2, [_written(column[i]) for column in columns]


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)


FORMAT = Format("Parquet", (".parquet",), sniff, load, "the columns of a CSV", binary=True)
