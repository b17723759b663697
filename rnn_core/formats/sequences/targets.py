"""Targets in a file of their own, for inputs that come without: npy, csv, txt or json, shaped (T,), (N,T) or (N,).

Text holds a row for each sequence, or for a single sequence a line for each timestep. An empty CSV field, `null` in
JSON, -1 and -100 mean no target. Rows may differ in length where the sequences do. Targets are class indices, words, or
in arrays one-hot rows; one a sequence stands at its last timestep.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.data import NO_TARGET, Dataset
from rnn_core.errors import InputError
from rnn_core.formats import arrays, files, numbers, registry, strict_json
from rnn_core.formats.files import Content, Source, counted
from rnn_core.formats.numbers import NumberError, looks_numeric
from rnn_core.formats.registry import Format
from rnn_core.formats.sequences import json_file, labels, text_file
from rnn_core.formats.sequences.asked import Asked
from rnn_core.formats.sequences.labels import Classes
from rnn_core.formats.sequences.stacked import targets_of

Rows = list[list[int | str]]
"""Class indices or words, a row for each sequence."""


def attach(dataset: Dataset, source: Source, asked: Asked) -> Dataset:
    """`dataset` with the targets in the file `source`. Raises RnnError when they don't fit, or it has its own."""
    if any(sequence.target_count for sequence in dataset.sequences):
        raise InputError("has targets of its own", where=dataset.name, fix="leave out the file of targets")
    chosen, content = registry.read(source, TARGET_FORMATS)
    lengths = [len(sequence) for sequence in dataset.sequences]
    classes = Classes(content, asked, dataset.classes)
    held = chosen.load(content)
    rows: list[Any]
    if isinstance(held, np.ndarray) and _plain(held, lengths):
        y = labels.whole(content, held, "targets", asked)
        labels.check_indices(content, y, "targets")
        y = labels.missing_as_none(y)
        rows = _placed(content, (y if y.ndim == 2 else y[np.newaxis]).tolist(), lengths, asked)
    elif isinstance(held, np.ndarray):
        y = targets_of(content, held, "targets", (len(lengths), max(lengths)), lengths, asked, classes)
        rows = [row[:length] for row, length in zip(y, lengths, strict=True)]
    else:
        rows = _placed(content, _indexed(held, classes), lengths, asked)
    sequences = (
        dataclasses.replace(sequence, y=np.asarray(row)) for sequence, row in zip(dataset.sequences, rows, strict=True)
    )
    if not (classes.used or dataset.classes) and np.ndim(rows[0]) == 1:
        labels.suspect_counting((np.asarray(row) for row in rows), asked)
    return dataclasses.replace(dataset, sequences=tuple(sequences), classes=dataset.classes or classes.names())


def _plain(y: NDArray[Any], lengths: list[int]) -> bool:
    """Whether an array holds class indices as rows: not words, not one-hot, not in other shapes."""
    if (
        y.dtype.kind in "US"
        or labels.is_real(y)
        or y.ndim > 2
        or (y.ndim == 1 and len(y) == sum(lengths) != len(lengths))
    ):
        return False
    return y.ndim == 1 or not (y.shape[1] != max(lengths) and labels.is_one_hot(y))


def _indexed(rows: Rows, classes: Classes) -> list[list[int]]:
    """Rows of class indices; words become them."""
    return [[classes.index(entry) if isinstance(entry, str) else entry for entry in row] for row in rows]


def _placed(content: Content, rows: list[list[int]], lengths: list[int], asked: Asked) -> list[list[int]]:
    """A row for each sequence, a target for each timestep. Raises InputError where they do not fit."""
    column = len(rows) > 1 and {len(row) for row in rows} == {1}
    if len(lengths) == 1 and column:
        rows = [[row[0] for row in rows]]
    elif len(lengths) > 1 and len(rows) == 1 and len(rows[0]) == len(lengths):
        rows, column = [[entry] for entry in rows[0]], True
    if column and len(rows) == len(lengths) > 1 and max(lengths) > 1:
        because = f"there are {len(rows)} of them"
        asked.note("one label a sequence, put at its last timestep", because, "give one a timestep")
        return [[NO_TARGET] * (length - 1) + row for row, length in zip(rows, lengths, strict=True)]
    if len(rows) != len(lengths):
        expected = f"expected {lengths[0]} targets" if len(lengths) == 1 else f"expected {len(lengths)} rows"
        raise content.error(
            f"{counted(len(rows), 'row')} of targets for {counted(len(lengths), 'sequence')}", fix=expected
        )
    for i, (row, length) in enumerate(zip(rows, lengths, strict=True), start=1):
        if len(row) != length:
            at = "" if len(lengths) == 1 else f"sequence {i}"
            what = f"{counted(len(row), 'target')} for {counted(length, 'timestep')}"
            raise content.error(what, at=at, fix="give one for each timestep, -1 where there is none")
    return rows


def _npy(content: Content) -> NDArray[Any]:
    header = arrays.read_header(content, content.data)
    if header.dtype.kind in "US":
        files.check_dense(content, header.end // 8, f"{header.count} texts")
    else:
        arrays.check_real(content, header)
    y = arrays.read_array(content, content.data, header)
    if y.ndim not in {1, 2, 3} or 0 in y.shape or (y.ndim == 3 and y.dtype.kind != "f" and not labels.is_one_hot(y)):
        raise content.error(f"shape {y.shape}", fix="expected (timesteps,) or (sequences, timesteps)")
    return y


def _json(content: Content) -> Rows:
    value = strict_json.parse(content)
    if not isinstance(value, list) or not value:
        raise strict_json.wrong(content, "", value, "a list of class indices", "write [0, null, 2]")
    if not isinstance(value[0], list):
        return [_listed(content, "targets", value)]
    return [_listed(content, f"targets[{i}]", row) for i, row in enumerate(value)]


def _listed(content: Content, at: str, value: strict_json.Json) -> list[int | str]:
    if isinstance(value, list) and value and all(isinstance(entry, str) for entry in value):
        return list(strict_json.labels(content, at, value, unique=False))
    return list(strict_json.targets(content, at, value))


def _text(content: Content) -> Rows:
    lines = content.text().splitlines()
    while not lines[-1].strip():
        lines.pop()
    return _table(content, [(i, line.split()) for i, line in enumerate(lines, start=1)])


def _csv(content: Content) -> Rows:
    reader = csv.reader(io.StringIO(content.text(), newline=""), strict=True)
    try:
        records = [(reader.line_num, record) for record in reader]
    except csv.Error as error:
        raise content.error(f"not CSV: {error}", at=f"line {reader.line_num}", fix="check the quotes") from None
    while not records[-1][1]:
        records.pop()
    if records[0][1] and records[0][1][0].strip().lower() in {"target", "targets"}:
        records = records[1:]
    if not records:
        raise content.error("a header, but no rows", fix="give a line for each timestep")
    # In a file of one column an empty line is an empty field: a timestep without a target.
    return _table(content, [(line, record or [""]) for line, record in records])


def _table(content: Content, records: list[tuple[int, list[str]]]) -> Rows:
    rows: Rows = []
    entries = [entry.strip() for _, record in records for entry in record if entry.strip()]
    if entries and not any(map(looks_numeric, entries)):
        return [[entry.strip() for entry in record] for _, record in records]
    for line, record in records:
        rows.append([])
        for i, entry in enumerate(record, start=1):
            try:
                rows[-1].append(numbers.target(entry))
            except NumberError as error:
                raise content.error(error.what, at=f"line {line}, column {i}", fix=error.fix) from None
        if not record:
            raise content.error("an empty line", at=f"line {line}", fix="write -1 where there is no target")
    return rows


def _numeric_text(head: bytes) -> bool:
    return text_file.sniff(head) and looks_numeric(head.decode("utf-8", "ignore").lstrip("\ufeff"))


TARGET_FORMATS: tuple[Format[Callable[[Content], Rows | NDArray[Any]]], ...] = (
    Format("NPY", (".npy",), arrays.is_npy, _npy, "one NumPy array of integers, (T,) or (N,T)", binary=True),
    Format("JSON", (".json",), json_file.sniff, _json, "a list of integers and nulls, or a list of such lists"),
    Format("CSV", (".csv",), _numeric_text, _csv, "a line for each timestep, or a row for each sequence"),
    Format("Text", (".txt",), _numeric_text, _text, "integers separated by white space", fallback=True),
)
