"""The whole run as one bar: where each phase and timestep lies, and where the cursor is on it."""

from __future__ import annotations

from dataclasses import dataclass

from rnn_core.program import PHASES, Phase
from rnn_core.trace import Trace

UPDATE_WIDTH = 9
GAP = 2


@dataclass(frozen=True)
class Span:
    """One phase on the bar: its columns, how many of them are passed, and its timesteps' first columns."""

    phase: Phase
    x: int
    width: int
    start: int
    stop: int
    """Positions where the phase begins and ends."""
    marks: tuple[tuple[int, int], ...]
    """(column, timestep) where there is room to tell timesteps apart, else some of them."""
    segmented: bool


@dataclass(frozen=True)
class Timeline:
    """The bar at one width, and the cursor on it."""

    spans: tuple[Span, ...]
    k: int
    end: int

    def column(self, k: int) -> int:
        """The column of position k."""
        for span in self.spans:
            if k <= span.stop:
                done = (k - span.start) * (span.width - 1)
                return span.x + done // max(1, span.stop - span.start)
        last = self.spans[-1]
        return last.x + last.width - 1

    def position(self, column: int) -> int:
        """The position at a column, the inverse of `column` as far as columns tell positions apart."""
        for span in self.spans:
            if column < span.x + span.width:
                across = min(max(column - span.x, 0), span.width - 1)
                length = span.stop - span.start
                return min(span.start + -(-across * length // max(1, span.width - 1)), self.end)
        return self.end


def timeline(trace: Trace, k: int, width: int) -> Timeline:
    """The bar: forward and backward by their lines, the update at a width of its own."""
    timesteps = len(trace)
    borders = trace.program.borders(timesteps)
    forward_lines, backward_lines = len(trace.program.forward), len(trace.program.backward)
    room = max(4, width - UPDATE_WIDTH - 2 * GAP)
    forward_width = max(2, room * forward_lines // (forward_lines + backward_lines))
    widths = (forward_width, max(2, room - forward_width), UPDATE_WIDTH)
    spans, x = [], 0
    for i, phase in enumerate(PHASES):
        marks, segmented = _marks(phase, widths[i], timesteps)
        spans.append(Span(phase, x, widths[i], borders[i], borders[i + 1], marks, segmented))
        x += widths[i] + GAP
    return Timeline(tuple(spans), k, trace.end)


def _marks(phase: Phase, width: int, timesteps: int) -> tuple[tuple[tuple[int, int], ...], bool]:
    if phase == "update":
        return (), False
    order = range(1, timesteps + 1) if phase == "forward" else range(timesteps, 0, -1)
    segmented = width // timesteps >= 3
    label = len(f"t={timesteps}") + 2
    shown = min(timesteps, max(2, width // max(label, 8 if not segmented else label)))
    if segmented and width // timesteps >= label - 1:
        shown = timesteps
    picked = sorted({round(i * (timesteps - 1) / max(1, shown - 1)) for i in range(shown)}) if timesteps > 1 else [0]
    return tuple((i * width // timesteps, order[i]) for i in picked), segmented
