"""A bar while long work runs; Esc or Ctrl-C cancels the work, whatever else is typed waits for its turn."""

from __future__ import annotations

from typing import Protocol

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, ProgressBar

from rnn_tui.work import Bar


class Reported(Protocol):
    """What the bar reads and how it cancels: see `work.Progress`."""

    share: float

    def cancel(self) -> None:
        """Ask the work to stop."""


class ProgressScreen(ModalScreen[None], Bar):
    """Title, bar, and how to cancel."""

    ALLOW_SELECT = False

    def __init__(self, title: str, progress: Reported) -> None:
        super().__init__()
        self._words = title
        self._progress = progress

    def compose(self) -> ComposeResult:
        """A small box in the middle."""
        with Vertical(classes="dialog"):
            yield Label(self._words, markup=False)
            yield ProgressBar(total=1.0, show_eta=True)
            yield Label("Esc cancels · what you type waits", classes="hint", markup=False)

    def on_mount(self) -> None:
        """Read the share done ten times a second."""
        self.set_interval(0.1, self._read)

    def _read(self) -> None:
        self.query_one(ProgressBar).update(progress=self._progress.share)

    def cancel(self) -> None:
        """Ask the work to stop, and say so."""
        self._progress.cancel()
        self.query_one(".hint", Label).update("cancelling …")
