"""Watchpoints worth having on a fresh trace: offered, and off until the person accepts."""

from __future__ import annotations

import numpy as np

from rnn_core.debugger.stops.breakpoints import Breakpoint
from rnn_core.saturation import SATURATED
from rnn_core.trace import Trace

VANISHING, EXPLODING, SATURATING = 1e-7, 1e3, 0.5
"""SageMaker Debugger's rules for the first two; half of the units for the third."""


def worth_watching(trace: Trace) -> list[tuple[str, str]]:
    """(watch expression, why) for each rule that this run breaks somewhere."""
    with np.errstate(all="ignore"):
        carried = np.sqrt(np.einsum("th,th->t", trace.dh_next[:-1], trace.dh_next[:-1]))
        saturated = np.mean(np.abs(trace.h[1:]) >= SATURATED, axis=1)
    found = []
    if not np.isfinite(trace.a).all():
        found.append(("not finite(a)", "the forward pass leaves the finite numbers"))
    if not np.isfinite(trace.dh).all():
        found.append(("not finite(dh)", "the backward pass leaves the finite numbers"))
    if trace.sequence.target_count and (carried[1:] < VANISHING).any():
        found.append((f"norm(dh_next) < {VANISHING:g}", "the carried gradient vanishes"))
    if (carried > EXPLODING).any():
        found.append((f"norm(dh_next) > {EXPLODING:g}", "the carried gradient explodes"))
    if (saturated > SATURATING).any():
        found.append((f"saturated(h) > {SATURATING:g}", "more than half of the units saturate"))
    return found


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
