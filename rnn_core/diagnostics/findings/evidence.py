"""What the rules look at: one trace, and what the updates before it have left behind. Facts are worked out when asked.

Rules this file keeps:
- Losses are followed with nothing cut: what truncation does has a rule of its own.
- The work is bounded: some losses are followed, and not further back than that allows.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from rnn_core.arrays import Array
from rnn_core.flow.horizon import relative
from rnn_core.flow.lattice import Lattice, sample
from rnn_core.trace import Trace
from rnn_core.training.metrics import Metrics
from rnn_core.training.run import Run

LATEST = 200
"""Updates whose norms are looked at."""


class Evidence:
    """One update of a run."""

    def __init__(self, trace: Trace, run: Run | None = None, *, trained: bool = False) -> None:
        """`run` is what the trace belongs to, where it does; `trained` says that the weights were learnt elsewhere."""
        self.trace, self.run = trace, run
        self.trained = trained or trace.update >= max(20, run.epoch_length if run else 0)

    @cached_property
    def metrics(self) -> Metrics | None:
        """Of the updates of the run up to this one."""
        return self.run.metrics.until(self.trace.update + 1) if self.run else None

    @cached_property
    def latest(self) -> Metrics | None:
        """Of the latest of these updates, with the norms of each: those of a long run thin out."""
        if self.run is None or self.metrics is None:
            return None
        stop = self.metrics.first + len(self.metrics)
        return self.run.metrics_within(max(self.metrics.first, stop - LATEST), stop)

    @cached_property
    def followed(self) -> Lattice | None:
        """Some losses, carried back as far as their own timestep allows; None without a target."""
        return sample(self.trace) if np.isfinite(self.trace.dh).all() else None

    @cached_property
    def left(self) -> Array:
        """(n,lags+1) log10 of what is left of each loss's gradient, of that at its own timestep; NaN without one."""
        assert self.followed is not None
        return relative(self.followed.reach)
