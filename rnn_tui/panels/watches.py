"""The watches: displayed expressions with their change and their course over time, and the breakpoints."""

from __future__ import annotations

import numpy as np

from rnn_core.debugger import expressions
from rnn_core.debugger.session import Session
from rnn_core.debugger.stops.breakpoints import Breakpoint
from rnn_core.debugger.stops.hits import cheap_hit_count
from rnn_core.errors import RnnError
from rnn_core.views.numbers import brief
from rnn_tui.panels.base import Panel, heading
from rnn_tui.render.canvas import Canvas, clean, whole, width_of
from rnn_tui.render.table import BLOCKS

SPARK, VALUE, CHANGE, NAME = 9, 10, 10, 9
"""Columns of a display's curve, its value and its change, and the least of its name."""
ROOMY = 50
"""Columns from which the curve has its whole length."""


class WatchesPanel(Panel):
    """A row for each display, then one for each breakpoint."""

    def paint(self, canvas: Canvas, session: Session) -> None:
        """As many as fit; the title says how many there are."""
        total = len(session.displays) + len(session.breakpoints)
        more = f"{canvas.height - 1} of {total} · info breakpoints" if total > canvas.height - 1 else "W folds"
        heading(canvas, self.colours, "watches", more)
        y = 1
        for text in session.displays:
            self._display(canvas, y, expressions.watched.watched(session.trace, session.k, text))
            y += 1
        for point in session.breakpoints:
            self._breakpoint(canvas, y, session, point)
            y += 1

    def _display(self, canvas: Canvas, y: int, item: expressions.watched.Watched) -> None:
        """Name, value, change since the last line, and the last values over time."""
        colours = self.colours
        curve = SPARK if canvas.width >= ROOMY else SPARK // 2
        right = canvas.width - curve - 1
        stop, value = right - CHANGE - 1, clean(item.shown)
        if width_of(value) > stop - NAME:  # a long value takes the room of its change, then that of its curve
            stop = right - 1 if item.course else canvas.width - 1
        elif item.change:
            change = brief(item.change, CHANGE - 1, sign=True)
            canvas.put(y, stop + 1, f"{change:>{CHANGE - 1}}", colours.style("dim"))
        value = whole(value, stop - NAME)
        x = stop - max(width_of(value), VALUE - 1)
        canvas.put(y, 1, whole(clean(item.text), x - 2), colours.style("text"))
        style = colours.style("accent" if item.change else "text", bold=True)
        canvas.put(y, stop - width_of(value), value, style)
        canvas.put(y, right, spark(item.course[-curve:]), colours.style("backward"))

    def _breakpoint(self, canvas: Canvas, y: int, session: Session, point: Breakpoint) -> None:
        colours = self.colours
        mark = ("◆" if point.log else "●") if point.enabled else "○"
        x = canvas.put(y, 1, mark, colours.style("bad" if point.enabled else "dim", bold=True))
        x = canvas.put(y, x + 1, f"{point.number} ", colours.style("dim"))
        try:
            count = cheap_hit_count(session.trace, point, session.k)
            hits = "" if count is None else f"{count} hit{'' if count == 1 else 's'}"
        except RnnError:
            hits = "does not fit"
        if point.offered:
            hits = f"enable {point.number}?"
        room = canvas.width - x - len(hits) - 2
        canvas.put(y, x, whole(clean(str(point)), room), colours.style("text" if point.enabled else "dim"))
        canvas.put(y, canvas.width - len(hits) - 1, hits, colours.style("dim"))


def spark(values: tuple[float, ...]) -> str:
    """A small curve of blocks, from the smallest to the largest of the values; ! for what is not finite."""
    array = np.array(values, dtype=np.float64)
    finite = array[np.isfinite(array)]
    if not finite.size:
        return "!" * len(values)
    low, high = float(finite.min()), float(finite.max())
    span = high - low
    return "".join(
        "!" if not np.isfinite(v) else BLOCKS[round((v - low) / span * (len(BLOCKS) - 1))] if span > 0 else BLOCKS[0]
        for v in array.tolist()
    )
