"""Running on: to a stop in this update, to another update, through many updates to a stop.

Rules this file keeps:
- Every function returns a new session. One that is cancelled returns none, or the session where it has come to.
- A number that is not finite stops training like a breakpoint: at its position, and beyond the cursor only.
- Where no breakpoint is enabled, updates are learnt at full speed; else each is traced and searched.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_core.debugger.outcome import Outcome, Search, Train, Travel
from rnn_core.debugger.position.places import Location, locate, place_text
from rnn_core.debugger.session import Cursor, Session
from rnn_core.debugger.stops.breakpoints import Breakpoint, compiled
from rnn_core.debugger.stops.hits import Stop, search
from rnn_core.errors import Cancelled, UsageError
from rnn_core.program import PHASES
from rnn_core.progress import Progress
from rnn_core.trace import Trace
from rnn_core.training.finite import first_not_finite
from rnn_core.training.run import MOST_UPDATES
from rnn_core.views.numbers import plain


def travel(effect: Travel, session: Session, progress: Progress) -> Outcome:
    """Go to a position of another update. Raises UsageError where there is no such place."""
    run, start = session.run, session.run.reached
    if effect.update > MOST_UPDATES:
        raise UsageError(f"update {effect.update:,} is too far", fix=f"at most {MOST_UPDATES:,}")
    way = max(1, effect.update - start)
    run.learn(effect.update, stop=False, progress=lambda reached: progress(0.9 * (reached - start) / way))
    trace = run.trace(effect.update, lambda share: progress(0.9 + 0.1 * share))
    k = trace.end if effect.k is None else effect.k
    if effect.place:
        k = locate(trace, effect.place, 0)
    moved = session.within(trace, k)
    return Outcome(moved.seen(playing=True) if effect.playing else moved)


def search_on(effect: Search, session: Session, progress: Progress) -> Outcome:
    """Run to the nearest stop in this update; from its edge, in the one beyond."""
    trace, k, direction = session.trace, session.k, effect.direction
    if k == (trace.end if direction > 0 else 0) and (direction > 0 or trace.update > 0):
        trace = session.run.trace(trace.update + direction)
        k = -1 if direction > 0 else trace.end + 1
    points = session.breakpoints
    if effect.until:
        place = Breakpoint(0, Location.parse(effect.until, trace.program))
        compiled(trace, place)  # what does not exist in this update is not run to
        points = (*points, place)
    stop = search(trace, points, k, direction, progress)
    log = stop.log if stop else ()
    if stop is None or not stop.why:
        edge = trace.end if direction > 0 else 0
        moved = session.at(edge) if trace is session.trace else session.within(trace, edge)
        return Outcome(moved, "\n".join((*log, f"no stop before the {'end' if direction > 0 else 'start'}")))
    why = stop.why if any(stop.numbers) else f"until {effect.until}: {place_text(trace, stop.k)}"
    return _stopped(session, trace, stop, log, why)


def train(effect: Train, session: Session, progress: Progress) -> Outcome:
    """Run to the start of an update, or to the first stop on the way: a breakpoint, or a number that is not finite.

    When cancelled, the session stands where training has come to.
    """
    here, target = session.cursor.u, effect.update
    if any(point.enabled for point in session.breakpoints):
        return _train_stopping(session, target, progress)
    if target <= here:
        return _arrived(session, target)
    if not session.through and _not_finite_beyond(session.trace, session.k) is not None:
        return _stopped_by_not_finite(session, session.trace)
    run, start = session.run, max(here, session.run.reached)
    way = max(1, target - start)
    try:
        not_finite = run.learn(
            target,
            stop=not session.through,
            since=here + 1,
            progress=lambda reached: progress((reached - start) / way),
        )
    except Cancelled:
        return _arrived(session, max(here, run.reached), "stopped")
    if not_finite is not None:
        return _stopped_by_not_finite(session, run.trace(not_finite))
    return _arrived(session, target)


def _train_stopping(session: Session, target: int, progress: Progress) -> Outcome:
    run, here = session.run, session.cursor.u
    direction = 1 if target > here else -1
    log: list[str] = []
    reached, k = session.cursor, session.k
    # Backwards, the first position of the target itself is where it ends.
    for update in range(here, target if direction > 0 else target - 1, direction):
        try:
            progress(abs(update - here) / max(1, abs(target - here)))
        except Cancelled:
            if reached == session.cursor:
                return Outcome(session, "\n".join((*log, "stopped")))
            return _arrived(session, reached.u, "stopped", log)
        trace = session.trace if update == here else run.trace(update)
        stop = search(trace, session.breakpoints, k, direction)
        log += _with_update(stop.log if stop else (), update, log)
        not_finite = None
        if direction > 0 and not session.through and run.learn(update + 1, since=update) is not None:
            not_finite = _not_finite_beyond(trace, k)
        if stop is not None and stop.why and (not_finite is None or stop.k <= not_finite):
            return _stopped(session, trace, stop, log, f"update {update} · {stop.why}")
        if not_finite is not None:
            return _stopped_by_not_finite(session, trace, log)
        reached, k = (Cursor(update + 1, 0), -1) if direction > 0 else (Cursor(update, 0), 2**62)
    return _arrived(session, target, log=log)


def _with_update(lines: tuple[str, ...], update: int, before: list[str]) -> list[str]:
    """Log lines with the update that they are of; what does not fit an update is said once."""
    kept: list[str] = []
    for line in lines:
        if line.startswith((*PHASES, "end")):
            kept.append(f"update {update} · {line}")
        elif not any(line.partition(":")[0] == other.partition(":")[0] for other in (*before, *kept)):
            kept.append(line)
    return kept


def _stopped(session: Session, trace: Trace, stop: Stop, log: tuple[str, ...] | list[str], why: str) -> Outcome:
    kept = tuple(p for p in session.breakpoints if not (p.temporary and p.number in stop.numbers))
    moved = session.at(stop.k) if trace is session.trace else session.within(trace, stop.k)
    return Outcome(replace(moved, breakpoints=kept), "\n".join((*log, why)), stop=why)


def _not_finite_beyond(trace: Trace, k: int) -> int | None:
    """Where an update leaves the finite numbers, if that lies beyond position k."""
    not_finite = first_not_finite(trace)
    return not_finite if not_finite is not None and not_finite > k else None


def _stopped_by_not_finite(session: Session, trace: Trace, log: list[str] | tuple[str, ...] = ()) -> Outcome:
    k = first_not_finite(trace)
    place = trace.place(k) if k else None
    at = f" of {place.phase}{f' t={place.t}' if place.t else ''}" if place else ""
    what = f"the line {place.instruction.name}{at} wrote" if place else "the parameters have"
    what += " a number that is not finite"
    if trace.halted and k == trace.end and np.isfinite(trace.dh_next[0]).all():
        what = trace.halted.removeprefix("clip: ")  # every number is finite, and only their norm is not
    why = f"update {trace.update} · {what} (nonfinite go trains on)"
    return Outcome(session.within(trace, trace.end if k is None else k), "\n".join((*log, why)), stop=why)


def _arrived(session: Session, update: int, word: str = "", log: list[str] | tuple[str, ...] = ()) -> Outcome:
    run = session.run
    moved = session.within(run.trace(update), 0)
    epoch, rest = divmod(update, run.epoch_length)
    where = f"update {update} · {epoch} epoch{'' if epoch == 1 else 's'}" + (f" and {rest} updates" if rest else "")
    metrics = run.metrics
    epoch_ago, now = (max(0, at - metrics.first) for at in (update - run.epoch_length, update))
    losses = metrics.loss[epoch_ago:now][~np.isnan(metrics.accuracy[epoch_ago:now])]  # not those without a target
    mean = losses.mean() if len(losses) else 0.0
    means = f" · mean loss {f'{mean:.4f}' if abs(mean) < 1e6 else plain(mean)}" if len(losses) else ""
    return Outcome(moved, "\n".join((*log, f"{word + ' at ' if word else ''}{where}{means}")))
