"""What the gradients and the weights have in common: tables with captions of their own, a legend, selection."""

from __future__ import annotations

from typing import NamedTuple

from rnn_core.debugger.session import Session
from rnn_core.views.cells import cell_text, latest_timestep
from rnn_core.views.gradients import NARROW_BOX, largest, looked_at, vectors
from rnn_core.views.grid import Grid, cell_at, is_vector
from rnn_core.views.moments import settled
from rnn_core.views.numbers import alike, magnitude
from rnn_core.views.options import Cell, CellMode
from rnn_core.views.placed import Placed, seen
from rnn_core.views.words import Word, captioned, fitting, length
from rnn_tui.panels.base import Panel, heading
from rnn_tui.render.canvas import Canvas
from rnn_tui.render.legend import paint_legend
from rnn_tui.render.palette import Palette
from rnn_tui.render.table import NARROW, paint_caption, paint_table, power

TOP = 1


class Table(NamedTuple):
    """All that a table is painted from."""

    placed: Placed
    grid: Grid
    norm: str | None
    """Its norm in the notation of its neighbours; None for a vector of a timestep, which has none."""
    note: str
    cells: CellMode
    called: str = ""
    """What somebody's own program calls it; empty without one."""

    @property
    def words(self) -> list[Word]:
        """Name, norm, limit, what it is of, which part is seen, and the power of ten."""
        placed, grid, factor = self.placed, self.grid, power(self.grid, self.placed.cell, 2)
        parts = (Word(seen("↓", placed.rows, grid.shape[0]), 1), Word(seen("→", placed.columns, grid.shape[1]), 1))
        if placed.goes_on:
            return [Word(placed.name, 0, "name"), factor, *parts]
        if self.norm is None:
            if len(factor.text) > placed.width:
                factor = power(grid, placed.cell, 2, short=True)
            limit = f"±{magnitude(grid.limit, 2)}" if grid.norm and placed.cell == NARROW else ""
            return [Word(placed.name, 0, "name"), factor, Word(limit if grid.written else "–", 5)]
        return [
            Word(self.called, 3),
            Word(placed.name, 0, "name"),
            Word(f"‖{self.norm}‖" if grid.written else "–", 3, "norm" if grid.written else ""),
            factor,
            *parts,
            Word(f"±{magnitude(grid.limit, 2)}" if grid.written and grid.norm else "", 5),
            Word(self.note, 4),
        ]

    @property
    def says_norm(self) -> bool:
        """Whether the caption has room for the norm."""
        rows = captioned(self.words, self.placed.width, self.placed.above + 1)
        return any(word.kind == "norm" for row in rows for word in row)


def painted(table: Table, colours: Palette, width: int, height: int) -> Canvas:
    """A table with its caption on a canvas of its own."""
    canvas, placed, grid = Canvas(width, height, colours.base), table.placed, table.grid
    y, lines = TOP + placed.y - placed.above, placed.above + 1
    if table.norm is None and placed.says:
        canvas.put(y + lines - 1, placed.x, seen("↓", placed.rows, grid.shape[0]), colours.style("dim"))
    if table.norm is None and len(placed.rows) < grid.shape[0]:
        lines = max(1, lines - 1)
    fresh = bool(grid.fresh.any())
    stand = paint_caption(canvas, colours, table.words, y, placed.x, placed.width, lines, fresh=fresh)
    paint_table(canvas, colours, grid, TOP + placed.y + 1, placed.x, placed.cell, table.cells, stand, placed.tall)
    return canvas


class TablesPanel(Panel):
    """Every table has its own scale: a small one beside a large one must not look like none."""

    PANEL = ""
    COMPARES = True

    def moment(self, session: Session) -> int:
        """Of the position it shows the gradients, what makes them, and the parameters."""
        trace = session.trace
        return settled(trace, (*trace.program.parameters, *trace.program.sums, *vectors(trace)), session.k)

    def title(self, session: Session, narrow: bool) -> str:
        """The panel's title."""
        raise NotImplementedError

    def tables(self, session: Session) -> tuple[Placed, ...]:
        """The tables that are seen, and where."""
        return largest(session.shown, session.k, session.view, self.size.width, self.size.height - TOP)

    def grid(self, session: Session, placed: Placed) -> Grid:
        """The view-model of a table."""
        raise NotImplementedError

    def norms(self, session: Session) -> list[tuple[str, float | None]]:
        """All tables' norms, for a box that shows one table at a time; None where nothing is written yet."""
        raise NotImplementedError

    def note(self, session: Session, name: str) -> str:
        """A word for a table's caption."""
        return ""

    def paint(self, canvas: Canvas, session: Session) -> None:
        """Title and legend, then the tables where `tables` puts them."""
        colours, view = self.colours, session.view
        narrow = canvas.width < NARROW_BOX
        title, minus = self.title(session, narrow), self.minus(session)
        title = minus.removeprefix(" · ") if narrow and minus else title + minus
        tables = self._tables(session)
        norms, above = self._norms(canvas, session, tables[0], title) if narrow else ((), ())
        taken = length(above) + 1 if above else 0
        grids = {table.placed.name: table.grid for table in tables if not table.placed.goes_on}
        legend = taken or self._legend(canvas, session, grids, canvas.width - len(title) - 3)
        heading(canvas, colours, title, focused=view.panel == self.PANEL, width=canvas.width - legend)
        size = canvas.width, canvas.height
        for table in tables:
            canvas.add(self.lately.of(table.placed.place, painted, table, colours, *size))
        for y, x, words in ((TOP, 1, norms), (0, canvas.width - taken + 1, above)):
            for word in words:
                fresh = word.kind in session.shown.wrote(session.k)
                x = canvas.put(y, x, word.text, colours.style("accent" if fresh else "dim", bold=fresh)) + 1

    def _tables(self, session: Session) -> list[Table]:
        """All that is painted, the norms in one notation."""
        trace, held = session.shown, [(placed, self.grid(session, placed)) for placed in self.tables(session)]
        columns = vectors(trace)
        sizes = {grid.name: grid.norm for placed, grid in held if placed.name not in columns and grid.written}
        norms = dict(zip(sizes, alike(tuple(sizes.values())), strict=True))
        return [
            Table(
                placed,
                grid,
                None if placed.name in columns else norms.get(placed.name, ""),
                self.note(session, placed.name),
                session.view.cells,
                session.called(placed.name).removesuffix(placed.name).rstrip(),
            )
            for placed, grid in held
        ]

    def _legend(self, canvas: Canvas, session: Session, grids: dict[str, Grid], room: int) -> int:
        """The ramp from minus to plus the limit of the table that is looked at; how many columns that takes."""
        trace, view = session.shown, session.view
        pinned = view.pinned.name if view.pinned else ""
        last = looked_at(trace, session.k, view)
        candidates = (pinned, *trace.wrote(session.k), last, last.removeprefix("d"), *grids)
        name = next(name for name in candidates if name in grids)
        grid = grids[name]
        if not grid.written:
            return 0
        return paint_legend(canvas, self.colours, 0, canvas.width, room, grid.limit, view.scale, name)

    def _norms(
        self, canvas: Canvas, session: Session, table: Table, title: str
    ) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
        """The norms in one notation but for that in the caption, in their row.

        What that has no room for stands behind the title. They have as many digits as leave room for all, or two.
        """
        wrote, norms = session.shown.wrote(session.k), self.norms(session)
        if table.says_norm:
            norms = [(name, norm) for name, norm in norms if name != table.placed.name]
        known = {name: norm for name, norm in norms if norm is not None}
        room, beside = canvas.width - 1, canvas.width - len(title) - 6
        words: list[Word] = []
        for digits, over in ((3, False), (2, False), (3, True), (2, True)):
            texts = dict(zip(known, alike(tuple(known.values()), digits), strict=True))
            words = [Word(f"{name} {texts.get(name, '–')}", 0 if name in wrote else 1, name) for name, _ in norms]
            many = next(n for n in range(len(words), -1, -1) if length(words[:n]) <= room)
            if many == len(words) or (over and length(words[many:]) <= beside):
                return tuple(words[:many]), tuple(words[many:])
        return fitting(words, room), ()

    def click(self, session: Session, x: int, y: int) -> str:
        """Select the clicked element."""
        for placed in self.tables(session):
            hit = placed.hit(x, y - TOP)
            if hit:
                t = latest_timestep(session.shown, placed.name, session.k)
                return f"select {cell_text(session.shown, cell_at(session.shown, placed.name, *hit, t))}"
        return f"panel {self.PANEL}"

    def place_of(self, session: Session, cell: Cell) -> tuple[int, int] | None:
        """Inside the table of its name."""
        row, column = cell.index if len(cell.index) == 2 else (0, *cell.index)
        row, column = (column, 0) if is_vector(session.shown, cell.name) else (row, column)
        found = (placed.at(row, column) for placed in self.tables(session) if placed.name == cell.name)
        return next(((at[0], TOP + at[1]) for at in found if at), None)

    def wheel(self, session: Session, down: bool) -> str:
        """Scroll through the rows."""
        return f"scroll {self.PANEL} {'down' if down else 'up'} 3"
