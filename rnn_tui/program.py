"""What the keyboard, the screens and the threads need of the app, so that they need not know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from textual import events
from textual.app import App

from rnn_core.debugger.session import Session

if TYPE_CHECKING:
    from rnn_tui.work import Progress


class Answering(Protocol):
    """The screen that answers keys by command lines."""

    session: Session

    @property
    def working(self) -> bool:
        """Whether command lines are being run that the keys wait for."""

    @property
    def typing(self) -> bool:
        """Whether letters are written rather than answered."""

    async def key(self, event: events.Key) -> None:
        """Answer a key."""

    def paste(self, text: str) -> None:
        """Answer a paste."""


class Program(App[int]):
    """The app, as far as others see it."""

    works: list[Progress]
    """Work that the keys wait for."""
    leaving: int | None
    """The exit status, once a signal or a terminal that has gone asks for the end."""

    @property
    def answering(self) -> Answering | None:
        """The debugger's screen, once there is one."""
        raise NotImplementedError

    @property
    def busy(self) -> bool:
        """Whether work is going on that the keys wait for."""
        return bool(self.works) or (self.answering is not None and self.answering.working)

    @property
    def in_dialog(self) -> bool:
        """Whether a dialog has the keyboard."""
        raise NotImplementedError

    async def answer_keys(self) -> None:
        """Answer the keys that have waited, as far as nothing is in their way."""
        raise NotImplementedError

    async def forward(self, event: events.Event) -> None:
        """Let Textual answer a key, for the dialog that is open."""
        raise NotImplementedError

    def action_interrupt(self) -> None:
        """Ctrl-C."""
        raise NotImplementedError
