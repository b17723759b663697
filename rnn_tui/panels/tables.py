"""What the gradients and the weights have in common: tables with headings of their own, a legend, selection."""

from __future__ import annotations

from dataclasses import replace

from rnn_core.debugger.session import Session
from rnn_core.views.cells import cell_text, latest_timestep
from rnn_core.views.gradients import NARROW_BOX, VECTORS, Placed, arrange
from rnn_core.views.grid import Grid, cell_at
from rnn_core.views.numbers import magnitude, times_ten
from rnn_core.views.options import Cell
from rnn_core.views.scale import LEVELS
from rnn_tui.panels.base import Panel, heading
from rnn_tui.render.canvas import Canvas
from rnn_tui.render.table import glyph, paint_cells

TOP = 1
LEGEND = 26


class TablesPanel(Panel):
    """Every table has its own scale: a small one beside a large one must not look like none."""

    PANEL = ""
    COMPARES = True

    def title(self, session: Session, narrow: bool) -> str:
        """The panel's title."""
        raise NotImplementedError

    def tables(self, session: Session) -> tuple[Placed, ...]:
        """The tables that are seen, and where."""
        return arrange(session.shown, session.k, session.view, self.size.width, self.size.height - TOP)

    def grid(self, session: Session, placed: Placed) -> Grid:
        """The view-model of a table."""
        raise NotImplementedError

    def norms(self, session: Session) -> list[tuple[str, float]]:
        """All tables' norms, for a box that shows one table at a time."""
        raise NotImplementedError

    def note(self, session: Session, name: str) -> str:
        """A word for a table's heading."""
        return ""

    def paint(self, canvas: Canvas, session: Session) -> None:
        """Title and legend, then the tables where `arrange` puts them."""
        narrow = canvas.width < NARROW_BOX
        focused = session.view.panel == self.PANEL
        title, minus = self.title(session, narrow), self.minus(session)
        title = minus.removeprefix(" · ")[: canvas.width - LEGEND - 4] if narrow and minus else title + minus
        heading(canvas, self.colours, title, " " * LEGEND, focused=focused)
        self._legend(canvas, session.view.scale)
        if narrow:
            self._norms(canvas, session)
        for placed in self.tables(session):
            grid = self.grid(session, placed)
            if placed.name in VECTORS:
                grid = self._vector_power(canvas, placed, grid)
            self._heading(canvas, session, placed, grid)
            paint_cells(canvas, self.colours, grid, TOP + placed.y + 1, placed.x, placed.cell, session.view.cells)

    def _legend(self, canvas: Canvas, mode: str) -> None:
        """The ramp from minus to plus the limit that each heading names."""
        colours = self.colours
        x = canvas.width - LEGEND
        x = canvas.put(0, x, f"{mode:>6} -lim ", colours.style("dim"))
        for step in range(-4, 5):
            level = step * LEVELS // 4
            x = canvas.put(0, x, glyph(level)[1] if colours.plain else " ", colours.heat(level))
        canvas.put(0, x, " +lim", colours.style("dim"))

    def _heading(self, canvas: Canvas, session: Session, placed: Placed, grid: Grid) -> None:
        """Name, norm, and as much of limit, power of ten and window as fits."""
        colours, y = self.colours, TOP + placed.y
        fresh = bool(grid.fresh.any())
        x = canvas.put(y, placed.x, placed.name, colours.style("accent" if fresh else "text", bold=True))
        if not grid.written:
            canvas.put(y, x + 1, "–"[: placed.width - 3], colours.style("dim"))
            return
        if placed.name in VECTORS:
            return
        norm = f"‖{magnitude(grid.norm)}‖"
        x = canvas.put(y, x + 1, norm[: placed.width - 3], colours.style("text" if fresh else "dim"))
        power = f" {times_ten(grid.exponent)}" if placed.cell > 2 and grid.exponent else ""
        window, (height, width) = "", grid.shape
        if len(grid.rows) < height or len(grid.columns) < width:
            window = f"[{_span(grid.rows, height)},{_span(grid.columns, width)}]"
        for text in (f"±{magnitude(grid.limit, 2)}{power}", f"{self.note(session, placed.name)} {window}".strip()):
            if text and x + 1 + len(text) <= placed.x + placed.width:
                x = canvas.put(y, x + 1, text, colours.style("dim"))

    def _vector_power(self, canvas: Canvas, placed: Placed, grid: Grid) -> Grid:
        """Write a vector's power of ten beside its name or under its cells; without room its cells write their own."""
        power, y = times_ten(grid.exponent), TOP + placed.y
        if not power or placed.cell <= 2:
            return grid
        if len(placed.name) + 1 + len(power) <= placed.width:
            canvas.put(y, placed.x + len(placed.name) + 1, power, self.colours.style("dim"))
        elif y + 1 + len(grid.rows) < canvas.height:
            canvas.put(y + 1 + len(grid.rows), placed.x, f"{power:>{placed.cell}}", self.colours.style("dim"))
        else:
            return replace(grid, exponent=0)
        return grid

    def _norms(self, canvas: Canvas, session: Session) -> None:
        colours, x = self.colours, 1
        wrote = session.shown.wrote(session.k)
        for name, norm in self.norms(session):
            role = "accent" if name in wrote else "dim"
            shown = magnitude(norm, 2).removeprefix("0") or "0"
            x = canvas.put(TOP, x, f"{name} {shown}", colours.style(role, bold=name in wrote)) + 1

    def click(self, session: Session, x: int, y: int) -> str:
        """Select the clicked element."""
        for placed in self.tables(session):
            hit = placed.hit(x, y - TOP)
            if hit:
                t = latest_timestep(session.shown, placed.name, session.k) if placed.name in VECTORS else 0
                return f"select {cell_text(session.shown, cell_at(placed.name, *hit, t))}"
        return f"panel {self.PANEL}"

    def place_of(self, session: Session, cell: Cell) -> tuple[int, int] | None:
        """Inside the table of its name."""
        for placed in self.tables(session):
            if placed.name != cell.name:
                continue
            row, column = cell.index if len(cell.index) == 2 else (0, *cell.index)
            if row in placed.rows and column in placed.columns:
                x = placed.x + placed.columns.index(column) * placed.cell
                return x, TOP + placed.y + 1 + placed.rows.index(row)
        return None

    def wheel(self, session: Session, down: bool) -> str:
        """Scroll through the rows."""
        return f"scroll {self.PANEL} {'down' if down else 'up'} 3"


def _span(shown: range, total: int) -> str:
    return ":" if len(shown) == total else f"{shown.start}:{shown.stop}"
