"""The difference of two traces, this one minus the other, read as a trace is read.

    Difference(this, other).value(name, k)  =  this.value(name, k) - other.value(name, k')

Views need to know nothing about it: they read a `TraceLike`, ask it for rows, windows, norms and values, and get
differences.

Rules this file keeps:
- k counts the lines of this trace; k' is where the other one stands after the last line that both have.
- What only one of the two has, or has computed, has no difference: it reads as not computed.
- Only what is asked for is subtracted. Targets, tokens and the listing are this trace's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.accumulate import WHOLE
from rnn_core.arrays import Array
from rnn_core.model import Params
from rnn_core.program import Place
from rnn_core.remembering import remembered
from rnn_core.trace import Series, Summary, summarise
from rnn_core.trace_like import TraceLike
from rnn_core.views.cells import cell_text, cell_value, line_cell
from rnn_core.views.explain import Explanation, welcome
from rnn_core.views.grid import Grid
from rnn_core.views.numbers import exponent_for, magnitude
from rnn_core.views.options import View
from rnn_core.views.parts import Part, Row, addend, fitted
from rnn_core.views.scale import levels, limit_for

MINUS = "−"


def minus(this: Any, other: Any) -> Array:
    """this - other as a read-only array, in NumPy's own subtraction."""
    with np.errstate(all="ignore"):
        array = np.asarray(np.subtract(this, other))
    array.flags.writeable = False
    return array


def matched(trace: TraceLike, k: int, other: TraceLike) -> int | None:
    """Where `other` stands after the last line by position k that both have; None where there is no such place."""
    if len(trace) != len(other):
        return None
    update = trace.program.borders(len(trace))[2]
    if k <= update:
        return k if k <= other.end else None
    names = {line.name for line in other.program.update}
    for at in range(k, update, -1):
        place = trace.place(at)
        if place and place.instruction.name in names:
            there = other.program.number("update", 0, place.instruction.name, len(other))
            return there if there <= other.end else None
    return update if update <= other.end else None


def not_there(trace: TraceLike, k: int, other: TraceLike) -> str:
    """Why the other trace has no such place; empty where it has."""
    if len(trace) != len(other):
        return f"its sequence has {len(other)} timesteps here, not {len(trace)}"
    if matched(trace, k, other) is None:
        return other.halted or "its update does not run"
    return ""


class _Subtracted(Mapping[str, Array]):
    """Arrays of two traces by name, subtracted when one is first asked for."""

    def __init__(self, this: Mapping[str, Array], other: Mapping[str, Array]) -> None:
        self._this, self._other, self._made = this, other, dict[str, Array]()

    def __getitem__(self, name: str) -> Array:
        if name not in self._made:
            self._made[name] = minus(self._this[name], self._other[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._this)

    def __len__(self) -> int:
        return len(self._this)


class Difference:
    """`this` minus `other`: traces of equal shapes, whose listings may differ in their update lines."""

    def __init__(self, this: TraceLike, other: TraceLike) -> None:
        self.this, self.other = this, other
        self.sequence, self.options, self.program = this.sequence, this.options, this.program
        self.halted, self.update, self.epoch = this.halted, this.update, this.epoch
        self.end, self.sizes, self.names, self.y = this.end, this.sizes, this.names, this.y
        self.rows, self.start = _Subtracted(this.rows, other.rows), _Subtracted(this.start, other.start)
        self._summaries: dict[tuple[str, int], Summary] = {}

    def __len__(self) -> int:
        """T, the number of timesteps."""
        return len(self.this)

    @cached_property
    def x(self) -> Array:
        """(T,I) the difference of the inputs."""
        return minus(self.this.x, self.other.x)

    @cached_property
    def params(self) -> Params:
        """The difference of the parameters before the update."""
        return _of_parameters(self.this.params, self.other.params)

    @cached_property
    def updated(self) -> Params:
        """The difference of the parameters after it."""
        return _of_parameters(self.this.updated, self.other.updated)

    # -- places ----------------------------------------------------------------------------------------------

    def place(self, k: int) -> Place | None:
        """The line that ran last at position k; None at k = 0."""
        return self.this.place(k)

    def wrote(self, k: int) -> tuple[str, ...]:
        """The names that the last line at position k wrote."""
        return self.this.wrote(k)

    def written(self, name: str, k: int) -> slice:
        """The rows of a series that are written at position k."""
        return self.this.written(name, k)

    def there(self, k: int) -> int:
        """The other trace's position for this one's."""
        found = matched(self.this, k, self.other)
        return 0 if found is None else found

    # -- any register at any position ------------------------------------------------------------------------

    def value(self, name: str, k: int) -> NDArray[Any] | None:
        """The difference of what the two registers hold; None where either holds nothing yet. Raises UsageError."""
        mine = self.this.value(name, k)
        if name == "y" or mine is None or name not in self.other.names:
            return mine if name == "y" else None
        theirs = self.other.value(name, self.there(k))
        return None if theirs is None else minus(mine, theirs)

    def window(self, name: str, k: int, rows: slice = WHOLE, columns: slice = WHOLE) -> Array | None:
        """Part of a gradient's difference. Raises UsageError."""
        mine, theirs = self.this.window(name, k, rows, columns), self.other.window(name, self.there(k), rows, columns)
        return None if mine is None or theirs is None else minus(mine, theirs)

    def contribution(self, name: str, t: int, rows: slice = WHOLE, columns: slice = WHOLE) -> Array:
        """The difference of what timestep t adds to a gradient. Raises UsageError."""
        return minus(*(trace.contribution(name, t, rows, columns) for trace in (self.this, self.other)))

    def series(self, name: str, k: int) -> Series:
        """The rows of the difference over time; targets are this trace's own."""
        mine = self.this.series(name, k)
        if name == "y":
            return mine
        if name in self.rows or name == "x":
            return Series(self.x if name == "x" else self.rows[name], mine.mask)
        value = self.value(name, k)
        row = np.full(mine.rows.shape[1:], np.nan) if value is None else value
        return Series(row[None], np.full(1, value is not None))

    def summary(self, name: str, k: int) -> Summary:
        """Norm and largest finite magnitude of a gradient's difference. Raises UsageError."""
        key = name, k
        if key not in self._summaries:
            if len(self._summaries) > 4096:
                self._summaries.clear()
            value = self.window(name, k)
            self._summaries[key] = Summary(0.0, 0.0) if value is None else summarise(value)
        return self._summaries[key]


def _of_parameters(this: Params, other: Params) -> Params:
    return this.with_arrays({name: minus(array, other[name]) for name, array in this.items()})


@lru_cache(maxsize=1)
def difference(this: TraceLike, other: TraceLike) -> Difference:
    """The difference of two traces, the last one asked for kept: a painter asks for it once a panel."""
    return Difference(this, other)


# -- what is shown of it that no trace has ---------------------------------------------------------------------


def explain_difference(trace: Difference, k: int, view: View, names: tuple[str, str], width: int) -> Explanation:
    """The selected number in both runs, and its difference; `names` are those of this run and of the other."""
    cell = view.pinned or line_cell(trace, trace.place(k), view.units)
    if cell is None:
        return Explanation("", welcome(trace.this))
    text, (mine, other) = cell_text(trace, cell), names
    here = cell_value(trace.this, k, cell)
    if cell.name not in trace.other.names:
        return Explanation("", ((Part(text, "name"), Part(f" is not there in {other}", "text")),))
    there = cell_value(trace.other, trace.there(k), cell)
    if here is None or there is None:
        which = mine if here is None else other
        return Explanation("", ((Part(text, "name"), Part(f" is not computed yet in {which}", "text")),))
    with np.errstate(all="ignore"):
        by = float(np.subtract(here, there))
    room = min(max(len(mine), len(other)), max(8, width - 24))
    rows: list[Row] = [
        (
            Part(text, "name"),
            Part(" differs by ", "dim"),
            Part(addend(by).text, "result"),
            *_relative(by, there, other),
        ),
        (Part(f"{mine[:room]:<{room}}  ", "dim"), addend(here)),
        (Part(f"{other[:room]:<{room}}  ", "dim"), addend(there)),
    ]
    return Explanation("", tuple(fitted(row, width) for row in rows))


def _relative(by: float, there: float, other: str) -> Row:
    if not (by and there and np.isfinite(by) and np.isfinite(there)):
        return ()
    return (Part(f"   {magnitude(abs(by) / abs(there))} times its size in {other}", "dim"),)


def probabilities(trace: Difference, k: int, view: View, rows: range, columns: range) -> Grid:
    """The difference of what the network answers as a table: timesteps down (row r is t = r + 1), outputs across."""
    name = trace.program.output.shown
    array, written, place = trace.rows[name], trace.written(name, k), trace.place(k)
    shape = array.shape[0], array.shape[1]
    values = array[rows.start : rows.stop, columns.start : columns.stop]
    mask = np.broadcast_to((np.arange(rows.start, rows.stop) < written.stop)[:, None], values.shape)
    values = np.where(mask, values, 0.0)
    now = summarise(array[rows.start : max(rows.start, min(rows.stop, written.stop))]).peak
    run = _largest(trace) if view.scale == "run" else 1.0
    limit = limit_for(view.scale, now, run)
    fresh = np.zeros(values.shape, dtype=np.bool_)
    if place and place.instruction.name == name:
        fresh[[row + 1 == place.t for row in rows]] = True
    cell = view.pinned
    return Grid(
        name, shape, rows, columns, values, levels(values, limit, view.scale), True, mask, fresh,
        np.zeros_like(fresh), (cell.index[0] - 1, cell.index[1]) if cell and cell.name == name else None, limit,
        exponent_for(now), 0.0,
    )  # fmt: skip


@remembered
def _largest(trace: Difference) -> float:
    """The largest finite magnitude of the answers over the whole run."""
    return summarise(trace.rows[trace.program.output.shown]).peak
