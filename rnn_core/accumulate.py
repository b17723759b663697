"""Sums over time that can be read part-way: dW after m backward timesteps is left[-m:]ᵀ·right[-m:].

BPTT visits the timesteps last first, so after m of them a gradient is the sum over the last m rows. Keeping
every partial sum of a long run would take far more memory than the run. Adding them up anew each time would
take too long. So time is cut into blocks of equal length, counted from the end. The sum up to a block's border
is kept at every `stride`-th one.

Rules this file keeps:
- A sum is one fixed expression of m: the blocks in order, then the rows left over. Which borders happen to be
  kept or remembered changes the time it takes, never a bit of the result.
- A matrix is computed in fixed strips of columns, so a window of it holds the same bits as the whole. Strips and
  not squares: a product whose rows are all there runs at nearly full speed however few its columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from rnn_core.arrays import Array

BLOCK = 128
"""Timesteps in a block, at least: half as many more cost a product the same again."""

STRIP = 64
"""Columns in a strip: wider is hardly faster to build, and narrower hardly cheaper to look through."""

WHOLE = slice(None)


class Blocks(NamedTuple):
    """How time is cut: `length` timesteps a block, a partial sum kept at every `stride`-th border."""

    length: int
    stride: int


def blocks_within(timesteps: int, sums_bytes: int, allowed_bytes: float) -> Blocks:
    """The shortest way from border to border at which the partial sums kept stay within the bytes allowed."""
    borders = int(allowed_bytes // sums_bytes)
    if borders < 1:
        return Blocks(BLOCK, timesteps)  # none is kept
    apart = max(BLOCK, -(-timesteps // borders))
    stride = -(-apart // (2 * BLOCK))
    return Blocks(-(-apart // stride), stride)


NOTHING = np.empty((0, 0, 0))
"""What is kept of a sum of which nothing is kept."""
NOTHING.flags.writeable = False


class TimeSum:
    """Σ over time of outer(left[r], right[r]): left (T,R), right (T,C), the sum (R,C)."""

    __slots__ = ("_latest", "blocks", "kept", "left", "right", "total")

    def __init__(self, left: Array, right: Array, blocks: Blocks, total: Array) -> None:
        """Nothing is kept; `total` (R,C) is the sum over all rows, as `totals` makes it."""
        self.left, self.right, self.blocks = left, right, blocks
        self.total = total
        """(R,C): the sum over all rows, `at(T)`."""
        self.kept = NOTHING
        """(borders kept, R, C): the sum up to every `stride`-th border, the first after `stride` blocks."""
        self._latest: dict[int, tuple[int, Array]] = {}
        """By strip: the border last computed. A cache; it holds at most one matrix."""

    @classmethod
    def of(cls, left: Array, right: Array, blocks: Blocks) -> TimeSum:
        """Add up, keeping every `stride`-th border."""
        shape = left.shape[1], right.shape[1]
        new = cls(left, right, blocks, np.empty(shape))
        borders = len(left) // blocks.length // blocks.stride
        if borders:
            new.kept = np.empty((borders, *shape))
            new._add_up()
            new.kept.flags.writeable = False
        else:
            totals(left, shape[1], blocks)(right, new.total)
        new.total.flags.writeable = False
        return new

    def _add_up(self) -> None:
        """Fill what is kept, and the total."""
        stride, length = self.blocks.stride, self.blocks.length
        for block in _adding_up(self.left, self.right, self.blocks, self.total):
            if block % stride == 0 and block * length <= len(self.left):
                self.kept[block // stride - 1] = self.total

    @property
    def nbytes(self) -> int:
        """The bytes held beyond left and right."""
        return self.kept.nbytes + self.total.nbytes

    def at(self, count: int, rows: slice = WHOLE, columns: slice = WHOLE) -> Array:
        """The sum over the last `count` timesteps, or a window of it: a view of `total` or an array of its own."""
        first, stop, step = columns.indices(self.total.shape[1])
        if step != 1:
            return self.at(count, rows)[:, columns]
        if count == len(self.left) or first >= stop:
            return self.total[rows, columns]
        window = np.empty((len(self.total[rows]), stop - first))
        for strip in _strips(first, stop, self.total.shape[1]):
            begin, end = max(first, strip.start), min(stop, strip.stop)
            wanted = rows, slice(begin - strip.start, end - strip.start)
            self._sum(count, strip, wanted, out=window[:, begin - first : end - first])
        return window

    def _sum(self, count: int, strip: slice, wanted: tuple[slice, slice], out: Array) -> None:
        """The one expression: the blocks' sum, then the rows left over. Of a strip's sum `out` gets what is wanted."""
        whole_blocks, rest = divmod(count, self.blocks.length)
        border = self._border(whole_blocks, strip)
        product = self._product(len(self.left) - count, rest, strip) if rest else None
        if border is None:
            out[:] = 0.0 if product is None else product[wanted]
        elif product is None:
            out[:] = border[wanted]
        else:
            np.add(border[wanted], product[wanted], out=out)

    def _border(self, whole_blocks: int, strip: slice) -> Array | None:
        """The sum of the first blocks, from the nearest border below that is at hand; None where there is no block."""
        start = whole_blocks // self.blocks.stride * self.blocks.stride
        sum_: Array | None = self.kept[start // self.blocks.stride - 1][:, strip] if start else None
        if start == whole_blocks:
            return sum_
        latest, latest_sum = self._latest.get(strip.start, (0, None))
        if start < latest <= whole_blocks:
            start, sum_ = latest, latest_sum
        for block in range(start, whole_blocks):
            sum_ = _plus(sum_, self._block(block, strip))
        assert sum_ is not None
        self._latest[strip.start] = whole_blocks, sum_
        return sum_

    def _block(self, block: int, strip: slice) -> Array:
        """What a block adds; blocks count from the end of time."""
        return self._product(len(self.left) - (block + 1) * self.blocks.length, self.blocks.length, strip)

    def _product(self, start: int, length: int, strip: slice) -> Array:
        return _product(self.left, self.right, start, length, strip)


def totals(left: Array, columns: int, blocks: Blocks) -> Callable[[Array, Array], object]:
    """A function (right, out) that fills `out` (R,C) with Σ over time of outer(left[r], right[r]): the bits
    of `TimeSum.total`, and nothing kept."""
    if _is_one_product(left, columns, blocks):
        product: Callable[[Array, Array], object] = left.T.dot
        return product

    def total(right: Array, out: Array) -> None:
        for _ in _adding_up(left, right, blocks, out):
            pass

    return total


def _is_one_product(left: Array, columns: int, blocks: Blocks) -> bool:
    """Whether the whole sum is one strip of one block."""
    return columns <= STRIP and len(left) <= blocks.length


def _adding_up(left: Array, right: Array, blocks: Blocks, out: Array) -> Iterator[int]:
    """`out` holds the sum of the first block, of two, …, last block of time first, and then of the rows left over.

    Every strip is computed by itself, but block by block: what a block reads stays in the cache for all of them.
    """
    strips = [(strip, out[:, strip]) for strip in _strips(0, out.shape[1], out.shape[1])]
    for block, stop in enumerate(range(len(left), 0, -blocks.length), start=1):
        start = max(0, stop - blocks.length)
        for strip, sum_ in strips:
            product = _product(left, right, start, stop - start, strip)
            if block == 1:
                sum_[:] = product
            else:
                np.add(sum_, product, out=sum_)
        yield block


def _product(left: Array, right: Array, start: int, length: int, strip: slice) -> Array:
    rows = slice(start, start + length)
    product: Array = left[rows].T.dot(right[rows, strip])
    return product


def _strips(first: int, stop: int, columns: int) -> Iterator[slice]:
    """The fixed strips that the columns from `first` to `stop` touch, out of so many columns."""
    for start in range(first // STRIP * STRIP, stop, STRIP):
        yield slice(start, min(start + STRIP, columns))


def _plus(sum_: Array | None, product: Array) -> Array:
    """The sum with one more product, which it may take over; the first product is the sum."""
    return product if sum_ is None else np.add(sum_, product, out=product)
