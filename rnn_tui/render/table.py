"""A table on a canvas: its caption, and its cells by colour, number or glyph.

Rule this file keeps: the numbers of a table are divided by a power of ten only where that power was painted. There is
no way to paint a table's cells but together with its caption.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from rich.style import Style

from rnn_core.views.grid import Grid
from rnn_core.views.numbers import shown, times_ten
from rnn_core.views.options import CellMode
from rnn_core.views.scale import LEVELS
from rnn_core.views.words import Word, captioned
from rnn_tui.render.canvas import Canvas
from rnn_tui.render.palette import Palette

NARROW, WIDE = 2, 6
BLOCKS = "▁▂▃▄▅▆▇█"
DIGITS = 7
"""The most characters of a number in a cell: beyond, larger cells are larger colours."""
FACTOR = "factor"
"""The kind of the word that names a table's power of ten."""


def cell_width(mode: CellMode, columns: int, room: int) -> int:
    """Wide cells hold a number: always in numbers mode, never as a heatmap, else where the whole table fits."""
    if mode == "numbers":
        return WIDE
    if mode == "heatmap":
        return NARROW
    return WIDE if columns * WIDE <= room else NARROW


def glyph(level: int) -> str:
    """Sign and size in two characters, for terminals without colour: +▃, -█, and a dot for zero."""
    if level == 0:
        return " ·"
    if level > LEVELS:
        return "!!"
    size = BLOCKS[(abs(level) - 1) * len(BLOCKS) // LEVELS]
    return ("+" if level > 0 else "-") + size


def margin_of(width: int) -> int:
    """The blanks behind a number in a cell."""
    return max(0, width - 1 - DIGITS) // 2


def power(grid: Grid, cell: int, rank: int, *, short: bool = False) -> Word:
    """The word that names a table's power of ten, where its cells hold numbers; `short` where there is little room."""
    text = times_ten(grid.exponent) if cell > NARROW and grid.written else ""
    return Word(text.removeprefix("×1") if short else text, rank, FACTOR)


def factor_in(grid: Grid, words: Sequence[Word]) -> int:
    """The power of ten that a table's cells may be divided by: its own where these words name it, else none."""
    return grid.exponent if any(word.kind == FACTOR for word in words) else 0


def paint_caption(
    canvas: Canvas, palette: Palette, words: Sequence[Word], y: int, x: int, width: int, lines: int, *, fresh: bool
) -> tuple[Word, ...]:
    """Write as many words as fit into the last of so many lines, the first of which is row y; the words that stand
    there."""
    rows = captioned(words, width, lines)
    for down, row in enumerate(rows, start=lines - len(rows)):
        at = x
        for word in row:
            strong = word.kind in ("name", "norm")
            role = (
                "accent"
                if fresh and word.kind == "name"
                else "text"
                if strong and (fresh or word.kind == "name")
                else "dim"
            )
            at = canvas.put(y + down, at, word.text, palette.style(role, bold=word.kind == "name")) + 1
    return tuple(word for row in rows for word in row)


def paint_table(
    canvas: Canvas, palette: Palette, grid: Grid, y: int, x: int, width: int, mode: CellMode, caption: Sequence[Word],
    tall: int = 1,
) -> None:  # fmt: skip
    """Write a grid's window with its top left cell at row y, column x; each cell `width` columns wide and `tall` rows
    high. `caption` are the words that stand beside it already: only a power of ten among them divides the numbers."""
    values, levels = grid.values.tolist(), grid.levels.tolist()
    mask, marked = grid.mask.tolist(), grid.marked.tolist()
    chosen_row, chosen_column = grid.chosen or (-1, -1)
    factor, waiting = factor_in(grid, caption), palette.style("faint")
    blank, middle = " " * width, (tall - 1) // 2
    margin = margin_of(width)
    empty = f"{'·':>{width - margin}}{'':{margin}}"
    coloured = mode != "numbers"
    for r, row in enumerate(grid.rows):
        pieces: list[tuple[str, Style]] = []
        for c, column in enumerate(grid.columns):
            chosen = row == chosen_row and column == chosen_column
            if not grid.written or not mask[r][c]:
                text, style = empty, palette.heat(0, True) if chosen else waiting
            else:
                level = levels[r][c]
                style = palette.heat(level if coloured or level > LEVELS else 0, chosen, marked[r][c])
                if width > NARROW:
                    number = shown(values[r][c], factor, min(width - 1, DIGITS)).text
                    text = f"{number:>{width - margin}}{'':{margin}}"
                    if marked[r][c] and text[0] == " ":
                        text = "◆" + text[1:]
                elif palette.plain:
                    text = glyph(level)
                elif chosen:
                    text = "[]"
                else:
                    text = "◆ " if marked[r][c] else "!!" if level > LEVELS else "  "
            pieces.append((text, style))
        at = x
        for style, cells in groupby(pieces, key=itemgetter(1)):
            texts = [text for text, _ in cells]
            for down in range(tall):
                canvas.put(y + r * tall + down, at, "".join(texts) if down == middle else blank * len(texts), style)
            at += width * len(texts)
