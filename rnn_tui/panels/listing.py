"""The program's listing: the line that ran last is lit and has ◂ behind it, ▶ stands before the one about to run."""

from __future__ import annotations

from os.path import basename as base_name
from typing import TYPE_CHECKING

from rnn_core.debugger.session import Session
from rnn_core.program import Instruction
from rnn_core.views.listing import NOT_RUN, ListingRow, listing
from rnn_core.views.words import Word
from rnn_tui.panels.base import Panel, heading
from rnn_tui.render.canvas import Canvas, clean, whole, width_of

if TYPE_CHECKING:  # who opens no code of their own does not wait for it
    from rnn_core.alongside.run import Alongside
    from rnn_core.views.source import SourceRow

TARGET, OPERATOR = 3, 11
RAN = "◂"
"""Behind the line that ran last."""


def _written(line: Instruction, width: int) -> tuple[int, str]:
    """How a line is written in a panel of this width: its right-hand side, and the blanks on each side of its operator.

    Minus one where the operators stand in their column. With less room blanks go, those that matter least first.
    """
    close = line.text.replace(" ⊙ ", "⊙")
    closest = close.replace(" + ", "+").replace(" - ", "-").replace(", ", ",")
    columns, room = width - OPERATOR - 3, width - TARGET - len(line.target) - len(line.op) - 1
    for gap, text, fits in (
        *((-1, text, columns) for text in (line.text, close)),
        *((1, text, room - 2) for text in (close, closest)),
        (0, closest, room),
    ):
        if width_of(text) <= fits:
            return gap, text
    return -1, f"{whole(line.text, columns - 2)} …"


class ListingPanel(Panel):
    """A title, then the rows of the view-model. A click on a line goes to it."""

    def paint(self, canvas: Canvas, session: Session) -> None:
        """The rows that the height allows."""
        if session.beside is not None:
            self._source(canvas, session, session.beside)
            return
        heading(canvas, self.colours, "listing")
        for y, row in enumerate(self._rows(session), start=1):
            self._row(canvas, y, row)

    def _source(self, canvas: Canvas, session: Session, run: Alongside) -> None:
        """Their own file in place of ours."""
        place = session.following or session.ran
        by = " · by theirs" if session.by == "theirs" else ""
        where = f"{place.phase} t={place.t}" if place and place.t else place.phase if place else ""
        name = f"{base_name(run.path)}{' before it was saved' if run.stale else ''}"
        heading(canvas, self.colours, (Word(clean(name)),), (Word(where + by, 1),))
        from rnn_tui.render.source import paint_source

        paint_source(canvas, self.colours, self._lines(session, run), self._mark_at)

    def _lines(self, session: Session, run: Alongside) -> tuple[SourceRow, ...]:
        from rnn_core.views.source import source

        following = session.stopped
        ran = following - 1 if session.by == "theirs" else run.ran_stop(session.k)
        return source(run, following, ran, self.size.height - 1, session.look)

    def _mark_at(self, number: int) -> str:
        """The mark of a line of theirs: that of ours that it computes."""
        session = self.session
        run = session.beside if session else None
        if session is None or run is None or not session.breakpoints:
            return ""
        trace = session.trace
        names = {trace.program.place(int(k), len(trace)).instruction.name for k in run.numbers_at(number)}
        return next((mark for name in names if (mark := self._mark(name))), "")

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
            x = canvas.put(y, TARGET, line.target, style)
            if row.cut:
                canvas.put(y, OPERATOR + 2, NOT_RUN, style)
                return
            gap, text = _written(line, canvas.width)
            x = OPERATOR - len(line.op) + 1 if gap < 0 else x + gap
            x = canvas.put(y, x, line.op, style if row.ran else colours.style("dim", on=on))
            canvas.put(y, x + abs(gap), text, style)

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
        if (run := session.beside) is not None:
            lines = self._lines(session, run)
            number = lines[y - 1].number if 1 <= y <= len(lines) else 0
            return f"{'toggle' if x < TARGET else 'goto'} line {number}" if len(run.numbers_at(number)) else ""
        rows = self._rows(session)
        if 1 <= y <= len(rows) and (line := rows[y - 1].instruction):
            return f"{'toggle' if x < TARGET else 'goto'} {line.name}"
        return ""

    def wheel(self, session: Session, down: bool) -> str:
        """Step by lines; scroll through a file of theirs."""
        if (run := session.beside) is not None:
            rows = self._lines(session, run)
            middle = rows[len(rows) // 2].number if rows else 1
            return f"look {max(1, min(middle + (3 if down else -3), len(run.lines)))}"
        return "step" if down else "back"
