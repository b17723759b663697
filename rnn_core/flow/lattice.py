"""The lattice: for every loss L_t and every timestep k ≤ t, how large ∂L_t/∂h[k] is.

All losses are swept back together (`sweep`). Sizes are kept as log10 of the norm: they span hundreds of powers of ten.
-inf is a gradient that is exactly zero: the loss has no target, a unit is dead, or truncation has cut it.

The picture of gradients between pairs of timesteps is that of RNNbow (Cashman et al. 2018), with numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rnn_core.arrays import Array
from rnn_core.flow.rows import log10_norms
from rnn_core.flow.sweep import Step, backward
from rnn_core.language.derivation import carried_to, gradient_of
from rnn_core.records import dataclass
from rnn_core.remembering import remembered
from rnn_core.trace import Trace

MOST = 512
"""Timesteps in a window of the lattice, at most."""


@dataclass(frozen=True, eq=False)
class Lattice:
    """Losses of some timesteps, and how large their gradients are up to `lags` timesteps before."""

    losses: NDArray[np.intp]
    """(n,) the timesteps of the losses, ascending."""
    log10: Mapping[str, Array]
    """By state, (n,lags+1): log10 ‖∂L_t/∂h[t-lag]‖; NaN where t < lag."""

    @property
    def lags(self) -> int:
        """How many timesteps back it goes."""
        return int(self.log10["h"].shape[1]) - 1

    def at(self, t: int, k: int, state: str = "h") -> float:
        """log10 ‖∂L_t/∂h[k]‖, 0 ≤ k ≤ t; NaN for a pair that is not in it."""
        row = int(np.searchsorted(self.losses, t))
        inside = row < len(self.losses) and self.losses[row] == t and 0 <= t - k <= self.lags and k >= 0
        return float(self.log10[state][row, t - k]) if inside else float("nan")

    def pairs(self, losses: Sequence[int], first: int, last: int, state: str = "h") -> Array:
        """(losses,n) log10 ‖∂L_t/∂h[k]‖ for these losses, which are all in it, and k = first … last; NaN for t < k."""
        rows = np.searchsorted(self.losses, losses)[:, None]
        lags = np.asarray(losses)[:, None] - np.arange(first, last + 1)[None, :]
        inside = (lags >= 0) & (lags <= self.lags)
        found: Array = np.where(inside, self.log10[state][rows, np.where(inside, lags, 0)], np.nan)
        return found

    @property
    def reach(self) -> Array:
        """(n,lags+1) log10 of the largest of the states' gradients: what is left of a loss that far back."""
        found: Array = np.maximum.reduce(list(self.log10.values()))
        return found


@remembered
def lattice(trace: Trace, first: int, last: int, lags: int, cut: bool = True) -> Lattice:
    """The lattice of the losses of the timesteps first … last, `lags` timesteps back at most."""
    return swept(trace, range(first, last + 1), lags, cut=cut)


FOLLOWED = 16
"""Losses of a sample, spread over the sequence."""
MOST_LAGS = 1000
MOST_WORK = 4e9
"""Multiplications that following a sample may take, about."""


@remembered
def sample(trace: Trace) -> Lattice | None:
    """Some losses, carried back as far as bounded work allows, with nothing cut; None where none has a target."""
    targets = np.flatnonzero(trace.sequence.has_target) + 1
    if not len(targets):
        return None
    chosen = np.unique(np.linspace(0, len(targets) - 1, FOLLOWED).round().astype(int))
    work = 2.0 * len(chosen) * sum(array.size for array in trace.params.values())
    lags = int(min(len(trace), MOST_LAGS, max(1, MOST_WORK // work)))
    return swept(trace, targets[chosen], lags, cut=False)


@remembered
def whole(trace: Trace) -> Lattice:
    """The lattice of the last `MOST` timesteps, or of all."""
    last, lags = len(trace), min(len(trace), MOST)
    return lattice(trace, last - min(last, MOST) + 1, last, lags)


def swept(trace: Trace, losses: range | NDArray[np.intp], lags: int, *, cut: bool = True) -> Lattice:
    """The lattice of any losses (ascending timesteps, from 1)."""
    t = np.asarray(losses, dtype=np.intp)
    lags = min(lags, int(t[-1]))
    states = trace.program.cell.states
    found = {state: np.full((lags + 1, len(t)), np.nan) for state in states}
    for step in backward(trace).sweep(losses, lags, cut=cut):
        for state in states:
            put(found[state][step.lag], step, gradient_of(state), carried_to(state))
    return Lattice(t, {state: rows.T for state, rows in found.items()})


def put(row: Array, step: Step, register: str, carried: str = "") -> None:
    """Write log10 of a register's norms at a step into `row` (n,): of those at the initial state what is carried."""
    sizes = log10_norms(step.registers[register], step.log2[len(step.log2) - len(step.registers[register]) :])
    row[len(row) - len(sizes) :] = sizes
    if carried and len(sizes) < len(step.log2):
        row[step.first] = log10_norms(step.carried[carried][:1], step.log2[:1])[0]
