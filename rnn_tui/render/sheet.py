"""A table of rows on a canvas, of which only those that are seen are looked at: for the editor and for long lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rnn_core.views.sheet import Span
from rnn_tui.render.canvas import Canvas, beginning, clean, width_of
from rnn_tui.render.palette import Palette


class Title(NamedTuple):
    """The head of a column, and whether its texts stand on the left."""

    text: str
    left: bool = False
    strong: bool = False


class Line(NamedTuple):
    """A row: what stands before it, the mark behind that, the texts of the columns that are seen, how they look."""

    label: str
    mark: str
    texts: Sequence[str]
    roles: Sequence[str]
    selected: bool = False


def cut(text: str, width: int) -> str:
    """A text in so many columns; a longer one ends in …."""
    text = clean(text)
    return text if width_of(text) <= width else beginning(text, width - 1) + "…"


def placed(text: str, width: int, *, left: bool) -> str:
    """A text in exactly so many columns."""
    text = cut(text, width)
    blanks = " " * (width - width_of(text))
    return text + blanks if left else blanks + text


def paint_sheet(
    canvas: Canvas, palette: Palette, y: int, label: int, spans: Sequence[Span], titles: Sequence[Title],
    lines: Sequence[Line], cursor: tuple[int, int] | None, wrong: tuple[int, int] | None = None,
) -> None:  # fmt: skip
    """Write the titles into row y and a line into each row below. `cursor` and `wrong` are (line, column), counted
    among those that are seen; before each line there are `label` columns for its label and its mark."""
    for span, title in zip(spans, titles, strict=True):
        style = palette.style("text" if title.strong else "dim", bold=title.strong)
        canvas.put(y, label + span.x, placed(title.text, span.width, left=title.left), style)
    for down, line in enumerate(lines):
        row, on = y + 1 + down, "here" if line.selected else "background"
        if line.selected:
            canvas.fill(row, palette.style("text", on=on))
        canvas.put(row, 0, placed(line.label, label - 2, left=False), palette.style("dim", on=on))
        if line.mark:
            role = "bad" if line.mark == "!" else "accent"
            canvas.put(row, label - 2, line.mark, palette.style(role, on=on, bold=True))
        for i, (span, title, text, role) in enumerate(zip(spans, titles, line.texts, line.roles, strict=True)):
            style = palette.style(role, on=on)
            if (down, i) == wrong:
                style = palette.style("bad", bold=True, reverse=True)
            elif (down, i) == cursor:
                style = palette.style("accent", bold=True, reverse=True)
            canvas.put(row, label + span.x, placed(text, span.width, left=title.left), style)
