"""Where the tables of the gradients stand in a wide box, and which window of each is seen.

The matrices of the recurrent layer stand side by side, then those of the outputs over the biases, and what is carried
back as columns.

Rules this file keeps:
- Every table has room in its caption for its name, its power of ten, and which part of it is seen.
- Width that is to spare first makes tables whole, then colours numbers, then cells larger.
- Tables over each other take no more width than they need while one beside them is not whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rnn_core.views.options import CellMode
from rnn_core.views.placed import (
    LARGER_CELLS,
    NARROW_CELL,
    POWER,
    TALLEST,
    WIDE_CELL,
    Placed,
    Table,
    lines_for,
    musts,
    seen,
    window,
)
from rnn_core.views.stack import LEAST_ACROSS, NORM, pile
from rnn_core.views.window import shares
from rnn_core.views.words import Word, packed

GAP = 2
LEAST = 11
"""Columns that a caption takes at least."""
ROOMY_BOX = 100
"""From this width on cells may be larger ones."""
MOST_BESIDE = 28
"""Columns that the vectors may take in any case; in a wider box a quarter of it."""
MOST_LINES = 4
"""Lines of a caption."""
MOST_BLOCKS = 8
"""Blocks that a table of the pile is parted into, as far as its width is decided."""
FOREMOST = ("dh", "ds", "da", "dq")
"""The columns that matter most."""


class Worth(NamedTuple):
    """How much of all tables is to be seen in some places: the share of each added up, then how many numbers.

    Then how many norms have room in the captions.
    """

    seen: float
    numbers: int
    norms: int


def worth(given: Sequence[Table], places: Sequence[Placed]) -> Worth:
    """What the places of the tables are worth."""
    known = {table.name: table for table in given}
    seen, numbers, norms = 0.0, 0, 0
    for place in places:
        if table := known.get(place.name):
            cells = len(place.rows) * len(place.columns)
            seen += cells / (table.rows * table.columns)
            numbers += cells if place.cell > NARROW_CELL else 0
            said = [*musts(table, place.rows, place.columns, place.cell), Word(NORM)]
            norms += bool(table.across) and not place.goes_on and lines_for(said, place.width) <= place.above + 1
    return Worth(round(seen, 6), numbers, norms)


def largest(
    given: tuple[Table, ...], beside: tuple[Table, ...], look: CellMode, width: int, height: int
) -> tuple[Placed, ...]:
    """The tables with cells as high as lets as much of all of them be seen as with low ones."""
    usual = placed(given, beside, look, width, height, 1)
    shown = (*given, *(table for table in beside if any(place.name == table.name for place in usual)))
    least = worth(shown, usual)
    for tall in range(TALLEST, 1, -1) if least.seen == len(shown) else ():
        places = placed(given, beside, look, width, height, tall)
        if worth(shown, places) >= least:
            return places
    return usual


@lru_cache(maxsize=128)
def placed(
    given: tuple[Table, ...], beside: tuple[Table, ...], look: CellMode, width: int, height: int, tall: int
) -> tuple[Placed, ...]:
    """The tables in a box of `height` rows, captions included, and `width` columns; their cells are `tall` rows high.

    `beside` are the columns; of those that have no room the least important are left out.
    """
    matrices = tuple(table for table in given if table.down not in ("", "output"))
    stacked = tuple(table for table in given if table not in matrices)
    cell = WIDE_CELL if look != "heatmap" else NARROW_CELL
    least = max(LEAST, *(2 * len(str(n)) + 4 for table in given for n in (table.rows, table.columns)))
    while True:
        taken = widths(beside, cell, height)
        room = width - 1 - sum(taken) - len(taken) - GAP * 2
        fits = room >= (len(matrices) + 1) * (least + 1) and sum(taken) <= max(MOST_BESIDE, width // 4)
        if fits or len(beside) <= 1:
            break
        beside = foremost(beside, len(beside) - 1)
    box = Box(look, room, least, width, height, tall)
    best: tuple[Placed, ...] = ()
    value, everything = Worth(-1.0, 0, 0), sum(table.rows * table.columns for table in given)
    for across in _across(stacked):
        places = _beside(matrices, stacked, beside, across, box)
        if (now := worth(given, places)) > value:
            best, value = places, now
        if value.seen == len(given) and (look == "heatmap" or value.numbers == everything):
            break
    return best


class Box(NamedTuple):
    """What all tables share: how they are looked at, and the room for them."""

    look: CellMode
    room: int
    """The columns of the matrices and the pile."""
    least: int
    width: int
    height: int
    tall: int


def _across(stacked: Sequence[Table]) -> Iterator[int]:
    """How many columns the pile may have, most first: all that it wants, all of its matrices, and fewer in blocks."""
    most = max(table.columns for table in stacked)
    deep = max((table.columns for table in stacked if table.down), default=most)
    parts = {-(-most // blocks) for blocks in range(2, MOST_BLOCKS + 1)}
    yield from sorted({most, deep, *(part for part in parts if part >= LEAST_ACROSS)}, reverse=True)


def _beside(
    matrices: Sequence[Table], stacked: Sequence[Table], beside: Sequence[Table], across: int, box: Box
) -> tuple[Placed, ...]:
    """All tables in their places, the pile so many columns wide, or wider where that takes from nobody."""
    look, room, least = box.look, box.room, box.least
    counts = [*(table.columns for table in matrices), across]
    cells = _cells(look, counts, room, least, roomy=box.width >= ROOMY_BOX)
    cell = WIDE_CELL if look != "heatmap" else NARROW_CELL
    taken = widths(beside, cell, box.height)
    if min(cells) > WIDE_CELL:  # large cells beside large ones
        larger = widths(beside, min(cells), box.height)
        if sum(larger) - sum(taken) <= room - _taken(counts, cells, least):
            room, taken, cell = room - (sum(larger) - sum(taken)), larger, min(cells)
    granted, fits = _granted(counts, cells, room, least)
    wide = WIDE_CELL if look == "both" else cells[-1]
    useful = max(table.columns for table in stacked) * max(wide, cells[-1])
    granted[-1] += max(0, min(room - sum(granted), useful - granted[-1]))
    larger = widths(beside, cell, box.height, 1 + len(POWER) if cell > NARROW_CELL else 0)
    if sum(larger) - sum(taken) <= room - sum(granted):
        taken = larger

    def at(lines: int) -> tuple[Placed, ...]:
        return _at(matrices, stacked, beside, lines, (granted, fits, cells), (taken, cell), box)

    def fit(lines: int) -> bool:
        return _words_fit(matrices, beside, lines, (granted, fits, cells), taken, box)

    lines = next((lines for lines in range(2, MOST_LINES) if fit(lines)), MOST_LINES)
    places, rows = at(lines), {table.name: table.rows for table in (*matrices, *stacked, *beside)}
    if lines == 2 and fit(1) and not _all_rows(places, rows) and _all_rows(low := at(1), rows):
        return low
    return places


def _all_rows(places: Sequence[Placed], rows: dict[str, int]) -> bool:
    """Whether all tables are there with all of their rows."""
    return {place.name for place in places} == set(rows) and all(len(each.rows) == rows[each.name] for each in places)


def _words_fit(
    matrices: Sequence[Table], beside: Sequence[Table], lines: int,
    across: tuple[Sequence[int], Sequence[int], Sequence[int]], taken: Sequence[int], box: Box,
) -> bool:  # fmt: skip
    """Whether captions of so many lines have room for what they must say."""
    for table, width, fits, cell in zip(matrices, *across, strict=False):
        rows, shown = window(table, (box.height - lines) // box.tall, fits)
        if packed(musts(table, rows, shown, cell), width, lines) is None:
            return False
    power = 1 + len(POWER)
    for table, width in zip(beside, taken, strict=True):
        rows, _ = window(table, (box.height - lines) // box.tall, 1)
        below = box.look != "heatmap" and len(table.name) + power > width
        if lines < 1 + (len(rows) < table.rows) + below:
            return False
    return True


def _at(
    matrices: Sequence[Table], stacked: Sequence[Table], beside: Sequence[Table], lines: int,
    across: tuple[Sequence[int], Sequence[int], Sequence[int]], vectors: tuple[Sequence[int], int], box: Box,
) -> tuple[Placed, ...]:  # fmt: skip
    """The tables from left to right under captions of so many lines."""
    look, height, tall, above = box.look, box.height, box.tall, lines - 1
    down, found, x = (height - lines) // tall, [], 1
    *columns, last = zip(*across, strict=True)
    for at, (table, (granted, fits, cell)) in enumerate(zip(matrices, columns, strict=True)):
        found.append(Placed(table.name, x, above, granted, cell, *window(table, down, fits), above, tall))
        x += granted + (1 if at < len(matrices) - 1 else GAP)
    place = Placed("", x, 0, last[0], last[2], range(0), range(0), 0, tall)
    found += pile(look, stacked, place, height, lines)
    x += last[0] + GAP
    taken, cell = vectors
    for table, wide, says in zip(beside, taken, spans(beside, taken), strict=True):
        found.append(Placed(table.name, x, above, wide, cell, *window(table, down, 1), above, tall, says=says))
        x += wide + 1
    return tuple(found)


# -- columns: what is carried back ------------------------------------------------------------------------------


def foremost(beside: tuple[Table, ...], many: int) -> tuple[Table, ...]:
    """So many of the columns in their order: what is carried, and whole stacks, before the gates' own."""
    ranked = sorted(beside, key=lambda table: (not table.name.endswith("_next"), table.name not in FOREMOST))
    return tuple(table for table in beside if table in ranked[: max(1, many)])


def spans(beside: Sequence[Table], taken: Sequence[int]) -> list[int]:
    """The columns of each group of neighbours with the same rows, at its first; 0 at the others."""
    found, first = [0] * len(beside), 0
    for i, (table, wide) in enumerate(zip(beside, taken, strict=True)):
        if not i or table.down != beside[i - 1].down:
            first = i
        found[first] += wide + (1 if i > first else 0)
    return found


def widths(beside: Sequence[Table], cell: int, height: int, power: int = 0) -> list[int]:
    """The columns that each vector takes: its name (and `power` behind it), its numbers, and for a group which rows
    are seen."""
    taken = [max(WIDE_CELL, cell, len(table.name) + power) for table in beside]
    for i, (table, span) in enumerate(zip(beside, spans(beside, taken), strict=True)):
        if span and table.rows > height - MOST_LINES:
            taken[i] += max(0, len(seen("↓", range(table.rows - 2, table.rows), table.rows)) - span)
    return taken


# -- widths -----------------------------------------------------------------------------------------------------


def _cells(mode: CellMode, counts: Sequence[int], room: int, least: int, *, roomy: bool) -> list[int]:
    """The cells of each table: as many tables as there is room for show numbers, the second first."""
    if mode == "heatmap":
        return [NARROW_CELL] * len(counts)
    if mode == "numbers":
        cells = [WIDE_CELL] * len(counts)
    else:
        cells = [NARROW_CELL] * len(counts)
        for table in (1, 0, *range(2, len(counts))):
            if table < len(counts):
                wide = [WIDE_CELL if i == table else cell for i, cell in enumerate(cells)]
                cells = wide if _taken(counts, wide, least) <= room else cells
    for larger in LARGER_CELLS:
        if roomy and min(cells) >= WIDE_CELL and _taken(counts, [larger] * len(counts), least) <= room:
            cells = [larger] * len(counts)
    return cells


def _taken(counts: Sequence[int], cells: Sequence[int], least: int) -> int:
    return sum(max(n * cell, least) for n, cell in zip(counts, cells, strict=True))


def _granted(counts: Sequence[int], cells: Sequence[int], room: int, least: int) -> tuple[list[int], list[int]]:
    """The columns that each table takes, and how many of its cells they hold."""
    wanted = tuple(max(n * cell, least) for n, cell in zip(counts, cells, strict=True))
    fits = [min(n, got // cell) for n, cell, got in zip(counts, cells, shares(wanted, room, least), strict=True)]
    granted = [max(n * cell, least) for n, cell in zip(fits, cells, strict=True)]
    growing = True
    while growing:  # what whole cells leave over goes to those that want more
        growing = False
        for i, cell in enumerate(cells):
            more = max((fits[i] + 1) * cell, least) - granted[i]
            if fits[i] < counts[i] and sum(granted) + more <= room:
                fits[i], granted[i], growing = fits[i] + 1, granted[i] + more, True
    return granted, fits
