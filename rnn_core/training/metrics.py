"""What each update of a run left behind, as columns: the numbers that the curves show and a log writes.

    loss        mean loss over the timesteps with a target, before the update; NaN without any
    accuracy    share of those timesteps whose most probable class is the target; NaN without any, 0 where the targets
                are values, which are never right or wrong
    gradients   ‖dθ‖ of each parameter, before clipping
    weights     ‖θ‖ of each before the update
    changes     ‖θ - θ_new‖ of each, taken of the step, what the update subtracts before it is rounded into θ_new

Rules this file keeps:
- Row r of loss and accuracy belongs to update `first + r`; rows are never changed, only added.
- Norms are those of an update, never of several. Of a long run they are kept of every `spacing`-th update; those of
  the others are computed `again`, the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from rnn_core.arrays import Array
from rnn_core.model import PARAMETERS
from rnn_core.records import dataclass
from rnn_core.training.thinned import multiples

NORMS = ("gradients", "weights", "changes")


@dataclass(frozen=True, eq=False)
class Metrics:
    """loss, accuracy (n,); gradients, weights, changes (m,parameters), a row for each of `normed`; read-only."""

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
    spacing: int = 1
    """Norms are kept of the updates that are multiples of it."""
    again: Callable[[int], Array] | None = None
    """Computes the norms of any update: gradients, weights and changes side by side."""

    def __len__(self) -> int:
        """How many updates are known."""
        return len(self.loss)

    @property
    def normed(self) -> range:
        """The updates whose norms are kept."""
        return multiples(self.first, self.first + len(self), self.spacing)

    @property
    def ratios(self) -> Array:
        """(m,parameters) ‖θ_new - θ‖ / ‖θ‖; NaN where a parameter is all zeros (a healthy run has about 1e-3)."""
        return ratios(self.weights, self.changes)

    def norms_of(self, update: int) -> tuple[Array, Array, Array] | None:
        """(parameters,) each, the gradients, weights and changes of an update, whether they are kept or not; None where
        the update is not known."""
        if not self.first <= update < self.first + len(self):
            return None
        if update % self.spacing == 0:
            row = self.normed.index(update)
            return self.gradients[row], self.weights[row], self.changes[row]
        if self.again is None:
            return None
        gradients, weights, changes = self.again(update).reshape(3, -1)
        return gradients, weights, changes

    @property
    def finite(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """(m,) whether everything about an update of `normed` is finite; a loss without targets counts as that."""
        loss, accuracy = (of[self.normed.start - self.first :: self.spacing] for of in (self.loss, self.accuracy))
        targeted = ~np.isnan(accuracy)
        numbers = np.isfinite(self.gradients).all(axis=1) & np.isfinite(self.changes).all(axis=1)
        finite: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = numbers & (np.isfinite(loss) | ~targeted)
        return finite

    def until(self, update: int) -> Metrics:
        """Those of the updates before `update`."""
        known = max(0, update - self.first)
        count = len(multiples(self.first, self.first + min(known, len(self)), self.spacing))
        norms: dict[str, Any] = {name: getattr(self, name)[:count] for name in NORMS}
        return replace(self, loss=self.loss[:known], accuracy=self.accuracy[:known], **norms)

    def joined(self, later: Metrics) -> Metrics:
        """These and then `later`, whose first update is the one after these; norms as thin as the thinner of both."""
        if not len(self):
            return later
        spacing = math.lcm(self.spacing, later.spacing)
        mine, theirs = self._thinner(spacing), later._thinner(spacing)
        norms: dict[str, Any] = {name: np.concatenate((mine[name], theirs[name])) for name in NORMS}
        loss, accuracy = (np.concatenate((getattr(self, name), getattr(later, name))) for name in ("loss", "accuracy"))
        return replace(self, loss=loss, accuracy=accuracy, spacing=spacing, again=later.again, **norms)

    def _thinner(self, spacing: int) -> dict[str, Array]:
        """The norms of every `spacing`-th update, a multiple of its own."""
        wanted = multiples(self.first, self.first + len(self), spacing)
        ahead = self.normed.index(wanted.start) if wanted else len(self.normed)
        return {name: getattr(self, name)[ahead :: spacing // self.spacing] for name in NORMS}


def ratios(weights: Array, changes: Array) -> Array:
    """‖θ_new - θ‖ / ‖θ‖; NaN where ‖θ‖ is zero."""
    with np.errstate(all="ignore"):
        found: Array = changes / np.where(weights == 0.0, np.nan, weights)
    return found
