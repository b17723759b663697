"""Training while the screen goes on: a thread that computes updates, what it says of itself, and how it ends.

Rules this file keeps:
- The thread touches no widget and no session of the screen; what it learns is remembered behind the run.
- When it ends the cursor goes to where training has come, unless the person has moved it meanwhile.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event
from time import monotonic

from rnn_core.debugger.effects import performing
from rnn_core.debugger.outcome import Outcome, Train
from rnn_core.debugger.session import Session
from rnn_core.errors import Cancelled
from rnn_tui.work import in_thread

BAR = 10
"""Columns of the bar."""
SWITCH = 0.001
"""Seconds after which the thread lets the screen have the interpreter; Python's own are five times as many."""


class Training:
    """One training in the background."""

    def __init__(self, before: Session, effect: Train) -> None:
        self.before, self._effect = before, effect
        self._cancelled = Event()
        self._first, self._began = before.reached, monotonic()
        self._share = 0.0

    async def run(self) -> Outcome:
        """Train, and return what came of it. Raises RnnError."""
        try:
            with _switching_often():
                return await in_thread(lambda: performing.perform(self._effect, self.before, self._progress))
        finally:
            self.cancel()  # leaving the program waits for no thread

    def cancel(self) -> None:
        """Stop at the next consistent place."""
        self._cancelled.set()

    def _progress(self, share: float) -> None:
        self._share = share
        if self._cancelled.is_set():
            raise Cancelled

    @property
    def progress_text(self) -> tuple[str, ...]:
        """How far it has come, how fast, how long it will take: what matters most comes first."""
        run, target = self.before.run, self._effect.update
        reached, seconds = run.reached, max(monotonic() - self._began, 1e-3)
        done = round(BAR * min(1.0, self._share))
        parts = [
            f"{'━' * done}{'─' * (BAR - done)} update {min(reached, target):,} of {target:,}",
            "stopping …" if self._cancelled.is_set() else "Esc stops",
        ]
        if self._share > 0.0:
            left = round(seconds * (1 - self._share) / self._share)
            parts.append(f"{left // 60}:{left % 60:02} left")
        if rate := (reached - self._first) / seconds:
            parts.append(f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s")
        return tuple(parts)

    def arrived(self, now: Session, outcome: Outcome) -> Outcome:
        """The session as it is now, at the place that training has reached. Where the person has moved meanwhile, the
        session stays and the message says where training is."""
        there, before = outcome.session, self.before
        if now.run is not before.run or now.cursor != before.cursor:
            return replace(outcome, session=now, message=self._elsewhere(now, outcome))
        gone = set(before.breakpoints) - set(there.breakpoints)
        kept = tuple(point for point in now.breakpoints if point not in gone)
        return replace(outcome, session=replace(now.within(there.trace, there.cursor.k), breakpoints=kept))

    def _elsewhere(self, now: Session, outcome: Outcome) -> str:
        """The message for a person who looks at something else by now; empty where the run is gone."""
        name = next((branch.name for branch in now.branches if branch.run is self.before.run), None)
        if name is None or outcome.failed:
            return outcome.message if outcome.failed else ""
        u, k = outcome.session.cursor
        way = f"goto update {u} {k}" if name == now.branch else f"fork {name}; goto update {u} {k}"
        return f"{outcome.message} ({way})"


@contextmanager
def _switching_often() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
