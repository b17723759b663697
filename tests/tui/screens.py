"""The app run without a terminal: what its screen shows, as lines of text."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from rnn_core.debugger.session import Session
from rnn_tui.app import RnnApp
from rnn_tui.panels.base import Panel
from rnn_tui.screens.debugger import DebuggerScreen
from tests.debugger.sessions import demo


class Driven:
    """An app under a pilot, and its screen as text."""

    def __init__(self, pilot: Pilot[Any]) -> None:
        self.pilot = pilot
        self.app = pilot.app

    @property
    def debugger(self) -> DebuggerScreen:
        """The debugger's screen, also while a dialog is open over it."""
        return next(screen for screen in self.app.screen_stack if isinstance(screen, DebuggerScreen))

    @property
    def session(self) -> Session:
        return self.debugger.session

    @property
    def k(self) -> int:
        return self.session.k

    async def press(self, *keys: str) -> None:
        """Press keys and let everything settle."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Press a key for each character."""
        await self.press(*("space" if ch == " " else {"/": "slash", ".": "full_stop"}.get(ch, ch) for ch in text))

    async def until(self, what) -> None:
        """Wait until `what()` is so; the test's time limit ends a wait for what never comes."""
        while not what():
            await self.pilot.pause(0.01)

    def panel(self, name: str) -> str:
        """A panel's own rows as text."""
        panel = self.debugger.query_one(f"#{name}", Panel)
        rows = [strip.text.rstrip() for strip in panel._strips]
        return "\n".join(rows)

    @property
    def text(self) -> str:
        """The whole screen as lines of text, dialogs and all."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


@asynccontextmanager
async def driven(
    session: Session | None = None, size: tuple[int, int] = (120, 40), *, plain: bool = False
) -> AsyncIterator[Driven]:
    """The app over a session, at a size; `plain` as on a terminal without colour."""
    app = RnnApp(session or demo())
    app.plain = plain
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Driven(pilot)
