"""What the timesteps read: inputs, tokens, targets."""

from __future__ import annotations

import numpy as np

from rnn_core.debugger.selection import current_timestep
from rnn_core.debugger.session import Session
from rnn_core.model import Array
from rnn_core.views.difference import Difference
from rnn_core.views.inputs import inputs, one_hot
from rnn_core.views.moments import TIMESTEP, settled
from rnn_core.views.numbers import brief
from rnn_core.views.options import Cell
from rnn_core.views.outputs import class_name, target_text
from rnn_core.views.placed import LARGER_CELLS, TALLEST, TIME, Placed, seen
from rnn_core.views.window import page
from rnn_core.views.words import Word
from rnn_tui.panels.base import Panel, heading
from rnn_tui.render.canvas import Canvas, clean, named, whole, width_of
from rnn_tui.render.table import NARROW, WIDE, margin_of, paint_table, power

TOP, LABEL = 2, 7
"""Rows over the table, and the most columns of a feature's name."""
COLUMN, NUMBER = 18, 9
"""Columns of a feature, and of its number."""


class InputsPanel(Panel):
    """A one-hot input by its name. Any other over time where all features have room, else the timestep's own, the
    largest where they do not all fit."""

    COMPARES = True

    def moment(self, session: Session) -> int:
        """Of the position it shows the timestep."""
        return settled(session.trace, (TIMESTEP,), session.k)

    def paint(self, canvas: Canvas, session: Session) -> None:
        """Title with the timestep, the target, the features."""
        colours, trace = self.colours, session.shown
        t = current_timestep(session)
        sequence, dataset = trace.sequence, session.dataset
        says = f"target {clean(target_text(trace, dataset.classes, t))}".strip()
        says = says if trace.sequence.has_target[t - 1] else "no target"
        token = f" {clean(class_name((sequence.tokens[t - 1],), 0))}" if sequence.tokens else ""
        if isinstance(trace, Difference):
            there = clean(target_text(trace.other, dataset.classes, t))
            says += f", there {there or 'none'}" if there != clean(target_text(trace, dataset.classes, t)) else ""
        if (placed := self._table(session)) is not None:
            self._over_time(canvas, session, placed, says)
            return
        x, one_hot = trace.x[t - 1], self._one_hot(session)
        shown = [] if one_hot else self._shown(session)
        largest = f"{len(shown)} largest of {len(x)}" if not one_hot and len(shown) < len(x) else ""
        title = (Word(f"input x[{t}]{whole(token, 12)}"), Word(largest, 0), Word(self.minus(session)[3:], 2))
        heading(canvas, colours, title, (Word(says, 1),))
        if one_hot:
            hot = int(np.argmax(x))
            name = f" ({clean(class_name(dataset.features, hot))})" if dataset.features else ""
            canvas.put(1, 1, f"one-hot: x[{hot}] = 1{name} of {len(x)}", colours.style("text"))
            return
        chosen = session.view.units.input
        rows = canvas.height - 1
        for place, i in enumerate(shown):
            y, column = 1 + place % rows, 1 + place // rows * COLUMN
            name = named(dataset.features, i, 7)
            style = colours.style("accent" if i == chosen else "dim")
            after = canvas.put(y, column, f"{name:>{7 if dataset.features else 4}} ", style)
            canvas.put(y, after, brief(float(x[i]), NUMBER, sign=True), colours.style("text"))

    def _table(self, session: Session) -> Placed | None:
        """Where x stands over time; None where not all features and several timesteps have room."""
        trace, view = session.shown, session.view
        steps, features = trace.x.shape
        left = (LABEL if session.dataset.features else len(str(features - 1))) + 2
        cell = NARROW if view.cells == "heatmap" else WIDE
        fits = (self.size.width - left - 1) // cell
        if one_hot(trace) or steps < 2 or min(fits, steps) < 2 or features > self.size.height - TOP:
            return None
        columns = page(steps, fits, current_timestep(session) - 1)
        if cell > NARROW and fits >= steps:
            cell = max((c for c in LARGER_CELLS if c * steps < self.size.width - left), default=cell)
        tall = min(TALLEST, (self.size.height - TOP) // features)
        return Placed("x", left, TOP - 1, len(columns) * cell, cell, range(features), columns, tall=tall)

    def _over_time(self, canvas: Canvas, session: Session, placed: Placed, says: str) -> None:
        """Features down, timesteps across, the current one strong."""
        colours, now, names = self.colours, current_timestep(session), session.dataset.features
        grid = self.lately.of("x", inputs, session.shown, session.view, placed.rows, placed.columns)
        title = (
            Word("input x"),
            Word(seen(TIME, placed.columns, len(session.shown), 1)),
            power(grid, placed.cell, 0),
            Word(self.minus(session)[3:], 2),
        )
        words = heading(canvas, colours, title, (Word(says, 1),))
        for c, column in enumerate(placed.columns):
            text = f"t={column + 1}" if placed.cell > NARROW else ""
            x = placed.x + (c + 1) * placed.cell - margin_of(placed.cell) - len(text)
            if len(text) < placed.cell:
                canvas.put(1, x, text, colours.style("accent" if column + 1 == now else "dim"))
        for r, feature in enumerate(placed.rows):
            name = named(names, feature, LABEL)
            style = colours.style("accent" if feature == session.view.units.input else "dim")
            y = TOP + r * placed.tall + (placed.tall - 1) // 2
            canvas.put(y, placed.x - 1 - width_of(name), name, style)
        paint_table(canvas, colours, grid, TOP, placed.x, placed.cell, session.view.cells, words, placed.tall)

    def _input(self, session: Session) -> Array:
        x: Array = session.shown.x[current_timestep(session) - 1]
        return x

    def _one_hot(self, session: Session) -> bool:
        x = self._input(session)
        return len(x) > 1 and np.count_nonzero(x) == 1 and x.max() == 1.0

    def _shown(self, session: Session) -> list[int]:
        """The features that fit, the largest where not all do."""
        x, size = self._input(session), self.size
        columns = max(1, (size.width - 1) // COLUMN)
        room = columns * (size.height - 1)
        if len(x) <= room:
            return list(range(len(x)))
        return sorted(np.argsort(-np.abs(x), kind="stable")[:room].tolist())

    def place_of(self, session: Session, cell: Cell) -> tuple[int, int] | None:
        """A feature of the timestep that is shown, behind its name; the target in the title."""
        if cell.name not in ("x", "y"):
            return None
        if cell.name == "x" and (placed := self._table(session)) is not None:
            return placed.at(cell.index[1], cell.index[0] - 1)
        if cell.index[0] != current_timestep(session):
            return None
        if cell.name == "y":
            return max(0, self.size.width - 8), 0
        if self._one_hot(session):
            return 1, 1
        shown = self._shown(session)
        if cell.index[1] not in shown:
            return None
        place, rows = shown.index(cell.index[1]), self.size.height - 1
        return 1 + place // rows * COLUMN + (8 if session.dataset.features else 5), 1 + place % rows

    def click(self, session: Session, x: int, y: int) -> str:
        """Select the clicked feature."""
        if (placed := self._table(session)) is not None:
            hit = placed.hit(x, y)
            return f"select x[{hit[1] + 1}][{hit[0]}]" if hit else ""
        t = current_timestep(session)
        if self._one_hot(session):
            return f"select x[{t}][{int(np.argmax(self._input(session)))}]"
        shown = self._shown(session)
        at = (x - 1) // COLUMN * (self.size.height - 1) + y - 1
        return f"select x[{t}][{shown[at]}]" if y >= 1 and 0 <= at < len(shown) else ""
