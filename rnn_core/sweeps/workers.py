"""Who computes the runs of a sweep: processes of this machine, or a dask scheduler's workers.

Rules this file keeps:
- Results come in the order of the points, whoever computed them. A run depends on nothing but the grid and its point.
  So what a killed worker had in hand is computed again and comes out the same.
- A run that kills its worker each time is given up after `TRIES`.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from rnn_core.errors import UsageError, quoted
from rnn_core.sweeps.grid import Grid, Point
from rnn_core.sweeps.measuring import measured

Lines = list[tuple[str, ...]]
BATCH = 16
"""The most runs that are handed to a worker together: the data go with each batch."""
WAITING = 4
"""Batches a worker that are handed out ahead."""
TRIES = 3


def computed(grid: Grid, points: Sequence[Point]) -> list[Lines]:
    """What a worker does: the lines of each of these runs."""
    return [measured(grid, point) for point in points]


def batches(points: Sequence[Point], workers: int) -> list[Sequence[Point]]:
    """The points in parts, small enough that no worker waits long for the last."""
    size = max(1, min(BATCH, len(points) // (workers * WAITING)))
    return [points[i : i + size] for i in range(0, len(points), size)]


def here(grid: Grid, points: Sequence[Point], workers: int = 0) -> Generator[Lines, None, None]:
    """Computed by this many processes of this machine, one for each core where nothing is said; by this one if 1."""
    workers = workers or cores()
    if workers == 1 or len(points) < 2:
        for point in points:
            yield measured(grid, point)
        return
    parts = batches(points, workers)
    at = tries = 0
    while at < len(parts):
        try:
            for lines in _in_a_pool(grid, parts[at:], workers):
                yield from lines
                at, tries = at + 1, 0
        except BrokenProcessPool:
            tries += 1
            if tries == TRIES:
                first = parts[at][0]
                what = f"a worker was killed {TRIES} times at seed {first.seed}, init {first.init}"
                raise UsageError(what, fix="use fewer --workers: memory may have run out") from None


def _in_a_pool(grid: Grid, parts: Sequence[Sequence[Point]], workers: int) -> Generator[list[Lines], None, None]:
    pool = ProcessPoolExecutor(workers, initializer=_quiet)
    waiting: deque[Future[list[Lines]]] = deque()
    rest = iter(parts)
    try:
        for part in rest:
            waiting.append(pool.submit(computed, grid, part))
            if len(waiting) > workers * WAITING:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _quiet() -> None:
    """Ctrl-C reaches every process of a terminal; the one that asked ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def on_scheduler(grid: Grid, points: Sequence[Point], address: str) -> Generator[Lines, None, None]:
    """Computed by the workers of a dask scheduler, which gives a killed worker's runs to others. Raises UsageError."""
    client = _client(address)
    try:
        shared = client.scatter(grid, broadcast=True, hash=False)
        workers = max(1, len(client.scheduler_info()["workers"]))
        waiting = deque(
            client.submit(computed, shared, part, pure=False, retries=TRIES) for part in batches(points, workers)
        )
        while waiting:
            yield from waiting.popleft().result()
    finally:
        client.close()


def _client(address: str) -> Any:
    try:
        from dask.distributed import Client
    except ImportError:
        raise UsageError("--scheduler needs dask.distributed", fix="pip install 'rnn-tui[dask]'") from None
    make: Callable[..., Any] = Client
    try:
        return make(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(f"no scheduler at {quoted(address)}: {reason}", fix="start one: dask scheduler") from None
