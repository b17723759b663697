"""What the gradients and the weights have in common: tables with captions of their own, a legend, selection."""

from __future__ import annotations

from rnn_core.debugger.session import Session
from rnn_core.views.cells import cell_text, latest_timestep
from rnn_core.views.gradients import NARROW_BOX, Placed, largest, latest, seen, vectors
from rnn_core.views.grid import Grid, cell_at, is_vector
from rnn_core.views.numbers import alike, magnitude
from rnn_core.views.options import Cell
from rnn_core.views.words import Word, fitting
from rnn_tui.panels.base import Panel, heading
from rnn_tui.render.canvas import Canvas
from rnn_tui.render.legend import paint_legend
from rnn_tui.render.table import paint_caption, paint_table, power

TOP = 1


class TablesPanel(Panel):
    """Every table has its own scale: a small one beside a large one must not look like none."""

    PANEL = ""
    COMPARES = True

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
        places = self.tables(session)
        grids = {placed.name: self.grid(session, placed) for placed in places}
        legend = self._legend(canvas, session, grids, canvas.width - len(title) - 3)
        heading(canvas, colours, title, focused=view.panel == self.PANEL, width=canvas.width - legend)
        if narrow:
            self._norms(canvas, session)
        columns = vectors(session.shown)
        sizes = {name: grid.norm for name, grid in grids.items() if name not in columns and grid.written}
        norms = dict(zip(sizes, alike(tuple(sizes.values())), strict=True))
        for placed in places:
            grid = grids[placed.name]
            words = self._words(session, placed, grid, norms.get(placed.name, ""))
            y, lines = TOP + placed.y - placed.above, placed.above + 1
            fresh = bool(grid.fresh.any())
            width = placed.width
            if placed.name in columns and placed.says:
                part = seen("↓", placed.rows, grid.shape[0])
                canvas.put(y + lines - 1, placed.x, part, colours.style("dim"))
            if placed.name in columns and len(placed.rows) < grid.shape[0]:
                lines = max(1, lines - 1)
            stand = paint_caption(canvas, colours, words, y, placed.x, width, lines, fresh=fresh)
            paint_table(
                canvas, colours, grid, TOP + placed.y + 1, placed.x, placed.cell, view.cells, stand, placed.tall
            )

    def _words(self, session: Session, placed: Placed, grid: Grid, norm: str) -> list[Word]:
        """Name, norm, limit, what it is of, which part is seen, and the power of ten."""
        (rows, columns), factor = grid.shape, power(grid, placed.cell, 2)
        if placed.name in vectors(session.shown):
            if len(factor.text) > placed.width:
                factor = power(grid, placed.cell, 2, short=True)
            return [Word(placed.name, 0, "name"), factor, Word("" if grid.written else "–", 3)]
        called = session.called(placed.name).removesuffix(placed.name).rstrip()
        return [
            Word(called, 3),
            Word(placed.name, 0, "name"),
            Word(f"‖{norm}‖" if grid.written else "–", 3, "norm" if grid.written else ""),
            factor,
            Word(seen("↓", placed.rows, rows), 1),
            Word(seen("→", placed.columns, columns), 1),
            Word(f"±{magnitude(grid.limit, 2)}" if grid.written and grid.norm else "", 5),
            Word(self.note(session, placed.name), 4),
        ]

    def _legend(self, canvas: Canvas, session: Session, grids: dict[str, Grid], room: int) -> int:
        """The ramp from minus to plus the limit of the table that is looked at; how many columns that takes."""
        view = session.view
        pinned = view.pinned.name if view.pinned else ""
        last = latest(session.shown, session.k)
        candidates = (pinned, *(n for n in session.shown.wrote(session.k)), last, last.removeprefix("d"), *grids)
        name = next(name for name in candidates if name in grids)
        grid = grids[name]
        if not grid.written:
            return 0
        return paint_legend(canvas, self.colours, 0, canvas.width, room, grid.limit, view.scale, name)

    def _norms(self, canvas: Canvas, session: Session) -> None:
        """All norms in one notation: with as many digits as leaves room for every one, else the latest at least."""
        colours, wrote, norms = self.colours, session.shown.wrote(session.k), self.norms(session)
        known = {name: norm for name, norm in norms if norm is not None}
        words: list[Word] = []
        for digits in (3, 2, 1):
            texts = dict(zip(known, alike(tuple(known.values()), digits), strict=True))
            words = [Word(f"{name} {texts.get(name, '–')}", 0 if name in wrote else 1, name) for name, _ in norms]
            if len(fitting(words, canvas.width - 1)) == len(words):
                break
        x = 1
        for word in fitting(words, canvas.width - 1):
            fresh = word.kind in wrote
            x = canvas.put(TOP, x, word.text, colours.style("accent" if fresh else "dim", bold=fresh)) + 1

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
        for placed in self.tables(session):
            if placed.name == cell.name:
                row, column = cell.index if len(cell.index) == 2 else (0, *cell.index)
                at = placed.at(column, 0) if is_vector(session.shown, cell.name) else placed.at(row, column)
                return (at[0], TOP + at[1]) if at else None
        return None

    def wheel(self, session: Session, down: bool) -> str:
        """Scroll through the rows."""
        return f"scroll {self.PANEL} {'down' if down else 'up'} 3"
