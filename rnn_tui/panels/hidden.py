"""The hidden states over time, filled up to the cursor; saturated units are marked."""

from __future__ import annotations

from rnn_core.debugger.session import Session
from rnn_core.views.cells import axes
from rnn_core.views.options import Cell
from rnn_core.views.series import gated, whole_beside
from rnn_tui.panels.series import SeriesPanel


class HiddenPanel(SeriesPanel):
    """h; beside it, where there is room, the gradient that arrives at it, and what it is the tanh of."""

    PANEL = "hidden"
    TITLE = "hidden"

    def names(self, session: Session) -> tuple[str, ...]:
        """h first; the others only where no timestep and no number of it is lost by that."""
        trace = session.shown
        held = (name for name in ("h", "dh", "a") if name in trace.program.series)
        names = tuple(name for name in held if axes(trace, name)[1] == "hidden")
        return whole_beside(trace, session.view, names, self.size.width)

    def leads(self, session: Session) -> str:
        """To the gates, where the cell has any."""
        keys = {"": "Tab Tab", self.PANEL: "Tab"}.get(session.view.panel, "")
        return f"{keys}: gates" if keys and gated(session.shown) else ""

    def place_of(self, session: Session, cell: Cell) -> tuple[int, int] | None:
        """h, and h0 in its first column."""
        return super().place_of(session, Cell("h", (0, *cell.index)) if cell.name == "h0" else cell)
