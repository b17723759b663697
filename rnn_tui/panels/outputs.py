"""The outputs over time: probabilities as bars, the target in green, right or wrong, and the loss."""

from __future__ import annotations

from itertools import pairwise

from rnn_core.data import NO_TARGET
from rnn_core.debugger.selection import current_timestep
from rnn_core.debugger.session import Session
from rnn_core.views.difference import Difference, probabilities
from rnn_core.views.grid import Grid
from rnn_core.views.numbers import magnitude, plain, short, times_ten
from rnn_core.views.options import Cell
from rnn_core.views.outputs import MOST_BARS, OutputRow, class_name, outputs
from rnn_core.views.window import page
from rnn_tui.panels.base import Panel, heading
from rnn_tui.render.canvas import Canvas, clean
from rnn_tui.render.table import cell_width, paint_cells

TOP = 2
RIGHT = 14


class OutputsPanel(Panel):
    """A row for each timestep."""

    COMPARES = True

    def paint(self, canvas: Canvas, session: Session) -> None:
        """Title, column names, the visible timesteps."""
        colours, view = self.colours, session.view
        if isinstance(session.shown, Difference):
            self._differences(canvas, session, session.shown)
            return
        heading(canvas, colours, "outputs p", "■ target", focused=view.panel == "outputs")
        rows = self._rows(session)
        left = self._left(session)
        bars = canvas.width - left - RIGHT
        names = session.dataset.classes
        style = colours.style("dim")
        canvas.put(1, left, "probabilities"[:bars], style)
        canvas.put(1, canvas.width - RIGHT, " target   loss", style)
        for y, row in enumerate(rows, start=TOP):
            label = colours.style("accent" if row.current and session.k else "dim", bold=row.fresh)
            canvas.put(y, 1, f"t={row.t}", label)
            if row.token:
                canvas.put(y, left - 3, clean(class_name((row.token,), 0))[:2], colours.style("text"))
            if row.p is None:
                canvas.put(y, left, "·" * bars, colours.style("faint"))
            elif len(row.p) <= MOST_BARS:
                self._bars(canvas, y, left, bars, row, names)
            else:
                self._largest(canvas, y, left, bars, row, names)
            self._verdict(canvas, y, row, names)

    def _differences(self, canvas: Canvas, session: Session, trace: Difference) -> None:
        """Both runs' probabilities subtracted: timesteps down, classes across, the difference of the losses beside."""
        colours, view, dim = self.colours, session.view, self.colours.style("dim")
        grid, width = self._table(session, trace)
        power = f" {times_ten(grid.exponent)}" if grid.exponent and width > 2 else ""
        remark = f"{view.scale} ±{magnitude(grid.limit, 2)}{power}"
        heading(canvas, colours, f"outputs p{self.minus(session)}", remark, focused=view.panel == "outputs")
        left, names = self._left(session), session.dataset.classes
        for c, at in enumerate(grid.columns):
            canvas.put(1, left + c * width, f"{clean(class_name(names, at))[: width - 1]:>{width}}", dim)
        canvas.put(1, canvas.width - RIGHT, " target   loss", dim)
        now = current_timestep(session)
        lost = trace.written("nll", session.k).stop
        for y, row in enumerate(grid.rows, start=TOP):
            current = row + 1 == now and session.k > 0
            canvas.put(y, 1, f"t={row + 1}", colours.style("accent" if current else "dim"))
            target, by = int(trace.y[row]), float(trace.rows["nll"][row])
            name = "–" if target == NO_TARGET else clean(class_name(names, target))[:5]
            canvas.put(y, canvas.width - RIGHT + 3, name, dim)
            if row < lost and by == by:
                canvas.put(y, canvas.width - RIGHT + 7, f"{short(by, 2)[:7]:>7}", colours.style("text"))
        paint_cells(canvas, colours, grid, TOP, left, width, view.cells)

    def _table(self, session: Session, trace: Difference) -> tuple[Grid, int]:
        """The difference as a grid, and the width of its cells."""
        room, classes = self.size.width - self._left(session) - RIGHT, trace.sizes.classes
        width = cell_width(session.view.cells, classes, room)
        rows = [row.t - 1 for row in self._rows(session)]
        columns = page(classes, max(1, room // width), session.view.units.output)
        shown = range(rows[0], rows[-1] + 1) if rows else range(0)
        return probabilities(trace, session.k, session.view, shown, columns), width

    def _rows(self, session: Session) -> tuple[OutputRow, ...]:
        pinned = session.view.pinned
        now = current_timestep(session)
        t = pinned.index[0] if pinned and pinned.name == "p" else now
        visible = page(len(session.shown), self.size.height - TOP, max(t, 1) - 1)
        return outputs(session.shown, session.k, range(visible.start + 1, visible.stop + 1), now)

    def _left(self, session: Session) -> int:
        return len(f"t={len(session.shown)}") + 2 + (3 if session.shown.sequence.tokens else 0)

    def _edges(self, row: OutputRow, bars: int) -> list[int]:
        """Where each class's bar begins and the last one ends: shares of the width, by their sums."""
        assert row.p is not None  # rows without outputs have no bars
        edges, total = [0], 0.0
        for p in row.p.tolist():
            total += p if p == p else 0.0
            edges.append(min(bars, round(total * bars)))
        return edges

    def _bars(self, canvas: Canvas, y: int, left: int, bars: int, row: OutputRow, names: tuple[str, ...]) -> None:
        assert row.p is not None  # as above
        colours, edges = self.colours, self._edges(row, bars)
        chosen = self._chosen(row)
        for j, (start, stop) in enumerate(pairwise(edges)):
            width = stop - start - (1 if stop < bars and stop - start > 1 else 0)
            number = f"{row.p[j]:.2f}"
            text = number if width >= 4 else ""
            if names and width >= 4 + 1 + len(class_name(names, j)):
                text = f"{clean(class_name(names, j))} {number}"
            if colours.plain:
                mark = "#" if j == row.target else "="
                text = text.center(width, mark) if width else ""
                style = colours.style("text", bold=j == row.target, reverse=j == chosen)
            else:
                text = text.center(width)
                behind = "accent" if j == chosen else "good" if j == row.target else "other"
                ink = "background" if behind != "other" else "text"
                style = colours.style(ink, on=behind, bold=row.fresh)
            canvas.put(y, left + start, text, style)

    def _largest(self, canvas: Canvas, y: int, left: int, bars: int, row: OutputRow, names: tuple[str, ...]) -> None:
        """Too many classes for bars: the target's share, and the most probable class by name."""
        assert row.p is not None  # as above
        colours = self.colours
        best = f" {clean(class_name(names, row.best))} {row.p[row.best]:.2f}"
        room = max(0, bars - len(best) - 1)
        share = 0.0 if row.target == NO_TARGET else float(row.p[row.target])
        filled = round(share * room) if share == share else 0
        canvas.put(y, left, "█" * filled, colours.style("good"))
        canvas.put(y, left + filled, "─" * (room - filled), colours.style("faint"))
        canvas.put(y, left + room, best, colours.style("bad" if row.wrong else "text", bold=row.fresh))

    def _verdict(self, canvas: Canvas, y: int, row: OutputRow, names: tuple[str, ...]) -> None:
        colours, x = self.colours, canvas.width - RIGHT + 1
        if row.target == NO_TARGET:
            canvas.put(y, x, "–", colours.style("dim"))
            return
        name = clean(class_name(names, row.target))[:5]
        if row.best == NO_TARGET:
            canvas.put(y, x, f"  {name}", colours.style("dim"))
        else:
            mark, role = ("✗", "bad") if row.wrong else ("✓", "good")
            canvas.put(y, x, f"{mark} {name}", colours.style(role))
        if row.nll is not None:
            canvas.put(y, x + 7, f"{plain(row.nll, 3)[:6]:>6}", colours.style("text", bold=row.fresh))

    def _chosen(self, row: OutputRow) -> int:
        pinned = self.session.view.pinned if self.session else None
        return pinned.index[1] if pinned and pinned.name == "p" and pinned.index[0] == row.t else -1

    def click(self, session: Session, x: int, y: int) -> str:
        """Select the probability of the clicked bar."""
        rows, left = self._rows(session), self._left(session)
        bars = self.size.width - left - RIGHT
        if not 0 <= y - TOP < len(rows):
            return "panel outputs"
        row = rows[y - TOP]
        if isinstance(session.shown, Difference):
            grid, width = self._table(session, session.shown)
            column = (x - left) // width
            inside = 0 <= column < len(grid.columns)
            return f"select p[{row.t}][{grid.columns[column]}]" if inside else "panel outputs"
        if row.p is None or not 0 <= x - left < bars or len(row.p) > MOST_BARS:
            at = row.best if row.p is not None else 0
            return f"select p[{row.t}][{max(at, 0)}]"
        edges = self._edges(row, bars)
        at = next(j for j, stop in enumerate([*edges[1:-1], bars]) if x - left < stop or stop == bars)
        return f"select p[{row.t}][{at}]"

    def place_of(self, session: Session, cell: Cell) -> tuple[int, int] | None:
        """A target beside the bars."""
        for y, row in enumerate(self._rows(session), start=TOP):
            if cell.name == "y" and row.t == cell.index[0]:
                return self.size.width - RIGHT + 3, y
        return None

    def wheel(self, session: Session, down: bool) -> str:
        """Scroll through the timesteps."""
        return f"scroll outputs {'down' if down else 'up'} 3"
