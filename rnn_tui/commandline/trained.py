"""What `train` says: the average loss of epochs, why it stopped, and what the trained network does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnn_core.data import demo_test_sequence
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.session import Session
from rnn_core.errors import InputError, one_line
from rnn_core.recorder import record
from rnn_core.trace import Trace
from rnn_core.training.finite import first_not_finite
from rnn_core.training.run import Run

SHOWN = 10
"""The most sequences that get a line of their own."""


def epoch_line(run: Run, epoch: int) -> str:
    """`epoch 10/100  average loss 1.0982`: of the losses before the epoch's updates; epochs count from 1."""
    losses = run.metrics.loss[(epoch - 1) * run.epoch_length : epoch * run.epoch_length]
    losses = losses[~np.isnan(losses)]
    with np.errstate(all="ignore"):
        said = f"average loss {_loss(losses.mean())}" if losses.size else "no targets"
    return f"epoch {epoch}/{run.epochs}  {said}"


def _loss(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 1e9 else f"{value:.4g}"


def not_finite(session: Session, update: int) -> tuple[Session, InputError]:
    """The session after the line that wrote the first number that is not finite, and the line that says so."""
    trace = session.run.trace(update)
    k = first_not_finite(trace)
    at = session.within(trace, trace.end if k is None else k)
    place = at.ran
    line = f"{place.phase} {f't={place.t} ' if place.t else ''}{place.instruction.name}" if place else "the start"
    fix = "a smaller --lr or --clip may help; --through-non-finite trains on"
    return at, InputError("a number that is not finite", where=f"update {update}, {line}", fix=fix)


def lines(session: Session) -> Iterator[str]:
    """What the trained network does: a fresh sequence of the demo, a text of its own, or its loss on the data."""
    dataset, recipe = session.dataset, session.recipe
    if recipe.text is None and not recipe.path and recipe.demo == "teaching":
        yield from _fresh(record(session.params, demo_test_sequence(recipe.seed), session.options))
    elif dataset.classes and dataset.classes == dataset.features:
        done = COMMANDS.execute(session, "sample")
        yield f"it writes: {_escaped(done.message)}" if not done.failed else done.message
    else:
        for i, sequence in enumerate(dataset.sequences[:SHOWN], start=1):
            yield f"sequence {i}  {_fit(record(session.params, sequence, session.options))}"
        if len(dataset.sequences) > SHOWN:
            yield f"… and {len(dataset.sequences) - SHOWN:,} more sequences"


def _fresh(trace: Trace) -> Iterator[str]:
    shown = trace.program.output.shown
    what = "probabilities" if shown == "p" else "outputs"
    yield f"{what} for a fresh sequence of {len(trace)} timesteps:"
    for t, row in enumerate(trace.rows[shown].tolist(), start=1):
        yield f"t={t}  {'  '.join(f'{p:.6f}' for p in row)}"


def _fit(trace: Trace) -> str:
    targeted = trace.sequence.has_target
    if not targeted.any():
        return "no targets"
    if trace.sequence.is_values:
        return f"loss {_loss(trace.mean_loss)}"
    right = int((np.argmax(trace.p, axis=1) == trace.y)[targeted].sum())
    return f"loss {_loss(trace.mean_loss)}  accuracy {right}/{int(targeted.sum())}"


def _escaped(text: str) -> str:
    """Line ends stay; what else cannot be shown is replaced."""
    return "\n".join(one_line(line, len(line)) for line in text.split("\n"))
