"""The gradient dies on its way back: beside what it was, never by its absolute size.

A loss is followed from its own timestep back (`flow.lattice`), and what is left is set beside what it began with. So a
small loss or a small V is no vanishing gradient, and what truncation cuts is none either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnn_core.arrays import Array
from rnn_core.diagnostics.findings.finding import Finding, Rule, Watches
from rnn_core.flow.rows import row_norms
from rnn_core.trace import Trace
from rnn_core.views.numbers import magnitude

if TYPE_CHECKING:
    from rnn_core.diagnostics.findings.evidence import Evidence

VANISHING = 1e-6
"""A millionth of what it was: nothing that an optimiser in float32 would notice."""


def _find(evidence: Evidence) -> list[Finding]:
    from rnn_core.diagnostics.findings.attribution import of_vanishing  # the offers at the start do without

    if evidence.followed is None:
        return []
    with np.errstate(all="ignore"):
        gone = evidence.left < np.log10(VANISHING)
    rows = np.flatnonzero(gone.any(axis=1))
    if not len(rows):
        return []
    row = int(rows[-1])  # the latest loss that was followed
    t, lags = int(evidence.followed.losses[row]), int(np.argmax(gone[row]))
    k = t - lags
    cause = of_vanishing(evidence.trace, t, lags)
    left = 10.0 ** float(evidence.left[row, lags])
    count = len(evidence.followed.losses)
    return [
        Finding(
            rule="vanishing",
            cause=cause.name,
            says=f"the gradient vanishes ({cause.name}): a millionth of L[{t}]'s reaches h[{k}], {lags} back",
            evidence=(
                f"‖∂L[{t}]/∂h[{k}]‖ is {magnitude(left)} of what it is at h[{t}]; L[{t}] is the loss at t={t}",
                f"{len(rows)} of {count} losses that were followed vanish before the sequence begins",
                *cause.evidence,
            ),
            place=f"dh t={max(k, 1)}",
            advice=cause.advice,
            weight=70.0,
            numbers={"t": t, "k": k, "lags": lags, "left": left},
        )
    ]


def _watch(trace: Trace) -> Watches:
    """What to watch where the gradient vanishes that is carried into t = 0 … T-1.

    What is zero for another reason says nothing: in a window of truncation, no gradient arises after its last target.
    """
    counts = np.concatenate(([0], np.cumsum(trace.sequence.has_target)))
    if not counts[-1]:
        return []
    timesteps = len(trace)
    t = np.arange(timesteps)  # what is carried to t comes from the losses after it, up to the end of t+1's window
    window = trace.program.truncation or timesteps
    last = np.minimum((t // window + 1) * window, timesteps)
    arisen = counts[last] > counts[t]
    cut = (t % window == 0) & (t > 0)
    carried: Array = row_norms(trace.dh_next[:-1])
    with np.errstate(all="ignore"):
        limit = float(f"{VANISHING * row_norms(trace.dh).max():.2g}")
        if not (carried[arisen & ~cut] < limit).any():  # nor where the largest is not finite
            return []
    others = not arisen.all() or cut.any()
    watch = f"norm(dh_next) < {limit:g}" + (" and norm(dh_next) > 0" if others else "")
    return [(watch, "the carried gradient falls below a millionth of the largest")]


RULE = Rule("vanishing", "a gradient that dies on its way back, and why", _find, _watch)
