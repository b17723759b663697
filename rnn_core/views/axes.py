"""The axes of a chart: which values it spans, where its round numbers lie, and which updates a column stands for.

Rules this file keeps:
- The limits are those of the values that are seen; a single value, and none but rounding apart, stands in the middle.
- A tick is a round number between the limits, and its label is that number exactly.
- Every finite float has a place: no span overflows, none is divided by zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property

import numpy as np

from rnn_core.model import Array
from rnn_core.records import dataclass
from rnn_core.views.numbers import magnitude

Tick = tuple[float, str]
LARGEST, TINIEST = 1.7976931348623157e308, 5e-324
ROUNDING = 1e-12
"""Numbers that differ by less than this part of themselves are taken for one: the mean of equal numbers is no wave."""
TILE = 64
"""Columns of many updates begin at multiples of this many that are known, so that whole tiles need reducing once."""


@dataclass(frozen=True)
class Upright:
    """The axis of the values."""

    low: float
    high: float
    log: bool
    empty: bool = False
    """Whether nothing is seen, so that the limits mean nothing."""

    def share(self, values: Array | float) -> Array:
        """Where values stand: 0 at the lower limit, 1 at the upper; NaN for what has no place."""
        at = np.asarray(values, dtype=np.float64)
        with np.errstate(all="ignore"):
            if self.log:
                bottom, top = math.log10(self.low), math.log10(self.high)
                at = np.log10(np.where(at > 0.0, at, np.nan))
            else:
                span = self.high / 4.0 - self.low / 4.0
                scale = 0.25 if span > 1e300 else 2.0**200 if span < 1e-290 else 1.0
                at, bottom, top = at * scale, self.low * scale, self.high * scale
            shares: Array = np.clip((at - bottom) / (top - bottom), 0.0, 1.0)
        return shares

    def ticks(self, most: int) -> tuple[Tick, ...]:
        """At most `most` round numbers, upwards."""
        if self.empty or most < 1:
            return ()
        if self.log:
            found = _decades(self.low, self.high, most) or _round(self.low, self.high, most)
        else:
            found = _round(self.low, self.high, most)
        return tuple(tick for before, tick in zip((None, *found), found, strict=False) if not before or before < tick)


def upright(extents: Iterable[Array], log: bool) -> Upright:
    """The axis that spans all numbers in `extents` that are finite (and above zero on a logarithmic one)."""
    lows, highs = [], []
    for values in extents:
        seen = values[np.isfinite(values) & ((values > 0.0) | (not log))]
        if len(seen):
            lows.append(float(seen.min()))
            highs.append(float(seen.max()))
    if not lows:
        return Upright(0.1 if log else 0.0, 1.0, log, empty=True)
    low, high = min(lows), max(highs)
    if high / 2.0 - low / 2.0 > ROUNDING * max(abs(low), abs(high)):
        return Upright(low, high, log)
    if log:
        return Upright(max(low / 2.0, TINIEST), min(high * 2.0, LARGEST), log)
    pad = abs(low) * 0.05 or 1.0
    return Upright(max(low - max(pad, 1e-300), -LARGEST), min(high + max(pad, 1e-300), LARGEST), log)


def _round(low: float, high: float, most: int) -> list[Tick]:
    """Multiples of 1, 2 or 5 times a power of ten."""
    span = high / 4.0 - low / 4.0
    exponent = math.floor(math.log10(span)) if span > 0.0 else -323
    for power in range(exponent - 1, exponent + 3):
        for mantissa in (1, 2, 5):
            step = float(f"{mantissa}e{power}")
            if step == 0.0 or not math.isfinite(step):
                continue
            first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
            if last - first < most:
                values = (float(f"{k * mantissa}e{power}") for k in range(first, last + 1))
                return [(value, _label(value, power)) for value in values if low <= value <= high]
    return []


def _label(value: float, power: int) -> str:
    if power >= -5 and abs(value) < 1e5:
        return f"{value:.{max(0, -power)}f}"
    if value == 0.0:
        return "0"
    return magnitude(value, min(17, max(1, math.floor(math.log10(abs(value))) - power + 1)))


def _decades(low: float, high: float, most: int) -> list[Tick]:
    """Powers of ten; few have 2 and 5 times them beside them, of many only some are marked. Empty where there is no
    second mark."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for apart, mantissas in ((1, (1, 2, 5)), *((apart, (1,)) for apart in range(1, last - first + 1))):
        powers = range(-(-first // apart) * apart, last + 1, apart)
        values = [float(f"{mantissa}e{power}") for power in powers for mantissa in mantissas]
        inside = [value for value in values if low <= value <= high]
        if len(inside) <= most:
            return [(value, _power_label(value)) for value in inside] if len(inside) > 1 else []
    return []


def _power_label(value: float) -> str:
    return f"{value:g}" if 1e-3 <= value < 1e5 else magnitude(value, 1)


@dataclass(frozen=True)
class Across:
    """The axis of the updates: `columns` columns stand for the updates of `window`."""

    window: range
    columns: int
    apart: int = 1
    """Updates from one whose numbers are known to the next."""

    @property
    def tiled(self) -> bool:
        """Whether columns are so long that they begin where tiles of known updates do."""
        return len(self.window) > 2 * TILE * self.apart * self.columns

    @property
    def dense(self) -> bool:
        """Whether a column may stand for several updates; else each update has a column of its own."""
        return len(self.window) > self.columns

    @cached_property
    def edges(self) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """(columns+1,) of a dense axis: column c stands for the updates from edges[c] to before edges[c+1]."""
        start, length = self.window.start, len(self.window)
        edges = start + np.arange(self.columns + 1, dtype=np.int64) * length // self.columns
        if self.tiled:
            edges[1:-1] -= edges[1:-1] % (TILE * self.apart)
        return edges

    @cached_property
    def points(self) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """(n,) of an axis that is not dense: the column of each update."""
        last = max(1, len(self.window) - 1)
        return np.rint(np.arange(len(self.window)) * (self.columns - 1) / last).astype(np.int64)

    def column(self, update: int) -> int:
        """The column of an update; that of the nearest one that is seen."""
        if not self.window:
            return 0
        update = min(max(update, self.window.start), self.window.stop - 1)
        if self.dense:
            return int(np.searchsorted(self.edges, update, side="right")) - 1
        return int(self.points[update - self.window.start])

    def update_at(self, column: int) -> int:
        """The first update of a column; the nearest one where updates have a column each."""
        column = min(max(column, 0), self.columns - 1)
        if self.dense:
            return int(self.edges[column])
        last = max(0, len(self.window) - 1)
        return self.window.start + round(column * last / max(1, self.columns - 1))

    def ticks(self, most: int, length: int = 1) -> tuple[tuple[int, int], ...]:
        """(column, number) of at most `most` round numbers: updates, or epochs of `length` updates counted from 1."""
        first = 0 if length == 1 else 1
        low = -(-self.window.start // length) + first
        high = (self.window.stop - 1) // length + first
        if most < 1 or low > high:
            return ()
        step, factors = 1, (2, 2.5, 2)
        for i in range(60):
            if high // step - (low - 1) // step <= most:
                break
            step = int(step * factors[i % 3])
        numbers = range(-(-low // step) * step, high + 1, step)
        return tuple((self.column((number - first) * length), number) for number in numbers)
