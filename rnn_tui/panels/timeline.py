"""The map of the run: one bar filled up to the cursor, breakpoint ticks, the gradient's norm. Click or drag to go."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

from textual import events

from rnn_core.debugger.session import Session
from rnn_core.debugger.stops.hits import ticks
from rnn_core.views.gradient_strip import ends, strip
from rnn_core.views.scale import LEVELS
from rnn_core.views.timeline import Span, Timeline, timeline
from rnn_tui.panels.base import Panel, RunCommand
from rnn_tui.render.canvas import Canvas
from rnn_tui.render.palette import Palette
from rnn_tui.render.table import BLOCKS

MARGIN = 1
BORDER = "┊"
"""Between two truncation windows."""


@lru_cache(maxsize=16)
def _rules(span: Span) -> tuple[str, str]:
    """A phase's bar as it is passed and as it waits, with a gap between timesteps where there is room."""
    gaps = {at - 1 for at in span.begins}
    passed, waiting = ("".join(" " if x in gaps else rule for x in range(span.width)) for rule in "━─")
    return passed, waiting


def _labels(colours: Palette, span: Span, t_here: int, width: int, height: int) -> Canvas:
    """The timesteps under a phase's bar on a canvas of their own, the current one strong."""
    canvas = Canvas(width, height, colours.base)
    labels = {t: x for x, t in span.marks}
    if t_here and t_here not in labels:
        backward = span.phase == "backward"
        order = (max(labels) - t_here) if backward else t_here - 1
        labels[t_here] = min(order * span.width // max(1, max(labels)), span.width - len(f"t={t_here}"))
    taken: list[tuple[int, int]] = []
    for t, x in sorted(labels.items(), key=lambda item: item[0] != t_here):
        text = f"t={t}"
        x = min(x, span.width - len(text))
        if x < 0 or any(x < stop + 1 and start - 1 < x + len(text) for start, stop in taken):
            continue
        taken.append((x, x + len(text)))
        strong = t == t_here
        canvas.put(2, MARGIN + span.x + x, text, colours.style("accent" if strong else "dim", bold=strong))
    return canvas


class TimelinePanel(Panel):
    """Rows: the phases' names, the bar, the timesteps under it, and the gradient's norm where there is room."""

    def paint(self, canvas: Canvas, session: Session) -> None:
        """Names above, bar, labels below; the cursor is a dot on the bar."""
        colours, trace, k = self.colours, session.trace, session.k
        line = timeline(trace, k, canvas.width - 2 * MARGIN)
        following = session.following
        here = following.phase if following else "update"
        stops = {line.column(stop) for stop in ticks(trace, session.breakpoints, canvas.width)}
        for span in line.spans:
            current = span.phase == here and following is not None
            canvas.put(0, MARGIN + span.x, span.phase, colours.style(span.phase if current else "dim", bold=current))
            self._bar(canvas, line, span, stops)
            t_here = following.t if following and following.phase == span.phase else 0
            size = canvas.width, canvas.height
            canvas.add(self.lately.of(span.phase, _labels, colours, span, t_here, *size))
            if span.phase == "backward" and canvas.height > 3:
                self._strip(canvas, session, span)
        place = f"position {k:,} of {trace.end:,}"
        if following:
            t = f" t={following.t}" if following.t else ""
            place = f"{following.phase}{t} · line {following.instruction.name} · {place}"
        else:
            place = f"end · {place}"
        if trace.halted:
            place = f"no update: gradient norm not finite · {place}"
        first, last = line.spans[0], line.spans[-2]
        if legend := line.legend(first.width - len(first.phase) - 4):
            canvas.put(0, MARGIN + first.x + len(first.phase) + 2, f"{BORDER} {legend}", colours.style("dim"))
        if last.x + len(last.phase) + len(place) + 2 < last.x + last.width:
            canvas.put(0, MARGIN + last.x + last.width - len(place), place, colours.style("dim"))

    def _bar(self, canvas: Canvas, line: Timeline, span: Span, stops: set[int]) -> None:
        """The passed part strong, the rest faint, a gap between timesteps, ┊ between windows, a tick for a stop."""
        colours, here, stop = self.colours, line.column(line.k), span.x + span.width
        marks = {span.x + at - 1: (BORDER, colours.style("text")) for at in span.windows}
        marks |= {x: ("╋", colours.style("bad", bold=True)) for x in stops if span.x <= x < stop}
        marks |= {here: ("●", colours.style("accent", bold=True))} if span.x <= here < stop else {}
        done = stop if line.k >= span.stop else here if line.k > span.start else span.x
        done = min(max(done, span.x), stop)
        passed, waiting = _rules(span)
        strong, weak = colours.style(span.phase, bold=colours.plain), colours.style("faint")
        x = span.x
        for at in sorted({*marks, done, stop}):
            text, style = (passed, strong) if x < done else (waiting, weak)
            canvas.put(1, MARGIN + x, text[x - span.x : at - span.x], style)
            x = at
            if at in marks:
                canvas.put(1, MARGIN + at, *marks[at])
                x = at + 1

    def _strip(self, canvas: Canvas, session: Session, span: Span) -> None:
        """‖dh‖ of each timestep under the backward part, a block a power of ten; before it what its ends are."""
        colours = self.colours
        if session.trace.program.times_run("dh", session.k, len(session.trace)):
            low, high = ends(session.trace)
            legend = f"‖dh‖  {BLOCKS[0]} 1e{low} … {BLOCKS[-1]} 1e{high}"
            if len(legend) < span.x:
                canvas.put(3, MARGIN + span.x - len(legend) - 2, legend, colours.style("dim"))
        x = MARGIN + span.x
        levels = [level for level in strip(session.trace, session.k, span.width) if level is not None]
        for not_finite, same in groupby(levels, key=lambda level: level > LEVELS):
            text = "".join("!" if not_finite else BLOCKS[max(0, at - 1) * len(BLOCKS) // LEVELS] for at in same)
            x = canvas.put(3, x, text, colours.style("not_finite" if not_finite else "strip"))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go to the place on the bar, and follow the pointer while the button is held."""
        self.capture_mouse()
        self._scrub(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Scrub while the button is held."""
        if self.app.mouse_captured is self:
            self._scrub(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let go."""
        self.release_mouse()

    def _scrub(self, event: events.MouseEvent) -> None:
        if self.session:
            line = timeline(self.session.trace, self.session.k, self.size.width - 2 * MARGIN)
            k = line.position(int(event.x) - MARGIN)
            if k != self.session.k:
                self.post_message(RunCommand(f"goto {k}"))

    def wheel(self, session: Session, down: bool) -> str:
        """Step by timesteps."""
        return "next" if down else "rnext"
