"""Long work: a thread that does it, a progress bar while it lasts, Esc to cancel it.

Rules this file keeps:
- The thread makes a new value and hands it back; it touches no widget.
- Cancelling raises inside the work, at its next report of progress; nothing is taken over. Work that does not report
  soon is left to itself, and what it makes is dropped.
- A bar is shown only when the work takes longer than a moment.
- Whoever leaves the program waits for no thread.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import Any, TypeVar

from rnn_core.debugger.effects import performing
from rnn_core.debugger.outcome import Effect, Outcome
from rnn_core.debugger.session import Session
from rnn_core.errors import Cancelled
from rnn_tui.program import Program

MOMENT = 0.25
"""Seconds after which work shows its progress."""
PATIENCE = 0.25
"""Seconds that cancelled work has to end in order."""

Result = TypeVar("Result")

_threads: set[Thread] = set()


class Bar:
    """What the screen of a progress bar is to those who do not import it: see `screens.progress`."""

    def cancel(self) -> None:
        """Ask the work to stop, and say so."""
        raise NotImplementedError


class Progress:
    """What the thread reports to and the screen reads: the share done, and whether to stop."""

    def __init__(self) -> None:
        self.share = 0.0
        self.cancelled = Event()
        self._told = asyncio.Event()

    def __call__(self, share: float) -> None:
        """Called from the thread. Raises Cancelled once the person has asked for it."""
        self.share = share
        if self.cancelled.is_set():
            raise Cancelled

    def cancel(self) -> None:
        """Ask the work to stop."""
        self.cancelled.set()
        self._told.set()

    async def wait(self) -> None:
        """Until the work has been asked to stop, and has had its time to."""
        await self._told.wait()
        await asyncio.sleep(PATIENCE)


def in_thread(function: Callable[[], Result]) -> asyncio.Future[Result]:
    """`function()` in a thread that ends with the program, if not before."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def answer(how: Callable[[Any], None], what: Any) -> None:
        if not future.done():
            how(what)

    def run() -> None:
        try:
            how, what = future.set_result, function()
        except BaseException as error:
            how, what = future.set_exception, error  # type: ignore[assignment]  # either takes what belongs to it
        _threads.discard(thread)
        with contextlib.suppress(RuntimeError):  # the program has been left meanwhile
            loop.call_soon_threadsafe(answer, how, what)

    thread = Thread(target=run, daemon=True)
    _threads.add(thread)
    thread.start()
    return future


def settle() -> None:
    """Give the threads that have been asked to stop their time to do so in order, before the program ends."""
    until = monotonic() + PATIENCE
    for thread in tuple(_threads):
        thread.join(max(0.0, until - monotonic()))


async def work(app: Program, title: str, function: Callable[[Progress], Result]) -> Result:
    """`function(progress)` in a thread, with a bar over the screen when it takes longer than a moment.

    Raises what the function raises, and Cancelled where it has not ended soon after it was asked to.
    """
    progress = Progress()
    app.works.append(progress)
    task = in_thread(lambda: function(progress))
    cancelled = asyncio.ensure_future(progress.wait())
    first: set[asyncio.Future[Any]] = {task, cancelled}
    try:
        done, _ = await asyncio.wait(first, timeout=MOMENT, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            from rnn_tui.screens.progress import ProgressScreen  # most work is over before it is wanted

            bar = ProgressScreen(title, progress)
            await app.push_screen(bar)
            try:
                await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await bar.dismiss()
    finally:
        cancelled.cancel()
        progress.cancelled.set()
        app.works.remove(progress)
        app.call_later(app.answer_keys)
    if not task.done():
        task.add_done_callback(lambda late: late.exception())  # nobody asks any more
        raise Cancelled
    return task.result()


async def perform(app: Program, effect: Effect, session: Session) -> Outcome:
    """An effect that needs no screen, with its title over a bar. Raises RnnError."""
    title = performing.title(effect)
    return await work(app, title, lambda progress: performing.perform(effect, session, progress))
