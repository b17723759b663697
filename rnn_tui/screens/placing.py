"""The panels of the debugger's screen, and the layout that puts them where `arrangement` says."""

from __future__ import annotations

from typing import Protocol, cast

from textual.geometry import NULL_OFFSET, Region, Size, Spacing
from textual.layout import Layout, WidgetPlacement
from textual.widget import Widget

from rnn_core.debugger.session import Session
from rnn_tui.arrangement import arrangement, too_small
from rnn_tui.panels.base import Panel
from rnn_tui.panels.console import ConsolePanel
from rnn_tui.panels.flow import FlowPanel
from rnn_tui.panels.footer import FooterPanel
from rnn_tui.panels.gates import GatesPanel
from rnn_tui.panels.gradients import GradientsPanel
from rnn_tui.panels.header import HeaderPanel
from rnn_tui.panels.hidden import HiddenPanel
from rnn_tui.panels.inputs import InputsPanel
from rnn_tui.panels.listing import ListingPanel
from rnn_tui.panels.outputs import OutputsPanel
from rnn_tui.panels.small import SmallPanel
from rnn_tui.panels.step import StepPanel
from rnn_tui.panels.timeline import TimelinePanel
from rnn_tui.panels.training import TrainingPanel
from rnn_tui.panels.watches import WatchesPanel
from rnn_tui.panels.weights import WeightsPanel

PANELS: tuple[type[Panel], ...] = (
    HeaderPanel, TimelinePanel, ListingPanel, StepPanel, HiddenPanel, GatesPanel, OutputsPanel, GradientsPanel,
    WeightsPanel, TrainingPanel, FlowPanel, InputsPanel, WatchesPanel, ConsolePanel, FooterPanel, SmallPanel,
)  # fmt: skip


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
