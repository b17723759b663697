"""Commands that go from update to update: by updates, by epochs, and through many of them to a stop."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from rnn_core.debugger.outcome import Outcome, Train, Travel
from rnn_core.debugger.registry import Argument, Command, Key, count
from rnn_core.debugger.session import Session
from rnn_core.errors import UsageError, quoted
from rnn_core.training.run import MOST_UPDATES
from rnn_core.training.sampling import as_text, sample

SAMPLE, TEMPERATURE = 200, 0.8
"""Symbols of a sample and its temperature, where nothing else is said."""
MOST_SYMBOLS = 10_000


def _checked(update: int) -> int:
    if update > MOST_UPDATES:
        raise UsageError(f"update {update:,} is too far", fix=f"at most {MOST_UPDATES:,}")
    return update


def _starts(session: Session, length: int, times: int) -> int:
    """The update at a multiple of `length`, `times` of them on or back; a multiple passed within one counts."""
    u, k = session.cursor
    if times > 0:
        return _checked((u // length + times) * length)
    here = u // length * length
    return max(0, here + (times + (1 if (u, k) != (here, 0) else 0)) * length)


def _by(unit: str, direction: int) -> Callable[[Session, int], Outcome]:
    def run(session: Session, times: int) -> Outcome:
        length = session.run.epoch_length if unit == "epoch" else 1
        target = _starts(session, length, direction * times)
        if (target, 0) == session.cursor:
            return Outcome(session, "already at the start of the run")
        return Outcome(session, effects=(Travel(target),))

    return run


def _train(direction: int) -> Callable[[Session, int], Outcome]:
    def run(session: Session, epochs: int) -> Outcome:
        run = session.run
        if direction > 0 and not epochs:
            target = run.end if session.cursor.u < run.end else _starts(session, run.epoch_length, run.epochs)
        else:
            target = _starts(session, run.epoch_length, direction * epochs) if epochs else 0
        if direction < 0 and session.cursor == (0, 0):
            return Outcome(session, "already at the start of the run")
        return Outcome(session.seen(training=True), effects=(Train(_checked(target)),))

    return run


def _nonfinite(session: Session, what: str) -> Outcome:
    through = session.through if not what else what == "go"
    word = "goes on through" if through else "stops at"
    return Outcome(replace(session, through=through), f"training {word} numbers that are not finite")


def _sample(session: Session, words: str) -> Outcome:
    length, temperature = _sample_options(words)
    dataset, trace = session.dataset, session.trace
    if not dataset.classes or dataset.classes != dataset.features:
        raise UsageError("only a network that reads and writes symbols writes text", fix="open one: rnn-tui book.txt")
    now = session.parameters
    states = {f"{state}0": trace.rows[state][trace.program.times_run(state, session.k, len(trace))]
              for state in now.cell.states}  # fmt: skip
    indices = sample(now, dataset.classes, length, temperature=temperature, seed=session.recipe.seed, h0=states)
    return Outcome(session, as_text(dataset.classes, indices, session.recipe.tokens))


def _sample_options(words: str) -> tuple[int, float]:
    """How many symbols, and the temperature: `200`, `200 0.8`. Raises UsageError."""
    given = words.split()
    length, temperature = [*given, "", ""][:2]
    takes = f"a whole number from 1 to {MOST_SYMBOLS:,}, then a temperature: sample 200 0.8"
    if len(given) > 2:
        raise UsageError(f"sample: no {quoted(words)}", fix=takes)
    if length and not (re.fullmatch(r"[0-9]{1,9}", length, re.ASCII) and 1 <= int(length) <= MOST_SYMBOLS):
        raise UsageError(f"sample: {quoted(length)} is not a number of symbols", fix=takes)
    if temperature and not re.fullmatch(r"[0-9]{1,9}\.?[0-9]*|\.[0-9]+", temperature, re.ASCII):
        raise UsageError(f"sample: {quoted(temperature)} is not a temperature", fix="0 or more: sample 200 0.8")
    return int(length or SAMPLE), float(temperature or TEMPERATURE)


N = (Argument("n", count, default=1),)
EPOCHS = (Argument("epochs", count, default=0),)
COMMANDS = (
    Command(
        name="update",
        run=_by("update", +1),
        help="To the start of the next update, N times.",
        reveals=True,
        example="update 5",
        group="training",
        arguments=N,
        keys=(Key("u"), Key("pagedown")),
        reverse="rupdate",
        label="update",
    ),
    Command(
        name="rupdate",
        run=_by("update", -1),
        help="Back to the start of the update, N times.",
        reveals=True,
        example="rupdate",
        group="training",
        arguments=N,
        keys=(Key("U"), Key("pageup")),
        reverse="update",
    ),
    Command(
        name="epoch",
        run=_by("epoch", +1),
        help="To the start of the next epoch, N times.",
        reveals=True,
        example="epoch 10",
        group="training",
        arguments=N,
        keys=(Key(">"),),
        reverse="repoch",
    ),
    Command(
        name="repoch",
        run=_by("epoch", -1),
        help="Back to the start of the epoch, N times.",
        reveals=True,
        example="repoch",
        group="training",
        arguments=N,
        keys=(Key("<"),),
        reverse="epoch",
    ),
    Command(
        name="train",
        run=_train(+1),
        help="Train N epochs, or to the end; breakpoints stop it.",
        reveals=True,
        example="train 100",
        group="training",
        arguments=EPOCHS,
        keys=(Key("T"),),
        reverse="rtrain",
        label="train",
    ),
    Command(
        name="rtrain",
        run=_train(-1),
        help="Back N epochs, or to the start; breakpoints stop it.",
        reveals=True,
        example="rtrain 10",
        group="training",
        aliases=("reverse-train",),
        arguments=EPOCHS,
        reverse="train",
    ),
    Command(
        name="sample",
        run=_sample,
        help="Text that the network writes from here on; N symbols, at a temperature.",
        reveals=True,
        example="sample 200 0.8",
        group="training",
        arguments=(Argument("n temperature", str, default="", rest=True),),
    ),
    Command(
        name="nonfinite",
        run=_nonfinite,
        help="Whether training stops at NaN and infinity: stop or go.",
        example="nonfinite go",
        group="training",
        arguments=(Argument("stop|go", str, default="", choices=("stop", "go")),),
    ),
)
