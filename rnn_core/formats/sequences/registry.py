"""The formats of sequences, and the one way in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from rnn_core.data import Dataset
from rnn_core.errors import UsageError
from rnn_core.formats import registry
from rnn_core.formats.files import Content, Source
from rnn_core.formats.registry import Format
from rnn_core.formats.sequences import csv_file, json_file, npy_file, npz_file, text_file
from rnn_core.formats.sequences.targets import attach

Tokens = Literal["chars", "words"]
SequenceFormat = Format[Callable[[Content, str], Dataset]]

SEQUENCE_FORMATS: tuple[SequenceFormat, ...] = (
    Format("NPZ", (".npz",), npz_file.sniff, npz_file.load, "arrays inputs, targets, lengths, h0", binary=True),
    Format("NPY", (".npy",), npy_file.sniff, npy_file.load, "one array, (T,I) or (N,T,I)", binary=True),
    Format("JSON", (".json",), json_file.sniff, json_file.load, '{"inputs": [[…], …], "targets": [0, null, …]}'),
    Format("CSV", (".csv",), csv_file.sniff, csv_file.load, "a column a feature, with columns target and sequence"),
    Format("Text", (".txt",), text_file.sniff, text_file.load, "characters or words predict the next", fallback=True),
)


def load(
    source: Source, *, tokens: Tokens = "chars", targets: Source | None = None, data: bytes | None = None
) -> Dataset:
    """The dataset in the file `source`, or in `data`: what was read from standard input when `source` is "-".

    `tokens` says how a text is cut; `targets` is a file of class indices for inputs that have none. Raises RnnError:
    what is wrong, where in which file, what to do.
    """
    _check_tokens(tokens)
    chosen, content = registry.read(source, SEQUENCE_FORMATS, data=data)
    dataset = chosen.load(content, tokens)
    return dataset if targets is None else attach(dataset, targets)


def from_text(text: str, tokens: Tokens = "chars") -> Dataset:
    """The dataset of a string as it stands, each symbol predicting the next. Raises RnnError."""
    _check_tokens(tokens)
    return text_file.from_string(Content("text", b""), text, tokens)


def _check_tokens(tokens: str) -> None:
    if tokens not in {"chars", "words"}:
        raise UsageError(f"no tokens {tokens!r}", fix="chars or words")
