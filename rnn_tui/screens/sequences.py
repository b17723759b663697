"""All sequences as a list that is sorted and searched: how long each is, its loss, where it is first wrong, its reach.

Rules this file keeps:
- The list is computed in a thread, with a bar; it is remembered, so that it opens at once the next time.
- Only the rows that are seen are painted. A sequence is opened by the command that opens one anywhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from textual import events
from textual.app import ComposeResult
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widgets import Input

from rnn_core.debugger.effects import listing
from rnn_core.debugger.outcome import ListSequences, Outcome
from rnn_core.diagnostics import overview
from rnn_core.diagnostics.overview import THRESHOLD, Overview
from rnn_core.errors import RnnError
from rnn_core.views.options import SORTS
from rnn_core.views.sheet import Span, window
from rnn_tui.panels.base import heading
from rnn_tui.render.canvas import Canvas, clean, whole
from rnn_tui.render.sheet import Line, Title, paint_sheet
from rnn_tui.screens.painted import Painted
from rnn_tui.work import work

if TYPE_CHECKING:
    from rnn_tui.screens.debugger import DebuggerScreen

COLUMNS = ("number", "length", "loss", "wrong", "reach", "")
"""What the list is sorted by where a column is chosen, in the order of `listing.HEADS`."""
WIDTHS = (10, 9, 10, 13, 8)
"""Of all columns but the last, which gets what is left."""
LABEL = 3
TOP, BOTTOM = 2, 3
KEYS = (
    ("Enter", "open"), ("w", "worst"), ("← →", "sort by"), ("r", "reverse"), ("/", "search"), ("Esc", "close"),
)  # fmt: skip


class SequenceList(Painted):
    """The rows; it paints what the screen's state says."""

    def __init__(self, screen: SequencesScreen) -> None:
        super().__init__(screen.debugger)
        self._list = screen
        self._row = 0
        """The first row that was seen last."""

    def seen(self) -> range:
        """The rows that are seen."""
        rows = window(self._list.row, len(self._list.shown), self.size.height - TOP - BOTTOM, self._row)
        self._row = rows.start
        return rows

    def spans(self) -> list[Span]:
        """The columns, the name on the right."""
        found, x = [], 0
        for i, width in enumerate(WIDTHS):
            found.append(Span(i, x, width))
            x += width + 1
        name = x + 1  # a blank more between numbers that end there and names that begin
        return [*found, Span(len(WIDTHS), name, max(8, self.size.width - LABEL - name - 1))]

    def paint(self, canvas: Canvas) -> None:
        """Write the table."""
        colours, screen, height = self.colours, self._list, canvas.height
        session, found = screen.session, screen.found
        total = len(session.dataset.sequences)
        count = f"{len(screen.shown):,} of {total:,}" if len(screen.shown) < total else f"{total:,}"
        title = f"{count} sequences · {clean(session.dataset.name)} · weights of update {session.cursor.u}"
        order = listing.described(screen.asked.by, screen.asked.reverse)
        heading(canvas, colours, title, order, focused=True, width=canvas.width - 1)
        if found is None:
            return
        arrow = "▲" if screen.asked.reverse else "▼"
        sorted_by = COLUMNS.index(screen.asked.by)
        heads = [f"{arrow} {head}" if i == sorted_by else head for i, head in enumerate(listing.HEADS)]
        titles = [Title(head, i == len(heads) - 1, i == sorted_by) for i, head in enumerate(heads)]
        rows, lines = self.seen(), []
        for row in rows:
            i = int(screen.shown[row])
            mark = "▶" if i == session.index else ""
            texts = listing.cells(session, found, i)
            here = ">" if colours.plain and row == screen.row else ""
            lines.append(Line(here, mark, texts, ["text"] * len(texts), selected=row == screen.row))
        paint_sheet(canvas, colours, TOP - 1, LABEL, self.spans(), titles, lines, None)
        if not len(screen.shown):
            canvas.put(TOP, LABEL + 1, f"no sequence is called {clean(screen.asked.text)}", colours.style("bad"))
        said = f"reach: timesteps back to the first h whose gradient is {THRESHOLD:g} of the largest"
        canvas.put(height - 3, 1, whole(said, canvas.width - 2), colours.style("dim"))
        canvas.put(height - 2, 1, clean(screen.said), colours.style("accent"))
        text, key = colours.style("dim", on="bar"), colours.style("accent", on="bar", bold=True)
        canvas.fill(height - 1, text)
        x = 1
        for name, does in KEYS:
            if x + len(name) + len(does) + 1 <= canvas.width:
                x = canvas.put(height - 1, canvas.put(height - 1, x, name, key), f" {does}  ", text)

    def on_click(self, event: events.Click) -> None:
        """A row; a second click opens it; a head sorts by its column."""
        event.stop()
        if event.y == TOP - 1:
            column = next((s.column for s in self.spans() if s.x <= event.x - LABEL <= s.x + s.width), 5)
            self._list.sort(COLUMNS[column])
            return
        rows = self.seen()
        if rows.start <= (row := rows.start + event.y - TOP) < rows.stop:
            self._list.go(row)
            if event.chain == 2:
                self._list.action_open()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows on."""
        event.stop()
        self._list.action_move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows back."""
        event.stop()
        self._list.action_move(-3)


class SequencesScreen(ModalScreen[None]):
    """The list, what it is sorted by, and the input that searches it."""

    AUTO_FOCUS = "SequenceList"
    BINDINGS = [
        ("up", "move(-1)"), ("down", "move(1)"), ("pageup", "page(-1)"), ("pagedown", "page(1)"),
        ("home", "edge(False)"),
        ("end", "edge(True)"), ("left", "turn(-1)"), ("right", "turn(1)"), ("r", "reverse"), ("enter", "open"),
        ("w", "worst"), ("slash", "search"), ("escape", "leave"), ("q", "leave"),
    ]  # fmt: skip

    def __init__(self, debugger: DebuggerScreen, asked: ListSequences) -> None:
        super().__init__()
        self.debugger, self.asked = debugger, asked
        self.session = debugger.session
        """The one that is listed: training may go on meanwhile."""
        self.found: Overview | None = None
        self.shown = np.arange(0)
        """The sequences in the order of the list."""
        self.row = 0
        self.said = ""

    def compose(self) -> ComposeResult:
        """The list, and the input over it that is seen when it is wanted."""
        yield SequenceList(self)
        field = Input(compact=True, placeholder="part of a name, or a number")
        field.display = False
        yield field

    def on_mount(self) -> None:
        """Run every sequence, in a thread."""
        self.run_worker(self._measured(), exclusive=True)

    async def _measured(self) -> None:
        session = self.session
        title = f"running {len(session.dataset.sequences):,} sequences"
        try:
            self.found = await work(self.debugger.program, title, lambda told: listing.of_session(session, told))
        except RnnError as error:
            self.dismiss()
            self.debugger.take(Outcome(self.debugger.session, str(error), failed=True))
            return
        self._arrange()

    def _arrange(self) -> None:
        """Sort and search anew; the first row is the one that wants most attention."""
        if self.found is None:
            return
        chosen = overview.order(self.found, self.asked.by, reverse=self.asked.reverse)
        if self.asked.text:
            chosen = chosen[listing.matching(self.session, self.asked.text)[chosen]]
        self.shown, self.row = chosen[: self.asked.limit], 0
        self.query_one(SequenceList).refresh()

    def go(self, row: int) -> None:
        """Select a row, or the nearest there is."""
        self.row, self.said = min(max(row, 0), max(0, len(self.shown) - 1)), ""
        self.query_one(SequenceList).refresh()

    def sort(self, by: str) -> None:
        """By another column; by the same one, from the other end."""
        column = next((each for each in SORTS if each == by), None)
        if column is not None:
            same = column == self.asked.by
            self.asked = replace(self.asked, by=column, reverse=not self.asked.reverse if same else False)
            self._arrange()

    # -- keys ------------------------------------------------------------------------------------------------

    def action_move(self, rows: int) -> None:
        """Rows on or back."""
        self.go(self.row + rows)

    def action_page(self, direction: int) -> None:
        """A screen of rows on or back."""
        self.go(self.row + direction * max(1, self.size.height - TOP - BOTTOM - 1))

    def action_edge(self, last: bool) -> None:
        """The first or the last row."""
        self.go(len(self.shown) * last)

    def action_turn(self, direction: int) -> None:
        """Sort by the column beside."""
        at = COLUMNS.index(self.asked.by) + direction
        if 0 <= at < len(COLUMNS) - 1:
            self.sort(COLUMNS[at])

    def action_reverse(self) -> None:
        """From the other end."""
        self.sort(self.asked.by)

    def action_open(self) -> None:
        """Run the selected sequence."""
        if len(self.shown):
            self._run(f"sequence {int(self.shown[self.row]) + 1}")

    def action_worst(self) -> None:
        """Run the one with the largest loss."""
        self._run("worst")

    def _run(self, line: str) -> None:
        self.dismiss()
        self.debugger.run_line(line)

    def action_search(self) -> None:
        """Ask for a part of a name."""
        field = self.query_one(Input)
        field.styles.offset, field.styles.width = Offset(1, self.size.height - 2), self.size.width - 2
        field.display = True
        self.set_focus(field)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list while it is typed."""
        event.stop()
        self.asked = replace(self.asked, text=event.value)
        self._arrange()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the list, as it is now."""
        event.stop()
        self._close()

    def _close(self) -> None:
        self.query_one(Input).display = False
        self.said = f"those with “{self.asked.text}” · / searches anew" if self.asked.text else ""
        self.set_focus(self.query_one(SequenceList))
        self.query_one(SequenceList).refresh()

    def action_leave(self) -> None:
        """Close what is open: the search, else the list."""
        field = self.query_one(Input)
        if field.display:
            field.value = ""
            self._close()
        else:
            self.dismiss()
