"""Text: each character, or each word, predicts the next.

The vocabulary is what occurs, sorted; inputs are one-hot, T is one less than the number of symbols. A file's Windows
line ends become plain ones. One newline at its very end is left out: editors add it, nobody wrote it. Both is said.
A table of numbers, and a list of texts with a label after a tab each, are read as what they are.
"""

from __future__ import annotations

from rnn_core.data import Dataset, Vocabulary, text_dataset
from rnn_core.formats.files import Content, counted
from rnn_core.formats.registry import Format
from rnn_core.formats.sequences import csv_file, delimited, label_list
from rnn_core.formats.sequences.asked import Asked
from rnn_core.formats.sequences.assemble import inside, refuse_dense
from rnn_core.formats.sequences.delimited import DELIMITERS

TABLES = ("header", "decimal", "features", "target_column", "classes_order", "time_first", "batch_first", "vocabulary")


def sniff(head: bytes) -> bool:
    """Whether these first bytes can be UTF-8 text (a character may be cut at the end)."""
    if b"\0" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def load(content: Content, asked: Asked) -> Dataset:
    """The dataset of a text file, by characters or by "words", or of the table that it is. Raises RnnError."""
    if is_table(content.data[: 2**16], asked):
        lines = delimited.sample(content.data[: 2**16])
        if asked.reading.read_as != "table":
            separator = delimited.delimiter(lines)
            width = len(delimited.fields(lines[0], separator))
            apart = f", separated by {DELIMITERS[separator]}" if width > 1 else ""
            because = f"each line has {counted(width, 'field')}{apart}"
            asked.note("read as a table, not as a text", because, "--read-as text")
        return csv_file.load(content, asked)
    asked.refuse(TABLES, "tables, and this is a text", content.name)
    text = content.text()
    if "\r\n" in text:
        asked.note("Windows line ends are read as plain ones", "", "--text keeps them")
        text = text.replace("\r\n", "\n")
    if text.endswith("\n"):
        asked.note("the newline at the very end is left out", plain=True)
    return from_string(content, text.removesuffix("\n"), asked.tokens)


def is_table(head: bytes, asked: Asked) -> bool:
    """Whether a text file that begins with `head` is a table."""
    if asked.reading.read_as:
        return asked.reading.read_as == "table"
    lines = delimited.sample(head)
    return delimited.strictly_a_table(lines) or label_list.tabbed(lines)


def from_string(content: Content, text: str, tokens: str) -> Dataset:
    """The dataset of `text` as it stands; `content` names it in errors. Raises RnnError."""
    if any("\ud800" <= ch <= "\udfff" for ch in text):
        raise content.error("a character that is not Unicode", fix="give the text as UTF-8")
    symbols = text.split() if tokens == "words" else text
    if len(symbols) < 2:
        noun = "word" if tokens == "words" else "character"
        what = f"only {counted(len(symbols), noun)}"
        raise content.error(what, fix=f"each {noun} predicts the next: give two or more")
    refuse_dense(content, len(symbols) - 1, len(Vocabulary.of(symbols).symbols))
    return inside(content, text_dataset, symbols, content.name)


FORMAT = Format("Text", (".txt",), sniff, load, "characters or words predict the next", fallback=True)
