"""Long columns of numbers, reduced to what a chart can show: the least and the largest of each stretch of updates.

Rules this file keeps:
- A finite number never disappears: it lies within the extent of its stretch.
- What has no place is counted, not drawn: what is not finite (`not_finite`), and on a logarithmic scale what is not
  above zero (`below`). What is missing by right, such as the loss without a target, is neither.
- Whole tiles of updates are reduced once and remembered, for the rows of a run are never changed, only added.
- Of a long run only some updates have norms (`metrics.Metrics.normed`): a stretch is that of those that have.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from typing import Any

import numpy as np

from rnn_core.model import Array
from rnn_core.records import dataclass
from rnn_core.training.metrics import Metrics
from rnn_core.training.metrics import ratios as ratios_of
from rnn_core.views.axes import TILE, Across
from rnn_core.views.options import Chart

Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
Whole = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
REMEMBERED = 16
"""Runs times charts whose tiles are kept."""
AT_ONCE = 64
"""Tiles reduced at once: few enough to stay in the processor's cache."""
SMOOTHING = 0.999
"""The share of the smoothed loss that stays at each update, as in min-char-rnn."""


@dataclass(frozen=True, eq=False)
class Reduced:
    """low, high (m,lines), NaN where there is nothing; not_finite, below (m,lines): of m stretches of updates."""

    low: Array
    high: Array
    not_finite: Flags
    below: Flags

    def __len__(self) -> int:
        return len(self.low)

    def part(self, start: int, stop: int) -> Reduced:
        """The stretches from start to before stop."""
        return Reduced(self.low[start:stop], self.high[start:stop], self.not_finite[start:stop], self.below[start:stop])

    def by(self, starts: Whole) -> Reduced:
        """Stretches joined: from each start to before the next."""
        return Reduced(
            np.fmin.reduceat(self.low, starts, axis=0),
            np.fmax.reduceat(self.high, starts, axis=0),
            np.logical_or.reduceat(self.not_finite, starts, axis=0),
            np.logical_or.reduceat(self.below, starts, axis=0),
        )


def joined(*parts: Reduced) -> Reduced:
    """Stretches one after another."""
    fields = ("low", "high", "not_finite", "below")
    return Reduced(*(np.concatenate([getattr(part, field) for part in parts]) for field in fields))


def lines_of(chart: Chart) -> int:
    """How many numbers each update has for a chart."""
    return 5 if chart in ("gradients", "ratio") else 1


def known(metrics: Metrics, chart: Chart) -> range:
    """The updates whose numbers for a chart are known: every one, or every so many-th of a long run."""
    if chart in ("gradients", "ratio"):
        return metrics.normed
    return range(metrics.first, metrics.first + len(metrics))


def numbers(metrics: Metrics, chart: Chart, rows: slice = slice(None)) -> tuple[Array, Flags]:
    """values (m,lines) and what is missing by right (m,lines) of some rows."""
    if chart == "loss":
        return metrics.loss[rows, None], np.isnan(metrics.accuracy[rows, None])
    if chart == "accuracy":
        accuracy = metrics.accuracy[rows, None]
        return accuracy, np.isnan(accuracy)
    if chart == "gradients":
        gradients = metrics.gradients[rows]
        return gradients, np.zeros(gradients.shape, dtype=bool)
    weights = metrics.weights[rows]
    ratios = ratios_of(weights, metrics.changes[rows])
    return ratios, weights == 0.0


def rows(metrics: Metrics, chart: Chart, log: bool, start: int, stop: int) -> Reduced:
    """Each row from start to before stop as a stretch of its own."""
    values, missing = numbers(metrics, chart, slice(start, stop))
    finite = np.isfinite(values)
    below = finite & (values <= 0.0) if log else np.zeros(values.shape, dtype=bool)
    seen = np.where(finite & ~below, values, np.nan)
    return Reduced(seen, seen, ~finite & ~missing, below)


def reduced(metrics: Metrics, chart: Chart, log: bool, across: Across) -> Reduced:
    """Each column of a dense axis; columns before or after the known updates have nothing."""
    updates = known(metrics, chart)
    edges = np.clip(-((updates.start - across.edges) // updates.step), 0, len(updates))
    start, stop = int(edges[0]), int(edges[-1])
    filled = edges[1:] > edges[:-1]
    lines = lines_of(chart)
    nothing, no = np.full((across.columns, lines), np.nan), np.zeros((across.columns, lines), dtype=bool)
    whole = Reduced(nothing, nothing.copy(), no, no.copy())
    if not filled.any():
        return whole
    offset = _offset(updates)
    first, last = max(0, -(-(start - offset) // TILE)), (stop - offset) // TILE
    if across.tiled and first < last:
        head, tail = offset + first * TILE, offset + last * TILE
        pieces = joined(
            rows(metrics, chart, log, start, head),
            tiles(metrics, chart, log).part(first, last),
            rows(metrics, chart, log, tail, stop),
        )
        begins = np.concatenate([np.arange(start, head), np.arange(head, tail, TILE), np.arange(tail, stop)])
        found = pieces.by(np.searchsorted(begins, edges[:-1][filled]))
    else:
        found = rows(metrics, chart, log, start, stop).by(edges[:-1][filled] - start)
    whole.low[filled], whole.high[filled] = found.low, found.high
    whole.not_finite[filled], whole.below[filled] = found.not_finite, found.below
    return whole


# -- what is remembered ------------------------------------------------------------------------------------------

_known: OrderedDict[Any, tuple[tuple[weakref.ref[Any], ...], Any]] = OrderedDict()


def _owner(array: Array) -> Array:
    """The array whose memory another one looks into."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _recall(metrics: Metrics, *key: Any) -> tuple[Any, Any]:
    """What is remembered of this run, and under what. A run that grows in place keeps its arrays' addresses; an
    address counts only as long as the array that owned it lives."""
    columns = metrics.loss, metrics.accuracy, metrics.gradients, metrics.weights, metrics.changes
    places = tuple((column.ctypes.data, column.strides) for column in columns)
    name = (places, metrics.first, metrics.epoch_length, metrics.spacing, *key)
    owners = tuple(map(_owner, columns))
    before = _known.get(name)
    if before and all(ref() is owner for ref, owner in zip(before[0], owners, strict=True)):
        return before[1], (name, owners)
    return None, (name, owners)


def _remember(place: Any, answer: Any) -> None:
    name, owners = place
    _known[name] = tuple(map(weakref.ref, owners)), answer
    _known.move_to_end(name)
    while len(_known) > REMEMBERED:
        _known.popitem(last=False)


def _offset(updates: range) -> int:
    """The first row of these updates that begins a tile, as columns do."""
    return -(updates.start // updates.step) % TILE


def tiles(metrics: Metrics, chart: Chart, log: bool) -> Reduced:
    """Every whole tile of updates; after a run has grown only the new ones are computed."""
    before, place = _recall(metrics, "tiles", chart, log)
    updates = known(metrics, chart)
    offset = _offset(updates)
    count = max(0, len(updates) - offset) // TILE
    done = 0 if before is None else len(before)
    if done < count:
        parts = [] if before is None else [before]
        for start in range(done, count, AT_ONCE):
            stop = min(start + AT_ONCE, count)
            some = rows(metrics, chart, log, offset + start * TILE, offset + stop * TILE)
            parts.append(some.by(np.arange(0, (stop - start) * TILE, TILE)))
        before = joined(*parts)
        _remember(place, before)
    whole: Reduced = before.part(0, count) if before is not None else rows(metrics, chart, log, 0, 0)
    return whole


def means(metrics: Metrics, chart: Chart, length: int) -> tuple[int, Array]:
    """The first whole group of `length` updates, counted from update 0, and (groups,lines) the mean of each whole one.
    The length is a multiple of the updates from one that is known to the next; means are of those known.

    What is missing by right is left out of a mean; a mean with a number that is not finite, or of nothing, is NaN.
    """
    updates = known(metrics, chart)
    first, rows = -(-updates.start // length), length // updates.step
    start = (first * length - updates.start) // updates.step
    count = max(0, len(updates) - start) // rows
    before, place = _recall(metrics, "means", chart, length)
    done = 0 if before is None else len(before)
    if done < count:
        values, missing = numbers(metrics, chart, slice(start + done * rows, start + count * rows))
        kept = np.where(missing, 0.0, values).reshape(count - done, rows, -1)
        with np.errstate(all="ignore"):
            new = kept.sum(axis=1) / (~missing).reshape(kept.shape).sum(axis=1)
        new[~np.isfinite(new)] = np.nan
        before = new if before is None else np.concatenate([before, new])
        _remember(place, before)
    return first, np.empty((0, lines_of(chart))) if before is None else before[:count]


def smoothed_tiles(metrics: Metrics) -> Array:
    """(tiles,) the smoothed loss after each whole tile of updates; NaN before the first finite loss."""
    before, place = _recall(metrics, "smoothed")
    count = len(metrics) // TILE
    done = 0 if before is None else len(before)
    if done < count:
        losses = metrics.loss[done * TILE : count * TILE].reshape(-1, TILE)
        finite = np.isfinite(losses)
        later = np.cumsum(finite[:, ::-1], axis=1)[:, ::-1] - finite
        weights = (1.0 - SMOOTHING) * SMOOTHING**later
        added = np.where(finite, weights * np.where(finite, losses, 0.0), 0.0).sum(axis=1)
        kept = SMOOTHING ** finite.sum(axis=1)
        new, at = np.empty(count - done), np.nan if before is None else float(before[-1])
        for i in range(count - done):
            if at != at and finite[i].any():
                at = float(losses[i][finite[i]][0])
            at = float(kept[i]) * at + float(added[i])
            new[i] = at
        before = new if before is None else np.concatenate([before, new])
        _remember(place, before)
    return np.empty(0) if before is None else before[:count]


def smoothed(metrics: Metrics, start: int, stop: int) -> Array:
    """(stop-start,) the smoothed loss after each row: s = 0.999·s + 0.001·loss, beginning at the first finite loss.

    Losses that are not finite leave it as it was. Source: min-char-rnn.
    """
    tile = start // TILE
    at = float(smoothed_tiles(metrics)[tile - 1]) if tile else np.nan
    values = []
    for loss in metrics.loss[tile * TILE : stop].tolist():
        if loss - loss == 0.0:
            at = SMOOTHING * (loss if at != at else at) + (1.0 - SMOOTHING) * loss
        values.append(at)
    return np.array(values[start - tile * TILE :], dtype=np.float64)
