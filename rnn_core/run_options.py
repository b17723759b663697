"""The options of a run, each declared once.

From this table come the command line, recorded scripts, the check of session files and what `train --resume` compares.
So do the metadata of an exported trace and the commands that fork. A new option is one entry here, under the name of
the field of `Recipe` or of `Options` that holds its value.

Rules this file keeps:
- `read(text(value))` is the value again.
- NumPy is not imported for the table alone: `--help` is instant.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from typing import Literal as OneOf

from rnn_core.choices import ACTIVATIONS, CELLS, INITIALISATIONS, LOSSES, OPTIMISERS, either
from rnn_core.errors import UsageError, quoted
from rnn_core.records import dataclass

SOURCE, WEIGHTS, RUN = "source (a FILE, - for standard input, or one of)", "weights", "run"
READING = "how files are read, where their content leaves it open"
CODE = "your own code (a FILE that is a .py or .ipynb)"
DEMOS = ("teaching", "hello")
MOST = 1_000_000
OFF = "off"

Resumed = OneOf["same", "source", "content", "new"]


class NumberError(UsageError):
    """A text that is no number of the kind that is wanted; who asked puts the option's name before it."""


def whole(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers in ASCII digits, `least` to `most`."""

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) <= 12 and least <= int(text) <= most:
            return int(text)
        raise NumberError(f"{quoted(text)} is not a whole number from {least} to {most}")

    return read


_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"


def finite(text: str) -> float:
    """The finite number that `text` spells in ASCII decimal."""
    value = float(text) if re.fullmatch(_NUMBER, text) else math.nan
    if not math.isfinite(value):
        raise NumberError(f"{quoted(text)} is not a finite number such as 0.01 or 1e-3")
    return value


@dataclass(frozen=True, kw_only=True)
class Changing:
    """The command that forks a run with another value of an option."""

    command: str
    help: str
    example: str
    argument: str
    aliases: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    """What completion offers."""
    read: Callable[[str], Any] | None = None
    """What reads the value, where it is not the option's own reader."""


@dataclass(frozen=True, kw_only=True)
class RunOption:
    """One option. Without `metavar` and `choices` it is a switch."""

    name: str
    """The field of `Recipe`, or of its `Options`, that holds the value."""
    flags: tuple[str, ...]
    help: str
    group: str
    metavar: str = ""
    choices: tuple[str, ...] = ()
    implied: str = ""
    """The value where the flag stands alone."""
    read: Callable[[str], Any] = str
    text: Callable[[Any], str] = str
    """The value as the command line takes it."""
    as_json: Callable[[Any], Any] = lambda value: value
    """The value as JSON, in the metadata of an exported trace."""
    limits: tuple[int, int] | None = None
    """The least and the most that a session file may say."""
    repeated: bool = False
    """Whether it may be given several times; then its value is a tuple, and `read` and `text` are of one part."""
    part: OneOf["", "options", "reading", "model_reading", "code"] = ""
    """The part of `Recipe` that holds the field; empty for `Recipe` itself."""
    resumed: Resumed = "same"
    """What a resumed training compares with: the value, the source, whether there is a file, or nothing."""
    changing: Changing | None = None

    def of(self, recipe: Any) -> Any:
        """The value in a recipe."""
        return getattr(getattr(recipe, self.part) if self.part else recipe, self.name)

    @property
    def of_update(self) -> bool:
        """Whether it belongs to each update, so that a fork may change it."""
        return self.part == "options"


def _whole(least: int, most: int) -> dict[str, Any]:
    return {"read": whole(least, most), "limits": (least, most), "metavar": "N"}


def _clip(text: str) -> Any:
    from rnn_core.updates import Clip

    return Clip.parse(text)


def _optimiser(text: str) -> Any:
    from rnn_core.optimisers import Optimiser

    return Optimiser.parse(text)


OURS = ("U", "W", "V", "b", "c", "y")
"""What a name of theirs may stand for."""


def _pair(text: str) -> tuple[str, str]:
    """(theirs, ours) of THEIRS=OURS."""
    theirs, _, ours = (part.strip() for part in text.rpartition("="))
    return theirs, ours


def names(text: str) -> tuple[str, ...]:
    """The names in `text`, with commas between."""
    found = tuple(name.strip() for name in text.split(","))
    if not all(found) or len(set(found)) < len(found):
        raise NumberError(f"{quoted(text)} is not a list of different names such as a,b")
    return found


def _window(text: str) -> int:
    if text != OFF and not (text.isascii() and text.isdigit() and text.strip("0") and len(text) < 10):
        raise UsageError(f"tbptt: no {quoted(text)}", fix="timesteps in a window, 1 or more, or off")
    return 0 if text == OFF else int(text)


_READING: dict[str, Any] = {"group": READING, "part": "reading"}
_MODEL: dict[str, Any] = {"group": WEIGHTS, "part": "model_reading"}
_NAMES: dict[str, Any] = {"read": names, "text": ",".join, "metavar": "NAME,...", "as_json": list}

_CODE: dict[str, Any] = {"group": CODE, "part": "code"}

RUN_OPTIONS: tuple[RunOption, ...] = (
    RunOption(
        name="text", flags=("--text",), help="a text: each character predicts the next", group=SOURCE, metavar="TEXT",
        resumed="source",
    ),
    RunOption(
        name="demo", flags=("--demo",), help="a built-in example (what runs without a source)", group=SOURCE,
        choices=DEMOS, implied="teaching", resumed="source",
    ),
    RunOption(
        name="tokens", flags=("--tokens",), help="how a text is cut (default chars)", group=SOURCE,
        choices=("chars", "words"),
    ),
    RunOption(
        name="seq_length", flags=("--seq-length",), help="cut a text into chunks of N timesteps", group=SOURCE,
        **_whole(1, MOST),
    ),
    RunOption(
        name="targets", flags=("--targets",), help="a file of targets for inputs that have none", group=SOURCE,
        metavar="FILE", resumed="content",
    ),
    RunOption(
        name="sequence", flags=("--sequence",), help="which sequence of the file is run first (default 1)",
        group=SOURCE, metavar="N", read=lambda text: whole(1, 1_000_000_000)(text) - 1, text=lambda i: str(i + 1),
        as_json=lambda i: i + 1,
    ),
    RunOption(
        name="read_as", flags=("--read-as",), help="a text file is a table, or prose", choices=("table", "text"),
        **_READING,
    ),
    RunOption(
        name="header", flags=("--header",), help="whether the first line of a table names its columns",
        choices=("yes", "no"), **_READING,
    ),
    RunOption(
        name="decimal", flags=("--decimal",), help="what separates the fraction of a number",
        choices=("point", "comma"), **_READING,
    ),
    RunOption(
        name="features", flags=("--features",), help="the columns that are features", **_NAMES, **_READING,
    ),
    RunOption(
        name="target_column", flags=("--target-column",),
        help="the column of targets, several that are one-hot, or none", **_NAMES, **_READING,
    ),
    RunOption(
        name="classes_order", flags=("--classes-order",),
        help="how labels that are words count (default: as they appear)", **_NAMES, **_READING,
    ),
    RunOption(name="time_first", flags=("--time-first",), help="an array with three axes is (T,N,I)", **_READING),
    RunOption(name="batch_first", flags=("--batch-first",), help="it is (N,T,I), which is assumed", **_READING),
    RunOption(
        name="vocabulary", flags=("--vocabulary",), help="whole numbers are token ids below N, one-hot",
        **_whole(1, MOST), **_READING,
    ),
    RunOption(
        name="window", flags=("--window",), help="cut long sequences into windows of N timesteps",
        **_whole(1, MOST), **_READING,
    ),
    RunOption(
        name="stride", flags=("--stride",), help="timesteps from one window to the next (default: its length)",
        **_whole(1, MOST), **_READING,
    ),
    RunOption(
        name="function", flags=("--function",), help="call this function of theirs, which nothing in the file calls",
        metavar="NAME", **_CODE,
    ),
    RunOption(
        name="call", flags=("--call",), help="Python that is run after the file, in its names, such as train(10)",
        metavar="CODE", **_CODE,
    ),
    RunOption(
        name="names", flags=("--map",), help="their name of one of ours, such as Whh=W; as often as needed",
        metavar="THEIRS=OURS", read=_pair, text="=".join, repeated=True, **_CODE,
    ),
    RunOption(
        name="seconds", flags=("--seconds",), help="how long their code may run (default 20)", metavar="N",
        read=lambda text: float(whole(1, 3600)(text)), text=lambda seconds: f"{seconds:g}", limits=(1, 3600), **_CODE,
    ),
    RunOption(name="keep_going", flags=("--keep-going",), help="look for further mistakes after the first", **_CODE),
    RunOption(
        name="quiet", flags=("--quiet",), help="do not say what was assumed", group=READING, resumed="new",
    ),
    RunOption(
        name="strict", flags=("--strict",), help="refuse what would have to be assumed", group=READING, resumed="new",
    ),
    RunOption(
        name="model", flags=("--model",), help="trained weights (docs/models.md); otherwise drawn", group=WEIGHTS,
        metavar="FILE", resumed="content",
    ),
    RunOption(
        name="transposed", flags=("--transposed",), help="whether its matrices are stored input-major",
        choices=("yes", "no"), group=WEIGHTS, part="model_reading",
    ),
    RunOption(
        name="concatenated", flags=("--concatenated",), help="what one matrix for inputs and units begins with",
        choices=("xh", "hx"), group=WEIGHTS, part="model_reading",
    ),
    RunOption(
        name="head", flags=("--head",), help="which of its matrices makes the outputs, or none", metavar="NAME",
        **_MODEL,
    ),
    RunOption(
        name="part", flags=("--part",), help="which of its recurrent networks, by its prefix", metavar="PREFIX",
        **_MODEL,
    ),
    RunOption(
        name="layer", flags=("--layer",), help="which of its layers is debugged; those below run first",
        **_whole(1, 1000), **_MODEL,
    ),
    RunOption(
        name="direction", flags=("--direction",), help="which of its directions; backward runs the sequence reversed",
        choices=("forward", "backward"), **_MODEL,
    ),
    RunOption(
        name="seed_gradient", flags=("--seed-gradient",),
        help="without outputs, where the gradient begins: h at the last timestep (default), or at all of them",
        choices=("last", "sum"), **_MODEL,
    ),
    RunOption(
        name="verify", flags=("--verify",), help="what the framework computed with it, to be held against this program",
        metavar="FILE", group=WEIGHTS, resumed="new",
    ),
    RunOption(
        name="hidden", flags=("--hidden",), help="hidden units of drawn weights (default 10)", group=WEIGHTS,
        **_whole(1, MOST),
    ),
    RunOption(
        name="classes", flags=("--classes",), help="output classes, where the data have fewer", group=WEIGHTS,
        **_whole(1, MOST),
    ),
    RunOption(
        name="cell", flags=("--cell",), help="the cell (default rnn, or what the model's shapes say)", group=WEIGHTS,
        choices=tuple(CELLS),
    ),
    RunOption(
        name="activation", flags=("--activation",), help="of an rnn's hidden state (default tanh)", group=WEIGHTS,
        choices=tuple(ACTIVATIONS),
    ),
    RunOption(
        name="init", flags=("--init",), help="how weights are drawn (default normal)", group=WEIGHTS,
        choices=tuple(INITIALISATIONS),
    ),
    RunOption(
        name="scale", flags=("--scale",), help="multiplies the drawn U, W and V (default 1)", group=WEIGHTS,
        metavar="X", read=finite, text=repr,
    ),
    RunOption(
        name="seed", flags=("--seed",), help="of the drawn weights and the demo's data (default 0)", group=WEIGHTS,
        **_whole(0, 2**32 - 1),
    ),
    RunOption(
        name="learning_rate", flags=("--lr",), help="learning rate (default 0.01)", group=RUN, metavar="X",
        read=finite, text=repr, part="options",
    ),
    RunOption(
        name="loss", flags=("--loss",), group=RUN,
        help="by default, cross-entropy of classes, squared-error of values; sum is of z itself",
        choices=tuple(LOSSES), as_json=lambda loss: loss or next(iter(LOSSES)), part="options",
    ),
    RunOption(
        name="reduction", flags=("--reduction",), help="of the loss over time (default sum)", group=RUN,
        choices=("sum", "mean"), part="options",
        changing=Changing(
            command="reduction", help="Fork with the loss as sum or mean over the targets.",
            example="reduction mean", argument="kind",
        ),
    ),
    RunOption(
        name="clip", flags=("--clip",), help="clip the gradients: off (default), norm:C or value:C", group=RUN,
        metavar="CLIP", read=_clip, text=lambda clip: f"{clip.kind}:{clip.limit!r}" if clip else OFF,
        as_json=lambda clip: str(clip) if clip else OFF, part="options",
        changing=Changing(
            command="clip", help="Fork with clipping: 1.0, norm:1.0, value:0.5 or off.", example="clip 1.0",
            argument="limit", offers=("norm:", "value:", OFF),
        ),
    ),
    RunOption(
        name="optimiser", flags=("--optimiser", "--optimizer"),
        help=f"{either(map(''.join, OPTIMISERS.items()))} (default {next(iter(OPTIMISERS))})", group=RUN,
        metavar="NAME", read=_optimiser, as_json=str, part="options",
        changing=Changing(
            command="optimiser", help=f"Fork with another optimiser: {' '.join(OPTIMISERS)}.",
            example="optimiser adam", argument="kind", aliases=("optimizer",),
            offers=tuple(OPTIMISERS),
        ),
    ),
    RunOption(
        name="truncation", flags=("--tbptt",), help="cut the gradient after each window of K timesteps", group=RUN,
        metavar="K", read=whole(1, MOST), part="options",
        changing=Changing(
            command="tbptt", help="Fork with gradients cut to windows of K timesteps, or off.", example="tbptt 2",
            argument="k", offers=(OFF,), read=_window,
        ),
    ),
    RunOption(
        name="epochs", flags=("--epochs",), help="epochs that training runs to (default 100)", group=RUN,
        resumed="new", **_whole(1, MOST),
    ),
    RunOption(
        name="shuffle", flags=("--shuffle",), help="take the sequences in another order each epoch, by the seed",
        group=RUN,
    ),
)  # fmt: skip
BY_FLAG: Mapping[str, RunOption] = MappingProxyType({flag: option for option in RUN_OPTIONS for flag in option.flags})


def as_json(options: Any) -> dict[str, Any]:
    """What `Options` hold, as JSON values by name."""
    return {option.name: option.as_json(getattr(options, option.name)) for option in RUN_OPTIONS if option.of_update}
