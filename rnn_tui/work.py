"""Long work: a thread that does it, a progress bar while it lasts, Esc to cancel it.

Rules this file keeps:
- The thread makes a new value and hands it back; it touches no widget.
- Cancelling raises inside the work, at its next report of progress; nothing is taken over.
- A bar is shown only when the work takes longer than a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event
from typing import Any, TypeVar

from textual.app import App

from rnn_core.debugger.effects import performing
from rnn_core.debugger.outcome import Effect, Outcome
from rnn_core.debugger.session import Session
from rnn_core.errors import Cancelled

MOMENT = 0.25
"""Seconds after which work shows its progress."""

Result = TypeVar("Result")


class Progress:
    """What the thread reports to and the screen reads: the share done, and whether to stop."""

    def __init__(self) -> None:
        self.share = 0.0
        self.cancelled = Event()

    def __call__(self, share: float) -> None:
        """Called from the thread. Raises Cancelled once the person has asked for it."""
        self.share = share
        if self.cancelled.is_set():
            raise Cancelled


async def work(app: App[Any], title: str, function: Callable[[Progress], Result]) -> Result:
    """`function(progress)` in a thread, with a bar over the screen when it takes longer than a moment."""
    progress = Progress()
    task = asyncio.ensure_future(asyncio.to_thread(function, progress))
    try:
        done, _ = await asyncio.wait({task}, timeout=MOMENT)
        if not done:
            from rnn_tui.screens.progress import ProgressScreen  # most work is over before it is wanted

            bar = ProgressScreen(title, progress)
            await app.push_screen(bar)
            try:
                await asyncio.wait({task})
            finally:
                await bar.dismiss()
    finally:
        progress.cancelled.set()  # leaving the program waits for no thread
    return task.result()


async def perform(app: App[Any], effect: Effect, session: Session) -> Outcome:
    """An effect that needs no screen, with its title over a bar. Raises RnnError."""
    title = performing.title(effect)
    return await work(app, title, lambda progress: performing.perform(effect, session, progress))
