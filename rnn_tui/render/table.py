"""A grid of cells on a canvas: colour, number or glyph, the selected cell, what is not written yet."""

from __future__ import annotations

from rnn_core.views.grid import Grid
from rnn_core.views.numbers import cell as number
from rnn_core.views.options import CellMode
from rnn_core.views.scale import LEVELS
from rnn_tui.render.canvas import Canvas
from rnn_tui.render.palette import Palette

NARROW, WIDE = 2, 6
BLOCKS = "▁▂▃▄▅▆▇█"


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


def paint_cells(canvas: Canvas, palette: Palette, grid: Grid, y: int, x: int, width: int, mode: CellMode) -> None:
    """Write a grid's window with its top left cell at row y, column x; each cell `width` columns wide."""
    values, levels = grid.values.tolist(), grid.levels.tolist()
    mask, marked = grid.mask.tolist(), grid.marked.tolist()
    chosen_row, chosen_column = grid.chosen or (-1, -1)
    waiting = palette.style("faint")
    empty = " " * (width - 1) + "·" if width > NARROW else " ·"
    coloured = mode != "numbers"
    for r, row in enumerate(grid.rows):
        at = x
        for c, column in enumerate(grid.columns):
            chosen = row == chosen_row and column == chosen_column
            if not grid.written or not mask[r][c]:
                canvas.put(y + r, at, empty, palette.heat(0, True) if chosen else waiting)
                at += width
                continue
            level = levels[r][c]
            style = palette.heat(level if coloured or level > LEVELS else 0, chosen, marked[r][c])
            if width > NARROW:
                text = f"{number(values[r][c], grid.exponent):>{width}}"
                if marked[r][c] and text[0] == " ":
                    text = "◆" + text[1:]
            elif palette.plain:
                text = glyph(level)
            elif chosen:
                text = "[]"
            else:
                text = "◆ " if marked[r][c] else "!!" if level > LEVELS else "  "
            canvas.put(y + r, at, text, style)
            at += width
