"""The error of every element of a gradient as a picture of characters: one glyph an element, or a tile of them.

Rules this file keeps:
- A digit is the exponent of the error, so that the picture reads without colour: 3 is an error of …e-3.
- A tile shows its largest error: a single wrong element is seen however large the gradient is.
- Only ASCII, and at most 80 columns: it is the same on the screen, in a transcript and in any terminal.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from rnn_core.model import Array
from rnn_core.records import dataclass

COLUMNS, ROWS = 60, 16
"""The most glyphs across and down."""
DIGITS = "0123456789"
GLYPHS = f"{DIGITS}:."
EDGES = (*(float(f"1e-{digit}") for digit in range(10)), 1e-12)
"""A glyph's errors are below the edge before it, and not below its own; those of the last are below all edges."""
NOT_FINITE, UNCHECKED = "!", " "
TICKS = 10
"""Glyphs from one column that is numbered to the next."""

MEANING = {":": ": <1e-9", ".": ". <1e-12", NOT_FINITE: "! not finite", UNCHECKED: "blank unchecked"}
"""What the legend says of the glyphs that are no digits."""
PLURALS = {"t": "timesteps", "class": "classes", "unit of h[t-1]": "units of h[t-1]"}
"""How several of what an axis counts are called, where that is not it and an s."""


@dataclass(frozen=True)
class ErrorMap:
    """The relative errors of the elements of one gradient that were looked at.

    `shape` is the gradient's, `places` are flat indices into it, and `errors` go with them: 0 or more, inf for what is
    not finite. `axes` says what is counted along each axis of the shape. Row 0 of a series is timestep `first_t`,
    which is 0 for what is no series.
    """

    name: str
    shape: tuple[int, ...]
    axes: tuple[str, ...]
    places: tuple[int, ...]
    errors: tuple[float, ...]
    first_t: int = 0

    @property
    def worst(self) -> float:
        """The largest error."""
        return max(self.errors)


def picture(error_map: ErrorMap) -> list[str]:
    """A title, the map, the numbers of its columns: timesteps run across, units down; a vector is one row."""
    shape, axes, glyphs, tile = _reduced(error_map)
    label = {"": "", "t": f"t={error_map.first_t}"}.get(axes[0], f"{axes[0]} 0")
    rows = [label, *(str(row * tile[0]) for row in range(1, len(glyphs)))]
    margin = max(map(len, rows))
    start, sign = (error_map.first_t, "t=") if axes[1] == "t" else (0, "")
    columns = [f"{sign}{start + at * tile[1]}" for at in range(0, len(glyphs[0]), TICKS)]
    return [
        _title(error_map.name, shape, axes, tile),
        *(f"{row:>{margin}} |{line}|" for row, line in zip(rows, glyphs, strict=True)),
        f"{'':{margin}}  {''.join(f'{column:{TICKS}}' for column in columns)}".rstrip(),
    ]


def legend(pictures: Iterable[str]) -> str:
    """What the glyphs in these lines of maps mean, in one line; only of those that occur."""
    shown = {glyph for line in pictures if line.endswith("|") for glyph in line.partition("|")[2][:-1]}
    said = ["n: error ..e-n, 0-2 wrong, 3-7 suspicious"] if shown & set(DIGITS) else []
    return "  ".join([*said, *(meaning for glyph, meaning in MEANING.items() if glyph in shown)])


def glyph(error: float) -> str:
    """The glyph of one error: 0 or more, inf, or below 0 for what was not looked at."""
    if error < 0.0:
        return UNCHECKED
    if not np.isfinite(error):
        return NOT_FINITE
    return GLYPHS[sum(error < edge for edge in EDGES)]


def _reduced(error_map: ErrorMap) -> tuple[tuple[int, int], tuple[str, str], list[str], tuple[int, int]]:
    """As it is drawn: its shape and axes, down first, its rows of glyphs, and how many elements a glyph stands for."""
    down, across = ("", *error_map.axes)[-2:]
    height, width = (1, *error_map.shape)[-2:]
    places = np.unravel_index(np.array(error_map.places, dtype=np.int64), (height, width))
    if down == "t" and height > 1:
        down, across, height, width, places = across, down, width, height, places[::-1]
    tile = (-(-height // ROWS), -(-width // COLUMNS))
    largest: Array = np.full((-(-height // tile[0]), -(-width // tile[1])), -1.0)
    np.maximum.at(largest, (places[0] // tile[0], places[1] // tile[1]), np.array(error_map.errors))
    return (height, width), (down, across), ["".join(map(glyph, row)) for row in largest.tolist()], tile


def _title(name: str, shape: tuple[int, int], axes: tuple[str, str], tile: tuple[int, int]) -> str:
    """What is drawn, what runs across, and what a glyph stands for where it is more than one element."""
    down, across = (
        f"{size} {axis if size == 1 else PLURALS.get(axis, f'{axis}s')}" for size, axis in zip(shape, axes, strict=True)
    )
    counted = f"{across} across" if axes[0] in ("", "t") else f"{down} down, {across} across"
    reduced = "" if tile == (1, 1) else f"; a glyph is the largest error of {tile[0]}x{tile[1]}"
    return f"{name}: {counted}{reduced}"
