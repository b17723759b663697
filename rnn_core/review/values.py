"""Finding recorded values by what they are: the same numbers in any layout, or in the same order.

Rules this file keeps:
- Two arrays are *alike* where they hold the same numbers, whatever their shape and order.
- How close is close enough depends on the precision that the person's code computes with.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from rnn_core.mistakes.oracle import softmax as softmax
from rnn_core.model import Array
from rnn_core.review.recording import Recording


class Values:
    """The distinct values of a recording, to be asked by content."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        arrays = recording.arrays
        used = recording.narrow.any()
        self.tolerance = 3e-4 if used else 1e-8
        """Relative; of the largest element."""
        groups: dict[int, list[int]] = defaultdict(list)
        for number, array in enumerate(arrays):
            groups[array.size].append(number)
        self.numbers = {size: np.asarray(group) for size, group in groups.items()}
        self._rows: dict[int, Array] = {}
        self._sums: dict[int, tuple[Array, Array]] = {}

    def rows(self, size: int) -> Array:
        """Every value of this size, flat, one a row."""
        if size not in self._rows:
            group = self.numbers.get(size, np.zeros(0, int))
            arrays = self.recording.arrays
            self._rows[size] = np.array([arrays[n].reshape(-1) for n in group]).reshape(len(group), size)
        return self._rows[size]

    def _near(self, flat: Array) -> NDArray[np.int64]:
        """Which rows of its size have the sum and the squares of a value: few do, so only these are compared."""
        size = flat.size
        if size not in self.numbers:
            return np.zeros(0, np.int64)
        rows = self.rows(size)
        with np.errstate(all="ignore"):
            if size not in self._sums:
                self._sums[size] = rows.sum(axis=1), np.einsum("ij,ij->i", rows, rows)
            total, square = self._sums[size]
            norm2 = float(flat @ flat)
            near = np.abs(square - norm2) <= 4 * self.tolerance * norm2 + 1e-300
            near &= np.abs(total - flat.sum()) <= 4 * self.tolerance * np.sqrt(norm2 * size) + 1e-300
        return np.flatnonzero(near)

    def alike(self, wanted: Array) -> list[int]:
        """The values that hold the numbers of `wanted`, in any order."""
        flat = wanted.reshape(-1)
        found = self._near(flat)
        if not len(found):
            return []
        ordered = np.sort(flat)
        rows = self.rows(flat.size)
        return [int(self.numbers[flat.size][k]) for k in found if self.close(np.sort(rows[k]), ordered)]

    def same(self, wanted: Array) -> list[int]:
        """The values that are `wanted`, element by element in its order; their shape may differ."""
        flat = wanted.reshape(-1)
        rows = self.rows(flat.size) if flat.size in self.numbers else flat[None]
        return [int(self.numbers[flat.size][k]) for k in self._near(flat) if self.close(rows[k], flat)]

    def close(self, a: Array, b: Array) -> bool:
        """Whether two arrays of one shape agree."""
        if a.shape != b.shape:
            return False
        with np.errstate(all="ignore"):
            largest = max(float(np.abs(b).max(initial=0.0)), 1e-300)
            if not np.isfinite(largest):
                return False
            return bool(np.abs(a - b).max(initial=0.0) <= self.tolerance * largest)

    def tanh_pairs(self) -> list[tuple[int, int]]:
        """(a, h) for all values with h = tanh(a), whatever computed it; those of zeros alone are left out."""
        found: list[tuple[int, int]] = []
        first = self.recording.first
        for size, numbers in self.numbers.items():
            if size < 2:
                continue
            rows = self.rows(size)
            weights = np.cos(np.arange(1, size + 1) * 1.7) + 1.1
            with np.errstate(all="ignore"):
                mine, after = rows @ weights, np.tanh(rows) @ weights
                scale = np.abs(np.tanh(rows)) @ weights
            order = np.argsort(mine)
            ranked = mine[order]
            slack = self.tolerance * 1e-3 if self.tolerance < 1e-6 else 2e-6
            reach = slack * (scale + 1e-9)
            low, high = np.searchsorted(ranked, after - reach), np.searchsorted(ranked, after + reach)
            for k in np.flatnonzero((high > low) & np.isfinite(after)).tolist():
                if not rows[k].any():
                    continue
                for j in order[low[k] : high[k]]:
                    if (
                        j != k
                        and self._is_tanh(rows[k], rows[j])
                        and first.get(int(numbers[j]), -1) > first.get(int(numbers[k]), 0)
                    ):
                        found.append((int(numbers[k]), int(numbers[j])))
        return found

    def _is_tanh(self, a: Array, h: Array) -> bool:
        """Whether h is tanh(a) and is nearer to it than to a itself."""
        expected = np.tanh(a)
        off, copied = float(np.abs(expected - h).max()), float(np.abs(expected - a).max())
        return off <= max(1e-12, 1e-3 * self.tolerance) * float(np.abs(expected).max()) + 1e-15 or (
            self.tolerance > 1e-6 and off <= 1e-6 and copied > 20 * max(off, 1e-8)
        )


def canonical(array: Array, width: int, columns: bool) -> Array | None:
    """A vector or a batch of vectors as rows (B, width); `columns` says how a batch stands. None where it is none."""
    if array.size == width:
        return array.reshape(1, width)
    if array.ndim == 1 or width == 0 or array.size % width:
        return None
    if array.ndim == 3 and 1 in array.shape:
        array = array.reshape([side for side in array.shape if side != 1] or [1])
    if array.ndim != 2:
        return None
    if columns and array.shape[0] == width:
        return array.T
    if not columns and array.shape[1] == width:
        return array
    return None


Events = NDArray[np.int64]
