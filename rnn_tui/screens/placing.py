"""The panels of the debugger's screen, and the layout that puts them where `arrangement` says."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from textual.geometry import NULL_OFFSET, Region, Size, Spacing
from textual.layout import Layout, WidgetPlacement
from textual.widget import Widget

from rnn_core.debugger.session import Session
from rnn_core.views.options import FOCUSES, GATES
from rnn_tui.arrangement import arrangement, too_small
from rnn_tui.panels.base import Panel

ALWAYS = ("header", "timeline", "listing", "step", "inputs", "watches", "console", "footer", "small")
"""The panels that cannot have the focus; `arrangement` has a box for each of them."""
PANELS: tuple[type[Panel], ...] = tuple(
    getattr(import_module(f"rnn_tui.panels.{name}"), f"{name.capitalize()}Panel") for name in (*ALWAYS, *FOCUSES, GATES)
)


class HasSession(Protocol):
    """What is laid out."""

    session: Session


class DebuggerLayout(Layout):
    """Puts the panels where `arrangement` says."""

    name = "debugger"
    due = True
    """Whether the panels are to stand elsewhere than they do."""

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> list[WidgetPlacement]:
        """The placements of the panels that are shown; the others are left out."""
        self.due = False
        if too_small(*size):
            boxes = {"small": (0, 0, *size)}
        else:
            boxes = dict(arrangement(cast(HasSession, parent).session, *size))
        return [
            WidgetPlacement(Region(*boxes[child.id]), NULL_OFFSET, Spacing(), child)
            for child in children
            if child.id in boxes
        ]
