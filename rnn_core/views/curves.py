"""The training panel: what each update of a run left behind, as curves over the updates.

    loss         of each update, the mean of each epoch, the smoothed loss where epochs are long; another run's beside
    gradients    ‖dU‖ … ‖dc‖ before clipping
    ratio        ‖θ_new - θ‖ / ‖θ‖ of U … c; a healthy run has about 1e-3
    accuracy     of each update, and of each epoch; another run's beside

Rules this file keeps:
- A column shows the least and the largest number of its updates: a spike never disappears. Where norms of a long run
  are known of every so many-th update, those are meant, and the chart says so (`apart`).
- The limits are those of what is seen, never those of what was.
- On a logarithmic scale a number at or below zero is left out, and its column is marked as `below`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal as OneOf

import numpy as np

from rnn_core.model import Array
from rnn_core.records import dataclass
from rnn_core.training.metrics import Metrics, ratios
from rnn_core.views import reduced
from rnn_core.views.axes import TILE, Across, Upright, upright
from rnn_core.views.options import Chart
from rnn_core.views.reduced import Flags, Whole

HEALTHY_RATIO = 1e-3
"""The usual size of an update compared with its weight."""
LONG_EPOCH = 100
"""From so many updates in an epoch on, the smoothed loss is drawn too: an epoch's mean comes too seldom."""
FEW = 2048
"""Up to so many updates the smoothed loss is computed for each; beyond, between tiles, a column shows no more."""

Kind = OneOf["update", "epoch", "smoothed", "U", "W", "V", "b", "c"]
KINDS: tuple[Kind, ...] = ("U", "W", "V", "b", "c")


@dataclass(frozen=True, eq=False)
class Curve:
    """One line: its extent in each column, and what has no place on it."""

    name: str
    """As a legend says it; empty for what needs no word."""
    kind: Kind
    low: Array
    high: Array
    """(columns,) NaN where there is nothing. Where updates have more than a column each, the straight line between."""
    not_finite: Flags
    """(columns,) whether a number there is not finite."""
    below: Flags
    """(columns,) whether a number there is at or below zero on a logarithmic scale."""
    value: float | None
    """At the cursor, or the last one known where there is no cursor; None where nothing is known."""
    behind: bool = False
    """Whether it is the spread of single updates behind a calmer line."""
    compared: bool = False
    """Whether it belongs to the other run."""


@dataclass(frozen=True, eq=False)
class Curves:
    """A chart: lines from the back to the front, and the axes they stand on."""

    chart: Chart
    lines: tuple[Curve, ...]
    across: Across
    upright: Upright
    cursor: int | None
    """The cursor's column."""
    epoch_length: int
    guide: float | None
    """A value worth comparing with."""
    apart: int = 1
    """Updates from one that is drawn to the next: more than one for the norms of a long run."""

    def update_at(self, column: int) -> int:
        """The update that a click on a column goes to."""
        return self.across.update_at(column)

    def column(self, update: int) -> int:
        """The column of an update."""
        return self.across.column(update)


def curves(
    metrics: Metrics,
    chart: Chart,
    columns: int,
    *,
    log: bool = False,
    window: range | None = None,
    cursor: int | None = None,
    other: Metrics | None = None,
) -> Curves:
    """The chart of a run, `columns` columns wide, over the updates of `window` (default: all that are known).

    `other` is a run to compare with: its loss or accuracy is drawn too. `cursor` is an update.
    """
    compared = other if other is not None and len(other) and chart in ("loss", "accuracy") else None
    apart = reduced.known(metrics, chart).step
    across = Across(window if window is not None else _known(metrics, compared, cursor), max(1, columns), apart)
    lines: list[Curve] = []
    if compared is not None:
        lines += _overall(compared, chart, log, across, cursor, metrics)
    if chart in ("loss", "accuracy"):
        lines += _overall(metrics, chart, log, across, cursor)
    else:
        lines += _of_parameters(metrics, chart, log, across, cursor)
    axis = upright((values for line in lines for values in (line.low, line.high)), log)
    return Curves(
        chart,
        tuple(sorted(lines, key=lambda line: not line.behind)),
        across,
        axis,
        None if cursor is None or not across.window else across.column(cursor),
        metrics.epoch_length,
        HEALTHY_RATIO if chart == "ratio" else None,
        apart,
    )


def _known(metrics: Metrics, other: Metrics | None, cursor: int | None) -> range:
    """All updates that one of the runs knows, and the one after them where the cursor stands before it."""
    runs = [run for run in (metrics, other) if run is not None and len(run)]
    if not runs:
        return range(metrics.first, metrics.first)
    stop = max(run.first + len(run) for run in runs)
    return range(min(run.first for run in runs), stop + (cursor == stop))


def _overall(
    metrics: Metrics, chart: Chart, log: bool, across: Across, cursor: int | None, beside: Metrics | None = None
) -> list[Curve]:
    """Loss or accuracy: each update, the epochs' means, the smoothed loss. A run that stands `beside` another one has
    one line, the calmest that the other has as well."""
    (updates,) = _of_updates(metrics, chart, log, across, cursor)
    calm: list[Curve] = []
    shown = metrics if beside is None else beside
    if shown.epoch_length > 1:
        calm += _means(metrics, chart, log, across, metrics.epoch_length)
        first, means = reduced.means(metrics, chart, metrics.epoch_length)
        update = metrics.first + len(metrics) - 1 if cursor is None else cursor
        epoch = update // metrics.epoch_length - first
        at = float(means[epoch, 0]) if 0 <= epoch < len(means) else None
        calm = [replace(line, name="epoch mean", kind="epoch", value=at) for line in calm]
    if chart == "loss" and shown.epoch_length >= LONG_EPOCH:
        calm.append(_smoothed(metrics, log, across, cursor))
    if beside is None:
        return [replace(updates, behind=bool(calm)), *calm]
    one = calm[-1] if calm else updates
    return [replace(one, name="compared", not_finite=updates.not_finite, below=updates.below, compared=True)]


def _of_parameters(metrics: Metrics, chart: Chart, log: bool, across: Across, cursor: int | None) -> list[Curve]:
    """A line for each parameter. Five jagged lines cannot be told apart, so where an epoch has several updates they are
    means. Means are taken of epochs, of tiles where epochs are long, of several epochs where there are very many. The
    spread of the updates stands behind them."""
    updates = _of_updates(metrics, chart, log, across, cursor)
    length = TILE if metrics.epoch_length >= LONG_EPOCH else metrics.epoch_length
    if across.apart > 1:
        length = TILE * across.apart  # each sequence is met as often as the others
    elif length > 1 and len(across.window) > 2 * TILE * across.columns:
        length *= -(-TILE // length)  # several epochs: a column shows no more
    calm = _means(metrics, chart, log, across, length) if length > 1 and len(metrics) >= 2 * length else []
    if not calm:
        return updates
    return [replace(line, name="", behind=True) for line in updates] + [
        replace(line, name=update.name, kind=update.kind, value=update.value)
        for line, update in zip(calm, updates, strict=True)
    ]


def _row(metrics: Metrics, cursor: int | None) -> int | None:
    """The row that a value at the cursor is read from."""
    row = len(metrics) - 1 if cursor is None else cursor - metrics.first
    return row if 0 <= row < len(metrics) else None


def _at(metrics: Metrics, chart: Chart, update: int) -> list[float] | None:
    """The numbers of one update, which may have to be computed again; None where it is not known."""
    if chart in ("loss", "accuracy"):
        row = _row(metrics, update)
        return None if row is None else [float(getattr(metrics, chart)[row])]
    norms = metrics.norms_of(update)
    if norms is None:
        return None
    gradients, weights, changes = norms
    numbers: list[float] = (gradients if chart == "gradients" else ratios(weights, changes)).tolist()
    return numbers


def _of_updates(metrics: Metrics, chart: Chart, log: bool, across: Across, cursor: int | None) -> list[Curve]:
    """A line for each number that an update left behind."""
    whole = reduced.reduced(metrics, chart, log, across) if across.dense else _spread(metrics, chart, log, across)
    at = _at(metrics, chart, metrics.first + len(metrics) - 1 if cursor is None else cursor)
    names: list[tuple[str, Kind]] = [(chart, "update")]
    if chart in ("gradients", "ratio"):
        names = [(f"d{kind}" if chart == "gradients" else kind, kind) for kind in KINDS]
    return [
        Curve(
            name, kind, whole.low[:, i], whole.high[:, i], whole.not_finite[:, i], whole.below[:, i],
            None if at is None else at[i],
        )
        for i, (name, kind) in enumerate(names)
    ]  # fmt: skip


def _spread(metrics: Metrics, chart: Chart, log: bool, across: Across) -> reduced.Reduced:
    """Updates that have a column each, and the straight lines between neighbours."""
    updates = reduced.known(metrics, chart)
    start, stop = (
        min(max(-((updates.start - edge) // updates.step), 0), len(updates))
        for edge in (across.window.start, across.window.stop)
    )
    rows = reduced.rows(metrics, chart, log, start, max(start, stop))
    columns, lines = across.columns, rows.low.shape[1]
    offset = updates.start + start * updates.step - across.window.start
    points = across.points[offset : offset + len(rows) * updates.step : updates.step]
    values = np.full((columns, lines), np.nan)
    not_finite, below = np.zeros((columns, lines), dtype=bool), np.zeros((columns, lines), dtype=bool)
    if len(points):
        with np.errstate(all="ignore"):
            heights = np.log10(rows.low) if log else rows.low
            for i in range(lines):
                between = np.interp(np.arange(columns), points, heights[:, i], left=np.nan, right=np.nan)
                values[:, i] = 10.0**between if log else between
            if np.isfinite(rows.low).any():  # rounding must not leave the limits
                values = np.clip(values, np.nanmin(rows.low), np.nanmax(rows.low))
        values[points], not_finite[points], below[points] = rows.low, rows.not_finite, rows.below
    return reduced.Reduced(values, values, not_finite, below)


def _calm(name: str, kind: Kind, low: Array, high: Array, log: bool, value: float | None) -> Curve:
    """A line of means: every point of it is finite; what has no place on a logarithmic scale is left out."""
    if log:
        with np.errstate(invalid="ignore"):
            high = np.where(high > 0.0, high, np.nan)
            low = np.where(low > 0.0, low, high)
    none = np.zeros(len(low), dtype=bool)
    return Curve(name, kind, low, high, none, none, value)


def _means(metrics: Metrics, chart: Chart, log: bool, across: Across, length: int) -> list[Curve]:
    """The mean of each whole group of `length` updates, as a level over them; nothing where no group is whole."""
    first, means = reduced.means(metrics, chart, length)
    if not len(means):
        return []
    starts, stops = _bounds(across)
    begin, end = starts // length - first, (stops - 1) // length - first
    inside = (begin < len(means)) & (end >= 0)
    low, high = np.full((across.columns, means.shape[1]), np.nan), np.full((across.columns, means.shape[1]), np.nan)
    if inside.any():
        pairs = np.clip([begin[inside], end[inside] + 1], 0, len(means)).T.ravel()
        padded = np.concatenate([means, np.full((1, means.shape[1]), np.nan)])
        low[inside] = np.fmin.reduceat(padded, pairs, axis=0)[::2]
        high[inside] = np.fmax.reduceat(padded, pairs, axis=0)[::2]
    return [_calm("", "epoch", low[:, i], high[:, i], log, None) for i in range(means.shape[1])]


def _bounds(across: Across) -> tuple[Whole, Whole]:
    """(columns,) each: the first update of every column and the one after its last; the nearest one where updates
    have a column each."""
    if across.dense:
        return across.edges[:-1], across.edges[1:]
    apart = max(0, len(across.window) - 1) / max(1, across.columns - 1)
    nearest = across.window.start + np.rint(np.arange(across.columns) * apart).astype(np.int64)
    return nearest, nearest + 1


def _smoothed(metrics: Metrics, log: bool, across: Across, cursor: int | None) -> Curve:
    """The smoothed loss where each column ends."""
    ends = _bounds(across)[1] - 1 - metrics.first
    known = (ends >= 0) & (ends < len(metrics))
    values = np.full(across.columns, np.nan)
    if known.any():
        start, stop = int(ends[known][0]), int(ends[known][-1]) + 1
        if stop - start <= FEW:
            values[known] = reduced.smoothed(metrics, start, stop)[ends[known] - start]
        else:
            tiles = reduced.smoothed_tiles(metrics)
            values[known] = np.interp(ends[known], np.arange(1, len(tiles) + 1) * TILE - 1, tiles)
    row = _row(metrics, cursor)
    value = None if row is None else float(reduced.smoothed(metrics, row, row + 1)[0])
    return _calm("smoothed", "smoothed", values, values, log, value)
