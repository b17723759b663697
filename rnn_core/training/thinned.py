"""The norms of a run: those of every update, or of every `spacing`-th one where they would become too many.

Rules this file keeps:
- What is kept follows from how many updates there are, and not from how they came.
- Spacings are powers of the least prime that does not divide an epoch. So each sequence comes in its turn: of every
  fourth update of four sequences only the first sequence would ever be seen.
- Rows that were handed out never change.
"""

from __future__ import annotations

from itertools import count
from math import gcd
from typing import NamedTuple

from rnn_core.arrays import Array
from rnn_core.training.checkpoints import Table

MOST_ROWS = 1 << 17
"""Up to so many updates, the norms of each are kept."""


def multiples(first: int, stop: int, spacing: int) -> range:
    """The multiples of a spacing from `first` to before `stop`."""
    return range(-(-first // spacing) * spacing, stop, spacing)


def factor(epoch_length: int) -> int:
    """The least prime that does not divide the length of an epoch: the least number that has no factor of it."""
    return next(number for number in count(2) if gcd(number, epoch_length) == 1)


class Kept(NamedTuple):
    """Row r belongs to the r-th multiple of `spacing`."""

    spacing: int
    rows: Array


class Thinned:
    """Rows of numbers, one an update from `first` on as long as there are at most `MOST_ROWS`."""

    def __init__(self, first: int, columns: int, epoch_length: int) -> None:
        self._first, self._factor = first, factor(epoch_length)
        self._table = Table(columns)
        self.kept = Kept(1, self._table.rows)
        """One value, so that another thread reads rows and spacing that belong together."""

    def add(self, update: int, rows: Array) -> None:
        """Keep, of the rows of `update` and those after it, the ones whose turn it is."""
        spacing = self.kept.spacing
        self._add(spacing, rows[-update % spacing :: spacing])

    def refill(self, kept: Kept) -> None:
        """Hold these in place of all others."""
        self._table = Table(kept.rows.shape[1])
        self._add(*kept)

    def _add(self, spacing: int, rows: Array) -> None:
        self._table.add(rows)
        while len(self._table) > MOST_ROWS:
            nearest = -(-self._first // spacing)  # the first row's multiple
            thinner = Table(rows.shape[1])
            thinner.add(self._table.rows[-nearest % self._factor :: self._factor])
            self._table, spacing = thinner, spacing * self._factor
        self.kept = Kept(spacing, self._table.rows)
