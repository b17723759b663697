"""The weights: U, W, V, b, c as they are at this position, before or after their update line."""

from __future__ import annotations

from rnn_core.debugger.session import Session
from rnn_core.views.gradients import parameters
from rnn_core.views.grid import Grid, weights, weights_summary
from rnn_core.views.moments import settled
from rnn_core.views.placed import Placed
from rnn_tui.panels.tables import TOP, TablesPanel


class WeightsPanel(TablesPanel):
    """Laid out as the gradients are, so that each weight stands where its gradient does."""

    PANEL = "weights"

    def title(self, session: Session, narrow: bool) -> str:
        """How far the update has come."""
        trace = session.shown
        names = trace.program.parameters
        done = [name for name in names if trace.program.times_run(name, session.k, len(trace))]
        if len(done) < len(names):
            return f"weights · updated {' '.join(done)}" if done else "weights · given"
        return "weights · updated"

    def tables(self, session: Session) -> tuple[Placed, ...]:
        """The gradients' places, or wider ones, under the weights' names."""
        return parameters(session.shown, session.k, session.view, self.size.width, self.size.height - TOP)

    def grid(self, session: Session, placed: Placed) -> Grid:
        """The values at this position."""
        trace, view, name = session.shown, session.view, placed.name
        k = settled(trace, (name,), session.k)
        return self.lately.of(placed.place, weights, trace, k, view, name, placed.rows, placed.columns)

    def norms(self, session: Session) -> list[tuple[str, float | None]]:
        """The norms of the parameters."""
        trace, k = session.shown, session.k
        return [
            (n, weights_summary(trace, n, trace.program.times_run(n, k, len(trace)) > 0).norm)
            for n in trace.program.parameters
        ]
