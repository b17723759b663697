"""What of several words fits a width: whole ones only, the most important ones first.

Rules this file keeps:
- A word stands whole or not at all; a number that lost a digit would be another number.
- What is left out is what matters least, wherever it stands.
- Every character is one column wide: these words are names and numbers of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Word(NamedTuple):
    """A word, or several that stand or fall together."""

    text: str
    rank: int = 0
    """The larger, the sooner it is left out."""
    kind: str = ""
    """What it is, for whoever paints it."""


def length(words: Sequence[Word], gap: int = 1) -> int:
    """The columns that words take beside each other."""
    return sum(len(word.text) for word in words) + gap * max(0, len(words) - 1)


def fitting(words: Sequence[Word], room: int, gap: int = 1) -> tuple[Word, ...]:
    """The words that fit beside each other; the last of the least important ones go first."""
    kept = [word for word in words if word.text]
    while kept and length(kept, gap) > room:
        kept = _without_least(kept)
    return tuple(kept)


def packed(words: Sequence[Word], room: int, lines: int) -> tuple[tuple[Word, ...], ...] | None:
    """The words broken into at most so many lines; None where they do not fit."""
    rows: list[list[Word]] = [[]]
    for word in words:
        if rows[-1] and length([*rows[-1], word]) > room:
            rows.append([])
        rows[-1].append(word)
    fits = len(rows) <= lines and all(length(row) <= room for row in rows)
    return tuple(map(tuple, rows)) if fits else None


def captioned(words: Sequence[Word], room: int, lines: int) -> tuple[tuple[Word, ...], ...]:
    """As many of the words as fit so many lines, the most important ones."""
    kept = [word for word in words if word.text]
    while (found := packed(kept, room, lines)) is None:
        kept = _without_least(kept)
    return found


def titled(title: str, rank: int = 0) -> tuple[Word, ...]:
    """A title in parts, separated by " · ": the first matters most, which has this rank."""
    return tuple(Word(part, rank + at) for at, part in enumerate(title.split(" · ")) if part)


def _without_least(words: list[Word]) -> list[Word]:
    at = max(range(len(words)), key=lambda i: (words[i].rank, i))
    return words[:at] + words[at + 1 :]
