"""The whole run as one bar, filled up to the cursor. A click goes there."""

from __future__ import annotations

from rnn_core.debugger.session import Session
from rnn_core.views.timeline import Span, Timeline, timeline
from rnn_tui.panels.base import Panel
from rnn_tui.render.canvas import Canvas

MARGIN = 1


class TimelinePanel(Panel):
    """Three rows: the phases' names, the bar, the timesteps under it."""

    def paint(self, canvas: Canvas, session: Session) -> None:
        """Names above, bar, labels below; the cursor is a dot on the bar."""
        colours, trace, k = self.colours, session.trace, session.k
        line = timeline(trace, k, canvas.width - 2 * MARGIN)
        following = session.following
        here = following.phase if following else "update"
        for span in line.spans:
            awake = span.phase == here and following is not None
            canvas.put(0, MARGIN + span.x, span.phase, colours.style(span.phase if awake else "dim", bold=awake))
            self._bar(canvas, line, span)
            t_here = following.t if following and following.phase == span.phase else 0
            self._labels(canvas, span, t_here)
        place = f"position {k:,} of {trace.end:,}"
        if following:
            t = f" t={following.t}" if following.t else ""
            place = f"{following.phase}{t} · line {following.instruction.name} · {place}"
        else:
            place = f"end · {place}"
        if trace.halted:
            place = f"no update: gradient norm not finite · {place}"
        last = line.spans[-2]
        if last.x + len(last.phase) + len(place) + 2 < last.x + last.width:
            canvas.put(0, MARGIN + last.x + last.width - len(place), place, colours.style("dim"))

    def _bar(self, canvas: Canvas, line: Timeline, span: Span) -> None:
        colours = self.colours
        done = line.column(line.k) if line.k > span.start else span.x - 1
        starts = {x for x, _ in span.marks} if span.segmented else set()
        for x in range(span.x, span.x + span.width):
            passed = x < done or line.k >= span.stop
            gap = span.segmented and x + 1 - span.x in starts
            text = " " if gap else "━" if passed else "─"
            style = colours.style(span.phase if passed else "faint", bold=colours.plain and passed)
            canvas.put(1, MARGIN + x, text, style) if x != line.column(line.k) else canvas.put(
                1, MARGIN + x, "●", colours.style("accent", bold=True)
            )

    def _labels(self, canvas: Canvas, span: Span, t_here: int) -> None:
        colours = self.colours
        labels = {t: x for x, t in span.marks}
        if t_here and t_here not in labels:
            backward = span.phase == "backward"
            order = (max(labels) - t_here) if backward else t_here - 1
            width = len(f"t={t_here}")
            labels[t_here] = min(order * span.width // max(1, max(labels)), span.width - width)
        taken: list[tuple[int, int]] = []
        for t, x in sorted(labels.items(), key=lambda item: item[0] != t_here):
            text = f"t={t}"
            x = min(x, span.width - len(text))
            if x < 0 or any(x < stop + 1 and start - 1 < x + len(text) for start, stop in taken):
                continue
            taken.append((x, x + len(text)))
            canvas.put(
                2, MARGIN + span.x + x, text, colours.style("accent" if t == t_here else "dim", bold=t == t_here)
            )

    def click(self, session: Session, x: int, y: int) -> str:
        """Go to the place on the bar."""
        line = timeline(session.trace, session.k, self.size.width - 2 * MARGIN)
        return f"goto {line.position(x - MARGIN)}"

    def wheel(self, session: Session, down: bool) -> str:
        """Step by timesteps."""
        return "next" if down else "rnext"
