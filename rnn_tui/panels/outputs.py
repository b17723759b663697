"""The outputs over time: probabilities as bars, the target in green, right or wrong, and the loss."""

from __future__ import annotations

from itertools import pairwise

from rnn_core.data import NO_TARGET
from rnn_core.debugger.selection import current_timestep
from rnn_core.debugger.session import Session
from rnn_core.views.difference import Difference, probabilities
from rnn_core.views.grid import Grid
from rnn_core.views.moments import TIMESTEP, settled
from rnn_core.views.numbers import brief
from rnn_core.views.options import Cell
from rnn_core.views.outputs import (
    LEAST_BAR,
    LOSS,
    TOKEN,
    VERDICT,
    OutputRow,
    answers,
    before,
    class_name,
    in_bars,
    outputs,
)
from rnn_core.views.placed import seen
from rnn_core.views.window import page
from rnn_core.views.words import Word, length
from rnn_tui.panels.base import SEPARATOR, Panel, heading
from rnn_tui.render.canvas import Canvas, beginning, clean, named, whole, width_of
from rnn_tui.render.legend import paint_legend
from rnn_tui.render.table import NARROW, cell_width, paint_table, power

TOP = 2
GAP = 2
ROOMY, TALLEST = 60, 4
"""From this width on a timestep may take several rows, at most so many."""


class OutputsPanel(Panel):
    """A row for each timestep."""

    COMPARES = True

    def moment(self, session: Session) -> int:
        """Of the position it shows the answers, their losses, and the timestep."""
        return settled(session.trace, ("z", "p", "loss", TIMESTEP), session.k)

    def paint(self, canvas: Canvas, session: Session) -> None:
        """Title, column names, the visible timesteps."""
        colours, view = self.colours, session.view
        if self._numbers(session):
            self._tables(canvas, session)
            return
        rows, tall = self._rows(session), self._tall(session)
        title = (
            Word(f"outputs {session.called('p')}{self.minus(session)}"),
            self._part(session, self._visible(session)),
        )
        heading(canvas, colours, title, (Word("■ target" if not colours.plain else "# target", 2),),
                focused=view.panel == "outputs")  # fmt: skip
        left = self._left(session)
        bars = canvas.width - left - VERDICT
        names = session.dataset.classes
        style = colours.style("dim")
        drawn = self._bars_fit(session)
        canvas.put(1, left, whole("probabilities" if drawn else "of the target", bars), style)
        if not drawn and bars >= 18:
            canvas.put(1, left + bars - 4, "best", style)
        canvas.put(1, canvas.width - VERDICT, " target   loss", style)
        for at, row in enumerate(rows):
            top, y = TOP + at * tall, TOP + at * tall + (tall - 1) // 2
            label = colours.style("accent" if row.current and session.k else "dim", bold=row.fresh)
            canvas.put(y, 1, f"t={row.t}", label)
            if row.token:
                token = beginning(clean(class_name((row.token,), 0)), TOKEN)
                canvas.put(y, 2 + len(f"t={len(session.shown)}"), token, colours.style("text"))
            if row.p is None:
                canvas.put(y, left, "·" * bars, colours.style("faint"))
            elif drawn:
                for down in range(top, top + tall):
                    self._bars(canvas, down, left, bars, row, names, written=down == y)
            else:
                self._largest(canvas, y, left, bars, row, names)
            self._verdict(canvas, y, row, names)

    def _numbers(self, session: Session) -> bool:
        """Whether numbers stand in place of bars."""
        return isinstance(session.shown, Difference) or session.shown.sequence.is_values

    def _part(self, session: Session, rows: range) -> Word:
        """Which timesteps are seen; empty where all are."""
        steps, shown = len(session.shown), range(rows.start + 1, rows.stop + 1)
        return Word(seen("↓t=", shown, steps) if len(shown) < steps else "", 0)

    def _tall(self, session: Session) -> int:
        """The rows that a timestep takes."""
        if self.size.width < ROOMY or self._numbers(session) or not self._bars_fit(session):
            return 1
        return min(max(1, (self.size.height - TOP) // len(session.shown)), TALLEST)

    def _tables(self, canvas: Canvas, session: Session) -> None:
        """Numbers in place of bars: both runs' answers subtracted, or values beside their targets; timesteps down,
        outputs across, the loss beside."""
        colours, view, trace, dim = self.colours, session.view, session.shown, self.colours.style("dim")
        grids, cell = self._grids(session)
        first, values = grids[0], trace.sequence.is_values
        beside = "beside the targets y" if len(grids) > 1 else ""
        title = [
            Word(f"outputs {first.name}{self.minus(session)}"),
            self._part(session, first.rows),
            Word(seen("→", first.columns, trace.sizes.classes), 1),
            power(first, cell, 2),
            Word(beside, 3),
        ]
        taken = length([word for word in title if word.text], len(SEPARATOR)) + 3
        legend = paint_legend(canvas, colours, 0, canvas.width, canvas.width - taken, first.limit, view.scale)
        words = heading(canvas, colours, title, focused=view.panel == "outputs", width=canvas.width - legend)
        names, right = session.dataset.classes, self._right(session)
        for grid, x in zip(grids, self._starts(session, grids, cell), strict=True):
            if values and cell == NARROW:
                canvas.put(1, x, grid.name, dim)
            for c, at in enumerate(grid.columns if not values or cell > NARROW else ()):
                label = f"{grid.name}[{at}]" if values and not names else named(names, at, cell - 1)
                canvas.put(1, x + c * cell, f"{whole(label, cell):>{cell}}", dim)
            paint_table(canvas, colours, grid, TOP, x, cell, view.cells, words)
        canvas.put(1, canvas.width - right, "   loss" if values else " target   loss", dim)
        self._losses(canvas, session, first.rows)

    def _losses(self, canvas: Canvas, session: Session, rows: range) -> None:
        """The timesteps left of the tables, their targets' names and their losses right of them."""
        trace, dim, right = session.shown, self.colours.style("dim"), self._right(session)
        now, name = current_timestep(session), trace.program.output.timestep_loss
        lost, differs = trace.written(name, session.k).stop, isinstance(trace, Difference)
        for y, row in enumerate(rows, start=TOP):
            current = row + 1 == now and session.k > 0
            canvas.put(y, 1, f"t={row + 1}", self.colours.style("accent" if current else "dim"))
            if not trace.sequence.is_values:
                target = int(trace.y[row])
                text = "–" if target == NO_TARGET else named(session.dataset.classes, target, 4)
                canvas.put(y, canvas.width - right + 3, text, dim)
            by = float(trace.rows[name][row])
            if row < lost and by == by:
                text = f"{brief(by, 7 if differs else 6, sign=differs):>7}"
                canvas.put(y, canvas.width - 7, text, self.colours.style("text"))

    def _grids(self, session: Session) -> tuple[tuple[Grid, ...], int]:
        """The tables, and the width of their cells."""
        trace, view = session.shown, session.view
        room, outputs = self.size.width - self._left(session) - self._right(session), trace.sizes.classes
        differs = isinstance(trace, Difference)
        room = room if differs else (room - GAP) // 2
        cell = cell_width(view.cells, outputs, room)
        columns, rows = page(outputs, max(1, room // cell), view.units.output), self._visible(session)
        if isinstance(trace, Difference):
            return (probabilities(trace, session.k, view, rows, columns),), cell
        return answers(trace, session.k, view, rows, columns), cell

    def _starts(self, session: Session, grids: tuple[Grid, ...], cell: int) -> list[int]:
        """The first column of each table."""
        return [self._left(session) + i * (len(grid.columns) * cell + GAP) for i, grid in enumerate(grids)]

    def _right(self, session: Session) -> int:
        """The columns right of bars or tables: the target's name, where it has one, and the loss."""
        return LOSS if session.shown.sequence.is_values else VERDICT

    def _visible(self, session: Session) -> range:
        """The rows of timesteps that are seen: row r is t = r + 1."""
        pinned = session.view.pinned
        mine = pinned and pinned.name in (session.shown.program.output.shown, "y")
        t = pinned.index[0] if pinned and mine else current_timestep(session)
        return page(len(session.shown), (self.size.height - TOP) // self._tall(session), max(t, 1) - 1)

    def _rows(self, session: Session) -> tuple[OutputRow, ...]:
        seen = self._visible(session)
        return outputs(session.shown, session.k, range(seen.start + 1, seen.stop + 1), current_timestep(session))

    def _left(self, session: Session) -> int:
        return before(session.shown)

    def _bars_fit(self, session: Session) -> bool:
        """Whether every class has a bar; else the target has one, and the most probable class is named."""
        return in_bars(session.shown, self.size.width)

    def _edges(self, row: OutputRow, bars: int) -> list[int]:
        """Where each class's bar begins and the last one ends: room for its number, and a share of what is left."""
        assert row.p is not None  # rows without outputs have no bars
        edges, total, many = [0], 0.0, len(row.p)
        spare = bars + 1 - many * LEAST_BAR  # the last one needs no gap
        spare = spare if spare >= many else 0  # a single column would wander from row to row
        for at, p in enumerate(row.p.tolist(), start=1):
            total += p if p == p else 0.0
            edges.append(min(bars, at * LEAST_BAR + round(total * spare)))
        return edges

    def _bars(
        self, canvas: Canvas, y: int, left: int, bars: int, row: OutputRow, names: tuple[str, ...], *, written: bool
    ) -> None:
        """A class beside the other, each the wider the more probable; its number where it is `written` and has room."""
        assert row.p is not None  # as above
        colours, edges = self.colours, self._edges(row, bars)
        chosen = self._chosen(row)
        for j, (start, stop) in enumerate(pairwise(edges)):
            width = stop - start - (1 if stop < bars and stop - start > 1 else 0)
            number, name = f"{row.p[j]:.2f}", clean(class_name(names, j)) if names else ""
            text = number if width >= 4 and written else ""
            if name and text and width >= 4 + 1 + width_of(name):
                text = f"{name} {number}"
            if colours.plain:
                mark = "#" if j == row.target else "="
                text = f"{text:{mark}^{width - width_of(text) + len(text)}}" if width else ""
                style = colours.style("text", bold=j == row.target, reverse=j == chosen)
            else:
                text = f"{text:^{width - width_of(text) + len(text)}}" if width else ""
                behind = "accent" if j == chosen else "good" if j == row.target else "other"
                style = colours.on(behind, bold=row.fresh)
            canvas.put(y, left + start, text, style)

    def _largest(self, canvas: Canvas, y: int, left: int, bars: int, row: OutputRow, names: tuple[str, ...]) -> None:
        """Too many classes for bars: the target's share, and the most probable class by name."""
        assert row.p is not None  # as above
        colours = self.colours
        best = f" {named(names, row.best, max(2, bars // 3))} {row.p[row.best]:.2f}"
        room = max(0, bars - width_of(best) - 1)
        share = 0.0 if row.target == NO_TARGET else float(row.p[row.target])
        filled = round(share * room) if share == share else 0
        canvas.put(y, left, "█" * filled, colours.style("good"))
        canvas.put(y, left + filled, "─" * (room - filled), colours.style("faint"))
        canvas.put(y, left + room, best, colours.style("bad" if row.wrong else "text", bold=row.fresh))

    def _verdict(self, canvas: Canvas, y: int, row: OutputRow, names: tuple[str, ...]) -> None:
        colours, x = self.colours, canvas.width - VERDICT + 1
        if row.target == NO_TARGET:
            canvas.put(y, x, "–", colours.style("dim"))
            return
        name = named(names, row.target, 4)
        if row.best == NO_TARGET:
            canvas.put(y, x, f"  {name}", colours.style("dim"))
        else:
            mark, role = ("✗", "bad") if row.wrong else ("✓", "good")
            canvas.put(y, x, f"{mark} {name}", colours.style(role))
        if row.nll is not None:
            canvas.put(y, x + 7, f"{brief(row.nll, 6):>6}", colours.style("text", bold=row.fresh))

    def _chosen(self, row: OutputRow) -> int:
        pinned = self.session.view.pinned if self.session else None
        return pinned.index[1] if pinned and pinned.name == "p" and pinned.index[0] == row.t else -1

    def click(self, session: Session, x: int, y: int) -> str:
        """Select the clicked number: a probability by its bar, an answer in its table."""
        seen, at = self._visible(session), (y - TOP) // self._tall(session)
        if not 0 <= at < len(seen):
            return "panel outputs"
        t, name = seen[at] + 1, session.shown.program.output.shown
        if self._numbers(session):
            grids, cell = self._grids(session)
            for grid, start in zip(grids, self._starts(session, grids, cell), strict=True):
                if 0 <= (x - start) // cell < len(grid.columns):
                    return f"select {name}[{t}][{grid.columns[(x - start) // cell]}]"
            return "panel outputs"
        left, row = self._left(session), self._rows(session)[at]
        bars = self.size.width - left - VERDICT
        if row.p is None or not 0 <= x - left < bars or not self._bars_fit(session):
            best = row.best if row.p is not None else 0
            return f"select p[{t}][{max(best, 0)}]"
        edges = self._edges(row, bars)
        at = next(j for j, stop in enumerate([*edges[1:-1], bars]) if x - left < stop or stop == bars)
        return f"select p[{t}][{at}]"

    def place_of(self, session: Session, cell: Cell) -> tuple[int, int] | None:
        """A target: its name beside the bars, or a number of its table."""
        seen = self._visible(session)
        if cell.name != "y" or cell.index[0] - 1 not in seen:
            return None
        at, tall = seen.index(cell.index[0] - 1), self._tall(session)
        if not session.shown.sequence.is_values:
            return self.size.width - VERDICT + 3, TOP + at * tall + (tall - 1) // 2
        grids, width = self._grids(session)
        columns = grids[-1].columns
        if cell.index[1] not in columns:
            return None
        return self._starts(session, grids, width)[-1] + columns.index(cell.index[1]) * width, TOP + at

    def wheel(self, session: Session, down: bool) -> str:
        """Scroll through the timesteps."""
        return f"scroll outputs {'down' if down else 'up'} 3"
