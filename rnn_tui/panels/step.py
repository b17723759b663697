"""This step: the number that the last line wrote for the selected unit, taken apart."""

from __future__ import annotations

from rnn_core.debugger.session import NONE, Session
from rnn_core.views.difference import Difference, explain_difference
from rnn_core.views.explain import explain
from rnn_core.views.words import Word
from rnn_tui.panels.base import Panel, heading
from rnn_tui.render.canvas import Canvas, clean, width_of

ROLES = {
    "name": "text",
    "result": "accent",
    "value": "text",
    "dim": "dim",
    "text": "text",
    "good": "good",
    "bad": "bad",
}


class StepPanel(Panel):
    """The equation with its shapes in the title, the rows of the explanation below."""

    COMPARES = True

    def paint(self, canvas: Canvas, session: Session) -> None:
        """As many rows as fit; each was made to fit the width."""
        colours = self.colours
        difference, pinned = session.shown, session.view.pinned is not None
        run = session.beside
        if isinstance(difference, Difference) and run is None:
            names = session.branch, session.compared
            shown = explain_difference(difference, session.k, session.view, names, canvas.width - 2)
        elif run is not None:
            from rnn_core.views.their_step import explain_theirs  # only a person's own code needs it

            stop = session.stopped if session.by == "theirs" else NONE
            shown = explain_theirs(
                run, session.trace, session.k, session.view, canvas.width - 2, session.dataset.classes, stop
            )
        else:
            shown = explain(session.trace, session.k, session.view, canvas.width - 2, session.dataset.classes)
        title = ("selected" if pinned else "this step") + self.minus(session)
        heading(canvas, colours, title, (Word(shown.equation, 3),), focused=pinned)
        rows = shown.rows
        if session.hunt is not None and not isinstance(difference, Difference):
            from rnn_core.views.claimed import claimed_row  # only a hunt needs it

            rows = (*rows, claimed_row(session.trace, session.k, session.view))
        for y, row in enumerate(rows, start=1):
            x = 1
            for part in row:
                text = clean(part.text)
                if x + width_of(text.rstrip()) > canvas.width:
                    break
                x = canvas.put(y, x, text, colours.style(ROLES[part.role], bold=part.role in ("result", "name")))
