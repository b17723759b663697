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
    """(column, timestep) of the timesteps that are labelled, evenly apart."""
    begins: tuple[int, ...]
    """The columns, from x on, where the timesteps begin; none where there is no room to tell them apart."""


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
        marks, begins = _marks(phase, widths[i], timesteps)
        spans.append(Span(phase, x, widths[i], borders[i], borders[i + 1], marks, begins))
        x += widths[i] + GAP
    return Timeline(tuple(spans), k, trace.end)


def _marks(phase: Phase, width: int, timesteps: int) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    if phase == "update":
        return (), ()
    order = range(1, timesteps + 1) if phase == "forward" else range(timesteps, 0, -1)
    begins = tuple(i * width // timesteps for i in range(timesteps)) if width // timesteps >= 3 else ()
    label = len(f"t={timesteps}") + (1 if begins else 4)
    shown = max(2, width // label)
    apart = -(-timesteps // shown)
    picked = list(range(0, timesteps, apart))
    if timesteps - 1 - picked[-1] >= apart / 2:
        picked.append(timesteps - 1)
    return tuple((i * width // timesteps, order[i]) for i in picked), begins
