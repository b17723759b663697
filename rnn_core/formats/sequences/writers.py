"""A dataset as the bytes of a file, in each format that can hold it. What reads them back is beside, by its name.

Rules this file keeps:
- One-hot symbols are written by their names, classes by theirs; what has no target is null, or an empty field.
- What a format has no place for is left out here, and refused with the format that has one where it would be lost.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_core.data import NO_TARGET, Dataset, Sequence
from rnn_core.errors import InputError, OutputError
from rnn_core.formats.numbers import looks_numeric
from rnn_core.formats.sequences import symbols
from rnn_core.formats.sequences.parquet_file import INSTALL

Writer = Callable[[Dataset], bytes]


# -- JSON --------------------------------------------------------------------------------------------------------


def to_json(dataset: Dataset) -> bytes:
    """An object, or a list of them under "sequences"; the names of classes and features stand at the top."""
    names = _names(dataset)
    several = [_object(dataset, sequence) for sequence in dataset.sequences]
    top = {**several[0], **names} if len(several) == 1 else {**names, "sequences": several}
    return (_dumped(top) + "\n").encode()


def to_json_lines(dataset: Dataset) -> bytes:
    """An object a line; the names stand in the first."""
    several = [_object(dataset, sequence) for sequence in dataset.sequences]
    lines = [{**several[0], **_names(dataset)}, *several[1:]]
    return "".join(_dumped(line) + "\n" for line in lines).encode()


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _names(dataset: Dataset) -> dict[str, Any]:
    given = {"classes": dataset.classes, "features": dataset.features}
    return {kind: list(names) for kind, names in given.items() if names}


def _object(dataset: Dataset, sequence: Sequence) -> dict[str, Any]:
    named = symbols.of_sequence(sequence, dataset.features) is not None and bool(dataset.features)
    held: dict[str, Any] = {} if named else {"inputs": sequence.x.tolist()}
    if sequence.tokens:
        held["tokens"] = list(sequence.tokens)
    if named or sequence.target_count:
        held["targets"] = _targets(dataset, sequence)
    held |= {name: state.tolist() for name, state in sequence.start.items()}
    return {**held, "name": sequence.name} if sequence.name else held


def _targets(dataset: Dataset, sequence: Sequence) -> list[Any]:
    """A name, an index or a row of values for each timestep, None where there is none."""
    y: list[Any] = sequence.y.tolist()
    if sequence.is_values:
        return [row if there else None for row, there in zip(y, sequence.has_target, strict=True)]
    named = dataset.classes
    return [None if entry == NO_TARGET else named[entry] if named else entry for entry in y]


# -- tables ------------------------------------------------------------------------------------------------------


def table(dataset: Dataset) -> tuple[list[str], list[list[Any]]]:
    """The titles and the columns of a table: ids where there are several sequences, features or tokens, targets."""
    sequences = dataset.sequences
    titles, columns = [], []
    if len(sequences) > 1:
        names = [sequence.name.strip() for sequence in sequences]
        ids = names if len({*names, ""}) == len(names) + 1 else [str(i) for i in range(1, len(names) + 1)]
        titles.append("sequence")
        columns.append([name for name, sequence in zip(ids, sequences, strict=True) for _ in range(len(sequence))])
    named = all(symbols.of_sequence(sequence, dataset.features) is not None for sequence in sequences)
    if named:
        titles.append("token")
        columns.append([token for sequence in sequences for token in sequence.tokens])
    else:
        titles += dataset.features or [f"x{i}" for i in range(dataset.inputs)]
        columns += np.concatenate([sequence.x for sequence in sequences]).T.tolist()
    if named or any(sequence.target_count for sequence in sequences):
        found = _target_columns(dataset)
        titles += ["target"] if len(found) == 1 else [f"target_{i}" for i in range(len(found))]
        columns += found
    return titles, columns


def _target_columns(dataset: Dataset) -> list[list[Any]]:
    sequences = dataset.sequences
    if dataset.is_values:
        rows = [row for sequence in sequences for row in _targets(dataset, sequence)]
        return [[row and row[i] for row in rows] for i in range(dataset.largest_target + 1)]
    numbers = any(map(looks_numeric, dataset.classes))  # a name that looks like an index would be read as one
    held = Dataset(sequences) if numbers else dataset
    return [[entry for sequence in sequences for entry in _targets(held, sequence)]]


def _delimited(separator: str) -> Writer:
    def write(dataset: Dataset) -> bytes:
        titles, columns = table(dataset)
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=separator, lineterminator="\n")
        writer.writerow(titles)
        writer.writerows(zip(*columns, strict=True))
        return stream.getvalue().encode()

    return write


to_csv, to_tsv = _delimited(","), _delimited("\t")


def to_parquet(dataset: Dataset) -> bytes:
    """The columns of a table. Raises InputError where pyarrow is not installed."""
    try:
        import pyarrow as pa  # an extra, and slow to import
        import pyarrow.parquet as pq
    except ImportError:
        raise InputError("Parquet needs pyarrow, which is not installed", fix=INSTALL) from None
    titles, columns = table(dataset)
    stream = io.BytesIO()
    pq.write_table(pa.table(dict(zip(titles, columns, strict=True))), stream)
    return stream.getvalue()


# -- arrays and text ---------------------------------------------------------------------------------------------


def to_npz(dataset: Dataset) -> bytes:
    """Arrays inputs and targets of all timesteps one after the other, lengths, h0 and s0."""
    sequences = dataset.sequences
    arrays: dict[str, Any] = {"inputs": np.concatenate([sequence.x for sequence in sequences])}
    if any(sequence.target_count for sequence in sequences):
        arrays["targets"] = np.concatenate([sequence.y for sequence in sequences])
    if len(sequences) > 1:
        arrays["lengths"] = np.array([len(sequence) for sequence in sequences])
    for name in ("h0", "s0"):
        states = [getattr(sequence, name) for sequence in sequences]
        if all(state is not None for state in states):
            arrays[name] = np.stack(states) if len(states) > 1 else states[0]
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def to_npy(dataset: Dataset) -> bytes:
    """The inputs alone: (T,I), or (N,T,I) of sequences of one length. Raises OutputError where there is more."""
    sequences = dataset.sequences
    if any(sequence.target_count for sequence in sequences):
        raise OutputError("NPY holds one array, and there are targets as well", fix="save it as .npz")
    if len({len(sequence) for sequence in sequences}) > 1:
        raise OutputError("NPY holds sequences of one length", fix="save them as .npz")
    x = np.stack([sequence.x for sequence in sequences]) if len(sequences) > 1 else sequences[0].x
    stream = io.BytesIO()
    np.save(stream, x)
    return stream.getvalue()


def to_text(dataset: Dataset) -> bytes:
    """The symbols of one text, each of which predicts the next. Raises OutputError for anything else."""
    (sequence, *more), classes = dataset.sequences, dataset.classes
    codes = symbols.of_sequence(sequence, dataset.features)
    if more or codes is None or sequence.is_values or not classes or sequence.y[-1] == NO_TARGET:
        raise OutputError("a text file holds one text whose symbols predict the next", fix="save it as .json")
    written = [*sequence.tokens, classes[int(sequence.y[-1])]]
    separator = "" if all(len(symbol) == 1 for symbol in dataset.features) else " "
    return (separator.join(written) + "\n").encode()
