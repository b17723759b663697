"""What is seen of a table that may have a million rows: which rows and columns, how wide, and where on the screen.

Rule this file keeps: only what is seen is looked at.
"""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """A column that is seen: which one, its first column of characters, its width."""

    column: int
    x: int
    width: int


def window(at: int, count: int, room: int, before: int = 0) -> range:
    """So many of `count` rows as there is room for, the one `at` among them.

    They are scrolled no further than needed from where the first one seen was `before`.
    """
    room = max(1, room)
    first = min(max(before, at - room + 1), at, max(0, count - room))
    return range(max(0, first), min(max(0, first) + room, count))


def spans(widths: list[int], at: int, room: int, before: int = 0) -> list[Span]:
    """The columns that fit, the one `at` among them, with a blank between; the first at least is always seen."""
    first = min(before, at)
    while first < at and sum(widths[first : at + 1]) + at - first > room:
        first += 1
    found: list[Span] = []
    x = 0
    for column in range(first, len(widths)):
        if found and x + widths[column] > room:
            break
        found.append(Span(column, x, min(widths[column], room)))
        x += widths[column] + 1
    return found
