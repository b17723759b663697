"""What a screen too small for the debugger says."""

from __future__ import annotations

from rnn_core.debugger.session import Session
from rnn_tui.panels.base import Panel
from rnn_tui.render.canvas import Canvas


class SmallPanel(Panel):
    """One polite line; the session goes on underneath."""

    def paint(self, canvas: Canvas, session: Session) -> None:
        """The size needed and the size found."""
        text = f"rnn-tui needs 80×24, this is {canvas.width}×{canvas.height}: enlarge the window (q quits)"
        lines = [text[i : i + canvas.width] for i in range(0, len(text), canvas.width)]
        for y, line in enumerate(lines):
            canvas.put(y, 0, line, self.colours.style("text"))
