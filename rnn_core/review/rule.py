"""The rule of an update, read off its numbers: which optimiser moved the parameters as theirs did, how fast.

Each optimiser that we know moves ours once, at a learning rate of 1. The nearest one is theirs, and the ratio is its
rate.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_core.arrays import Arrays
from rnn_core.model import Array
from rnn_core.optimisers import KINDS, Optimiser
from rnn_core.review.found import Found, Judged
from rnn_core.review.verdict import Judgement
from rnn_core.trace import Trace
from rnn_core.updates import Options, updated

_SAME_RULE = 0.05
"""How far an update may be from a rule's: codes differ in where they add an epsilon."""


def moved(found: Found, judged: Judged) -> dict[str, tuple[Array, int]]:
    """Each parameter after the update, and the event that shows it first."""
    later, episode = judged.later, judged.episode
    out: dict[str, tuple[Array, int]] = {}
    for name, array in (later or {}).items():
        if np.array_equal(array, judged.stored[name]):
            continue
        shown = [
            int(event)
            for number in found.values.same(array)
            for event in np.flatnonzero(found.recording.values[: episode.stop] == number)
            if event >= episode.steps[-1].done
        ]
        if shown:
            out[name] = array, min(shown)
    return out


def rule(
    found: Found,
    judged: Judged,
    judgement: Judgement,
    trace: Trace,
    new: dict[str, tuple[Array, int]],
    options: Options,
    of_ours: float,
) -> Options:
    """The options with the rule and the learning rate that move their parameters as they did.

    `new` is what `moved` has found; `of_ours` is the factor of their gradients in our loss.
    """
    names = [name for name in new if not any(name in group for group in judgement.missing)]
    if not names or judgement.update:
        return options
    changed = {n: found.pieces[n].of(new[n][0]).reshape(trace.params[n].shape) - trace.params[n] for n in names}
    gradients = Arrays({n: judged.right.totals[n] * judgement.factor for n in trace.params})
    nearest: tuple[float, Options] | None = None
    for kind in KINDS:
        tried = replace(options, optimiser=Optimiser(kind), learning_rate=1.0)
        made, _ = updated(trace.params, gradients, tried.optimiser.fresh(trace.params), tried)
        ours = np.concatenate([(made[name] - trace.params[name]).reshape(-1) for name in names])
        theirs = np.concatenate([changed[name].reshape(-1) for name in names])
        if not ours.any():
            continue
        rate = float(theirs @ ours / (ours @ ours))
        off = float(np.linalg.norm(theirs - rate * ours) / np.linalg.norm(theirs))
        if rate > 0 and off < _SAME_RULE and (nearest is None or off < 0.1 * nearest[0]):
            by_size = of_ours != judgement.factor and kind in {"sgd", "momentum"}
            rate *= judgement.factor / of_ours if by_size else 1.0
            nearest = off, replace(tried, learning_rate=_plain(rate, off))
    return nearest[1] if nearest is not None else options


def _plain(rate: float, off: float) -> float:
    """The shortest number that is as near to a rate as the rule is to theirs."""
    rounded = [float(f"{rate:.{digits}g}") for digits in (1, 2, 3, 4)]
    return next((one for one in rounded if abs(one - rate) <= 2 * off * rate), rounded[-1])
