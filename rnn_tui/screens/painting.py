"""When the panels are painted, and how: at most `FRAMES` times a second, and only what has changed.

Textual composes a whole screen from its widgets. Where each panel is alone at its place there is nothing to compose,
and what the panels change is sent as it is.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from textual.timer import Timer

from rnn_tui.panels.base import Panel
from rnn_tui.panels.header import HeaderPanel
from rnn_tui.panels.training import TrainingPanel
from rnn_tui.terminal.changes import Changes

if TYPE_CHECKING:
    from rnn_tui.screens.debugger import DebuggerScreen

FRAMES = 120


class Painting:
    """The painting of a screen's panels."""

    def __init__(self, screen: DebuggerScreen) -> None:
        self._screen = screen
        self._painted_at = 0.0
        self._due: Timer | None = None
        self._panels: tuple[Panel, ...] = ()

    def begin(self) -> None:
        """The panels are there: paint their first frame."""
        self._panels = tuple(self._screen.query(Panel))
        self.paint()

    def soon(self) -> None:
        """Paint now, or with the next frame when the last one is too fresh."""
        if self._due is not None:
            return
        wait = self._painted_at + 1 / FRAMES - monotonic()
        if wait <= 0:
            self.paint()
        else:
            self._due = self._screen.set_timer(wait, self.paint)

    def show_training(self) -> None:
        """Show how far training has come, and nothing else: a key that comes now must not wait for more."""
        screen = self._screen
        self._header().show(screen.session, screen.message)
        screen.query_one(TrainingPanel).show(screen.session, screen.message)

    def paint(self) -> None:
        """Show every panel the session."""
        self._due = None
        self._header().reviewing = self._screen.background.reviewing
        if self._covered:
            for panel in self._panels:
                panel.show(self._screen.session, self._screen.message)
        else:
            self._paint_at_once()
        self._painted_at = monotonic()

    def _header(self) -> HeaderPanel:
        """The header, which knows how far training has come."""
        header, training = self._screen.query_one(HeaderPanel), self._screen.background.training
        header.training = training.progress_text if training else ()
        return header

    @property
    def _covered(self) -> bool:
        """Whether something stands, or is to stand, where the panels are: Textual knows how to paint that."""
        screen = self._screen
        return (
            screen is not screen.app.screen
            or screen.session.view.console
            or screen.placing.due
            or bool(screen._dirty_widgets or screen._compositor._dirty_regions or screen.app._batch_count)
        )

    def _paint_at_once(self) -> None:
        """Send what the panels change: each is alone where it stands, so that nothing has to be put together."""
        screen = self._screen
        places, changes = screen._compositor.visible_widgets, []
        for panel in self._panels:
            if panel not in places:
                panel.take(screen.session, screen.message)
                continue
            changed = panel.changes(screen.session, screen.message)
            if changed is None:
                panel.refresh()
            elif changed:
                region, _ = places[panel]
                changes += [change._replace(x=region.x + change.x, y=region.y + change.y) for change in changed]
        if changes:
            screen.app._display(screen, Changes(changes))  # type: ignore[arg-type]  # as Textual's own frames are
