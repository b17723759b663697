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
    """(m, …) what each update learnt has left behind."""

    @property
    def spacing(self) -> int:
        """Updates from row to row; of a single one the least power of two that reaches beyond what is learnt."""
        if len(self.updates) > 1:
            return int(self.updates[1] - self.updates[0])
        return 1 << len(self.metrics).bit_length() if len(self.metrics) else 1

    def check(self, begins: int, start: Array, width: int) -> None:
        """Raise ShapeError unless this is of the run whose first update, `begins`, begins with the row `start`.

        `width` is the length of a row of metrics.
        """
        for name, found, expected in (
            ("updates", self.updates.shape, (len(self.rows),)),
            ("checkpoints", self.rows.shape, (len(self.rows), len(start))),
            ("row", self.row.shape, (len(start),)),
            ("metrics", self.metrics.shape, (len(self.metrics), width)),
        ):
            if found != expected:
                raise ShapeError(f"shape {found}, expected {expected}", where=name)
        learnt, spacing = len(self.metrics), self.spacing
        count = learnt // spacing + 1 if spacing > 0 else 0
        if len(self.updates) != count or not np.array_equal(self.updates, begins + spacing * np.arange(count)):
            raise ShapeError(f"not evenly spaced from {begins} to {begins + learnt}", where="updates")
        steps = np.append(self.rows[:, -1], self.row[-1])
        if not ((steps >= 0) & (steps <= MOST_STEPS) & (steps == np.floor(steps))).all():
            raise ShapeError("counts updates that cannot be", where="checkpoints")
        first = self.rows[0] if learnt else self.row
        if not (np.array_equal(self.rows[0], start, equal_nan=True) and np.array_equal(first, start, equal_nan=True)):
            raise ShapeError("does not begin with what this run begins with", where="checkpoints")
