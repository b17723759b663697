"""Text: each character, or each word, predicts the next.

The vocabulary is what occurs, sorted; inputs are one-hot, T is one less than the number of symbols. A file's Windows
line ends become plain ones and one newline at its very end is left out: editors add it, nobody wrote it.
"""

from __future__ import annotations

from rnn_core.data import Dataset, Vocabulary, text_dataset
from rnn_core.formats.files import Content, counted
from rnn_core.formats.sequences.assemble import inside, refuse_dense


def sniff(head: bytes) -> bool:
    """Whether these first bytes can be UTF-8 text (a character may be cut at the end)."""
    if b"\0" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def load(content: Content, tokens: str = "chars") -> Dataset:
    """The dataset of a text file, by characters or by "words". Raises RnnError."""
    text = content.text().replace("\r\n", "\n").removesuffix("\n")
    return from_string(content, text, tokens)


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
