"""The one widget of a screen that is a table: it paints a canvas of only as many lines as are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from rnn_tui.render.canvas import Canvas
from rnn_tui.render.palette import Palette, palette

if TYPE_CHECKING:
    from rnn_tui.screens.debugger import DebuggerScreen


class Painted(Widget):
    """It paints what its screen's state says, over the debugger. Subclasses implement `paint`."""

    can_focus = True
    ALLOW_SELECT = False

    def __init__(self, debugger: DebuggerScreen) -> None:
        super().__init__()
        self._debugger = debugger

    @property
    def colours(self) -> Palette:
        """The palette of the session's theme, or the plain one where the terminal has no colour."""
        return palette("plain" if getattr(self.app, "plain", False) else self._debugger.session.view.theme)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The whole of it: there are only as many lines as the screen has."""
        canvas = Canvas(self.size.width, self.size.height, self.colours.base)
        self.paint(canvas)
        return [line.crop(crop.x, crop.right) for line in canvas.strips()[crop.y : crop.bottom]]

    def paint(self, canvas: Canvas) -> None:
        """Write the table."""
        raise NotImplementedError
