"""Which values are ours: a line's, at some timestep, as a part or as a sum, in some layout."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnn_core.mistakes import oracle
from rnn_core.model import Array
from rnn_core.review.found import Found, Judged
from rnn_core.review.gradients import assembled
from rnn_core.review.verdict import factors

MOST = 400


class Ours:
    """Every right value of a sequence, to be asked for."""

    def __init__(self, found: Found, judged: Judged, factor: float) -> None:
        self.tolerance = 4 * found.values.tolerance
        right = judged.right
        scales = self.scales = dict.fromkeys((1.0, factor, *(value for value, _ in factors(judged, 1))))
        plain: list[Array] = [*right.states, right.states, right.states[1:], *right.states**2, right.states[1:] ** 2]
        for series in (right.a, right.z, right.p, judged.net.x):
            plain += [series, *series]
        plain += list(judged.stored.values())
        net = judged.net
        products = (net.x @ net.U.T, right.states[:-1] @ net.W.T, right.states[1:] @ net.V.T)
        for series in (*products, products[0] + products[1], products[0] + net.b, products[1] + net.b):
            plain += [series, *series]
        with np.errstate(all="ignore"):
            plain += [one for one in (np.log(right.p), right.loss) if np.isfinite(one).all()]
        scaled: list[Array] = [*(right.rows["da"] @ net.U), right.rows["da"] @ net.U]
        for name, rows in right.rows.items():
            scaled += [rows, *rows]
            if name[1:] in right.totals and name.startswith("d"):
                scaled += [*oracle.running(rows, right.times), *oracle.running(rows, right.times[::-1])]
        scaled += list(assembled(found, judged, right.totals).values())
        self.series = [right.states, right.a, right.z, right.p, judged.net.x, *right.rows.values()]
        if any(piece.stacked for piece in found.pieces.values()):
            stacked = _stacked(right.states[:-1], judged.net.x) + _stacked(right.states[1:])
            self.series += stacked
            plain += [one for series in stacked for one in (series, *series)]
        given, made = _by_size([(one, 1.0) for one in plain]), _by_size([(one, s) for one in scaled for s in scales])
        self.rows = {size: np.array([*given.get(size, []), *made.get(size, [])]) for size in {*given, *made}}
        self.begins = {size: len(given.get(size, [])) for size in self.rows}
        """Where those begin that the backward pass makes."""
        self.norms = {size: np.einsum("ij,ij->i", rows, rows) for size, rows in self.rows.items()}
        every = np.concatenate([rows.reshape(-1) for rows in self.rows.values()]) if self.rows else np.zeros(0)
        self.numbers = np.unique(every)

    def has(self, value: Any, made: bool = False) -> bool:
        """Whether a value is one of ours; `made` asks only for those that the backward pass makes."""
        array = np.asarray(value)
        if array.dtype.kind not in "fiub" or not array.size:
            return False
        flat = array.reshape(-1).astype(np.float64)
        if flat.size > 1 and (flat == flat[0]).all():
            return False
        if not np.isfinite(flat).all():
            return False
        if flat.size == 1:
            k = int(np.searchsorted(self.numbers, flat[0]))
            near = self.numbers[max(0, k - 1) : k + 1]
            return bool(flat[0] != 0 and (np.abs(near - flat[0]) <= self.tolerance * abs(flat[0])).any())
        rows = self.rows.get(flat.size)
        if rows is None:
            return False
        norm = float(flat @ flat)
        close = np.flatnonzero(np.abs(self.norms[flat.size] - norm) <= 4 * self.tolerance * norm + 1e-300)
        if made:
            close = close[close >= self.begins[flat.size]]
        largest = float(np.abs(flat).max())
        return bool(len(close)) and bool((np.abs(rows[close] - flat).max(axis=1) <= self.tolerance * largest).any())

    def like(self, value: Array) -> list[Array]:
        """Those that could stand in the place of a value: of its size, each once, in its shape."""
        rows = self.rows.get(value.size)
        if rows is None:
            return []
        flat = value.reshape(-1)
        out: dict[bytes, Array] = {}
        for row in rows:
            if np.abs(row - flat).max() > self.tolerance * max(float(np.abs(flat).max()), 1e-300):
                out.setdefault(np.round(row, 9).tobytes(), row.reshape(value.shape))
        return list(out.values())[:MOST]

    def beside(self, value: Array, k: int) -> Array | None:
        """What stands k timesteps later in the series that a value is of; None where it is of none."""
        if value.ndim == 2 and min(value.shape) > 1:  # one row, or one column, over and over
            for axis in (0, 1):
                one = np.take(value, 0, axis)
                if (value == np.expand_dims(one, axis)).all() and (there := self.beside(one, k)) is not None:
                    return np.broadcast_to(np.expand_dims(there, axis), value.shape)
        flat = value.reshape(-1)
        for series in self.series:
            if series[0].size != flat.size:
                continue
            for r, row in enumerate(series):
                if 0 <= r + k < len(series) and np.allclose(row.reshape(-1), flat, rtol=self.tolerance, atol=1e-300):
                    return np.asarray(series[r + k]).reshape(value.shape)
        return None


def _stacked(*parts: Array) -> list[Array]:
    """Series side by side in either order, alone and with a 1 before or behind them."""
    one = np.ones((*parts[0].shape[:2], 1))
    orders = [parts, parts[::-1]] if len(parts) > 1 else []
    with_one = [(one, *order) for order in orders or [parts]] + [(*order, one) for order in orders or [parts]]
    return [np.concatenate(order, axis=2) for order in (*orders, *with_one)]


def _by_size(arrays: list[tuple[Array, float]]) -> dict[int, list[Array]]:
    """Each in every layout, flat."""
    groups: dict[int, list[Array]] = {}
    for array, scale in arrays:
        if not array.any():
            continue
        layouts = [array * scale]
        if array.ndim == 2 and min(array.shape) > 1:
            layouts.append(np.ascontiguousarray(array.T) * scale)
        if array.ndim == 3:
            axes = ((1, 0, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1), (0, 2, 1))
            layouts += [np.ascontiguousarray(array.transpose(order)) * scale for order in axes]
        groups.setdefault(array.size, []).extend(layout.reshape(-1) for layout in layouts)
    return groups
