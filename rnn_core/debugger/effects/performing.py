"""Who performs which effect: one table, for the screen and for scripts alike.

Rules this file keeps:
- Every performer returns an outcome with a new session, or raises RnnError and nothing has changed.
- `progress` callables get the share done, 0 to 1, and may raise `Cancelled`: nothing has changed then.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from rnn_core.debugger import outcome as kinds
from rnn_core.debugger import whatif
from rnn_core.debugger.effects import estimates
from rnn_core.debugger.outcome import Effect, Outcome
from rnn_core.debugger.session import Session
from rnn_core.progress import Progress, silent
from rnn_core.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Performed:
    """An effect that is performed here: by whom, and what is to be known of it before."""

    by: str
    """The function `(effect, session, progress) → Outcome`, by its home in the debugger: that is imported once the
    effect is performed."""
    title: str = "working"
    """What a person reads while it goes on."""
    seconds: Callable[[Any, Session], float] = lambda _effect, _session: math.inf
    """Roughly how long it takes; what is not known may take long."""
    replayed: bool = True
    """Whether a script must ask for it again to come to the same session."""

    @property
    def function(self) -> Callable[[Any, Session, Progress], Outcome]:
        """The one that `by` names."""
        module, _, name = self.by.rpartition(".")
        found: Callable[[Any, Session, Progress], Outcome] = getattr(import_module(f"rnn_core.debugger.{module}"), name)
        return found


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
    return whatif.forking.taken_along(entry.function(effect, session, progress), progress)


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


EFFECTS: Mapping[type, Performed | OnScreen] = MappingProxyType(
    {
        kinds.Open: Performed(by="effects.on_disk.open", title="opening"),
        kinds.Review: Performed(by="effects.on_disk.review", title="running and reviewing your code", replayed=False),
        kinds.RunSequence: Performed(
            by="whatif.forking.run_sequence", title="running the sequence", seconds=estimates.sequence_seconds
        ),
        kinds.Travel: Performed(
            by="effects.running.travel", title="computing the updates on the way", seconds=estimates.way_seconds
        ),
        kinds.Train: Performed(by="effects.running.train", title="training", seconds=estimates.way_seconds),
        kinds.Search: Performed(
            by="effects.running.search_on", title="running to a stop", seconds=estimates.search_seconds
        ),
        kinds.Check: Performed(by="effects.answering.check", title="checking the gradients"),
        kinds.CheckMine: Performed(by="effects.mine.check_mine", title="looking for what makes these gradients"),
        kinds.Solved: Performed(by="effects.mine.solved", seconds=lambda _effect, _session: 0.0, replayed=False),
        kinds.Fork: Performed(by="whatif.forking.fork", title="running the fork"),
        kinds.Weights: Performed(by="whatif.weights.weights", title="running the fork"),
        kinds.Switch: Performed(by="whatif.forking.switch"),
        kinds.Compare: Performed(by="whatif.forking.compare"),
        kinds.Part: Performed(by="whatif.forking.part", title="looking for where they part"),
        kinds.Export: Performed(by="effects.on_disk.export", title="writing the trace", replayed=False),
        kinds.Save: Performed(by="effects.on_disk.save", replayed=False),
        kinds.SaveModel: Performed(by="effects.on_disk.save", replayed=False),
        kinds.ListSequences: Performed(
            by="effects.listing.listed", title="running every sequence", seconds=estimates.every_seconds, replayed=False
        ),
        kinds.Worst: Performed(
            by="effects.listing.worst", title="running every sequence", seconds=estimates.every_seconds
        ),
        kinds.SaveData: Performed(by="effects.on_disk.save_data", title="writing the sequences", replayed=False),
        kinds.ShowHelp: Performed(
            by="effects.answering.show_help", seconds=lambda _effect, _session: 0.0, replayed=False
        ),
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
