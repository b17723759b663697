"""What a history remembers, as plain arrays: with them the same run is at once where it was.

Rules this file keeps:
- What does not belong to the run is refused before any of it is taken over.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_core.errors import ShapeError
from rnn_core.model import Array
from rnn_core.training.thinned import Kept, multiples

MOST_STEPS = 2**53
"""The last number of a row counts the updates that the optimiser has made."""


class Memory(NamedTuple):
    """The checkpoints of a run's own updates, the row that the next one begins with, and the metrics of all."""

    updates: NDArray[np.int64]
    """(n,) the updates that have a row, evenly spaced from the run's first one on."""
    rows: Array
    """(n, columns) what these updates begin with."""
    row: Array
    """(columns,) what the first update that is not learnt yet begins with."""
    metrics: Array
    """(m, 3) the loss and the accuracy of each update learnt, and 1 where it left the finite numbers."""
    normed: NDArray[np.int64]
    """(k,) the updates whose norms are kept, evenly spaced."""
    norms: Array
    """(k, …) ‖dθ‖, ‖θ‖ and ‖step‖ of each parameter in these."""

    @classmethod
    def of_every_norm(cls, updates: NDArray[np.int64], rows: Array, row: Array, metrics: Array) -> Memory:
        """What files said before norms were thinned: loss, accuracy, norms and the mark of each update in one row."""
        begins = int(updates[0]) if len(updates) else 0
        marked = metrics[:, [0, 1, -1]] if metrics.shape[1] > 2 else metrics
        return cls(updates, rows, row, marked, begins + np.arange(len(metrics)), metrics[:, 2:-1])

    @property
    def kept(self) -> Kept:
        """The norms and their spacing."""
        return Kept(int(self.normed[1] - self.normed[0]) if len(self.normed) > 1 else 1, self.norms)

    @property
    def spacing(self) -> int:
        """Updates from row to row; of a single one the least power of two that reaches beyond what is learnt."""
        if len(self.updates) > 1:
            return int(self.updates[1] - self.updates[0])
        return 1 << len(self.metrics).bit_length() if len(self.metrics) else 1

    def check(self, begins: int, start: Array, width: int) -> None:
        """Raise ShapeError unless this is of the run whose first update, `begins`, begins with the row `start`.

        `width` is the length of a row of norms.
        """
        for name, found, expected in (
            ("updates", self.updates.shape, (len(self.rows),)),
            ("checkpoints", self.rows.shape, (len(self.rows), len(start))),
            ("row", self.row.shape, (len(start),)),
            ("metrics", self.metrics.shape, (len(self.metrics), 3)),
            ("norms", self.norms.shape, (len(self.normed), width)),
        ):
            if found != expected:
                raise ShapeError(f"shape {found}, expected {expected}", where=name)
        learnt, spacing = len(self.metrics), self.spacing
        count = learnt // spacing + 1 if spacing > 0 else 0
        if len(self.updates) != count or not np.array_equal(self.updates, begins + spacing * np.arange(count)):
            raise ShapeError(f"not evenly spaced from {begins} to {begins + learnt}", where="updates")
        spacing = self.kept.spacing
        normed = multiples(begins, begins + learnt, spacing) if spacing > 0 else ()
        if not np.array_equal(self.normed, normed):
            raise ShapeError(f"not evenly spaced from {begins} to {begins + learnt}", where="normed")
        steps = np.append(self.rows[:, -1], self.row[-1])
        if not ((steps >= 0) & (steps <= MOST_STEPS) & (steps == np.floor(steps))).all():
            raise ShapeError("counts updates that cannot be", where="checkpoints")
        first = self.rows[0] if learnt else self.row
        if not (np.array_equal(self.rows[0], start, equal_nan=True) and np.array_equal(first, start, equal_nan=True)):
            raise ShapeError("does not begin with what this run begins with", where="checkpoints")
