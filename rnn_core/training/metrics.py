"""What each update of a run left behind, as columns: the numbers that the curves show and a log writes.

    loss        mean loss over the timesteps with a target, before the update; NaN without any
    accuracy    share of those timesteps whose most probable class is the target; NaN without any, 0 where the targets
                are values, which are never right or wrong
    gradients   ‖dθ‖ of each parameter, before clipping
    weights     ‖θ‖ of each before the update
    changes     ‖θ_new - θ‖ of each

Rules this file keeps:
- Row r belongs to update `first + r`; rows are never changed, only added.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from rnn_core.arrays import Array
from rnn_core.model import PARAMETERS
from rnn_core.records import dataclass


@dataclass(frozen=True, eq=False)
class Metrics:
    """loss, accuracy (n,); gradients, weights, changes (n,parameters); read-only."""

    first: int
    """The update that row 0 belongs to."""
    epoch_length: int
    """Updates in an epoch; update u belongs to epoch u // epoch_length, counted from 0."""
    loss: Array
    accuracy: Array
    gradients: Array
    weights: Array
    changes: Array
    parameters: tuple[str, ...] = PARAMETERS
    """The names of the columns of norms."""
    has_accuracy: bool = True

    def __len__(self) -> int:
        """How many updates are known."""
        return len(self.loss)

    @property
    def ratios(self) -> Array:
        """(n,parameters) ‖θ_new - θ‖ / ‖θ‖; NaN where a parameter is all zeros (a healthy run has about 1e-3)."""
        with np.errstate(all="ignore"):
            ratios: Array = self.changes / np.where(self.weights == 0.0, np.nan, self.weights)
        return ratios

    @property
    def finite(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """(n,) whether everything about an update is a finite number; a loss without targets counts as one."""
        targeted = ~np.isnan(self.accuracy)
        numbers = np.isfinite(self.gradients).all(axis=1) & np.isfinite(self.changes).all(axis=1)
        finite: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = numbers & (np.isfinite(self.loss) | ~targeted)
        return finite

    def until(self, update: int) -> Metrics:
        """Those of the updates before `update`."""
        return self._with(lambda own, _: own[: max(0, update - self.first)], self)

    def joined(self, later: Metrics) -> Metrics:
        """These and then `later`, whose first update is the one after these."""
        return self._with(lambda own, other: np.concatenate((own, other)), later) if len(self) else later

    def _with(self, change: Callable[[Array, Array], Array], other: Metrics) -> Metrics:
        columns = ("loss", "accuracy", "gradients", "weights", "changes")
        changed: dict[str, Any] = {name: change(getattr(self, name), getattr(other, name)) for name in columns}
        return replace(self, **changed)
