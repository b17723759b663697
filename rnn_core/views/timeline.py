"""The whole run as one bar: where each phase and timestep lies, and where the cursor is on it."""

from __future__ import annotations

from rnn_core.program import PHASES, Phase
from rnn_core.records import dataclass
from rnn_core.remembering import remembered
from rnn_core.trace import Trace

UPDATE_WIDTH = 9
WINDOW_COLUMNS = 3
"""Columns that borders of windows are apart at least."""
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
    windows: tuple[int, ...] = ()
    """The columns, from x on, where truncation windows begin in the phase's own order, without the first. Where there
    is no room for all, only each `Timeline.apart`-th is in."""


@dataclass(frozen=True)
class Timeline:
    """The bar at one width, and the cursor on it."""

    spans: tuple[Span, ...]
    k: int
    end: int
    truncation: int = 0
    """Timesteps in a truncation window; 0 without truncation."""
    apart: int = 1
    """How many windows lie between two borders that are shown."""

    def legend(self, width: int) -> str:
        """What the borders of the windows mean, as fits the width; empty without truncation or room."""
        shown = f", 1 in {self.apart}" if self.apart > 1 else ""
        texts = (f"windows of {self.truncation}{shown}", f"{self.truncation}{shown}") if self.truncation else ()
        return next((text for text in texts if len(text) <= width), "")

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
    truncation, apart, spans = _spans(trace, width)
    return Timeline(spans, k, trace.end, truncation, apart)


@remembered
def _spans(trace: Trace, width: int) -> tuple[int, int, tuple[Span, ...]]:
    """The truncation, how many of its windows lie between two borders that are shown, and the phases."""
    timesteps = len(trace)
    borders = trace.program.borders(timesteps)
    forward_lines, backward_lines = len(trace.program.forward), len(trace.program.backward)
    room = max(4, width - UPDATE_WIDTH - 2 * GAP)
    forward_width = max(2, room * forward_lines // (forward_lines + backward_lines))
    widths = (forward_width, max(2, room - forward_width), UPDATE_WIDTH)
    truncation = trace.options.truncation
    apart = _apart(truncation, forward_width, timesteps) if truncation else 1
    spans, x = [], 0
    for i, phase in enumerate(PHASES):
        marks, begins = _marks(phase, widths[i], timesteps)
        windows = _windows(phase, widths[i], timesteps, truncation * apart)
        spans.append(Span(phase, x, widths[i], borders[i], borders[i + 1], marks, begins, windows))
        x += widths[i] + GAP
    return truncation, apart, tuple(spans)


def _apart(truncation: int, width: int, timesteps: int) -> int:
    """The least of 1, 4, 10, 40, 100, … windows that take `WINDOW_COLUMNS` of `width` columns."""
    apart, factor = 1, 4.0
    while apart * truncation * width < WINDOW_COLUMNS * timesteps:
        apart, factor = int(apart * factor), 10.0 / factor
    return apart


def _windows(phase: Phase, width: int, timesteps: int, every: int) -> tuple[int, ...]:
    """Where windows begin: forward at their first timestep, backward at their last, which comes first there."""
    if phase == "update" or not every:
        return ()
    first = range(every, timesteps, every)
    passed = first if phase == "forward" else [timesteps - t for t in reversed(first)]
    return tuple(i * width // timesteps for i in passed)


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
