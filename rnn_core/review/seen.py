"""All that a stretch of a recording shows: its values, and the slices over time of the larger ones.

Code may keep a row for each timestep, or all of time in one array. Sliced, both can be searched alike.
"""

from __future__ import annotations

import numpy as np

from rnn_core.model import Array
from rnn_core.review.values import Values

SLICED = 40
"""Of arrays of one shape the last ones are cut into timesteps: those before are the same, not yet filled."""


class Seen:
    """The values of a stretch of events, with the slices over time of the larger ones."""

    def __init__(self, values: Values, start: int, stop: int, T: int) -> None:
        self.values = values
        recording = values.recording
        self.numbers = np.unique(recording.values[start:stop])
        self.numbers = self.numbers[self.numbers >= 0]
        self.rows: dict[int, Array] = {}
        self.squares: dict[int, Array] = {}
        groups: dict[int, list[Array]] = {}
        latest: dict[tuple[int, ...], int] = {}
        for number in self.numbers[::-1]:
            array = recording.arrays[number]
            groups.setdefault(array.size, []).append(array.reshape(-1))
            latest[array.shape] = latest.get(array.shape, 0) + 1
            if (
                array.ndim >= 2
                and array.size <= 200_000
                and latest[array.shape] <= SLICED * 2_000 / (2_000 + array.size)
            ):
                for axis, side in enumerate(array.shape):
                    if side in {T, T + 1} and array.size // side >= 1:
                        for part in np.moveaxis(array, axis, 0):
                            groups.setdefault(part.size, []).append(part.reshape(-1))
        for size, group in groups.items():
            self.rows[size] = np.array(group).reshape(len(group), size)
            with np.errstate(all="ignore"):
                self.squares[size] = (self.rows[size] ** 2).sum(axis=1)

    def has(self, wanted: Array) -> bool:
        """Whether the numbers of `wanted` stand there, in any order."""
        rows = self.rows.get(wanted.size)
        if rows is None:
            return False
        flat = wanted.reshape(-1)
        with np.errstate(all="ignore"):
            norm2 = float(flat @ flat)
            near = np.flatnonzero(
                np.abs(self.squares[wanted.size] - norm2) <= 4 * self.values.tolerance * norm2 + 1e-300
            )
        if not len(near):
            return False
        ordered = np.sort(flat)
        return any(self.values.close(np.sort(rows[k]), ordered) for k in near)

    def each(self, size: int) -> Array:
        """All of one size, flat."""
        return self.rows.get(size, np.zeros((0, size)))
