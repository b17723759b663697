"""Who performs which effect: one table, for the screen and for scripts alike.

Rules this file keeps:
- Every performer returns an outcome with a new session, or raises RnnError and nothing has changed.
- `progress` callables get the share done, 0 to 1, and may raise `Cancelled`: nothing has changed then.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rnn_core.debugger import outcome as kinds
from rnn_core.debugger.commands import help
from rnn_core.debugger.effects import estimates, mine, on_disk, running
from rnn_core.debugger.outcome import Check, Effect, Outcome, ShowHelp, Weights
from rnn_core.debugger.session import Session
from rnn_core.debugger.whatif import forking
from rnn_core.progress import Progress, silent
from rnn_core.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Performed:
    """An effect that is performed here: by whom, and what is to be known of it before."""

    by: Callable[[Any, Session, Progress], Outcome]
    title: str = "working"
    """What a person reads while it goes on."""
    seconds: Callable[[Any, Session], float] = lambda _effect, _session: math.inf
    """Roughly how long it takes; what is not known may take long."""
    replayed: bool = True
    """Whether a script must ask for it again to come to the same session."""


@dataclass(frozen=True)
class OnScreen:
    """An effect that only a screen can perform, and what a run without one says needs it."""

    what: str | Callable[[Any], str]

    def refusal(self, effect: Effect) -> str:
        """What a run without a screen says."""
        return f"{self.what} needs the screen" if isinstance(self.what, str) else self.what(effect)


def perform(effect: Effect, session: Session, progress: Progress = silent) -> Outcome:
    """Do what a command asked for: files, computing, the help as text. What needs a screen is refused in a message.

    Raises RnnError; the session given is then still the one to show.
    """
    entry = EFFECTS[type(effect)]
    if isinstance(entry, OnScreen):
        return Outcome(session, entry.refusal(effect))
    return forking.taken_along(entry.by(effect, session, progress), progress)


def is_performed(effect: Effect) -> bool:
    """Whether `perform` performs it; else it needs the screen."""
    return isinstance(EFFECTS[type(effect)], Performed)


def is_replayed(effect: Effect) -> bool:
    """Whether a script must ask for it again to come to the same session."""
    entry = EFFECTS[type(effect)]
    return isinstance(entry, Performed) and entry.replayed


def title(effect: Effect) -> str:
    """What a person reads while an effect goes on."""
    entry = EFFECTS[type(effect)]
    return entry.title if isinstance(entry, Performed) else ""


def seconds(effect: Effect, session: Session) -> float:
    """Roughly how long an effect takes, at once for what the screen performs."""
    entry = EFFECTS[type(effect)]
    return entry.seconds(effect, session) if isinstance(entry, Performed) else 0.0


def _check(effect: Check, session: Session, progress: Progress) -> Outcome:
    from rnn_core.diagnostics import gradient_check, report  # the start does not wait for it

    found = gradient_check.check(session.trace, timestep=effect.timestep, progress=progress)
    return Outcome(session, "\n".join(report.lines(found, maps=effect.maps)), failed=not found.good)


def _weights(effect: Weights, session: Session, progress: Progress) -> Outcome:
    from rnn_core.debugger.whatif.weights import weights  # the start does not wait for what reads models

    return weights(effect, session, progress)


def _help(effect: ShowHelp, session: Session, _progress: Progress) -> Outcome:
    return Outcome(session, help.text(effect.topic))


def _listed(effect: kinds.ListSequences, session: Session, progress: Progress) -> Outcome:
    from rnn_core.debugger.effects import listing  # the start does not wait for it

    return listing.listed(effect, session, progress)


def _worst(effect: kinds.Worst, session: Session, progress: Progress) -> Outcome:
    from rnn_core.debugger.effects import listing

    return listing.worst(effect, session, progress)


EFFECTS: Mapping[type, Performed | OnScreen] = MappingProxyType(
    {
        kinds.Open: Performed(by=on_disk.open, title="opening"),
        kinds.Review: Performed(by=on_disk.review, title="running and reviewing your code", replayed=False),
        kinds.RunSequence: Performed(
            by=forking.run_sequence, title="running the sequence", seconds=estimates.sequence_seconds
        ),
        kinds.Travel: Performed(
            by=running.travel, title="computing the updates on the way", seconds=estimates.way_seconds
        ),
        kinds.Train: Performed(by=running.train, title="training", seconds=estimates.way_seconds),
        kinds.Search: Performed(by=running.search_on, title="running to a stop", seconds=estimates.search_seconds),
        kinds.Check: Performed(by=_check, title="checking the gradients"),
        kinds.CheckMine: Performed(by=mine.check_mine, title="looking for what makes these gradients"),
        kinds.Solved: Performed(by=mine.solved, seconds=lambda _effect, _session: 0.0, replayed=False),
        kinds.Fork: Performed(by=forking.fork, title="running the fork"),
        kinds.Weights: Performed(by=_weights, title="running the fork"),
        kinds.Switch: Performed(by=forking.switch),
        kinds.Compare: Performed(by=forking.compare),
        kinds.Part: Performed(by=forking.part, title="looking for where they part"),
        kinds.Export: Performed(by=on_disk.export, title="writing the trace", replayed=False),
        kinds.Save: Performed(by=on_disk.save, replayed=False),
        kinds.SaveModel: Performed(by=on_disk.save, replayed=False),
        kinds.ListSequences: Performed(
            by=_listed, title="running every sequence", seconds=estimates.every_seconds, replayed=False
        ),
        kinds.Worst: Performed(by=_worst, title="running every sequence", seconds=estimates.every_seconds),
        kinds.SaveData: Performed(by=on_disk.save_data, title="writing the sequences", replayed=False),
        kinds.ShowHelp: Performed(by=_help, seconds=lambda _effect, _session: 0.0, replayed=False),
        kinds.Ask: OnScreen(lambda ask: f"{ask.command} asks for more only on the screen"),
        kinds.Edit: OnScreen("edit"),
        kinds.EditRows: OnScreen(
            lambda _rows: "the editor needs the screen: rows 3 = [0.5, 1, 0] changes a row without (help rows)"
        ),
        kinds.Copy: OnScreen("the clipboard"),
        kinds.Picture: OnScreen(
            lambda _picture: "a picture needs the screen: rnn-tui picture -o FILE draws one without"
        ),
        kinds.ShowPalette: OnScreen("the palette"),
        kinds.FocusConsole: OnScreen("the console"),
        kinds.Write: OnScreen("record"),  # `scripts/playing.py` performs it as well
        kinds.Quit: OnScreen("quit"),
    }
)
"""Every effect, once."""
