"""The first row: what is being run, and how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnn_core.arrays import Array
from rnn_core.debugger.session import MAIN, Session
from rnn_core.model import RNN
from rnn_core.remembering import remembered
from rnn_core.trace import Trace
from rnn_core.views.difference import MINUS
from rnn_core.views.moments import settled
from rnn_core.views.numbers import plain
from rnn_core.views.words import Word, fitting
from rnn_tui.panels.base import SEPARATOR, Panel
from rnn_tui.render.canvas import Canvas, beginning, clean, width_of

if TYPE_CHECKING:  # who opens no code of their own does not wait for it
    from rnn_core.alongside.run import Alongside


class HeaderPanel(Panel):
    """Name, sequence, sizes on the left; update, learning rate, loss on the right."""

    def __init__(self) -> None:
        super().__init__()
        self.training: tuple[str, ...] = ()
        """How far training has come, while it goes on; what matters most comes first."""
        self.reviewing = False
        """Whether the person's own code is being run again."""

    def moment(self, session: Session) -> int:
        """Of the position it shows the loss."""
        return settled(session.trace, ("loss",), session.k)

    def besides(self) -> object:
        """How far training has come, and whether their code is being run again."""
        return self.training, self.reviewing

    def paint(self, canvas: Canvas, session: Session) -> None:
        """One row; of what does not fit the least important is left out."""
        colours = self.colours
        text, dim = colours.style("text", on="bar"), colours.style("dim", on="bar")
        canvas.fill(0, text)
        x = canvas.put(0, 1, "rnn ", colours.style("accent", on="bar", bold=True))
        name, most = clean(session.dataset.name), max(8, canvas.width // 4)
        name = name if width_of(name) <= most else beginning(name, most - 1) + "…"
        x = canvas.put(0, x, name, colours.style("text", on="bar", bold=True))
        if session.beside is not None:
            x = self._verdict(canvas, session.beside, x)
        right = [Word(self._training(canvas.width - 14), 0, "right")] if self.training else _right(session)
        shown = fitting((*_left(session), *right), canvas.width - x - 5, len(SEPARATOR))
        for word in shown:
            if not word.kind:
                x = canvas.put(0, canvas.put(0, x, SEPARATOR, dim), word.text, text)
        told = SEPARATOR.join(word.text for word in shown if word.kind)
        style = colours.style("accent", on="bar", bold=True) if self.training else dim
        canvas.put(0, max(x + 2, canvas.width - width_of(told) - 1), told, style)

    def _verdict(self, canvas: Canvas, run: Alongside, x: int) -> int:
        """Right, wrong with its line, or unsure, by colour and in words."""
        role = {"right": "good", "wrong": "bad"}.get(run.verdict, "accent")
        where = f" line {run.label(run.fault.spot.line)} (X)" if run.fault and not run.stale else ""
        x = canvas.put(0, x, SEPARATOR, self.colours.style("dim", on="bar"))
        if self.reviewing:
            return canvas.put(0, x, "reviewing …", self.colours.style("accent", on="bar", bold=True))
        return canvas.put(0, x, f"{run.verdict}{where}", self.colours.style(role, on="bar", bold=True))

    def _training(self, room: int) -> str:
        """As much of what training says of itself as fits; how to stop it stands last."""
        bar, stops, *more = self.training
        while more and len(" · ".join((bar, *more, stops))) > room:
            more.pop()
        return " · ".join((bar, *more, stops))


def _left(session: Session) -> list[Word]:
    """What is being run: the fork, the sequence, its length, the sizes."""
    sizes, total = session.trace.sizes, len(session.dataset.sequences)
    widened = session.params.widened or session.dataset.widened
    cell = session.trace.params.cell
    return [
        *_hunted(session),
        Word(clean(_fork(session)), 1),
        Word("" if cell == RNN else str(cell), 2),
        Word(f"sequence {session.index + 1}/{total}", 3),
        Word(_proof(session), 2),
        Word("float32 → float64" if widened else "", 4),
        Word(f"T {len(session.trace)}", 5),
        Word(f"in {sizes.inputs}", 7),
        Word(f"hidden {sizes.hidden}", 8),
        Word("no outputs", 3) if session.trace.program.output.name == "none" else Word(f"out {sizes.classes}", 9),
    ]


def _hunted(session: Session) -> list[Word]:
    """What is to be known of a hunt; nothing where it is none."""
    if session.hunt is None:
        return []
    how = "solved" if session.hunt.solved else "one line does not do what it says"
    return [Word(f"level {session.hunt.level}", 1), Word(how, 1)]


def _fork(session: Session) -> str:
    """Which fork is looked at, and against which; empty while there is one run only."""
    if len(session.branches) == 1:
        return ""
    return f"{session.branch} {MINUS} {session.compared}" if session.compared else session.branch


def _proof(session: Session) -> str:
    """How the model agrees with its framework, while it is as it was read."""
    fresh = session.cursor.u == 0 and session.branch == MAIN
    return session.proof.verdict if session.proof and fresh else ""


@remembered
def _targets(trace: Trace) -> Array:
    """(T+1,) how many of the first timesteps have a target."""
    counts: Array = np.concatenate([[0], np.cumsum(trace.sequence.has_target)])
    return counts


def _loss(trace: Trace, k: int) -> str:
    """The mean loss over the targets that the loss line has seen by now, and how many of all those are."""
    count, ran = trace.sequence.target_count, trace.program.times_run("loss", k, len(trace))
    if not count:
        return "no targets"
    seen = int(_targets(trace)[ran])
    if not seen:
        return "mean loss –"
    total = float(trace.running_loss[ran - 1]) * (count if trace.options.reduction == "mean" else 1)
    part = "" if seen == count else f" ({seen:,} of {count:,})"
    return f"mean loss {plain(total / seen if part else trace.mean_loss)}{part}"


def _right(session: Session) -> list[Word]:
    """How it went: the epoch, the update, the learning rate, the loss by now."""
    u, length = session.cursor.u, session.run.epoch_length
    epoch = f"epoch {u // length + 1}" if u and length > 1 else ""
    return [
        Word(epoch, 6, "right"),
        Word(f"update {u}", 0, "right"),
        Word(f"lr {session.options.learning_rate:g}", 6, "right"),
        Word(_loss(session.trace, session.k), 2, "right"),
    ]
