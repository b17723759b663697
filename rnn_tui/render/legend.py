"""What the colours of a table mean, in words: −0.28 ▒▒▒ +0.28, and whose limit that is."""

from __future__ import annotations

from rnn_core.views.numbers import magnitude
from rnn_core.views.options import ScaleMode
from rnn_core.views.scale import LEVELS
from rnn_tui.render.canvas import Canvas
from rnn_tui.render.palette import Palette
from rnn_tui.render.table import glyph

SAYS: dict[ScaleMode, str] = {"step": "now", "run": "whole run", "log": "log", "fixed": "fixed"}
"""What the limit is the largest number of, or how it came about."""
RAMP, SIGNED_RAMP = range(-4, 5), range(-2, 3)
MINUS = "−"


def paint_legend(canvas: Canvas, palette: Palette, y: int, stop: int, room: int, limit: float, mode: ScaleMode,
                 name: str = "") -> int:  # fmt: skip
    """Write as much of a legend as fits so that it ends before column `stop`; the columns that it and a blank take."""
    low, high = f"{MINUS}{magnitude(limit, 2)}", f"+{magnitude(limit, 2)}"
    ramp = 2 * len(SIGNED_RAMP) if palette.plain else len(RAMP)
    whose = f"{name} " if name else ""
    for before, after, coloured in (
        (f"{whose}{low} ", f" {high} {SAYS[mode]}", True),
        (f"{whose}{low} ", f" {high}", True),
        (f"{low} … {high}", "", False),
    ):
        taken = len(before) + len(after) + (ramp if coloured else 0)
        if taken >= room or (not coloured and name):  # the limit of one table would pass for that of all
            continue
        dim = palette.style("dim")
        x = canvas.put(y, stop - taken, before, dim)
        if coloured:
            for step in SIGNED_RAMP if palette.plain else RAMP:
                level = step * LEVELS // (2 if palette.plain else 4)
                x = canvas.put(y, x, glyph(level) if palette.plain else " ", palette.heat(level))
        canvas.put(y, x, after, dim)
        return taken + 1
    return 0
