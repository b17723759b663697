"""The memory horizon: how many timesteps back a loss still moves the hidden state.

The size of ∂L_t/∂h[k] is set beside that at h[t] itself. The horizon is the furthest k at which it is still a hundredth
of it (or another share). Of a cell with several states, the largest gradient at any of them counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnn_core.arrays import Array
from rnn_core.flow.lattice import Lattice
from rnn_core.records import dataclass

SHARES = (1e-2, 1e-6)
"""The relative sizes asked about: what learning still notices, and what it no longer does."""


@dataclass(frozen=True, eq=False)
class Horizon:
    """How far back the losses reach."""

    share: float
    losses: NDArray[np.intp]
    """(n,) the timesteps of the losses that have a gradient."""
    steps: NDArray[np.intp]
    """(n,) timesteps back."""
    open: NDArray[np.bool_]
    """(n,) whether it ends with the start of the sequence, or of what was looked at: it may be longer."""

    @property
    def quartiles(self) -> tuple[int, int, int, int, int]:
        """Least, lower quartile, median, upper quartile, most; zeros where no loss has a gradient."""
        if not len(self.steps):
            return 0, 0, 0, 0, 0
        found = np.quantile(self.steps, (0.0, 0.25, 0.5, 0.75, 1.0), method="nearest")
        least, lower, median, upper, most = map(int, found)
        return least, lower, median, upper, most


def horizon(lattice: Lattice, share: float) -> Horizon:
    """The horizon of each loss of a lattice that has a gradient at its own timestep."""
    reach = lattice.reach
    has = np.isfinite(reach[:, 0])
    reach, losses = reach[has], lattice.losses[has]
    moved = relative(reach) >= np.log10(share)
    steps = lattice.lags - np.argmax(moved[:, ::-1], axis=1)
    return Horizon(share, losses, steps, steps == np.minimum(losses, lattice.lags))


def relative(reach: Array) -> Array:
    """(n,lags+1) log10 of a loss's gradients over that at its own timestep; NaN where there is none."""
    with np.errstate(all="ignore"):
        found: Array = reach - reach[:, :1]
    return found
