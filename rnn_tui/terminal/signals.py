"""Signals that end the screen: the handlers stand before the first byte is drawn, until the terminal is given back.

Rules this file keeps:
- A handler only notes the end and asks for it; whatever the program is doing, it is not done in the middle of it.
- An end that has not come about after `GRACE` is made: the terminal is given back, and the process is left.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, Protocol

ENDING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
GRACE = 1.0
"""Seconds in which an end in order must have come about."""


class Leaver(Protocol):
    """The app, as far as signals know it."""

    def leave(self, status: int) -> None:
        """End with this status; may be called from a signal handler."""

    def give_back(self) -> None:
        """Give the terminal back at once, where that is not done."""


@contextlib.contextmanager
def ended_by(app: Leaver) -> Iterator[None]:
    """Have signals end the app that runs in this block, in order, or else without it. What is ignored stays so."""
    asked: SimpleQueue[int] = SimpleQueue()  # the one queue that a signal handler may use
    over = Event()

    def watch() -> None:
        status = asked.get()
        if status and not over.wait(GRACE):
            app.give_back()
            os._exit(status)

    def end(number: int, _frame: Any) -> None:
        app.leave(128 + number)
        asked.put(128 + number)

    before = {}
    for name in ENDING:
        number = getattr(signal, name, None)  # Windows has not all of them
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, end)
    Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        over.set()
        asked.put(0)
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
        app.give_back()
