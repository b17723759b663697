"""The weights: U, W, V, b, c as they are at this position, before or after their update line."""

from __future__ import annotations

from dataclasses import replace

from rnn_core.debugger.session import Session
from rnn_core.views.gradients import Placed
from rnn_core.views.grid import Grid, is_vector, weights, weights_summary
from rnn_core.views.moments import settled
from rnn_tui.panels.tables import TablesPanel


class WeightsPanel(TablesPanel):
    """Laid out as the gradients are, so that each weight stands where its gradient does."""

    PANEL = "weights"

    def title(self, session: Session, narrow: bool) -> str:
        """How far the update has come."""
        done = session.shown.program.times_run("c", session.k, len(session.shown))
        words = "updated" if done else "given"
        return f"weights · {words}"

    def tables(self, session: Session) -> tuple[Placed, ...]:
        """The gradients' places, under the weights' names."""
        places = super().tables(session)
        shown = [replace(p, name=p.name[1:]) for p in places if not is_vector(session.shown, p.name)]
        return tuple(shown) or (replace(places[0], name="W"),)

    def grid(self, session: Session, placed: Placed) -> Grid:
        """The values at this position."""
        trace, view, name = session.shown, session.view, placed.name
        k = settled(trace, (name,), session.k)
        return self.lately.of(name, weights, trace, k, view, name, placed.rows, placed.columns)

    def norms(self, session: Session) -> list[tuple[str, float | None]]:
        """The norms of the parameters."""
        trace, k = session.shown, session.k
        return [
            (n, weights_summary(trace, n, trace.program.times_run(n, k, len(trace)) > 0).norm)
            for n in trace.program.parameters
        ]
