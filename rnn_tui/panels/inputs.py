"""What the current timestep reads: its input, its token, its target."""

from __future__ import annotations

import numpy as np

from rnn_core.data import NO_TARGET
from rnn_core.debugger.selection import current_timestep
from rnn_core.debugger.session import Session
from rnn_core.views.numbers import short
from rnn_core.views.outputs import class_name
from rnn_tui.panels.base import Panel, heading
from rnn_tui.render.canvas import Canvas, clean

COLUMN = 18


class InputsPanel(Panel):
    """A one-hot input by its name; any other by its features, largest first where they do not all fit."""

    def paint(self, canvas: Canvas, session: Session) -> None:
        """Title with the timestep, the target, the features."""
        colours, trace = self.colours, session.trace
        t = current_timestep(session) or 1
        sequence, dataset = trace.sequence, session.dataset
        target = int(trace.y[t - 1])
        says = "no target" if target == NO_TARGET else f"target {clean(class_name(dataset.classes, target))}"
        token = f" {clean(class_name((sequence.tokens[t - 1],), 0))}" if sequence.tokens else ""
        heading(canvas, colours, f"input x[{t}]{token[:12]}", says)
        x = trace.x[t - 1]
        nonzero = np.flatnonzero(x)
        columns = max(1, (canvas.width - 1) // COLUMN)
        room = columns * (canvas.height - 1)
        if len(nonzero) == 1 and x[nonzero[0]] == 1.0 and len(x) > 1:
            hot = int(nonzero[0])
            name = f" ({clean(class_name(dataset.features, hot))})" if dataset.features else ""
            canvas.put(1, 1, f"one-hot: x[{hot}] = 1{name} of {len(x)}", colours.style("text"))
            return
        shown = np.arange(len(x)) if len(x) <= room else np.sort(np.argsort(-np.abs(x), kind="stable")[: room - 1])
        chosen = session.view.units.input
        for place, i in enumerate(shown.tolist()):
            y, column = 1 + place % (canvas.height - 1), 1 + place // (canvas.height - 1) * COLUMN
            name = clean(dataset.features[i])[:7] if dataset.features else str(i)
            style = colours.style("accent" if i == chosen else "dim")
            after = canvas.put(y, column, f"{name:>{7 if dataset.features else 4}} ", style)
            canvas.put(y, after, short(float(x[i])), colours.style("text"))
        if len(shown) < len(x):
            canvas.put(
                canvas.height - 1, 1 + (columns - 1) * COLUMN, f"… {len(x) - len(shown)} smaller", colours.style("dim")
            )
