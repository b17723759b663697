"""Rows of words in columns, for tables on standard output."""

from __future__ import annotations

from collections.abc import Sequence


def tabled(rows: Sequence[Sequence[str]]) -> list[str]:
    """A line for each row. Every column is as wide as its widest word; the last word of a row takes what it needs."""
    columns = max(map(len, rows), default=0)
    widths = [max((len(row[i]) for row in rows if i < len(row) - 1), default=0) for i in range(columns)]
    return [
        "  ".join((*(f"{word:<{width}}" for word, width in zip(row[:-1], widths, strict=False)), row[-1])).rstrip()
        for row in rows
    ]
