"""What panels of names over time have in common: tables side by side, units down, timesteps across."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_core.debugger.selection import current_timestep
from rnn_core.debugger.session import Session
from rnn_core.views.cells import axes, cell_text, first_timestep
from rnn_core.views.difference import Difference
from rnn_core.views.grid import Grid, cell_at, series
from rnn_core.views.moments import TIMESTEP, settled
from rnn_core.views.options import Cell, CellMode
from rnn_core.views.placed import Placed
from rnn_core.views.series import beside, labels, parts, share
from rnn_core.views.words import Word, length, packed
from rnn_tui.panels.base import SEPARATOR, Panel, heading
from rnn_tui.render.canvas import Canvas
from rnn_tui.render.legend import paint_legend
from rnn_tui.render.palette import Palette
from rnn_tui.render.table import NARROW, margin_of, paint_table, power


def painted(
    placed: Placed, grid: Grid, words: tuple[Word, ...], cells: CellMode, colours: Palette, width: int, height: int
) -> Canvas:
    """A table's cells on a canvas of their own."""
    canvas = Canvas(width, height, colours.base)
    paint_table(canvas, colours, grid, placed.y + 1, placed.x, placed.cell, cells, words, placed.tall)
    return canvas


class SeriesPanel(Panel):
    """Tables of one vector a timestep each, filled up to the cursor."""

    PANEL = ""
    COMPARES = True
    TITLE = ""
    """What stands before the first table's name."""

    def names(self, session: Session) -> tuple[str, ...]:
        """The names that are shown, the most important first."""
        raise NotImplementedError

    def moment(self, session: Session) -> int:
        """Of the position it shows its names, and the timestep."""
        return settled(session.trace, (*self.names(session), TIMESTEP), session.k)

    def leads(self, session: Session) -> str:
        """Which keys lead to what may have no place beside; empty where nothing does."""
        return ""

    def places(self, session: Session) -> tuple[Placed, ...]:
        """The tables that are seen, and where."""
        trace, names, pinned = session.shown, self.names(session), session.view.pinned
        mine = pinned if pinned and pinned.name in names else None
        wrote = [name for name in trace.wrote(session.k) if name in names]
        look = mine.name if mine else wrote[0] if wrote else ""
        t = mine.index[0] if mine else current_timestep(session)
        return beside(trace, session.view, names, self.size.width, self.size.height, t, look)

    def grid(self, session: Session, placed: Placed) -> Grid:
        """The view-model of a table; a difference is never saturated."""
        trace, view, name = session.shown, session.view, placed.name
        k = settled(trace, (name,), session.k)
        grid = self.lately.of(name, series, trace, k, view, name, placed.rows, placed.columns)
        return replace(grid, marked=np.zeros_like(grid.marked)) if isinstance(trace, Difference) else grid

    def paint(self, canvas: Canvas, session: Session) -> None:
        """For each table its title with its legend, the timesteps, and a row for each visible unit."""
        places = self.places(session)
        count = share(len(places), len(self.names(session)))
        for i, placed in enumerate(places):
            grid, x = self.grid(session, placed), placed.x - labels(session.shown, placed.name)
            title = f"{self.TITLE if not i else ''} {placed.name}{self.minus(session) if not i else ''}".strip()
            if not i and count:
                title += f" · {count}"
            words = self._title(canvas, session, placed, grid, title, x)
            self._timesteps(canvas, session, placed)
            self._units(canvas, session, placed)
            size = canvas.width, canvas.height
            cells = self.lately.of(f"{i}", painted, placed, grid, words, session.view.cells, self.colours, *size)
            canvas.add(cells)

    def _title(
        self, canvas: Canvas, session: Session, placed: Placed, grid: Grid, title: str, x: int
    ) -> tuple[Word, ...]:
        """Name, which part is seen and the power of ten in any case; then what is saturated, and the legend."""
        said = [Word(text) for text in parts(session.shown, placed) if text]
        if placed.below:
            y = placed.y + 1 + len(placed.rows) * placed.tall
            for down, row in enumerate(packed(said, placed.x + placed.width - x - 1, placed.below) or ()):
                text = " ".join(word.text for word in row)
                canvas.put(y + down, x + 1, text, self.colours.style("dim"))
            said = []
        marked = int(grid.marked.sum())
        name, *rest = title.split(" · ")
        width = placed.x + placed.width - x
        words = [
            Word(name),
            *(Word(text, 1) for text in rest),
            *said,
            power(grid, placed.cell, 2),
            Word(_shut(session, placed.name, marked), 3),
            Word(self.leads(session), 4),
        ]
        if length([Word(name), *said], len(SEPARATOR)) + 3 > width:  # the part seen is said first
            words[0] = Word(name.removeprefix(self.TITLE).strip())
        called = f"{name.removesuffix(placed.name)}{session.called(placed.name)}"
        if length([Word(called), *(word for word in words[1:] if word.rank < 3)], len(SEPARATOR)) + 3 <= width:
            words[0] = Word(called)
        taken = length([word for word in words if word.text], len(SEPARATOR)) + 3
        legend = 0
        if grid.written:
            legend = paint_legend(canvas, self.colours, 0, x + width, width - taken, grid.limit, session.view.scale)
        focused = session.view.panel == self.PANEL
        return heading(canvas, self.colours, words, focused=focused, x=x, width=width - legend)

    def _timesteps(self, canvas: Canvas, session: Session, placed: Placed) -> None:
        """t=0 t=1 … over the columns, the current one strong; the others as far as they have room."""
        colours, first = self.colours, first_timestep(session.shown, placed.name)
        now, k, cell = current_timestep(session), session.k, placed.cell
        place = session.ran
        fresh = place is not None and placed.name in place.instruction.writes
        step = 1 if cell > NARROW else max(1, -(-(len(f"{placed.columns.stop + first}") + 1) // cell))
        held: list[tuple[int, int]] = []
        for c in sorted(range(len(placed.columns)), key=lambda c: placed.columns[c] + first != now):
            t = placed.columns[c] + first
            text = f"t={t}" if cell > NARROW else f"{t}"
            x = placed.x + c * cell + max(0, cell - margin_of(cell) - len(text))
            current = bool(k) and t == now
            beside = any(x < stop + 1 and start < x + len(text) + 1 for start, stop in held)
            if (current or (c % step == 0 and not beside)) and x + len(text) <= placed.x + placed.width:
                held.append((x, x + len(text)))
                canvas.put(1, x, text, colours.style("accent" if current else "dim", bold=current and fresh))

    def _units(self, canvas: Canvas, session: Session, placed: Placed) -> None:
        """The numbers of the units left of the rows, that of the selected one strong."""
        colours, left = self.colours, labels(session.shown, placed.name)
        unit = getattr(session.view.units, axes(session.shown, placed.name)[1])
        for r, row in enumerate(placed.rows):
            style = colours.style("accent", bold=True) if row == unit else colours.style("dim")
            y = placed.y + 1 + r * placed.tall + (placed.tall - 1) // 2
            canvas.put(y, placed.x - left + 1, f"{row:>{left - 2}}", style)

    def place_of(self, session: Session, cell: Cell) -> tuple[int, int] | None:
        """Inside the table of its name."""
        for placed in self.places(session):
            if placed.name == cell.name:
                return placed.at(cell.index[1], cell.index[0] - first_timestep(session.shown, cell.name))
        return None

    def click(self, session: Session, x: int, y: int) -> str:
        """Select the clicked cell."""
        for placed in self.places(session):
            if hit := placed.hit(x, y):
                return f"select {cell_text(session.shown, cell_at(session.shown, placed.name, *hit, -1))}"
        return f"panel {self.PANEL}"

    def wheel(self, session: Session, down: bool) -> str:
        """Scroll through the units."""
        return f"scroll {self.PANEL} {'down' if down else 'up'} 3"


def _shut(session: Session, name: str, count: int) -> str:
    """How many numbers are marked, and when one is; empty where none is."""
    function = session.shown.program.cell.functions.get(name)
    return f"◆ {function.limit.replace('h', name)}: {count}" if function and count else ""
