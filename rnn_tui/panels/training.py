"""The training of the run as curves: loss, gradients, ratio of update to weight, accuracy. Click to go to an update."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from rich.style import Style

from rnn_core.debugger.session import Session
from rnn_core.views.numbers import magnitude, plain
from rnn_core.views.options import CHARTS
from rnn_tui.panels.base import Panel, heading
from rnn_tui.render.canvas import Canvas

if TYPE_CHECKING:
    from rnn_core.views.curves import Curve, Curves
    from rnn_tui.render.plot import Plot

ACROSS = 2
"""Points of a curve in a cell's width."""
NAMES = 1
"""The row of the charts' names."""
ROOMY = 60
"""From this width on the axes are named, too."""
MOST_VALUES = 7
"""Guide lines are few, so that the curves stand out."""
OTHER = 16
"""The most characters of the other run's name."""
LABELS = 4
"""The columns at the right end where lines carry their names."""


class Layout(NamedTuple):
    """Where the parts of the panel stand."""

    names: bool
    legend: int
    """The row of the legend."""
    legend_x: int
    top: int
    rows: int
    left: int
    width: int
    """Of the plot, in cells."""
    epochs: bool
    """Whether epochs have a row of their own under the updates."""


class TrainingPanel(Panel):
    """A chart over all updates that are known."""

    PANEL = "training"

    def moment(self, session: Session) -> int:
        """Of the place in the run it shows the update alone."""
        return 0

    def besides(self) -> object:
        """What the updates have left behind by now."""
        session = self.session
        return session and (session.metrics, session.compared_metrics, session.reached)

    def paint(self, canvas: Canvas, session: Session) -> None:
        """Title, the charts' names, the legend, the plot with its axes."""
        colours, metrics, chart = self.colours, session.metrics, session.view.chart
        focused = session.view.panel == self.PANEL
        if not len(metrics) and not (session.compared_metrics is not None and len(session.compared_metrics)):
            heading(canvas, colours, "training", focused=focused)
            x = canvas.put(2, 1, "T", colours.style("accent", bold=True))
            canvas.put(2, x, " trains the run; curves appear here", colours.style("dim"))
            return
        shown = self._curves(session)
        title = f"training · {chart}" + (f" of 1 update in {shown.apart:,}" if shown.apart > 1 else "")
        heading(canvas, colours, title, self._place(session, canvas.width - len(title) - 4), focused=focused)
        layout = self._layout(shown, canvas.width, canvas.height)
        if layout.names:
            self._names(canvas, session)
        self._legend(canvas, shown, layout)
        if layout.rows >= 1 and layout.width >= ACROSS:
            self._plot(canvas, shown, layout)
            self._updates(canvas, session, shown, layout)

    # -- what stands where -----------------------------------------------------------------------------------

    def _place(self, session: Session, room: int) -> str:
        """Where the cursor is in the run, as much of it as fits."""
        u, length = session.cursor.u, max(1, session.metrics.epoch_length)
        parts = [f"update {u:,} of {session.reached:,}"]
        parts += [f"epoch {u // length + 1:,}"] if length > 1 else []
        parts += ["log"] if session.view.log_curves else []
        while len(parts) > 1 and len(" · ".join(parts)) > room:
            del parts[1]
        if len(parts[0]) > room:
            return f"update {u:,}"
        return " · ".join(parts)

    def _curves(self, session: Session) -> Curves:
        """The chart at the width that the plot will have; labels of the values may take less than was thought."""
        width, view = self.size.width, session.view
        columns = ACROSS * max(1, width - self._left(width) - _right(view.chart))
        from rnn_core.views.curves import curves  # the first screen has none, and does not wait for them

        shown = curves(
            session.metrics, view.chart, columns,
            log=view.log_curves, cursor=session.cursor.u, other=session.compared_metrics,
        )  # fmt: skip
        called = session.compared if len(session.compared) <= OTHER else session.compared[: OTHER - 1] + "…"
        lines = tuple(
            replace(line, name=called) if line.compared and line.name and called else line for line in shown.lines
        )
        return replace(shown, lines=lines)

    def _left(self, width: int) -> int:
        return 9 if width >= ROOMY else 7

    def _layout(self, shown: Curves, width: int, height: int) -> Layout:
        """Names and legend share a row where they fit; on low panels the legend takes it alone."""
        left = self._left(width)
        needed = _room(_entries(shown))
        beside = len("  ".join(CHARTS)) + 4
        together = beside + needed <= width
        names = together or height >= 11
        legend = NAMES if together or not names else NAMES + 1
        epochs = shown.epoch_length > 1 and height >= 11 and width >= ROOMY
        top = legend + 1
        rows = max(0, height - top - (2 if epochs else 1))
        x = width - needed + 1 if together else 1
        return Layout(names, legend, x, top, rows, left, width - left - _right(shown.chart), epochs)

    # -- the words -------------------------------------------------------------------------------------------

    def _names(self, canvas: Canvas, session: Session) -> None:
        colours = self.colours
        for name, x in _places(canvas.width).items():
            chosen = name == session.view.chart
            canvas.put(NAMES, x, name, colours.style("text" if chosen else "dim", bold=chosen))

    def _legend(self, canvas: Canvas, shown: Curves, layout: Layout) -> None:
        """The names of the lines, each behind a piece of it, and their values at the cursor. Without room the names
        alone take the colours, and short values follow."""
        colours, x, entries = self.colours, layout.legend_x, _entries(shown)
        compact = x + _room(entries) - 2 > canvas.width
        for line, (name, value) in zip(_ordered(shown), entries, strict=True):
            style = self._style(line, shown)
            if compact:
                value = value if line.value is None else magnitude(line.value, 2)
                x = canvas.put(layout.legend, x, name, style) + 1
                x = canvas.put(layout.legend, x, value.removeprefix("0") or "0", colours.style("text")) + 1
            else:
                x = canvas.put(layout.legend, x, "┅" if line.compared else "━", style) + 1
                x = canvas.put(layout.legend, x, name, colours.style("dim")) + 1
                x = canvas.put(layout.legend, x, value, colours.style("text")) + 2

    def _style(self, line: Curve, shown: Curves) -> Style:
        """The colour of a line: a quiet one for single updates where calmer lines stand before them."""
        if line.compared:
            return self.colours.style("backward")
        if line.behind:
            return self.colours.style("faint" if shown.across.dense else "dim")
        if line.kind == "update":
            return self.colours.style("forward")
        if line.kind in ("epoch", "smoothed"):
            return self.colours.style("forward" if line.kind == "epoch" else "good", bold=True)
        return self.colours.style(f"line_{line.kind.lower()}")

    # -- the plot --------------------------------------------------------------------------------------------

    def _plot(self, canvas: Canvas, shown: Curves, layout: Layout) -> None:
        from rnn_tui.render.plot import Plot, dots  # as for the curves

        axis, plot = shown.upright, Plot(layout.width, layout.rows)
        for line in shown.lines:
            codes = dots(axis.share(line.low), axis.share(line.high), layout.rows, dotted=line.compared)
            plot.line(codes, self._style(line, shown), layer=0 if line.behind else 1)
        self._marks(plot, shown)
        self._cursor(plot, shown, layout)
        self._values(canvas, plot, shown, layout)
        plot.write(canvas, layout.top, layout.left)
        self._ends(canvas, plot, shown, layout)

    def _marks(self, plot: Plot, shown: Curves) -> None:
        """Columns with numbers that are not finite, above; with numbers that a logarithm has no place for, below."""
        colours = self.colours
        for line in shown.lines:
            for x in sorted({int(column) // ACROSS for column in line.not_finite.nonzero()[0]}):
                plot.put(0, x, "!", colours.style("not_finite", bold=True))
            for x in sorted({int(column) // ACROSS for column in line.below.nonzero()[0]}):
                plot.put(plot.rows - 1, x, "▾", colours.style("dim"))

    def _cursor(self, plot: Plot, shown: Curves, layout: Layout) -> None:
        """A line down the plot, a dot on each curve, and the number beside a single one."""
        colours, axis = self.colours, shown.upright
        if shown.cursor is None:
            return
        x = min(shown.cursor // ACROSS, plot.width - 1)
        marked = [line for line in _ordered(shown) if line.value is not None and not line.compared]
        single = next((line for line in marked if line.kind == "update"), None)
        if single and single.value is not None and (share := float(axis.share(single.value))) == share:
            self._number(plot, x, plot.row(share), _number(shown, single.value))
        for row in range(plot.rows):
            plot.put(row, x, "│", colours.style("accent"))
        for line in reversed(marked):
            share = float(axis.share(line.value)) if line.value is not None else float("nan")
            if share == share and line.kind not in ("epoch", "smoothed"):
                style = colours.style("accent", bold=True) if line is single else self._style(line, shown)
                plot.put(plot.row(share), x, "●", style)

    def _number(self, plot: Plot, x: int, row: int, text: str) -> None:
        """Beside the cursor, on blank cells nearest to its curve; nowhere where all is covered."""
        for at in sorted(range(plot.rows), key=lambda candidate: abs(candidate - row)):
            for start in (x + 2, x - 1 - len(text)):
                if plot.free(at, start - 1, len(text) + 2):
                    plot.put(at, start, text, self.colours.style("accent", bold=True))
                    return

    def _values(self, canvas: Canvas, plot: Plot, shown: Curves, layout: Layout) -> None:
        """The round values and their guide lines; first the value worth comparing with, where it is in sight."""
        colours, axis, guide = self.colours, shown.upright, shown.guide
        ticks = [
            (value, label, "dim", "┈", "faint")
            for value, label in axis.ticks(min(MOST_VALUES, max(2, (layout.rows + 1) // 2)))
        ]
        if guide is not None and not axis.empty and axis.low <= guide <= axis.high:
            ticks.insert(0, (guide, magnitude(guide), "good", "╌", "good"))
        taken: set[int] = set()
        for value, label, ink, pattern, role in ticks:
            row = plot.row(float(axis.share(value)))
            if row not in taken and len(label) <= layout.left - 2:
                taken.add(row)
                canvas.put(layout.top + row, layout.left - 1 - len(label), label, colours.style(ink))
                plot.under(row, pattern, colours.style(role))

    def _ends(self, canvas: Canvas, plot: Plot, shown: Curves, layout: Layout) -> None:
        """The names of several lines where they end, moved apart where they would meet."""
        if shown.chart not in ("gradients", "ratio"):
            return
        wanted = []
        for line in _ordered(shown):
            known = line.low[line.low == line.low]
            if len(known):
                share = float(shown.upright.share(float(known[-1])))
                wanted.append(((1.0 - share) * (plot.rows - 1), line))
        wanted.sort(key=lambda place: place[0])
        row = -1
        for i, (at, line) in enumerate(wanted):
            row = min(max(row + 1, round(at)), plot.rows - (len(wanted) - i))
            if row >= 0:
                canvas.put(
                    layout.top + row, layout.left + layout.width + 1, line.name, self._style(line, shown)
                )  # fmt: skip

    def _updates(self, canvas: Canvas, session: Session, shown: Curves, layout: Layout) -> None:
        """The round numbers under the plot: updates, and epochs where there is a row for them."""
        colours, y = self.colours, layout.top + layout.rows
        if canvas.width >= ROOMY:
            canvas.put(y, layout.left - 7, "update", colours.style("dim"))
        taken: list[tuple[int, int]] = []

        def label(row: int, column: int, text: str, style: Style) -> None:
            x = layout.left + min(max(0, column // ACROSS - len(text) // 2), layout.width - len(text))
            if x < layout.left or any(x < stop + 2 and start < x + len(text) + 2 for start, stop in taken):
                return
            taken.append((x, x + len(text)))
            canvas.put(row, x, text, style)

        if shown.cursor is not None:
            label(y, shown.cursor, f"{session.cursor.u:,}", colours.style("accent", bold=True))
        apart = max(10 if canvas.width >= ROOMY else 0, len(f"{shown.across.window.stop:,}") + 4)
        for column, number in shown.across.ticks(layout.width // apart):
            label(y, column, f"{number:,}", colours.style("dim"))
        if not layout.epochs:
            return
        taken.clear()
        canvas.put(y + 1, layout.left - 7, "epoch", colours.style("dim"))
        if shown.cursor is not None:
            epoch = session.cursor.u // shown.epoch_length + 1
            label(y + 1, shown.cursor, f"{epoch:,}", colours.style("accent"))
        for column, number in shown.across.ticks(layout.width // apart, shown.epoch_length):
            label(y + 1, column, f"{number:,}", colours.style("dim"))

    # -- clicks ----------------------------------------------------------------------------------------------

    def click(self, session: Session, x: int, y: int) -> str:
        """Go to the clicked update, or to another chart."""
        if not len(session.metrics):
            return f"panel {self.PANEL}"
        shown = self._curves(session)
        layout = self._layout(shown, self.size.width, self.size.height)
        if layout.names and y == NAMES:
            for name, start in _places(self.size.width).items():
                if start <= x < start + len(name):
                    return f"chart {name}"
        if layout.top <= y and layout.left <= x < layout.left + layout.width:
            return f"goto update {shown.update_at((x - layout.left) * ACROSS)}"
        return f"panel {self.PANEL}"

    def wheel(self, session: Session, down: bool) -> str:
        """Walk by updates."""
        return "update" if down else "rupdate"


def _right(chart: str) -> int:
    """The columns right of the plot."""
    return LABELS if chart in ("gradients", "ratio") else 1


def _places(width: int) -> dict[str, int]:
    """The column of each chart's name."""
    places: dict[str, int] = {}
    x, gap = 1, 2 if width >= ROOMY else 1
    for name in CHARTS:
        places[name] = x
        x += len(name) + gap
    return places


def _ordered(shown: Curves) -> list[Curve]:
    """The lines as the legend lists them: this run before the other."""
    return sorted((line for line in shown.lines if line.name), key=lambda line: line.compared)


def _number(shown: Curves, value: float) -> str:
    """A value as the chart writes it."""
    return plain(value) if shown.chart == "loss" else magnitude(value)


def _entries(shown: Curves) -> list[tuple[str, str]]:
    """The legend's words: name and value of each line."""
    return [(line.name, "–" if line.value is None else _number(shown, line.value)) for line in _ordered(shown)]


def _room(entries: list[tuple[str, str]]) -> int:
    """The columns that a legend takes, with a piece of each line before it and a gap after it."""
    return sum(2 + len(name) + 1 + len(value) + 2 for name, value in entries)
