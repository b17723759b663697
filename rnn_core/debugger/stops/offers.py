"""Watchpoints worth having on a fresh trace: offered by the rules of the findings, and off until the person accepts."""

from __future__ import annotations

from rnn_core.debugger.stops.breakpoints import Breakpoint
from rnn_core.diagnostics.findings.registry import watches
from rnn_core.trace import Trace


def worth_watching(trace: Trace) -> list[tuple[str, str]]:
    """(watch expression, why) for each rule that this run breaks somewhere."""
    return watches(trace)


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
