"""How the gradient travels back: its norm over time, the lattice of losses and timesteps, and what it passes.

Everything stands over one axis of timesteps, and the cursor's is marked through all of it. Click to go to a timestep,
or to a finding.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rich.style import Style

from rnn_core.debugger.session import Session
from rnn_core.views.numbers import exponent_for, magnitude, power, shown, times_ten
from rnn_core.views.options import FLOW
from rnn_core.views.scale import LEVELS
from rnn_tui.panels.base import Panel, heading
from rnn_tui.render.canvas import Canvas
from rnn_tui.render.table import BLOCKS

if TYPE_CHECKING:
    from rnn_core.diagnostics.findings.finding import Finding
    from rnn_core.views.flow import Flow, Strip

NUMBER, WIDEST = 6, 9
"""Columns of a cell with a number in it, and the most that a cell takes."""
LABEL = 11
"""Columns of the names at the left."""
SIDE = 28
"""Columns of what a strip comes to, at the right."""
ROOMY = 100
"""Columns from which room is kept for that."""
CURSOR = "┊"
RAMP = range(LEVELS // 8, LEVELS + 1, LEVELS // 8)
SIGNED_RAMP = range(-LEVELS, LEVELS + 1, LEVELS // 4)


class Layout(NamedTuple):
    """Where the parts stand: the first row and the rows of each."""

    columns: int
    """The most timesteps."""
    cell: int
    """The width of one."""
    side: int
    norms: int
    axis: int
    caption: int
    losses: int
    """Rows of the lattice."""
    tall: int
    """The height of one."""
    strips: int
    remarks: int
    findings: int
    """The first row of each; the canvas's height where there is none."""


class FlowPanel(Panel):
    """Norms, lattice, strips, findings, from top to bottom."""

    PANEL = FLOW

    def moment(self, session: Session) -> int:
        """The first position at which the cursor is in this timestep: nothing else of it is shown."""
        place, trace = session.following, session.trace
        if not session.k or place is None or not place.t:
            return session.k
        first = trace.program.phase(place.phase)[0].name
        return max(1, trace.program.number(place.phase, place.t, first, len(trace)) - 1)

    def paint(self, canvas: Canvas, session: Session) -> None:
        """What there is room for, the most telling first."""
        from rnn_core.debugger.commands.flow import of_session, timestep_at
        from rnn_core.views.flow import flow

        layout = self._layout(session, canvas.width, canvas.height)
        view = flow(session.trace, timestep_at(session), layout.columns, layout.losses)
        self._heading(canvas, session, view)
        self._norms(canvas, view, layout)
        self._axis(canvas, view, layout)
        self._lattice(canvas, view, layout)
        self._passed(canvas, view, layout)
        for down, text in enumerate(view.remarks[: max(0, layout.findings - layout.remarks)]):
            canvas.put(layout.remarks + down, 1, text, self.colours.style("dim"))
        self._findings(canvas, _wrapped(of_session(session), canvas.width), len(of_session(session)), layout)

    # -- what stands where -------------------------------------------------------------------------------------------

    def _layout(self, session: Session, width: int, height: int) -> Layout:
        """As many timesteps as fit, in cells as wide as they allow; then the rows."""
        from rnn_core.debugger.commands.flow import of_session, timestep_at
        from rnn_core.views.flow import chosen, strips, window

        trace, t = session.trace, timestep_at(session)
        side = SIDE if width >= ROOMY else 0
        room = max(2, width - LABEL - side - 1)
        cell = max(1, min(WIDEST, room // (len(trace) + 1)))
        if not side and room - (len(trace) + 1) * cell >= SIDE:
            side, room = SIDE, room - SIDE
        first, last = window(len(trace), t, room // cell)
        losses, passed = len(chosen(trace, first, last, t, last)), len(strips(trace, first, last))
        return self._down(height, (room // cell, cell, side), losses, passed, len(_wrapped(of_session(session), width)))

    def _down(self, height: int, across: tuple[int, int, int], losses: int, strips: int, findings: int) -> Layout:
        """Rows for each part: a decade a row for the norms where there is room, the rest for the lattice."""
        strips = min(strips, 2 if height < 18 else 4)
        remarks = 0 if height < 16 else 1 if height < 24 else 2
        listed = 0 if height < 20 else 1 + min(findings, 2 + 2 * (height >= 30) + 2 * (height >= 40))
        norms = 8 if height >= 22 else 4
        room = max(0, height - 3 - norms - strips - remarks - listed - (strips > 0))
        rows = min(losses, room)
        if room - rows >= 8 and norms == 8 and rows <= 2:
            norms, room = 16, room - 8
        tall = max(1, min(3, room // rows)) if rows else 1
        axis, caption = 1 + norms, 2 + norms
        first_strip = caption + 1 + rows * tall + 1
        after = first_strip + strips
        return Layout(*across, norms, axis, caption, rows, tall, first_strip, after, after + remarks)

    def _x(self, layout: Layout, column: int) -> int:
        return LABEL + column * layout.cell

    # -- the parts ---------------------------------------------------------------------------------------------------

    def _heading(self, canvas: Canvas, session: Session, view: Flow) -> None:
        at = view.t - view.first
        title = (
            f"flow · t={view.t} · ‖dh‖ {magnitude(float(view.total[at]))} · local {magnitude(float(view.local[at]))} · "
            f"carried {magnitude(float(view.carried[at]))}"
        )
        right = f"{BLOCKS[-1]} carried  ● local"
        heading(canvas, self.colours, title, right, focused=session.view.panel == self.PANEL)

    def _norms(self, canvas: Canvas, view: Flow, layout: Layout) -> None:
        """Bars of what is carried and dots of what is local, a fixed number of powers of ten high."""
        from rnn_core.views.flow import DECADES, heights

        rows, cell = layout.norms, layout.cell
        carried, local = heights(view.carried, view.top), heights(view.local, view.top)
        filled = np.ceil(np.nan_to_num(carried) * rows * len(BLOCKS)).astype(int).tolist()
        dots = np.where(
            local > 0.0, rows - 1 - np.minimum(rows - 1, np.floor(np.nan_to_num(local) * rows)), -1
        ).tolist()
        broken = np.isnan(carried) | np.isnan(local)
        for row in range(rows):
            low = view.top - (row + 1) * DECADES / rows
            lined = low == int(low)
            if lined:
                self._label(canvas, 1 + row, f"1e{int(low)}")
            for column, eighths in enumerate(filled):
                part = eighths - (rows - 1 - row) * len(BLOCKS)
                if broken[column]:
                    text, role = "!" * cell, "not_finite"
                elif part > 0:
                    text = BLOCKS[min(part, len(BLOCKS)) - 1] * (cell - (cell > 2))
                    role = "backward" if part <= len(BLOCKS) else "strip"
                elif column == view.t - view.first:
                    text, role = f"{CURSOR:^{cell}}", "accent"
                else:
                    text, role = ("┈" if lined else " ") * cell, "faint"
                behind = role if part >= len(BLOCKS) else "background"
                self._cell(canvas, 1 + row, self._x(layout, column), text, role, behind if dots[column] == row else "")

    def _cell(self, canvas: Canvas, y: int, x: int, text: str, role: str, behind: str) -> None:
        """A piece of a bar or of the grid, with a dot in its middle where something is named to stand behind it."""
        style, middle = self.colours.style(role), (len(text) - 1) // 2
        if not behind:
            canvas.put(y, x, text, style)
            return
        canvas.put(y, x, text[:middle], style)
        ink = "text" if behind == "backward" else "forward"
        canvas.put(y, x + middle, "●", self.colours.style(ink, on=behind, bold=True))
        canvas.put(y, x + middle + 1, text[middle + 1 :], style)

    def _label(self, canvas: Canvas, y: int, text: str, role: str = "dim") -> None:
        """A name at the left, ending before the first column."""
        canvas.put(y, max(0, LABEL - 1 - len(text)), text[: LABEL - 1], self.colours.style(role, bold=role == "accent"))

    def _axis(self, canvas: Canvas, view: Flow, layout: Layout) -> None:
        """The timesteps: the cursor's first, round ones where they do not meet it."""
        self._label(canvas, layout.axis, "t")
        taken: list[tuple[int, int]] = []
        step = next(
            step for scale in range(9) for step in (10**scale, 2 * 10**scale, 5 * 10**scale)
            if step * layout.cell >= len(str(view.last)) + 2
        )  # fmt: skip
        for t in (view.t, *range(-(-view.first // step) * step, view.last + 1, step)):
            text = str(t)
            x = self._x(layout, t - view.first) + max(0, (layout.cell - len(text)) // 2)
            if any(x < stop + 1 and start < x + len(text) + 1 for start, stop in taken):
                continue
            taken.append((x, x + len(text)))
            here = t == view.t
            canvas.put(layout.axis, x, text, self.colours.style("accent" if here else "dim", bold=here))

    def _lattice(self, canvas: Canvas, view: Flow, layout: Layout) -> None:
        """A row a loss; numbers in the cells where they fit, divided by the power of ten that the caption names."""
        from rnn_core.views.flow import DECADES, levels_of

        colours, cell = self.colours, layout.cell
        if not layout.losses:
            if layout.strips > layout.caption + 1:
                canvas.put(layout.caption, 1, "no loss with a target comes after these timesteps", colours.style("dim"))
            return
        numbers = cell >= NUMBER - 1
        factor = exponent_for(10.0 ** min(view.lattice_top - 1, 300)) if numbers else 0
        name = "lattice ‖∂L[t]/∂h[k]‖"
        x = canvas.put(layout.caption, 1, name, colours.style("text", bold=True)) + 1
        canvas.put(layout.caption, x, times_ten(factor), colours.style("dim"))
        ends = f"1e{view.lattice_top - DECADES}", f"1e{view.lattice_top}"
        stop = self._x(layout, len(view.total))
        self._legend(canvas, layout.caption, x + len(times_ten(factor)), stop, ends, RAMP)
        for row, (t, sizes) in enumerate(zip(view.losses, view.lattice, strict=True)):
            y = layout.caption + 1 + row * layout.tall
            self._label(canvas, y + (layout.tall - 1) // 2, f"L[{t}]", "accent" if t == view.t else "dim")
            levels = levels_of(sizes, view.lattice_top).tolist()
            for column, (log10, level) in enumerate(zip(sizes.tolist(), levels, strict=True)):
                at_cursor = column == view.t - view.first
                if log10 != log10 and t < view.first + column:  # no pair
                    text, style = (f"{CURSOR:^{cell}}", colours.style("accent")) if at_cursor else ("", colours.base)
                elif level == 0:
                    text, style = f"{'·':^{cell}}", colours.style("faint")
                else:
                    number = shown(10.0**log10, factor, cell).text if numbers and abs(log10) < 300 else ""
                    text, style = self._heat(level, number.removeprefix("+"), cell)
                for down in range(layout.tall):
                    middle = down == (layout.tall - 1) // 2
                    blank = " " * cell if number_in(text) else text
                    canvas.put(y + down, self._x(layout, column), text if middle else blank, style)

    def _heat(self, level: int, number: str, cell: int) -> tuple[str, Style]:
        """A cell of a heatmap: the number on its colour; without colour a block of its size."""
        style = self.colours.heat(level)
        if number:
            return f"{number:^{cell}}", style
        if level > LEVELS:
            return "!" * cell, style
        if not self.colours.plain:
            return " " * cell, style
        block = BLOCKS[(abs(level) - 1) * len(BLOCKS) // LEVELS] if level else "·"
        return (f"{'-' if level < 0 else ''}{block * cell}"[:cell] if cell > 1 else block), style

    def _legend(self, canvas: Canvas, y: int, left: int, stop: int, ends: tuple[str, str], ramp: range) -> None:
        """1e-8 ▒▒▒ 1e0, ending where the columns do, or behind what stands up to `left`; nothing without room."""
        wide = 2 if ramp[0] < 0 and self.colours.plain else 1
        low, high = ends
        needed = len(low) + len(high) + wide * len(ramp) + 2
        x = max(left + 3, stop - needed)
        if x + needed > canvas.width:
            return
        dim = self.colours.style("dim")
        x = canvas.put(y, x, f"{low} ", dim)
        for level in ramp:
            text, style = self._heat(level, "", wide)
            x = canvas.put(y, x, text, style)
        canvas.put(y, x, f" {high}", dim)

    def _passed(self, canvas: Canvas, view: Flow, layout: Layout) -> None:
        """What the gradient passes at each timestep, and what that comes to."""
        room = max(0, layout.remarks - layout.strips)
        if not room:
            return
        colours, y = self.colours, layout.strips - 1
        x = canvas.put(y, 1, "passes", colours.style("text", bold=True)) + 1
        x = canvas.put(y, x, "what multiplies the gradient", colours.style("dim"))
        self._legend(canvas, y, x, self._x(layout, len(view.total)), ("×0.1", "×10"), SIGNED_RAMP)
        for down, strip in enumerate(view.strips[:room]):
            self._strip(canvas, layout.strips + down, view, strip, layout)

    def _strip(self, canvas: Canvas, y: int, view: Flow, strip: Strip, layout: Layout) -> None:
        colours, cell = self.colours, layout.cell
        self._label(canvas, y, strip.label)
        numbers = cell >= NUMBER - 1
        for column, (value, level) in enumerate(zip(strip.values.tolist(), strip.levels.tolist(), strict=True)):
            if value != value:
                canvas.put(y, self._x(layout, column), f"{'·':^{cell}}", colours.style("faint"))
                continue
            number = ("×" if strip.kind == "factor" else "") + _short(value, strip.kind) if numbers else ""
            canvas.put(y, self._x(layout, column), *self._heat(level, number, cell))
        if layout.side:
            here = strip.values[view.t - view.first]
            times = "×" if strip.kind == "factor" else ""
            said = f"{times}{_short(float(here), strip.kind)} here · " if here == here and not numbers else ""
            canvas.put(y, self._x(layout, len(view.total)) + 1, said + strip.whole, colours.style("dim"))

    def _findings(self, canvas: Canvas, lines: list[tuple[int, str]], count: int, layout: Layout) -> None:
        """What is wrong, each with its number; below the caption as many lines as there is room for."""
        y, colours = layout.findings, self.colours
        x = canvas.put(y, 1, "findings" if count else "no findings", colours.style("text", bold=True)) + 1
        if count:
            canvas.put(y, x, f"{count} · I lists them with causes · J goes to the next", colours.style("dim"))
        for down, (number, text) in enumerate(lines[: max(0, canvas.height - y - 1)], start=1):
            canvas.put(y + down, 1, f"{number}" if number else "", colours.style("bad", bold=True))
            canvas.put(y + down, 3, text, colours.style("text"))

    # -- clicks ------------------------------------------------------------------------------------------------------

    def click(self, session: Session, x: int, y: int) -> str:
        """Go to the timestep of a column, or to the finding of a row."""
        from rnn_core.debugger.commands.flow import of_session, timestep_at
        from rnn_core.views.flow import window

        layout = self._layout(session, self.size.width, self.size.height)
        lines = _wrapped(of_session(session), self.size.width)
        if layout.findings < y <= layout.findings + len(lines):
            return f"findings {max(number for number, _ in lines[: y - layout.findings])}"
        first, last = window(len(session.trace), timestep_at(session), layout.columns)
        t = first + (x - LABEL) // layout.cell
        inside = x >= LABEL and 0 < y < layout.remarks and t <= last
        return f"goto dh t={max(1, t)}" if inside else f"panel {self.PANEL}"

    def wheel(self, session: Session, down: bool) -> str:
        """Along the timesteps."""
        return "next" if down else "rnext"


def _wrapped(found: tuple[Finding, ...], width: int) -> list[tuple[int, str]]:
    """What is found in lines that fit, the first of each with its number, the others with 0."""
    lines = []
    for number, finding in enumerate(found, start=1):
        parts = wrap(finding.says, max(20, width - 4))
        lines += [(0 if at else number, part) for at, part in enumerate(parts)]
    return lines


def number_in(text: str) -> bool:
    """Whether a cell has something to read in it."""
    return bool(text.strip())


def _short(value: float, kind: str) -> str:
    """A factor or a share in few characters."""
    if kind != "factor":
        return f"{value:.0%}"
    return magnitude(value, 2) if value < 1e4 else power(float(np.log10(value)), 1)
