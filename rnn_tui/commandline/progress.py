"""A progress bar on standard error, for people who wait: only in a terminal, and only when it takes a while."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from rnn_tui.commandline.terminal import print_line

PATIENCE = 0.5
"""Seconds before the bar appears."""


class Bar:
    """A context manager; call it with the share done, 0 to 1."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._started = time.monotonic()
        self._progress: Any = None
        self._shown = False
        self._wanted = sys.stderr is not None and sys.stderr.isatty()

    def __call__(self, share: float, note: str = "") -> None:
        """Show the share done, and a note beside the text."""
        if self._progress is None:
            if not self._wanted or time.monotonic() - self._started < PATIENCE:
                return
            self._progress = self._bar()
        elif not self._shown:
            self._progress.start()
        self._shown = True
        self._progress.update(0, completed=share, description=f"{self.text}{note}")

    def line(self, text: str) -> None:
        """Print a line on standard output; the bar makes room for it."""
        self.pause()
        print_line(text)

    def pause(self) -> None:
        """Make room for something else, until the next report."""
        if self._progress is not None and self._shown:
            self._progress.stop()
        self._shown = False

    def part(self, start: float, stop: float) -> Any:
        """A callable for a part of the work, which takes this part of the bar."""
        return lambda share: self(start + (stop - start) * share)

    def _bar(self) -> Any:
        from rich.console import Console  # only long work pays for these
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn()
        progress = Progress(
            *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
        )
        progress.add_task(self.text, total=1.0)
        progress.start()
        return progress

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.pause()
