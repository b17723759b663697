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


@contextlib.contextmanager
def ended_in_order() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the work like Ctrl-C does, so that no half-written file stays behind."""

    def stop(number: int, _frame: Any) -> None:
        raise SystemExit(128 + number)

    before = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores it: so do we
                before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
