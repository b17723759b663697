"""Writing a dataset: the format follows the suffix, the file appears whole or not at all.

Rules this file keeps:
- What is written is read back before it is: its inputs and targets are the same, bit for bit, or it is refused.
- What else a format has no place for (names, initial states) is said, and so is an option that reads it back right.
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

import numpy as np

from rnn_core.data import Dataset, Sequence
from rnn_core.errors import OutputError, RnnError
from rnn_core.formats import writing
from rnn_core.formats.files import Content
from rnn_core.formats.sequences import (
    csv_file,
    json_file,
    json_lines,
    npy_file,
    npz_file,
    parquet_file,
    text_file,
    writers,
)
from rnn_core.formats.sequences.asked import Asked, listed
from rnn_core.formats.sequences.writers import Writer
from rnn_core.reading import Reading


@dataclass(frozen=True)
class Target:
    """A format that is written: its suffixes, what writes it, and what reads it back."""

    name: str
    suffixes: tuple[str, ...]
    write: Writer
    load: Callable[[Content, Asked], Dataset]


TARGETS = (
    Target("JSON", (".json",), writers.to_json, json_file.load),
    Target("JSON Lines", (".jsonl", ".ndjson"), writers.to_json_lines, json_lines.load),
    Target("CSV", (".csv",), writers.to_csv, csv_file.load),
    Target("TSV", (".tsv",), writers.to_tsv, csv_file.load),
    Target("NPZ", (".npz",), writers.to_npz, npz_file.load),
    Target("NPY", (".npy",), writers.to_npy, npy_file.load),
    Target("Parquet", (".parquet",), writers.to_parquet, parquet_file.load),
    Target("text", (".txt",), writers.to_text, text_file.load),
)


@dataclass(frozen=True)
class Written:
    """The bytes of a file, the option that reads them back right, and what they do not hold."""

    data: bytes
    option: str = ""
    without: tuple[str, ...] = ()

    @property
    def remarks(self) -> str:
        """What a person should know of it, in one line; empty where there is nothing."""
        parts = [f"without {listed(self.without)}"] if self.without else []
        return " · ".join([*parts, *([f"read it with {self.option}"] if self.option else [])])


def save(dataset: Dataset, path: str, *, overwrite: bool = False) -> Written:
    """Write a dataset to the file `path`, in the format of its suffix. Raises OutputError, InputError."""
    made = to_bytes(dataset, path)
    with writing.opened(path, overwrite=overwrite) as stream:
        stream.write(made.data)
    return made


def to_bytes(dataset: Dataset, path: str) -> Written:
    """The bytes of the file `path`. Raises OutputError where its format cannot hold the dataset."""
    suffix = PurePath(path).suffix.lower()
    chosen = next((target for target in TARGETS if suffix in target.suffixes), None)
    if chosen is None:
        known = " ".join(target.suffixes[0] for target in TARGETS)
        raise OutputError("the suffix says no format", where=path, fix=f"one of {known}")
    dataset, option = _unchunked(dataset)
    plain = replace(dataset, sequences=tuple(replace(sequence, tokens=()) for sequence in dataset.sequences))
    for written in (dataset, plain):  # symbols by name, or, where those that occur are too few, as numbers
        try:
            data = chosen.write(written)
        except RnnError as error:
            raise OutputError(error.what, where=path, fix=error.fix) from None
        found = [Written(data, f"{option} {way}".strip(), lacks) for way, lacks in _read(chosen, dataset, data)]
        if found:
            return min(found, key=lambda one: len(one.without))
    fix = "save it as .json" if chosen.name != "JSON" else ""
    raise OutputError(f"{chosen.name} would be read as something else than this", where=path, fix=fix)


def _unchunked(dataset: Dataset) -> tuple[Dataset, str]:
    """The chunks of a text put together again, and the option that cuts them."""
    if not dataset.carried:
        return dataset, ""
    chunks = dataset.sequences
    x, y = (np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in "xy")
    tokens = tuple(token for chunk in chunks for token in chunk.tokens)
    return replace(dataset, sequences=(Sequence(x, y, tokens=tokens),), carried=False), f"--seq-length {len(chunks[0])}"


def _read(chosen: Target, dataset: Dataset, data: bytes) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each option that reads the bytes back right, and what is missing then; no option comes first."""
    for option, asked in _ways(dataset):
        try:
            again = chosen.load(Content("", data), asked)
            if dataset.is_values and not again.is_values:
                again, option = again.as_values(), "--loss squared-error"
        except RnnError:
            continue
        if _same(dataset, again):
            yield option, _lacking(dataset, again)


def _ways(dataset: Dataset) -> Iterator[tuple[str, Asked]]:
    """Each way to read what was written: no option, then one, then several."""
    yield "", Asked()
    yield "--tokens words", Asked(tokens="words")
    targets = tuple(f"target_{i}" for i in range(dataset.largest_target + 1)) if dataset.is_values else ()
    lists = {"classes_order": dataset.classes, "features": dataset.features, "target_column": targets}
    sayable = [name for name, held in lists.items() if held and not any("," in entry for entry in held)]
    for count in range(1, len(sayable) + 1):
        for chosen in itertools.combinations(sayable, count):
            said = [f"--{name.replace('_', '-')} {shlex.quote(','.join(lists[name]))}" for name in chosen]
            reading: dict[str, Any] = {name: lists[name] for name in chosen}
            yield " ".join(said), Asked(reading=Reading(**reading))


def _same(dataset: Dataset, again: Dataset) -> bool:
    """Whether two datasets have the same inputs and targets."""
    pairs = zip(dataset.sequences, again.sequences, strict=False)
    return len(dataset.sequences) == len(again.sequences) and all(
        np.array_equal(one.x, other.x) and np.array_equal(one.y, other.y, equal_nan=one.is_values)
        for one, other in pairs
    )


def _lacking(dataset: Dataset, again: Dataset) -> tuple[str, ...]:
    """What else the one has and the other has not."""
    pairs = list(zip(dataset.sequences, again.sequences, strict=True))
    several = len(pairs) > 1
    kept = {
        "class names": not dataset.classes or dataset.classes == again.classes,
        "feature names": not dataset.features or dataset.features == again.features,
        "tokens": all(not one.tokens or one.tokens == other.tokens for one, other in pairs),
        "names": not several or all(not one.name or one.name == other.name for one, other in pairs),
    }
    for name in ("h0", "s0"):
        states = [(getattr(one, name), getattr(other, name)) for one, other in pairs]
        kept[name] = all(one is None or (other is not None and np.array_equal(one, other)) for one, other in states)
    return tuple(name for name, there in kept.items() if not there)
