"""The hidden states over time, filled up to the cursor; saturated units are marked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_core.debugger.selection import current_timestep
from rnn_core.debugger.session import Session
from rnn_core.saturation import SATURATED
from rnn_core.views.difference import Difference
from rnn_core.views.grid import Grid, hidden
from rnn_core.views.numbers import magnitude, times_ten
from rnn_core.views.options import Cell
from rnn_core.views.window import page
from rnn_tui.panels.base import Panel, heading
from rnn_tui.render.canvas import Canvas
from rnn_tui.render.table import cell_width, paint_cells

TOP = 2


class HiddenPanel(Panel):
    """Units down, timesteps across."""

    COMPARES = True

    def paint(self, canvas: Canvas, session: Session) -> None:
        """Title with the scale, the timesteps, a row for each visible unit."""
        colours, view = self.colours, session.view
        grid, width, left = self._grid(session)
        marked = int(grid.marked.sum())
        remark = f"{view.scale} ±{magnitude(grid.limit, 2)}" + (f" {times_ten(grid.exponent)}" if grid.exponent else "")
        if marked:
            remark = f"◆ |h|≥{SATURATED:g}: {marked} · {remark}"
        units, title = session.shown.sizes.hidden, f"hidden h{self.minus(session)}"
        if len(grid.rows) < units:
            title += f" {grid.rows.start}–{grid.rows.stop - 1} of {units}"
            remark = remark if len(title) + len(remark) + 6 <= canvas.width else remark.split(" · ")[-1]
        heading(canvas, colours, title, remark, focused=view.panel == "hidden")
        now = current_timestep(session)
        place = session.ran
        fresh = place is not None and place.instruction.name == "h"
        step = 1 if width >= len(str(grid.columns.stop)) + 3 else max(1, -(-(len(f"{grid.columns.stop}") + 3) // width))
        for c, t in enumerate(grid.columns):
            text = f"t={t}" if width > 2 else f"{t}"
            if t == now and session.k:
                canvas.put(1, left + c * width + max(0, width - len(text)), text, colours.style("accent", bold=fresh))
            elif c % step == 0 and not (session.k and abs(t - now) < step and width <= 2):
                canvas.put(1, left + c * width + max(0, width - len(text)), text, colours.style("dim"))
        unit = view.units.hidden
        for r, row in enumerate(grid.rows):
            style = colours.style("accent", bold=True) if row == unit else colours.style("dim")
            canvas.put(TOP + r, 1, f"{row:>{left - 2}}", style)
        paint_cells(canvas, colours, grid, TOP, left, width, view.cells)

    def _grid(self, session: Session) -> tuple[Grid, int, int]:
        """The visible window, the width of its cells and where they begin."""
        trace, view, size = session.shown, session.view, self.size
        left = len(str(trace.sizes.hidden - 1)) + 2
        timesteps = len(trace) + 1
        width = cell_width(view.cells, timesteps, size.width - left)
        pinned = view.pinned
        t = pinned.index[0] if pinned and pinned.name == "h" else current_timestep(session)
        columns = page(timesteps, (size.width - left) // width, t)
        rows = page(trace.sizes.hidden, size.height - TOP, view.units.hidden)
        grid = hidden(trace, session.k, view, rows, columns)
        if isinstance(trace, Difference):  # a difference is never saturated
            grid = replace(grid, marked=np.zeros_like(grid.marked))
        return grid, width, left

    def place_of(self, session: Session, cell: Cell) -> tuple[int, int] | None:
        """h, and h0 in its first column."""
        if cell.name not in ("h", "h0"):
            return None
        t, unit = cell.index if cell.name == "h" else (0, *cell.index)
        grid, width, left = self._grid(session)
        if t not in grid.columns or unit not in grid.rows:
            return None
        return left + grid.columns.index(t) * width, TOP + grid.rows.index(unit)

    def click(self, session: Session, x: int, y: int) -> str:
        """Select the clicked cell."""
        grid, width, left = self._grid(session)
        row, column = y - TOP, (x - left) // width
        if x >= left and 0 <= row < len(grid.rows) and 0 <= column < len(grid.columns):
            return f"select h[{grid.columns[column]}][{grid.rows[row]}]"
        return "panel hidden"

    def wheel(self, session: Session, down: bool) -> str:
        """Scroll through the units."""
        return f"scroll hidden {'down' if down else 'up'} 3"
