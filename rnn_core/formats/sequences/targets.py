"""Targets in a file of their own, for inputs that come without: npy, csv, txt or json, shaped (T,) or (N,T).

Text holds a row for each sequence, or for a single sequence a line for each timestep. An empty CSV field, `null` in
JSON, -1 and -100 mean no target. Rows may differ in length where the sequences do.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Callable

import numpy as np

from rnn_core.data import Dataset
from rnn_core.errors import InputError
from rnn_core.formats import arrays, numbers, registry, strict_json
from rnn_core.formats.files import Content, Source, counted
from rnn_core.formats.numbers import NumberError, looks_numeric
from rnn_core.formats.registry import Format
from rnn_core.formats.sequences import json_file, text_file
from rnn_core.formats.sequences.assemble import check_target_array

Rows = list[list[int]]


def attach(dataset: Dataset, source: Source) -> Dataset:
    """`dataset` with the targets in the file `source`. Raises RnnError when they don't fit, or it has its own."""
    if any(sequence.target_count for sequence in dataset.sequences):
        raise InputError("has targets of its own", where=dataset.name, fix="leave out the file of targets")
    chosen, content = registry.read(source, TARGET_FORMATS)
    rows = chosen.load(content)
    lengths = [len(sequence) for sequence in dataset.sequences]
    if len(lengths) == 1 and len(rows) > 1 and {len(row) for row in rows} == {1}:
        rows = [[row[0] for row in rows]]
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
    sequences = (
        dataclasses.replace(sequence, y=np.array(row, dtype=np.int64))
        for sequence, row in zip(dataset.sequences, rows, strict=True)
    )
    return dataclasses.replace(dataset, sequences=tuple(sequences))


def _npy(content: Content) -> Rows:
    header = arrays.read_header(content, content.data)
    arrays.check_real(content, header)
    if len(header.shape) not in {1, 2} or 0 in header.shape:
        raise content.error(f"shape {header.shape}", fix="expected (timesteps,) or (sequences, timesteps)")
    y = arrays.read_array(content, content.data, header)
    check_target_array(content, y, "targets")
    return [[int(value) for value in row] for row in (y if y.ndim == 2 else y[np.newaxis])]


def _json(content: Content) -> Rows:
    value = strict_json.parse(content)
    if not isinstance(value, list) or not value:
        raise strict_json.wrong(content, "", value, "a list of class indices", "write [0, null, 2]")
    if not isinstance(value[0], list):
        return [strict_json.targets(content, "targets", value)]
    return [strict_json.targets(content, f"targets[{i}]", row) for i, row in enumerate(value)]


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


TARGET_FORMATS: tuple[Format[Callable[[Content], Rows]], ...] = (
    Format("NPY", (".npy",), arrays.is_npy, _npy, "one NumPy array of integers, (T,) or (N,T)", binary=True),
    Format("JSON", (".json",), json_file.sniff, _json, "a list of integers and nulls, or a list of such lists"),
    Format("CSV", (".csv",), _numeric_text, _csv, "a line for each timestep, or a row for each sequence"),
    Format("Text", (".txt",), _numeric_text, _text, "integers separated by white space", fallback=True),
)
