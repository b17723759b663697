"""Lists of texts with a label each: `Adeyemi<TAB>Yoruba`. One sequence a line, its label at the last timestep.

The symbols are the characters of the text, or its words, one-hot over those that occur.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from rnn_core.data import NO_TARGET, Dataset
from rnn_core.formats import numbers
from rnn_core.formats.files import Content, counted
from rnn_core.formats.numbers import NumberError, looks_numeric
from rnn_core.formats.sequences import symbols
from rnn_core.formats.sequences.asked import Asked
from rnn_core.formats.sequences.assemble import dataset
from rnn_core.formats.sequences.columns import SEQUENCES, TARGETS, TOKENS
from rnn_core.formats.sequences.delimited import SAMPLE, Record
from rnn_core.formats.sequences.labels import Classes

TEXTS = ("text", "name", "names", "sentence", "string", "review", "tweet", "input", "surname")
KINDS = (*TARGETS, "language", "lang", "nationality", "country", "sentiment", "origin")
"""How the two columns are called where a first line names them."""


def tabbed(lines: list[str]) -> bool:
    """Whether each of these lines is a text, a tab and a label."""
    rows = [line.split("\t") for line in lines[:SAMPLE] if line.strip()]
    return len(rows) > 1 and _texts(rows)


def fits(rows: list[list[str]], asked: Asked) -> bool:
    """Whether the first records of a table are texts with a label each."""
    rows = [row for row in rows if row]
    if len(rows) < 2 or asked.reading.features or asked.reading.target_column or not _texts(rows):
        return False
    first = [entry.strip().lower() for entry in rows[0]]
    worded = not any(looks_numeric(row[1]) for row in rows[1:] or rows)
    return first[0] not in (*SEQUENCES, *TOKENS) and (worded or first[1] in TARGETS) and first[0] not in TARGETS


def _texts(rows: list[list[str]]) -> bool:
    return all(len(row) == 2 and row[0].strip() and row[1].strip() and not looks_numeric(row[0]) for row in rows)


def load(content: Content, rows: Iterable[Record], asked: Asked) -> Dataset:
    """The dataset of records of two fields. Raises InputError naming the line."""
    listed = list(rows)
    if _headed(listed[0][1], asked):
        asked.note(f"the first line names the columns: {', '.join(listed[0][1])}", "its words", "--header no")
        listed = listed[1:]
    for line, row in listed:
        if len(row) != 2 or not row[0].strip():
            fix = "write a text and its label; quote a text that holds the separator"
            what = f"{counted(len(row), 'field')}, where the others have a text and a label"
            raise content.error(what, at=f"line {line}", fix=fix)
    texts = [row[0].strip() for _, row in listed]
    given = [(line, row[1].strip()) for line, row in listed]
    return labelled(content, texts, given, asked)


def labelled(content: Content, texts: list[str], given: list[tuple[int, str]], asked: Asked) -> Dataset:
    """The dataset of texts, each with the line and the label in `given`, "" for none. Raises InputError."""
    classes = Classes(content, asked)
    found = _indices(content, given, classes)
    cut = [text.split() if asked.tokens == "words" else list(text) for text in texts]
    what = "words" if asked.tokens == "words" else "characters"
    because = "a text and a label stand on each line"
    change = "--tokens chars" if what == "words" else "--tokens words cuts it into words"
    asked.note(f"the {what} of each text are its timesteps, its label is at the last one", because, change)
    targets: list[NDArray[np.int64] | None] = [_at_the_end(len(row), y) for row, y in zip(cut, found, strict=True)]
    made, vocabulary, _ = symbols.of_words(content, asked, cut, targets, texts)
    return dataset(content, made, classes.names(), vocabulary)


def _at_the_end(length: int, y: int) -> NDArray[np.int64]:
    return np.array([NO_TARGET] * (length - 1) + [y], dtype=np.int64)


def _headed(first: list[str], asked: Asked) -> bool:
    if asked.reading.header:
        return asked.reading.header == "yes"
    return first[0].strip().lower() in TEXTS or first[-1].strip().lower() in KINDS


def _indices(content: Content, given: list[tuple[int, str]], classes: Classes) -> list[int]:
    if not all(looks_numeric(label) for _, label in given if label):
        return [classes.index(label, f"line {line}") for line, label in given]
    found = []
    for line, label in given:
        try:
            found.append(numbers.target(label))
        except NumberError as error:
            raise content.error(error.what, at=f"line {line}", fix=error.fix) from None
    return found
