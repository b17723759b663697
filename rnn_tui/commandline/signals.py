"""Signals that end work: Ctrl-C, a request to end, a terminal that goes away."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

ENDING = ("SIGINT", "SIGTERM", "SIGHUP")


class Noted:
    """Which signal has asked for the end; 0 while none has."""

    number = 0


@contextlib.contextmanager
def noted() -> Iterator[Noted]:
    """Note the first signal that asks for the end, for work that ends at a place of its own; the second one acts.

    What is ignored (nohup) stays ignored. Outside the main thread nothing is noted.
    """
    found, before = Noted(), dict[int, Any]()

    def restore() -> None:
        while before:
            signal.signal(*before.popitem())

    def note(number: int, _frame: Any) -> None:
        found.number = number
        restore()

    if threading.current_thread() is threading.main_thread():
        for name in ENDING:
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, note)
    try:
        yield found
    finally:
        restore()
