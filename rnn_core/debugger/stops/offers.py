"""Watchpoints worth having on a fresh trace: offered, and off until the person accepts."""

from __future__ import annotations

import numpy as np

from rnn_core.debugger.stops.breakpoints import Breakpoint
from rnn_core.language.expressions import Name
from rnn_core.model import Array
from rnn_core.trace import Trace

VANISHING, EXPLODING, SHUT = 1e-6, 1e3, 0.5
"""A millionth of the largest gradient at a hidden state; SageMaker Debugger's rule; half of the units."""


def worth_watching(trace: Trace) -> list[tuple[str, str]]:
    """(watch expression, why) for each rule that this run breaks somewhere."""
    with np.errstate(all="ignore"):
        carried = norms(trace.dh_next[:-1])
    found = []
    if not np.isfinite(trace.a).all():
        found.append(("not finite(a)", "the forward pass leaves the finite numbers"))
    if not np.isfinite(trace.dh).all():
        found.append(("not finite(dh)", "the backward pass leaves the finite numbers"))
    if vanishing := _vanishing(trace, carried):
        found.append((vanishing, "the carried gradient falls below a millionth of the largest"))
    if (carried > EXPLODING).any():
        found.append((f"norm(dh_next) > {EXPLODING:g}", "the carried gradient explodes"))
    for name, function in trace.program.cell.functions.items():
        rows = trace.over_time(Name(name))
        if function.shut is not None and (np.mean(function.shut(rows), axis=1) > SHUT).any():
            of = "" if name == "h" else f" of {name}"
            watch = f"{function.share.format(name)} > {SHUT:g}"
            found.append((watch, f"more than half of the units{of} are {function.shut_word}"))
    return found


def norms(rows: Array) -> Array:
    """The norm of each row."""
    squares: Array = np.einsum("th,th->t", rows, rows)
    return np.sqrt(squares)


def _vanishing(trace: Trace, carried: Array) -> str:
    """What to watch where the gradient vanishes that is carried into t = 0 … T-1; empty where it does not.

    What is zero for another reason says nothing: after the last target no gradient has arisen yet, and truncation cuts.
    """
    targets = np.flatnonzero(trace.sequence.has_target)
    if not len(targets):
        return ""
    arisen = np.arange(len(carried)) <= targets[-1]
    cut = np.array([trace.program.is_cut("dh_next", t) for t in range(1, len(carried) + 1)])
    with np.errstate(all="ignore"):
        limit = float(f"{VANISHING * norms(trace.dh).max():.2g}")
        if not (carried[arisen & ~cut] < limit).any():  # nor where the largest is not finite
            return ""
    others = not arisen.all() or cut.any()
    return f"norm(dh_next) < {limit:g}" + (" and norm(dh_next) > 0" if others else "")


def with_offers(points: tuple[Breakpoint, ...], trace: Trace) -> tuple[Breakpoint, ...]:
    """The breakpoints with offers for a trace in place of those never accepted."""
    kept = tuple(point for point in points if not point.offered)
    number = max((point.number for point in kept), default=0)
    watched = {point.watch for point in kept}
    offers = [(watch, why) for watch, why in worth_watching(trace) if watch not in watched]
    new = tuple(
        Breakpoint(number + i, watch=watch, enabled=False, offered=why)
        for i, (watch, why) in enumerate(offers, start=1)
    )
    return (*kept, *new)
