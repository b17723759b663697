"""Where a run stops: the hits of breakpoints, and the search for the next or the last of them.

Rules this file keeps:
- A breakpoint stops before its line, and its condition reads that state. A watchpoint stops after the write that
  changed its value, or that made its condition true.
- Hits are a set of positions: continue takes the least above k, reverse-continue the greatest below. The hit count
  is the number of hits up to k; `ignore N` leaves out the first N of the set, whichever way one comes.
- An expression is evaluated only where something that it reads is written.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rnn_core.debugger import expressions
from rnn_core.debugger.position.places import place_text
from rnn_core.debugger.stops.breakpoints import Breakpoint, Compiled, compiled_once, filled
from rnn_core.errors import UsageError
from rnn_core.progress import Progress, silent
from rnn_core.remembering import remembered
from rnn_core.trace import Trace

if TYPE_CHECKING:
    from rnn_core.debugger.expressions import Expression

OFTEN = 512
"""Positions examined between two reports of progress."""


class Stop(NamedTuple):
    """A position where the run stops, and why in words; the log lines written on the way.

    Several breakpoints may hit there: a line of `why` and one of `numbers` each; 0 is that of a place run to.
    """

    k: int
    why: str
    numbers: tuple[int, ...]
    log: tuple[str, ...]


def candidates(trace: Trace, ready: Compiled, k: int, direction: int) -> Iterator[int]:
    """The positions beyond k at which a breakpoint might hit, nearest first."""
    if ready.watch is None:
        assert ready.point.location is not None  # a breakpoint without a watch has a location
        ranges = ready.point.location.positions(trace)
    else:
        program, timesteps = trace.program, len(trace)
        ranges = []
        for name in ready.watch.writers(program):
            line = program.instruction(name)
            every = len(program.phase(line.phase))
            times = 1 if line.phase == "update" else timesteps
            first = program.number(line.phase, timesteps if line.phase == "backward" else 1, name, timesteps)
            ranges.append(range(first, first + (times - 1) * every + 1, every))
    # A breakpoint stops before a line that runs; a watchpoint after one that ran.
    last = trace.end - 1 if ready.watch is None else trace.end
    clipped = [_beyond(places, k, direction, last) for places in ranges]
    if len(clipped) == 1:
        return iter(clipped[0])
    merged = heapq.merge(*clipped) if direction > 0 else heapq.merge(*clipped, reverse=True)
    return (position for position, _ in groupby(merged))


def _beyond(places: range, k: int, direction: int, end: int) -> range:
    """The part of an ascending range that lies beyond k, in the order of the direction, up to `end`."""
    step = places.step
    if direction > 0:
        first = places.start if places.start > k else places.start + ((k - places.start) // step + 1) * step
        return range(first, min(places.stop, end + 1), step)
    below = min(places.stop - 1, k - 1, end)
    if below < places.start:
        return range(0)
    last = places.start + (below - places.start) // step * step
    return range(last, places.start - 1, -step)


def examined(trace: Trace, ready: Compiled, k: int, direction: int) -> Iterator[tuple[int, bool]]:
    """Each candidate beyond k with whether it is a hit."""
    scope = expressions.Scope(trace, k, sweeps=True)
    condition = ready.condition

    def wanted(position: int) -> bool:
        if condition is None:
            return True
        scope.k = position
        return condition.true(scope)

    if ready.watch is None:
        for position in candidates(trace, ready, k, direction):
            yield position, wanted(position)
        return
    state = _truth_at(scope, ready.watch) if ready.watch.comparison else _value_at(scope, ready.watch)
    if direction > 0:
        before = state(max(k, 0))
        for position in candidates(trace, ready, k, direction):
            now = state(position)
            yield position, _hit(before, now, ready.watch.comparison) and wanted(position)
            before = now
        return
    later: tuple[int, object] | None = None
    for position in candidates(trace, ready, k, direction):
        now = state(position)
        if later is not None:
            yield later[0], _hit(now, later[1], ready.watch.comparison) and wanted(later[0])
        later = position, now
    if later is not None:
        yield later[0], _hit(state(later[0] - 1), later[1], ready.watch.comparison) and wanted(later[0])


def _truth_at(scope: expressions.Scope, watch: Expression) -> Callable[[int], object]:
    evaluate, text = watch.evaluate, watch.text

    def at(position: int) -> bool:
        scope.k = position
        try:
            return expressions.truth(evaluate(scope), text)
        except expressions.NotComputed:
            return False

    return at


def _value_at(scope: expressions.Scope, watch: Expression) -> Callable[[int], object]:
    evaluate = watch.evaluate

    def at(position: int) -> object:
        scope.k = position
        try:
            return evaluate(scope)
        except expressions.NotComputed:
            return None

    return at


def _hit(before: object, now: object, comparison: bool) -> bool:
    if comparison:
        return bool(now) and not before
    if before is None or now is None:
        return before is not now
    return not np.array_equal(np.asarray(before), np.asarray(now), equal_nan=True)


def hits(trace: Trace, point: Breakpoint, progress: Progress = silent) -> tuple[int, ...]:
    """Every position at which a breakpoint hits, ignoring none; enabled or not. `progress` may raise to stop."""
    known, bare = _hits_known(trace), _bare(point)
    if bare not in known:
        found = []
        with np.errstate(all="ignore"):
            for count, (position, hit) in enumerate(examined(trace, compiled_once(trace, bare), -1, +1)):
                if count % OFTEN == 0:
                    progress(position / trace.end)
                if hit:
                    found.append(position)
        known[bare] = tuple(found)
    return known[bare]


@remembered
def _hits_known(_trace: Trace) -> dict[Breakpoint, tuple[int, ...]]:
    return {}


def hit_count(trace: Trace, point: Breakpoint, k: int) -> int:
    """The number of hits up to position k."""
    return bisect_right(hits(trace, point), k)


def cheap_hit_count(trace: Trace, point: Breakpoint, k: int) -> int | None:
    """The number of hits up to position k where it is known at once: a plain place, or a run of `CHEAP` lines; else
    None. Raises UsageError where the breakpoint does not fit the run."""
    if trace.end <= CHEAP:
        return hit_count(trace, point, k)
    if point.location is None or point.condition:
        return None
    return sum(bisect_right(places, min(k, trace.end)) for places in point.location.positions(trace))


def _bare(point: Breakpoint) -> Breakpoint:
    """The breakpoint as far as its hits depend on it."""
    return replace(point, number=0, ignore=0, enabled=True, temporary=False, log="", offered="")


CHEAP = 20_000
"""Lines of a run up to which all hits are looked for, to be counted and drawn."""


def ticks(trace: Trace, points: tuple[Breakpoint, ...], most: int) -> tuple[int, ...]:
    """Where the enabled breakpoints stop, as far as that is cheap to know and no more than `most` positions each."""
    found: set[int] = set()
    for point in points:
        if not point.enabled or point.log:
            continue
        try:
            if trace.end <= CHEAP:
                places: list[int] = list(hits(trace, point))
            elif point.location and not point.condition:
                places = [k for part in point.location.positions(trace)[:2] for k in part[: most + 1]]
            else:
                continue
        except UsageError:  # it does not fit this run; the list says so
            continue
        found.update(places if len(places) <= most else ())
    return tuple(sorted(found))


def search(
    trace: Trace,
    points: tuple[Breakpoint, ...],
    k: int,
    direction: int,
    progress: Progress = silent,
) -> Stop | None:
    """The nearest hit beyond k of any enabled breakpoint; None where there is none. Log lines come with it.

    A breakpoint that does not fit this run is left out, and a log line says so. `progress` gets the share of the way
    examined and may raise to stop. Raises UsageError where an index leads nowhere on the way.
    """
    enabled, log = _enabled(trace, points)
    stopped: list[Compiled] = []
    at = 0
    with np.errstate(all="ignore"):
        for ready in enabled:
            if ready.point.ignore:
                hits(trace, ready.point, progress)
        streams = [_stream(trace, ready, order, k, direction) for order, ready in enumerate(enabled)]
        way = max(1, trace.end - k if direction > 0 else k)
        for count, (key, order, hit) in enumerate(heapq.merge(*streams) if len(streams) > 1 else chain(*streams)):
            if count % OFTEN == 0:
                progress(abs(key * direction - k) / way)
            position, ready = key * direction, enabled[order]
            if stopped and position != at:
                break
            point = ready.point
            if not hit or (point.ignore and hit_count(trace, point, position) <= point.ignore):
                continue
            if point.log:
                log.append(
                    f"{place_text(trace, position)}: {filled(ready.messages, expressions.Scope(trace, position))}"
                )
                continue
            stopped.append(ready)
            at = position  # what else hits here is named as well, and logpoints here are written
            if len(streams) == 1:
                break  # none else can hit here, and what lies beyond is not looked at yet
        if stopped:
            why = "\n".join(reason(trace, ready, at) for ready in stopped if ready.point.number or len(stopped) == 1)
            return Stop(at, why, tuple(ready.point.number for ready in stopped), tuple(log))
    return Stop(trace.end if direction > 0 else 0, "", (), tuple(log)) if log else None


def _enabled(trace: Trace, points: tuple[Breakpoint, ...]) -> tuple[list[Compiled], list[str]]:
    """The enabled breakpoints that fit this run, and a line for each that does not fit."""
    enabled: list[Compiled] = []
    unfit: list[str] = []
    for point in points:
        try:
            enabled += [compiled_once(trace, point)] if point.enabled else []
        except UsageError as error:
            unfit.append(f"{point.kind} {point.number} does not fit this run: {error}")
    return enabled, unfit


def _stream(trace: Trace, ready: Compiled, order: int, k: int, direction: int) -> Iterator[tuple[int, int, bool]]:
    try:
        for position, hit in examined(trace, ready, k, direction):
            yield position * direction, order, hit
    except UsageError as error:
        point = ready.point
        raise error.inside(f"{point.kind} {point.number}") from None


def reason(trace: Trace, ready: Compiled, position: int) -> str:
    """Why a run stops: which breakpoint, where, with which values."""
    point, scope = ready.point, expressions.Scope(trace, position)
    parts = [f"{point.kind} {point.number}: {point}"]
    sides = [side for expression in (ready.watch, ready.condition) if expression for side in expression.sides]
    if ready.watch is not None and not ready.watch.comparison:
        before = expressions.Scope(trace, position - 1)
        was, now = (expressions.shown(ready.watch.evaluate, at) for at in (before, scope))
        parts.append(f"was {was}, is {now}")
    parts += [f"{text} = {expressions.shown(evaluate, scope)}" for text, evaluate in sides]
    return " · ".join(dict.fromkeys(parts))
