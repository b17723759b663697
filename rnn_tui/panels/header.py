"""The first row: what is being run, and how it went."""

from __future__ import annotations

import math

from rnn_core.debugger.session import Session
from rnn_core.views.difference import MINUS
from rnn_core.views.numbers import plain
from rnn_tui.panels.base import Panel
from rnn_tui.render.canvas import Canvas, clean


class HeaderPanel(Panel):
    """Name, sequence, sizes on the left; update, learning rate, loss on the right."""

    def __init__(self) -> None:
        super().__init__()
        self.training: tuple[str, ...] = ()
        """How far training has come, while it goes on; what matters most comes first."""

    def paint(self, canvas: Canvas, session: Session) -> None:
        """One row; what does not fit is left out from the middle outwards."""
        colours, trace, sizes = self.colours, session.trace, session.trace.sizes
        text, dim = colours.style("text", on="bar"), colours.style("dim", on="bar")
        canvas.fill(0, text)
        total = len(session.dataset.sequences)
        right = self._training(canvas.width - 14) if self.training else _right(session)
        forks = _fork(session)
        if len(forks) + len(right) + len(session.dataset.name) + 12 > canvas.width and forks and not self.training:
            right = f"update {session.cursor.u}"
        left = [f"sequence {session.index + 1}/{total}", f"T {len(trace)}"]
        if forks:
            left.insert(0, clean(forks))
        left += [f"in {sizes.inputs}", f"hidden {sizes.hidden}", f"out {sizes.classes}"]
        if session.params.widened or session.dataset.widened:
            left.insert(1, "float32 → float64")
        x = canvas.put(0, 1, "rnn ", colours.style("accent", on="bar", bold=True))
        x = canvas.put(
            0, x, clean(session.dataset.name)[: max(8, canvas.width // 4)], colours.style("text", on="bar", bold=True)
        )
        for part in left:
            if x + len(part) + 3 + len(right) + 2 > canvas.width:
                break
            x = canvas.put(0, canvas.put(0, x, " · ", dim), part, text)
        style = colours.style("accent", on="bar", bold=True) if self.training else dim
        canvas.put(0, max(x + 2, canvas.width - len(right) - 1), right, style)

    def _training(self, room: int) -> str:
        """As much of what training says of itself as fits; how to stop it stands last."""
        bar, stops, *more = self.training
        while more and len(" · ".join((bar, *more, stops))) > room:
            more.pop()
        return " · ".join((bar, *more, stops))


def _fork(session: Session) -> str:
    """Which fork is looked at, and against which; empty while there is one run only."""
    if len(session.branches) == 1:
        return ""
    return f"{session.branch} {MINUS} {session.compared}" if session.compared else session.branch


def _right(session: Session) -> str:
    loss = session.trace.mean_loss
    shown = "no targets" if math.isnan(loss) and not session.trace.sequence.target_count else f"mean loss {plain(loss)}"
    u, length = session.cursor.u, session.run.epoch_length
    epoch = f"epoch {u // length + 1} · " if u and length > 1 else ""
    return f"{epoch}update {u} · lr {session.options.learning_rate:g} · {shown}"
