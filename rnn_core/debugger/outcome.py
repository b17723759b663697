"""What a command returns: the session after it, a line for the person, and what is to be done outside.

Effects are frozen data. `effects/performing.py` says who performs which.
"""

from __future__ import annotations

from typing import Any

from rnn_core.debugger.session import Cursor, Session
from rnn_core.hunts.hunt import Hunt
from rnn_core.reading import ModelReading, Reading
from rnn_core.records import dataclass
from rnn_core.views.options import SortBy


@dataclass(frozen=True)
class Open:
    """Load a dataset from a file; the model stays where it fits."""

    path: str
    reading: Reading = Reading()
    """What is said of how the file is read."""
    of_model: ModelReading = ModelReading()
    """The same where it holds weights."""


@dataclass(frozen=True)
class RunSequence:
    """Run another sequence of the dataset with the same parameters: a run that takes it in this update."""

    index: int
    forks: bool = False
    """Whether it is a fork even of a run that nothing was done with, which would take the sequence itself."""


@dataclass(frozen=True)
class Travel:
    """Go to position k of another update, computing the updates up to there where they are not known yet."""

    update: int
    k: int | None = 0
    """None for the end."""
    place: str = ""
    """Where in that update, in the words that `goto` takes; goes before k."""
    playing: bool = False
    """Whether playing goes on there."""


@dataclass(frozen=True)
class Train:
    """Run to the start of an update, or to the first stop before it; backwards where it lies before the cursor."""

    update: int


@dataclass(frozen=True)
class Export:
    """Write the trace; the format follows the suffix where none is named."""

    path: str
    format: str = ""
    overwrite: bool = False


@dataclass(frozen=True)
class Search:
    """Run to the nearest stop: +1 on, -1 back; `until` is a place to stop at as well."""

    direction: int
    until: str = ""


@dataclass(frozen=True)
class Check:
    """Check the gradients by complex steps; z, h and a at one timestep, or (0) at all of them; `maps` draws all."""

    timestep: int = 0
    maps: bool = False


@dataclass(frozen=True)
class Review:
    """Run and review the person's own program again, as it is now."""


@dataclass(frozen=True)
class CheckMine:
    """Compare somebody's own gradients, in the file `path`, with those of this update."""

    path: str


@dataclass(frozen=True)
class Solved:
    """Write down that a hunt is solved, and say in what time."""

    hunt: Hunt


@dataclass(frozen=True)
class Save:
    """Write the session to a file from which it can be reopened."""

    path: str
    overwrite: bool = False


@dataclass(frozen=True)
class SaveModel:
    """Write the parameters as they are at the cursor."""

    path: str
    overwrite: bool = False


@dataclass(frozen=True)
class SaveData:
    """Write the sequences as they are in this update, in the format of the suffix."""

    path: str
    overwrite: bool = False


@dataclass(frozen=True)
class Write:
    """Write the commands from here on to a script; an empty path ends it."""

    path: str
    overwrite: bool = False


@dataclass(frozen=True, eq=False)
class Fork:
    """Go on from the beginning of an update with something changed, as a run of its own."""

    edit: str
    """The command line that makes it."""
    update: int
    k: int
    """The position in that update that the cursor goes to."""
    changes: tuple[tuple[str, Any], ...]
    """What is changed, as `Run.fork` takes it."""


@dataclass(frozen=True)
class Weights:
    """Fork with the weights of a file; `beside` stays where one is, and shows this run minus the fork."""

    path: str
    beside: bool = False


@dataclass(frozen=True)
class Switch:
    """Look at another branch, at the same place; `at` is a place of it to go to instead."""

    branch: str
    at: Cursor | None = None


@dataclass(frozen=True)
class Compare:
    """Show this branch against another one."""

    branch: str


@dataclass(frozen=True)
class Part:
    """Go to the first position at which this branch and the one that it is shown against part."""


@dataclass(frozen=True)
class Edit:
    """Let the person write another value over a number: `target` as `set` takes it, and its value now."""

    target: str
    value: str


@dataclass(frozen=True)
class ListSequences:
    """Show what every sequence does: those whose name has `text` in it, the first `limit` of them, or all."""

    by: SortBy = "loss"
    limit: int | None = None
    reverse: bool = False
    text: str = ""


@dataclass(frozen=True)
class Worst:
    """Run the sequence with the largest loss."""


@dataclass(frozen=True)
class EditRows:
    """Let the person edit the sequence as a table."""


@dataclass(frozen=True)
class Ask:
    """Let the person fill in what `command` needs."""

    command: str


@dataclass(frozen=True)
class Copy:
    """Put text on the clipboard."""

    text: str


@dataclass(frozen=True)
class Picture:
    """Write the screen as it stands, in the format of the suffix."""

    path: str
    overwrite: bool = False


@dataclass(frozen=True)
class ShowHelp:
    """Show the help, of one command or of all."""

    topic: str = ""


@dataclass(frozen=True)
class ShowPalette:
    """Show the command palette."""


@dataclass(frozen=True)
class FocusConsole:
    """Put the keyboard into the console."""


@dataclass(frozen=True)
class Quit:
    """Leave the program."""


Effect = (
    Open | RunSequence | Travel | Train | Export | Search | Check | CheckMine | Solved | Save | SaveModel | SaveData
    | Fork | Weights | Switch | Compare | Part | Review | ListSequences | Worst | Ask | Edit | EditRows | Copy | Picture
    | ShowHelp | ShowPalette | FocusConsole | Write | Quit
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Outcome:
    """The session after a command, what to tell the person, and the effects still to perform, in order.

    A message may have several lines. `failed` says that it is a refusal, or an assertion that does not hold.
    `stop` is why a run stopped where it did, and empty where nothing stopped it. `value` is the number or the array
    that a command answers with, and None for one that answers in words.
    """

    session: Session
    message: str = ""
    effects: tuple[Effect, ...] = ()
    failed: bool = False
    stop: str = ""
    value: Any = None
