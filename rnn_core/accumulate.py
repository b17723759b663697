"""Sums over time that can be read part-way: dW after m backward timesteps is left[-m:]ᵀ·right[-m:].

BPTT visits the timesteps last first, so after m of them a gradient is the sum over the last m rows. Keeping
every partial sum of a long run would take far more memory than the run; adding them up anew each time would
take too long. So time is cut into blocks of `BLOCK` rows counted from the end, and the sum up to a block's
border is kept at every `stride`-th one.

Rules this file keeps:
- A sum is one fixed expression of m: the blocks in order, then the rows left over. Which borders happen to be
  kept or remembered changes the time it takes, never a bit of the result.
- A matrix is computed in fixed tiles, so a window of it holds the same bits as the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from rnn_core.model import Array

BLOCK = 128
Tile = tuple[slice, slice]
WHOLE = slice(None)


def _tile_size(rows: int, columns: int) -> int:
    """Small tiles make a window cheap; large matrices take larger ones, to stay near one product's speed."""
    return 64 if max(rows, columns) <= 256 else 128


@dataclass(frozen=True, eq=False)
class TimeSum:
    """Σ over time of outer(left[r], right[r]): left (T,R), right (T,C), the sum (R,C)."""

    left: Array
    right: Array
    stride: int
    kept: Array
    """(borders kept, R, C): the sum up to every `stride`-th block border, the first after `stride` blocks."""
    total: Array
    """(R,C): the sum over all rows, `at(T)`."""
    _latest: dict[tuple[int, int], tuple[int, Array]] = field(default_factory=dict, repr=False)
    """By tile: the border last computed. A cache; it holds at most one matrix."""

    @classmethod
    def of(cls, left: Array, right: Array, stride: int = 1) -> TimeSum:
        """Add up, keeping every `stride`-th border."""
        shape = left.shape[1], right.shape[1]
        blocks, rest = divmod(len(left), BLOCK)
        new = cls(left, right, stride, np.empty((blocks // stride, *shape)), np.zeros(shape))
        for tile in new._tiles(WHOLE, WHOLE):
            sum_ = new.total[tile]
            product = np.empty(sum_.shape)
            for block in range(blocks):
                sum_ += new._block(block, tile, product)
                if (block + 1) % stride == 0:
                    new.kept[(block + 1) // stride - 1][tile] = sum_
            if rest:
                sum_ += new._product(slice(0, rest), tile, product)
        new.kept.flags.writeable = False
        new.total.flags.writeable = False
        return new

    @property
    def nbytes(self) -> int:
        """The bytes held beyond left and right."""
        return self.kept.nbytes + self.total.nbytes

    def at(self, count: int, rows: slice = WHOLE, columns: slice = WHOLE) -> Array:
        """The sum over the last `count` timesteps, or a window of it."""
        if count == len(self.left):
            return self.total[rows, columns]
        tiles = list(self._tiles(rows, columns))
        if not tiles:
            return self.total[rows, columns]
        (top, left), (bottom, right) = ((part.start for part in tiles[0]), (part.stop for part in tiles[-1]))
        out = np.empty((bottom - top, right - left))
        for r, c in tiles:
            out[r.start - top : r.stop - top, c.start - left : c.stop - left] = self._sum(count, (r, c))
        height, width = self.total.shape
        row_start, row_stop, _ = rows.indices(height)
        column_start, column_stop, _ = columns.indices(width)
        return out[row_start - top : row_stop - top, column_start - left : column_stop - left]

    def _sum(self, count: int, tile: Tile) -> Array:
        """The one expression: the blocks' sum, then the rows left over."""
        blocks, rest = divmod(count, BLOCK)
        sum_ = self._border(blocks, tile)
        if not rest:
            return sum_
        start = len(self.left) - count
        return sum_ + self._product(slice(start, start + rest), tile)

    def _border(self, blocks: int, tile: Tile) -> Array:
        """The sum of the first `blocks` blocks, from the nearest border below that is at hand."""
        if blocks == 0:
            return np.zeros_like(self.total[tile])
        start = blocks // self.stride * self.stride
        if start == blocks:
            return self.kept[blocks // self.stride - 1][tile]
        sum_ = self.kept[start // self.stride - 1][tile] if start else np.zeros_like(self.total[tile])
        key = tile[0].start, tile[1].start
        latest, latest_sum = self._latest.get(key, (0, sum_))
        if start < latest <= blocks:
            start, sum_ = latest, latest_sum
        for block in range(start, blocks):
            sum_ = sum_ + self._block(block, tile)
        self._latest[key] = blocks, sum_
        return sum_

    def _block(self, block: int, tile: Tile, out: Array | None = None) -> Array:
        stop = len(self.left) - block * BLOCK
        return self._product(slice(stop - BLOCK, stop), tile, out)

    def _product(self, time: slice, tile: Tile, out: Array | None = None) -> Array:
        product: Array = np.dot(self.left[time, tile[0]].T, self.right[time, tile[1]], out=out)
        return product

    def _tiles(self, rows: slice, columns: slice) -> Iterator[Tile]:
        """The fixed tiles that a window touches, row by row."""
        height, width = self.total.shape
        size = _tile_size(height, width)
        row_start, row_stop, _ = rows.indices(height)
        column_start, column_stop, _ = columns.indices(width)
        for top in range(row_start // size * size, row_stop, size):
            for left in range(column_start // size * size, column_stop, size):
                yield slice(top, min(top + size, height)), slice(left, min(left + size, width))


def stride_within(timesteps: int, sums_bytes: int, allowed_bytes: float) -> int:
    """The smallest stride at which the kept borders stay within the bytes allowed."""
    blocks = timesteps // BLOCK
    return max(1, int(np.ceil(blocks * sums_bytes / max(allowed_bytes, 1.0))))
