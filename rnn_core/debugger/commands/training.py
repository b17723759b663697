"""Commands that go from update to update: by updates, by epochs, and through many of them to a stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rnn_core.debugger.outcome import Outcome, Train, Travel
from rnn_core.debugger.registry import Argument, Command, Key, count
from rnn_core.debugger.session import Session
from rnn_core.errors import UsageError
from rnn_core.training.run import MOST_UPDATES


def _checked(update: int) -> int:
    if update > MOST_UPDATES:
        raise UsageError(f"update {update:,} is too far", fix=f"at most {MOST_UPDATES:,}")
    return update


def _starts(session: Session, length: int, times: int) -> int:
    """The update that begins `times` portions of `length` updates on, or back; a start passed already counts as one."""
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
            target = _starts(session, run.epoch_length, direction * (epochs or run.epochs))
        if direction < 0 and session.cursor == (0, 0):
            return Outcome(session, "already at the start of the run")
        return Outcome(session.seen(training=True), effects=(Train(_checked(target)),))

    return run


def _nonfinite(session: Session, what: str) -> Outcome:
    if what not in ("", "stop", "go"):
        raise UsageError(f"nonfinite: no {what!r}", fix="stop or go")
    through = session.through if not what else what == "go"
    word = "goes on through" if through else "stops at"
    return Outcome(replace(session, through=through), f"training {word} numbers that are not finite")


N = (Argument("n", count, default=1),)
EPOCHS = (Argument("epochs", count, default=0),)
COMMANDS = (
    Command("update", _by("update", +1), "To the start of the next update, N times.", "update 5", "training", (),
            N, (Key("u"), Key("pagedown")), "rupdate", "update"),
    Command("rupdate", _by("update", -1), "Back to the start of the update, N times.", "rupdate", "training", (), N,
            (Key("U"), Key("pageup")), "update"),
    Command("epoch", _by("epoch", +1), "To the start of the next epoch, N times.", "epoch 10", "training", (), N,
            (Key(">"),), "repoch"),
    Command("repoch", _by("epoch", -1), "Back to the start of the epoch, N times.", "repoch", "training", (), N,
            (Key("<"),), "epoch"),
    Command("train", _train(+1), "Train N epochs, or to the end of the run; stops at a stop.", "train 100", "training",
            (), EPOCHS, (Key("T"),), "rtrain", "train"),
    Command("rtrain", _train(-1), "Back N epochs, or to the start; stops at a stop.", "rtrain 10", "training",
            ("reverse-train",), EPOCHS, (), "train"),
    Command("nonfinite", _nonfinite, "Whether training stops at NaN and infinity: stop or go.", "nonfinite go",
            "training", (), (Argument("stop|go", str, default=""),)),
)  # fmt: skip
