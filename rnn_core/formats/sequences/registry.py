"""The formats of sequences, and the one way in. A new one is one file and one line in `rnn_core.choices`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import PurePath
from typing import Literal

from rnn_core import choices
from rnn_core.data import Dataset, in_chunks
from rnn_core.errors import InputError, UsageError
from rnn_core.formats import files, registry
from rnn_core.formats.files import Content, Source, counted
from rnn_core.formats.registry import Format
from rnn_core.formats.sequences import csv_file, text_file, windows
from rnn_core.formats.sequences.asked import Asked, summary
from rnn_core.formats.sequences.assemble import SEQUENCE_LIMIT
from rnn_core.formats.sequences.targets import attach
from rnn_core.notices import Notice
from rnn_core.reading import Reading

Tokens = Literal["chars", "words"]
SequenceFormat = Format[Callable[[Content, Asked], Dataset]]

SEQUENCE_FORMATS: tuple[SequenceFormat, ...] = tuple(
    import_module(f"rnn_core.formats.sequences.{module}").FORMAT for module in choices.SEQUENCES.values()
)
_AS_IT_IS = Reading()


def load(
    source: Source,
    *,
    tokens: Tokens = "chars",
    seq_length: int | None = None,
    targets: Source | None = None,
    data: bytes | None = None,
    reading: Reading = _AS_IT_IS,
) -> Dataset:
    """The dataset in the file `source`, or in `data`: what was read from standard input when `source` is "-".

    `tokens` says how a text is cut, and `seq_length` how many timesteps a chunk of it has. `targets` is a file of
    targets for inputs that have none. `reading` says what the content leaves open. What was assumed all the same
    are its notices. Raises RnnError: what is wrong, where in which file, what to do.
    """
    _check_tokens(tokens)
    chosen, content = registry.read(source, SEQUENCE_FORMATS, data=data)
    asked = Asked(tokens, reading, targets_follow=targets is not None)
    if reading.read_as:
        chosen = _read_as(chosen, reading.read_as, content.name)
    is_text = chosen.load is text_file.load and not text_file.is_table(content.data[: 2**16], asked)
    if seq_length is not None and not is_text:
        held = "A table" if chosen.load is text_file.load else chosen.name
        what = f"{held} is not cut into chunks, only text is"
        raise UsageError(what, where=content.name, fix="leave out --seq-length")
    dataset = _cut(chosen.load(content, asked), seq_length)
    if targets is not None:
        dataset = attach(dataset, targets, asked)
    return _told(windows.cut(dataset, asked), asked)


def from_text(
    text: str, tokens: Tokens = "chars", seq_length: int | None = None, reading: Reading = _AS_IT_IS
) -> Dataset:
    """The dataset of a string as it stands, each symbol predicting the next. Raises RnnError."""
    _check_tokens(tokens)
    asked, content = Asked(tokens, reading), Content("text", b"")
    asked.refuse(("read_as", *text_file.TABLES), "files", content.name)
    dataset = _cut(text_file.from_string(content, text, tokens), seq_length)
    return _told(windows.cut(dataset, asked), asked)


def _told(dataset: Dataset, asked: Asked) -> Dataset:
    """`dataset` with its notices: what it is, then what was assumed."""
    if dataset.widened:
        asked.note("the inputs are widened to float64", "they are saved narrower", "save them as float64")
    first = Notice(summary(dataset), plain=True)
    return replace(dataset, notices=(first, *asked.notices))


def _read_as(chosen: SequenceFormat, asked: str, name: str) -> SequenceFormat:
    """The format of a text file read as a table or as prose."""
    wanted = csv_file.load if asked == "table" else text_file.load
    if chosen.load not in (csv_file.load, text_file.load):
        raise UsageError(f"--read-as is for text files, and this is {chosen.name}", where=name, fix="leave it out")
    return next(entry for entry in SEQUENCE_FORMATS if entry.load is wanted)


def is_text(source: str, reading: Reading = _AS_IT_IS) -> bool:
    """Whether a file is read as text, by its name and its beginning; one that cannot be opened is by its name."""
    if PurePath(source).suffix.lower() not in next(entry for entry in SEQUENCE_FORMATS if entry.fallback).suffixes:
        return False
    with contextlib.suppress(InputError), files.opened(source) as (file, _):
        return not text_file.is_table(file.read(2**16) or b"", Asked(reading=reading))
    return True


def _cut(dataset: Dataset, seq_length: int | None) -> Dataset:
    """A text in chunks where they are asked for. Raises UsageError for chunks of no timesteps, or far too many."""
    if seq_length is None:
        return dataset
    chunks = -(-len(dataset.sequences[0]) // max(seq_length, 1))
    if chunks > SEQUENCE_LIMIT:
        what = f"{chunks} chunks of {counted(seq_length, 'timestep')}, more than {SEQUENCE_LIMIT}"
        raise UsageError(what, where=dataset.name, fix="make them longer, or give a part of the text")
    return in_chunks(dataset, seq_length)


def _check_tokens(tokens: str) -> None:
    if tokens not in {"chars", "words"}:
        raise UsageError(f"no tokens {tokens!r}", fix="chars or words")
