"""What a person's code computed, read as a trace is read: their numbers in our layout, at our positions.

Rules this file keeps:
- What did not show in their run reads as not computed.
- Positions, the listing, targets and the parameters before the update are those of our trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.accumulate import WHOLE
from rnn_core.alongside.run import Alongside
from rnn_core.arrays import Array, norm
from rnn_core.errors import UsageError
from rnn_core.program import Place
from rnn_core.remembering import remembered
from rnn_core.trace import Series, Summary, Trace, summarise

SAME = 1e-9
"""How far parameters may be apart, relative to their norm, and still be the same after an update."""


class Theirs:
    """A `TraceLike` of their run, for a trace of the same network and data.

    With `exactly` what was found to be the same has our bits: so what differs by rounding alone does not differ.
    """

    def __init__(self, run: Alongside, ours: Trace, *, exactly: bool = False) -> None:
        self.run, self.ours, self._exactly = run, ours, exactly
        self.sequence, self.options, self.program = ours.sequence, ours.options, ours.program
        self.halted, self.update, self.epoch = ours.halted, ours.update, ours.epoch
        self.end, self.sizes, self.names = ours.end, ours.sizes, ours.names
        self.x, self.y, self.start, self.params = ours.x, ours.y, ours.start, ours.params
        self.updated = ours.updated.with_arrays(
            {name: self._new(array, run.updated.get(name)) for name, array in ours.updated.items()}
        )
        self.rows: Mapping[str, Array] = {
            name: self._rows(name, run.rows.get(name, _unknown(ours.rows[name]))) for name in ours.program.series
        }

    def __len__(self) -> int:
        """T, the number of timesteps."""
        return len(self.ours)

    def __getattr__(self, name: str) -> Any:
        """The rows of a series, as an attribute of a trace."""
        rows = self.__dict__.get("rows", {})
        if name in rows:
            return rows[name]
        raise AttributeError(name)

    def place(self, k: int) -> Place | None:
        """The line of ours that ran last."""
        return self.ours.place(k)

    def wrote(self, k: int) -> tuple[str, ...]:
        """The names that it wrote."""
        return self.ours.wrote(k)

    def value(self, name: str, k: int) -> NDArray[Any] | None:
        """What theirs holds for a register after k lines of ours; None where it did not show. Raises UsageError."""
        if name in self.program.sums:
            return self.window(name, k)
        if name in self.rows:
            written = self.written(name, k)
            if written.start == written.stop:
                return None
            at = written.start if self.program.series[name].backward else written.stop - 1
            return np.asarray(self.rows[name][at])
        if name in self.params:
            ran = self.program.times_run(name, k, len(self))
            value = (self.updated if ran else self.params)[name]
            return None if np.isnan(value).all() and not np.isnan(self.params[name]).all() else value
        return self.ours.value(name, k) if name in ("x", "y", *self.start) else None

    def window(self, name: str, k: int, rows: slice = WHOLE, columns: slice = WHOLE) -> Array | None:
        """Part of a gradient of theirs; None where it did not show. Raises UsageError."""
        if name not in self.program.sums:
            raise UsageError(f'no gradient "{name}"', fix="one of " + " ".join(self.program.sums))
        whole = self._sum(name, self.program.times_run(name, k, len(self)))
        if whole is None:
            return None
        return whole[rows, columns] if whole.ndim == 2 else whole[rows]

    def contribution(self, name: str, t: int, rows: slice = WHOLE, columns: slice = WHOLE) -> Array:
        """What timestep t added to a gradient of theirs; NaN where it did not show. Raises UsageError."""
        count = len(self) - t + 1
        before = self._sum(name, count - 1) if count > 1 else np.zeros_like(self.params[name[1:]])
        after = self._sum(name, count)
        whole = np.full_like(self.params[name[1:]], np.nan) if after is None or before is None else after - before
        return whole[rows, columns] if whole.ndim == 2 else whole[rows]

    def _new(self, ours: Array, theirs: Array | None) -> Array:
        """A parameter after their update."""
        if theirs is None:
            return _unknown(ours)
        return ours if self._exactly and np.allclose(theirs, ours, rtol=SAME, atol=SAME * norm(ours)) else theirs

    def _rows(self, name: str, theirs: Array) -> Array:
        """Their rows of a series, ours where they are the same."""
        if not self._exactly or name not in self.run.rows:
            return theirs
        rows, register = theirs.copy(), self.program.series[name]
        for t in range(1, len(self) + 1):
            row = t - register.first_timestep - (1 if name in self.program.carries else 0)
            if not self._differs(name, t) and not np.isnan(rows[row]).any():
                rows[row] = self.ours.rows[name][row]
        return rows

    def _sum(self, name: str, count: int) -> Array | None:
        """A gradient of theirs after so many timesteps, ours where it is the same."""
        whole = self.run.sums.get(name, {}).get(count)
        if whole is None or not self._exactly or self._differs(name, len(self) - count + 1):
            return whole
        k = self.program.number("backward", len(self) - count + 1, name, len(self))
        return self.ours.window(name, k)

    def _differs(self, name: str, t: int) -> bool:
        phase = self.program.instruction(name).phase
        return bool(self.run.differs[self.program.number(phase, t, name, len(self))])

    def written(self, name: str, k: int) -> slice:
        """The rows of a series that are written, as far as they show without a gap."""
        ours = self.ours.written(name, k)
        if ours.start == ours.stop:
            return ours
        unknown = (
            np.flatnonzero(np.isnan(self.rows[name][ours].reshape(ours.stop - ours.start, -1)).all(axis=1)) + ours.start
        )
        if not len(unknown):
            return ours
        backward = self.program.series[name].backward
        return slice(int(unknown[-1]) + 1, ours.stop) if backward else slice(ours.start, int(unknown[0]))

    def series(self, name: str, k: int) -> Series:
        """The rows of a name over time, and which are written."""
        if name in self.rows:
            rows, written = self.rows[name], self.written(name, k)
            mask = np.zeros(len(rows), dtype=np.bool_)
            mask[written] = True
            return Series(rows, mask)
        if name in ("x", "y"):
            return self.ours.series(name, k)
        value = self.value(name, k)
        row = np.full(np.shape(self.ours.series(name, k).rows)[1:], np.nan) if value is None else value
        return Series(row[None], np.full(1, value is not None))

    def summary(self, name: str, k: int) -> Summary:
        """Norm and largest finite magnitude of a gradient of theirs. Raises UsageError."""
        value = self.window(name, k)
        return Summary(0.0, 0.0) if value is None else summarise(value)


def _unknown(like: Array) -> Array:
    return np.full(like.shape, np.nan)


@remembered
def exactly(run: Alongside, ours: Trace) -> Theirs:
    """The same with our bits where the two agree, made once: what a difference is taken of."""
    return Theirs(run, ours, exactly=True)


@remembered
def theirs(run: Alongside, ours: Trace) -> Theirs:
    """Their run as a trace beside ours, made once."""
    return Theirs(run, ours)
