"""Paints a person's own file: marks, line numbers, the text, the wrong part underlined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from rnn_core.views.source import SourceRow, shortened
from rnn_tui.render.canvas import Canvas, clean, width_of
from rnn_tui.render.palette import Palette

TEXT = 2
"""The column of the line numbers."""
RAN = "◂"


def paint_source(
    canvas: Canvas, colours: Palette, rows: Sequence[SourceRow], mark: Callable[[int], str], y: int = 1
) -> None:
    """The rows from row y on; `mark` says what stands before a line that stops."""
    digits = max((len(row.label) for row in rows), default=0)
    said = False
    for at, row in enumerate(rows, start=y):
        said = _row(canvas, colours, row, mark(row.number), at, digits, tell=not said) or said


def _row(canvas: Canvas, colours: Palette, row: SourceRow, mark: str, y: int, digits: int, *, tell: bool) -> bool:
    """One row; whether it says what its values follow from."""
    on = "here" if row.ran else "background"
    if row.ran:
        canvas.fill(y, colours.style("text", on=on, bold=True))
        canvas.put(y, canvas.width - 1, RAN, colours.style("text", on=on, bold=True))
    if mark:
        canvas.put(y, 0, mark, colours.style("bad", on=on, bold=True))
    if row.next:
        canvas.put(y, 1, "▶", colours.style("accent", on=on, bold=True))
    number = colours.style("bad" if row.wrong is not None else "dim", on=on, bold=row.wrong is not None)
    canvas.put(y, TEXT, f"{row.label:>{digits}}", number)
    x, room = TEXT + digits + 1, canvas.width - TEXT - digits - 2
    start, text, after = _fitted(row, room)
    stop = start + len(text)
    x = canvas.put(y, x, "… ", colours.style("dim", on=on)) if start else x
    at = 0
    for piece, kind in row.pieces:
        for part, wrong in _parted(piece, at, row.wrong, start, stop):
            role = "dim" if kind == "dim" or (row.follows and not row.ran) else "bad" if wrong else "text"
            style = colours.style(role, on=on, bold=row.ran or wrong or kind == "word", underline=wrong)
            x = canvas.put(y, x, clean(part), style)
        at += len(piece)
    if after:
        canvas.put(y, x, after, colours.style("dim", on=on))
    remark = f"follows from line {row.follows}"
    if row.follows and tell and x + len(remark) + 3 < canvas.width:
        canvas.put(y, canvas.width - len(remark) - 2, remark, colours.style("dim", on=on))
        return True
    return False


def _fitted(row: SourceRow, room: int) -> tuple[int, str, str]:
    """Where the text begins, what of it fits, and what stands for the rest: the wrong part is always seen."""
    text = row.text.rstrip()
    if width_of(text) <= room:
        return 0, text, ""
    start = 0
    if row.wrong and row.wrong[1] > room - 2:
        start = max(0, min(row.wrong[0], row.wrong[1] - room + 4))
    rest = text[start:]
    room -= 2 if start else 0
    if width_of(rest) <= room:
        return start, rest, ""
    cut = shortened(rest, room)
    return start, cut.removesuffix(" …"), " …"


def _parted(piece: str, at: int, wrong: tuple[int, int] | None, start: int, stop: int) -> list[tuple[str, bool]]:
    """What is seen of a piece, cut where the wrong part begins and ends."""
    left, right = max(at, start), min(at + len(piece), stop)
    if left >= right:
        return []
    edges = wrong if wrong and wrong != (0, 0) else (start, stop) if wrong else (0, 0)
    cuts = sorted({left, right, *(edge for edge in edges if left < edge < right)})
    return [(piece[a - at : b - at], wrong is not None and edges[0] <= a < edges[1]) for a, b in pairwise(cuts)]
