"""The gates of a cell over time, and its cell state: s i f g o of an LSTM, r u n of a GRU."""

from __future__ import annotations

from rnn_core.debugger.session import Session
from rnn_core.views.options import GATES
from rnn_core.views.series import gated
from rnn_tui.panels.series import SeriesPanel


class GatesPanel(SeriesPanel):
    """As many side by side as there is room for; the one that was written last, or is selected, among them."""

    PANEL = GATES
    TITLE = "gates"

    def leads(self, session: Session) -> str:
        """Back to h."""
        return "Shift+Tab: h" if session.view.panel == self.PANEL else ""

    def names(self, session: Session) -> tuple[str, ...]:
        """States first, then the gates in their order."""
        return gated(session.shown)
