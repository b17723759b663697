"""Checkpoints: rows of numbers at every `spacing`-th update of a run, within a bound of bytes.

When they would take more than `MOST_BYTES`, every other one is dropped and the spacing doubles. What lies between two
is executed again when it is wanted, which takes at most the time of one spacing.
"""

from __future__ import annotations

import numpy as np

from rnn_core.model import Array

MOST_BYTES = 32 * 2**20
"""Checkpoints take no more, as long as there are at least `LEAST_ROWS` of them."""
LEAST_ROWS = 4
MOST_UPDATES = 10_000_000
"""The most updates that a run is taken to."""
LONG = 1 << 20
"""Rows from which on a table gets memory for `MOST_UPDATES`. Copying a long table into a longer one would take both,
and memory that is not touched takes none."""


class Table:
    """Rows of numbers that grow at the end, in memory that doubles."""

    def __init__(self, columns: int) -> None:
        self._rows = np.empty((16, columns))
        self._count = 0

    def __len__(self) -> int:
        """How many rows there are."""
        return self._count

    @property
    def rows(self) -> Array:
        """(n, columns): a read-only view; rows added later are not in it, and it never changes."""
        count = self._count  # read before the memory, which another thread may be about to replace by more of it
        view = self._rows[:count]
        view.flags.writeable = False
        return view

    def add(self, rows: Array) -> None:
        """Add rows at the end."""
        needed = self._count + len(rows)
        if needed > len(self._rows):
            more = MOST_UPDATES if LONG < needed <= MOST_UPDATES else 2 * len(self._rows)
            grown = np.empty((max(needed, more), self._rows.shape[1]))
            grown[: self._count] = self._rows[: self._count]
            self._rows = grown
        self._rows[self._count : needed] = rows
        self._count = needed


class Checkpoints:
    """Rows at every `spacing`-th update from `first` on, at most as many as fit into `MOST_BYTES`."""

    def __init__(self, first: int, columns: int) -> None:
        self.first, self.spacing = first, 1
        self._most = max(LEAST_ROWS, MOST_BYTES // (8 * columns))
        self._rows = np.empty((min(16, self._most), columns))
        self._count = 0
        self._order = np.arange(self._most)
        """Which of the rows in memory is the first, the second, …: dropping every other one moves none."""

    @property
    def nbytes(self) -> int:
        """The bytes held."""
        return self._rows.nbytes

    @property
    def updates(self) -> range:
        """The updates that have a row."""
        return range(self.first, self.due, self.spacing)

    @property
    def due(self) -> int:
        """The next update whose row is wanted, if there is room until then."""
        return self.first + self._count * self.spacing

    def add(self, update: int, rows: Array) -> None:
        """Keep, of the rows of `update` and those after it, the ones whose turn it is."""
        while len(due := rows[self.due - update :: self.spacing]):
            if self._count == self._most:
                kept = self._order[: self._count]
                self._order[: self._count] = np.concatenate((kept[::2], kept[1::2]))
                self._count = (self._count + 1) // 2
                self.spacing *= 2
                continue
            due = due[: self._most - self._count]
            if self._count + len(due) > len(self._rows):
                grown = np.empty((self._most, self._rows.shape[1]))  # at once: each page of it is touched once only
                grown[: self._count] = self._rows[: self._count]
                self._rows = grown
            self._rows[self._order[self._count : self._count + len(due)]] = due
            self._count += len(due)

    def cut(self, update: int) -> None:
        """Forget the rows of the updates beyond this one."""
        self._count = min(self._count, (update - self.first) // self.spacing + 1)

    def below(self, update: int) -> tuple[int, Array]:
        """The last update up to this one that has a row, and its row."""
        at = min((update - self.first) // self.spacing, self._count - 1)
        return self.first + at * self.spacing, self._rows[self._order[at]].copy()

    def thinned(self) -> tuple[range, Array]:
        """As many, evenly spaced from the first on, as fit into `MOST_BYTES`, at least one: updates and rows."""
        step = 1
        while step < self._count and -(-self._count // step) * self._rows.shape[1] * 8 > MOST_BYTES:
            step *= 2
        return self.updates[::step], self._rows[self._order[: self._count : step]]

    def refill(self, spacing: int, rows: Array) -> None:
        """Hold these in place of all others."""
        while len(rows) > self._most:
            rows, spacing = rows[::2], 2 * spacing
        self.spacing, self._rows, self._count = spacing, rows.copy(), len(rows)
        self._order = np.arange(self._most)
