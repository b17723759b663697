"""A rectangle to write on: pieces of text at columns, turned into strips.

Rules this file keeps:
- What does not fit before the right edge loses whole words from its end, and no number is ever cut; rows outside are
  ignored.
- Neighbouring pieces of the same style become one segment, and blanks join the piece before them where that looks the
  same. So little is sent to the terminal.
- Control characters never reach the terminal.
"""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from rnn_core.views.outputs import class_name

NUMBER = re.compile(r"([-+±×‖]?[\d.]+(e[-+]?\d*)?|[-+±×‖])+$")
"""What looks like a number at the end of a text that was cut."""


def clean(text: str) -> str:
    """`text` without control characters."""
    return text if text.isprintable() else "".join(ch if ch.isprintable() else "·" for ch in text)


def width_of(text: str) -> int:
    """The columns that a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def beginning(text: str, room: int) -> str:
    """The first characters of a text that fit."""
    head = set_cell_size(text, max(0, room))
    while not text.startswith(head):  # half of a wide character became a blank
        head = head[:-1]
    return head


def whole(text: str, room: int) -> str:
    """A text without the words at its end that do not fit.

    A first word that is too long itself is cut before any number in it, and ends in …
    """
    if width_of(text) <= room:
        return text
    head = beginning(text, room)
    words = head if text[len(head)] == " " else head[: head.rfind(" ") + 1]
    if words.strip():
        return words.rstrip()
    if not any(map(str.isalnum, text)):
        return head  # a rule, dots: any part of it will do
    cut = NUMBER.sub("", beginning(text, room - 1)) if room > 1 else ""
    return f"{cut}…" if cut.strip() else ""


def named(names: tuple[str, ...], at: int, room: int) -> str:
    """A class or a feature by its name; a longer one than there is room for ends in …."""
    name = clean(class_name(names, at))
    return name if width_of(name) <= room else beginning(name, room - 1) + "…"


class Canvas:
    """Rows of pieces; `strips()` fills the gaps with the base style."""

    def __init__(self, width: int, height: int, base: Style) -> None:
        self.width, self.height, self.base = width, height, base
        self._rows: list[list[tuple[int, int, str, Style]]] = [[] for _ in range(height)]
        self._backgrounds = [base] * height
        self._made: list[Strip] = []

    def put(self, y: int, x: int, text: str, style: Style) -> int:
        """Write `text` at column x of row y; the column after it is returned."""
        width = width_of(text)
        after = x + width
        if 0 <= y < self.height and x < self.width:
            if after > self.width:
                text = whole(text, self.width - x)
                width = width_of(text)
            if width:
                self._rows[y].append((x, width, text, style))
        return after

    def fill(self, y: int, style: Style) -> None:
        """Give a row another background where nothing is written."""
        if 0 <= y < self.height:
            self._backgrounds[y] = style

    def add(self, other: Canvas) -> None:
        """Put what is written on another canvas of this size on this one."""
        for mine, its in zip(self._rows, other._rows, strict=True):
            mine += its

    def strips(self, before: Canvas | None = None) -> list[Strip]:
        """The rows as strips, each exactly as wide as the canvas; a row written as it was `before` keeps its strip."""
        kept: list[Strip | None] = [None] * self.height
        if before is not None and (before.width, before.height) == (self.width, self.height):
            rows = zip(before._made, before._rows, self._rows, before._backgrounds, self._backgrounds, strict=True)
            kept = [strip if was == is_ and on is now else None for strip, was, is_, on, now in rows]
        self._made = [
            strip or self._strip(row, style)
            for strip, row, style in zip(kept, self._rows, self._backgrounds, strict=True)
        ]
        return self._made

    def _strip(self, row: list[tuple[int, int, str, Style]], background: Style) -> Strip:
        pieces: list[tuple[str, Style]] = []
        at = 0
        for x, width, text, style in sorted(row, key=lambda piece: piece[0]):
            if x < at:
                continue
            if x > at:
                pieces.append((" " * (x - at), _blank_after(pieces, background)))
            pieces.append((text, style))
            at = x + width
        if at < self.width:
            pieces.append((" " * (self.width - at), _blank_after(pieces, background)))
        return Strip(_merged(pieces), self.width)


def _blank_after(pieces: list[tuple[str, Style]], background: Style) -> Style:
    """The style of blanks: that of the piece before where blanks look the same in it, so that they join it."""
    if not pieces:
        return background
    before = pieces[-1][1]
    same = before.bgcolor is background.bgcolor and not (before.reverse or before.underline)
    return before if same else background


def _merged(pieces: list[tuple[str, Style]]) -> list[Segment]:
    segments: list[Segment] = []
    text, style = "", None
    for piece, piece_style in pieces:
        if piece_style is style:
            text += piece
            continue
        if text:
            segments.append(Segment(text, style))
        text, style = piece, piece_style
    if text:
        segments.append(Segment(text, style))
    return segments
