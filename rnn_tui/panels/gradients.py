"""The gradients, filling line by line: dU, dW, dV, db, dc with their norms, and the vectors that make them."""

from __future__ import annotations

from rnn_core.debugger.session import Session
from rnn_core.views.grid import Grid, contributing_timestep, gradient, is_vector, vector
from rnn_core.views.moments import settled
from rnn_core.views.placed import Placed
from rnn_tui.panels.tables import TablesPanel


class GradientsPanel(TablesPanel):
    """The running sums, or what the current timestep adds to them; dh, da and dh_next beside."""

    PANEL = "gradients"

    def title(self, session: Session, narrow: bool) -> str:
        """Accumulated, or this timestep's own."""
        what = "accumulated" if session.view.sums == "accumulated" else "this timestep's own"
        return what if narrow else f"gradients · {what}"

    def grid(self, session: Session, placed: Placed) -> Grid:
        """A vector or a running sum."""
        trace, view, name = session.shown, session.view, placed.name
        k = settled(trace, (name,), session.k)
        if is_vector(trace, name):
            return self.lately.of(name, vector, trace, k, view, name, placed.rows)
        return self.lately.of(placed.place, gradient, trace, k, view, name, placed.rows, placed.columns)

    def norms(self, session: Session) -> list[tuple[str, float | None]]:
        """The norms of the running sums that are begun."""
        trace, k, first = session.shown, session.k, slice(0, 1)
        begun = {name for name in trace.program.sums if trace.window(name, k, first, first) is not None}
        return [(name, trace.summary(name, k).norm if name in begun else None) for name in trace.program.sums]

    def note(self, session: Session, name: str) -> str:
        """The timestep whose own part is shown."""
        if session.view.sums == "accumulated":
            return ""
        return f"t={contributing_timestep(session.shown, session.k, name)}"
