"""The table of the editor, painted: only the rows and columns that are seen, the selected cell with every digit, keys.

Rule this file keeps: it paints what the editor's state says and hands on what is done to it. It remembers nothing but
where it was scrolled to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.geometry import Offset

from rnn_core.editing import editing
from rnn_core.editing.columns import Choice, Column, Number
from rnn_core.editing.table import NEW
from rnn_core.errors import one_line
from rnn_core.views.numbers import brief
from rnn_core.views.outputs import class_name
from rnn_core.views.sheet import Span, spans, window
from rnn_tui.panels.base import heading
from rnn_tui.render.canvas import Canvas, clean, whole
from rnn_tui.render.sheet import Line, Title, paint_sheet
from rnn_tui.screens.painted import Painted

if TYPE_CHECKING:
    from rnn_tui.screens.editor import EditorScreen

NUMBER, NAME = 10, 14
"""Columns of a number, and at most of a name."""
TOP, BOTTOM = 2, 3
"""Rows above the table's first line, and below its last."""
KEYS = (
    ("Enter", "edit"), ("a", "apply"), ("Esc", "close"), ("i", "insert"), ("o", "insert below"), ("d", "delete"),
    ("u", "undo"), ("U", "redo"), ("s", "save"), ("v", "paste mode"), ("y", "copy"), ("g", "go to"),
)  # fmt: skip


class Sheet(Painted):
    """The table; it paints what the screen's state says."""

    def __init__(self, screen: EditorScreen) -> None:
        super().__init__(screen.debugger)
        self._editor = screen
        self._row = self._column = 0
        """The first row and column that were seen last."""

    # -- what is seen ----------------------------------------------------------------------------------------

    @property
    def label(self) -> int:
        """Columns before the cells: the timestep, a mark, a blank."""
        return len(str(len(self._editor.state.table))) + 3

    def seen(self) -> tuple[range, list[Span]]:
        """The rows and the columns that are seen; scrolled no further than the cursor needs."""
        state = self._editor.state
        table, (row, column, _) = state.table, state.selection
        lines = window(row, len(table), self.size.height - TOP - BOTTOM, self._row)
        columns = spans([width(each) for each in table.shown], column, self.size.width - self.label, self._column)
        self._row, self._column = lines.start, columns[0].column
        return lines, columns

    def place_of(self, row: int, column: int) -> tuple[Offset, int] | None:
        """Where a cell is painted, and its width."""
        lines, columns = self.seen()
        span = next((span for span in columns if span.column == column), None)
        if span is None or row not in lines:
            return None
        return Offset(self.label + span.x, TOP + row - lines.start), span.width

    def paint(self, canvas: Canvas) -> None:
        """Write the table."""
        colours, editor = self.colours, self._editor
        state = editor.state
        table, fault = state.table, state.fault
        lines, columns = self.seen()
        heading(canvas, colours, editor.title_text, editor.changes_text, focused=True, width=canvas.width - 1)
        shown = [table.shown[span.column] for span in columns]
        titles = [Title(each.title, not isinstance(each, Number), each.role == "target") for each in shown]
        painted = [self._line(row, columns) for row in lines]
        at = state.selection.row - lines.start, state.selection.column - columns[0].column
        wrong = (fault.row - lines.start, fault.column - columns[0].column) if fault else None
        paint_sheet(canvas, colours, TOP - 1, self.label, columns, titles, painted, at, wrong)
        self._foot(canvas, len(columns))

    def _line(self, row: int, columns: list[Span]) -> Line:
        state = self._editor.state
        table, fault = state.table, state.fault
        texts = [
            shown(
                table.shown[span.column], table.value(row, span.column), table.cell_text(row, span.column), span.width
            )
            for span in columns
        ]
        mark = "!" if fault and fault.row == row else "•" if table.rows.origin[row] == NEW else ""
        label = str(row + 1) if row < table.timesteps else "→"
        roles = ["text"] * len(columns)
        first, last = state.selection.first, state.selection.last
        return Line(label, mark, texts, roles, selected=first <= row <= last and first != last)

    def _foot(self, canvas: Canvas, columns: int) -> None:
        """The selected cell with every digit; what was done, or is wrong; the keys."""
        colours, editor = self.colours, self._editor
        state, height = editor.state, canvas.height
        row, column, _ = state.selection
        every = state.table.shown
        hidden = f" · column {column + 1} of {len(every)}" if columns < len(every) else ""
        t = f"t={row + 1}" if row < state.table.timesteps else "the end"
        canvas.put(height - 3, 1, clean(f"{every[column].title} at {t}: "), colours.style("dim"))
        at = len(f" {every[column].title} at {t}: ")
        at = canvas.put(height - 3, at, clean(state.cell) or "none", colours.style("text", bold=True))
        canvas.put(height - 3, at, hidden, colours.style("dim"))
        wrong = state.fault.what if state.fault else editor.wrong
        says = wrong or state.said or editor.said
        canvas.put(
            height - 2, 1, whole(clean(one_line(says)), canvas.width - 2), colours.style("bad" if wrong else "accent")
        )
        text, key = colours.style("dim", on="bar"), colours.style("accent", on="bar", bold=True)
        canvas.fill(height - 1, text)
        x = 1
        for name, does in KEYS:
            if x + len(name) + len(does) + 1 <= canvas.width:
                x = canvas.put(height - 1, canvas.put(height - 1, x, name, key), f" {does}  ", text)

    # -- what is done to it ----------------------------------------------------------------------------------

    def on_paste(self, event: events.Paste) -> None:
        """Rows of a spreadsheet, or symbols."""
        event.stop()
        self._editor.change(lambda state: editing.pasted(state, event.text))

    def on_click(self, event: events.Click) -> None:
        """The clicked cell; a second click edits it."""
        event.stop()
        lines, columns = self.seen()
        row = lines.start + event.y - TOP
        span = next((s for s in columns if s.x <= event.x - self.label < s.x + s.width), None)
        if span is None or row not in lines:
            return
        self._editor.change(lambda state: editing.to(state, row, span.column, extend=event.shift))
        if event.chain == 2:
            self._editor.action_edit()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows on."""
        event.stop()
        self._editor.change(lambda state: editing.moved(state, 3, 0))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows back."""
        event.stop()
        self._editor.change(lambda state: editing.moved(state, -3, 0))


def width(column: Column) -> int:
    """How wide a column is."""
    if isinstance(column, Choice):
        names = [class_name(column.names, i) for i in range(len(column.names))]
        return max(len(column.title), min(NAME, max(map(len, names), default=len(str(column.count)))))
    return max(NUMBER, min(NAME, len(column.title)))


def shown(column: Column, value: float, text: str, room: int) -> str:
    """What a cell shows: a number with as many digits as there is room for, a symbol made visible, · for none."""
    if value != value:
        return "·"
    if isinstance(column, Number):
        return brief(value, room)
    return class_name((text,), 0)
