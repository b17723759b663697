"""Curves on a canvas: lines of braille dots, two across and four down in a cell, with guides, marks and labels.

Rules this file keeps:
- Lines of one layer share the dots of a cell, in the colour of the last; a higher layer hides what is under it.
- A cell in which something stands is never written twice on the canvas.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from rich.style import Style

from rnn_core.model import Array
from rnn_tui.render.canvas import Canvas

ACROSS, DOWN = 2, 4
"""Dots in a cell."""
BRAILLE = 0x2800
TEXT = 1000
"""The layer of characters, above all lines."""
BITS = ((0, 3), (1, 4), (2, 5), (6, 7))
"""Which bit of its character each dot is, by its row and column in the cell."""

Codes = np.ndarray[tuple[int, ...], np.dtype[np.uint32]]


def dots(low: Array, high: Array, rows: int, *, dotted: bool = False) -> Codes:
    """(rows,columns/2) the dots of a line in each cell, from its extent in each column as shares of the height.

    Neighbouring columns are joined; NaN leaves a gap. `dotted` leaves out every other cell.
    """
    columns, last = len(low) // ACROSS * ACROSS, rows * DOWN - 1
    low, high = low[:columns], high[:columns]
    known = ~np.isnan(low)
    top = np.rint((1.0 - np.where(known, high, 0.0)) * last)
    bottom = np.rint((1.0 - np.where(known, low, 0.0)) * last)
    upper, lower = top.copy(), bottom.copy()
    pair = known[:-1] & known[1:]
    falls = pair & (top[1:] > bottom[:-1] + 1)
    middle = (bottom[:-1] + top[1:]) // 2
    lower[:-1] = np.where(falls, np.maximum(lower[:-1], middle), lower[:-1])
    upper[1:] = np.where(falls, np.minimum(upper[1:], middle + 1), upper[1:])
    rises = pair & (bottom[1:] < top[:-1] - 1)
    middle = (top[:-1] + bottom[1:]) // 2
    upper[:-1] = np.where(rises, np.minimum(upper[:-1], middle + 1), upper[:-1])
    lower[1:] = np.where(rises, np.maximum(lower[1:], middle), lower[1:])
    at = np.arange(rows * DOWN)[:, None]
    filled = (at >= upper) & (at <= lower) & known
    codes = np.zeros((rows, columns // ACROSS), dtype=np.uint8)
    for down, bits in enumerate(BITS):
        for across, bit in enumerate(bits):
            codes |= filled[down::DOWN, across::ACROSS].view(np.uint8) << np.uint8(bit)
    if dotted:
        codes[:, 1::2] = 0
    return codes.astype(np.uint32)


class Plot:
    """A rectangle of cells to draw on before it is written to a canvas."""

    def __init__(self, width: int, rows: int) -> None:
        self.width, self.rows = width, rows
        self._characters = np.full((rows, width), BRAILLE, dtype=np.uint32)
        self._ink = np.zeros((rows, width), dtype=np.int64)
        self._layer = np.zeros((rows, width), dtype=np.int64)
        self._styles: list[Style] = []

    def row(self, share: float) -> int:
        """The row of cells in which a share of the height lies."""
        return round((1.0 - share) * (self.rows * DOWN - 1)) // DOWN

    def line(self, codes: Codes, style: Style, *, layer: int = 0) -> None:
        """Draw the dots of a line."""
        drawn = (codes > 0) & (self._layer <= layer)
        shared = np.where(self._layer == layer, self._characters | codes, BRAILLE | codes)
        self._styles.append(style)
        np.copyto(self._characters, shared, where=drawn)
        np.copyto(self._layer, layer, where=drawn)
        np.copyto(self._ink, len(self._styles), where=drawn)

    def free(self, row: int, x: int, width: int) -> bool:
        """Whether a text would hide nothing but the lowest layer."""
        if not (0 <= row < self.rows and x >= 0 and x + width <= self.width):
            return False
        stands = self._ink[row, x : x + width] > 0
        return not (stands & (self._layer[row, x : x + width] > 0)).any()

    def put(self, row: int, x: int, text: str, style: Style) -> None:
        """Write characters over whatever stands in their cells."""
        if not 0 <= row < self.rows:
            return
        self._styles.append(style)
        for i, character in enumerate(text, start=x):
            if 0 <= i < self.width:
                self._characters[row, i] = ord(character)
                self._layer[row, i] = TEXT
                self._ink[row, i] = len(self._styles)

    def under(self, row: int, character: str, style: Style) -> None:
        """Fill the blank cells of a row."""
        self._styles.append(style)
        blank = self._ink[row] == 0
        self._characters[row, blank] = ord(character)
        self._ink[row, blank] = len(self._styles)

    def write(self, canvas: Canvas, y: int, x: int) -> None:
        """Put the cells on a canvas, neighbours of one style as one piece."""
        for row, inks in enumerate(self._ink):
            text = self._characters[row].astype("<u4").tobytes().decode("utf-32-le")
            edges = [0, *(np.flatnonzero(np.diff(inks)) + 1).tolist(), self.width]
            for start, stop in pairwise(edges):
                if ink := int(inks[start]):
                    canvas.put(y + row, x + start, text[start:stop], self._styles[ink - 1])
