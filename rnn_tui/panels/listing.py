"""The program's listing: the line that ran last is lit and has ◂ behind it, ▶ stands before the one about to run."""

from __future__ import annotations

from rnn_core.debugger.session import Session
from rnn_core.views.listing import NOT_RUN, ListingRow, listing
from rnn_tui.panels.base import Panel, heading
from rnn_tui.render.canvas import Canvas, whole, width_of

TARGET, OPERATOR = 3, 11
RAN = "◂"
"""Behind the line that ran last."""


class ListingPanel(Panel):
    """A title, then the rows of the view-model. A click on a line goes to it."""

    def paint(self, canvas: Canvas, session: Session) -> None:
        """The rows that the height allows."""
        heading(canvas, self.colours, "listing")
        for y, row in enumerate(self._rows(session), start=1):
            self._row(canvas, y, row)

    def _rows(self, session: Session) -> tuple[ListingRow, ...]:
        return listing(session.trace, session.k, self.size.height - 1)

    def _row(self, canvas: Canvas, y: int, row: ListingRow) -> None:
        colours = self.colours
        if row.kind == "heading":
            name, _, t = row.text.partition("  ")
            canvas.put(y, 1, name, colours.style(row.phase if row.current else "dim", bold=True))
            canvas.put(y, OPERATOR, t, colours.style("text" if row.current else "dim", bold=row.current))
        elif row.kind == "folded":
            canvas.put(y, TARGET, row.text, colours.style("dim"))
        elif row.instruction:
            on = "here" if row.ran else "background"
            role = "text" if row.current and not row.cut else "dim"
            style = colours.style("text" if row.ran else role, on=on, bold=row.ran)
            if row.ran:
                canvas.fill(y, style)
                canvas.put(y, canvas.width - 1, RAN, style)
            if mark := self._mark(row.instruction.name):
                canvas.put(y, 0, mark, colours.style("bad", on=on, bold=True))
            if row.next:
                canvas.put(y, 1, "▶", colours.style("accent", on=on, bold=True))
            line = row.instruction
            canvas.put(y, TARGET, line.target, style)
            if row.cut:
                canvas.put(y, OPERATOR + 2, NOT_RUN, style)
                return
            canvas.put(y, OPERATOR - len(line.op) + 1, line.op, style if row.ran else colours.style("dim", on=on))
            room = canvas.width - OPERATOR - 3
            text = line.text if width_of(line.text) <= room else f"{whole(line.text, room - 2)} …"
            canvas.put(y, OPERATOR + 2, text, style)

    def _mark(self, line: str) -> str:
        """● before a line that stops, ◆ before one that logs, ○ where it is off; nothing elsewhere."""
        points = self.session.breakpoints if self.session else ()
        here = [point for point in points if point.location and point.location.line == line]
        if not here:
            return ""
        enabled = [point for point in here if point.enabled]
        return "○" if not enabled else "◆" if all(point.log for point in enabled) else "●"

    def click(self, session: Session, x: int, y: int) -> str:
        """Go to the clicked line of the current timestep; in the margin, set or delete a breakpoint."""
        rows = self._rows(session)
        if 1 <= y <= len(rows) and (line := rows[y - 1].instruction):
            return f"{'toggle' if x < TARGET else 'goto'} {line.name}"
        return ""

    def wheel(self, session: Session, down: bool) -> str:
        """Step by lines."""
        return "step" if down else "back"
