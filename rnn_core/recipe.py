"""How a session came about: where its data and its weights come from, and the options of the run.

A recipe is plain frozen data: the command line makes one, the open dialog changes one, an export writes one down.
"""

from __future__ import annotations

from typing import Any
from typing import Literal as OneOf

from rnn_core.reading import CodeReading, ModelReading, Reading
from rnn_core.records import dataclass
from rnn_core.run_options import DEMOS as DEMOS
from rnn_core.run_options import RUN_OPTIONS, as_json
from rnn_core.updates import Options

Tokens = OneOf["chars", "words"]
EPOCHS = 100
"""Epochs of a run where nothing else is said, as in the teaching notebook."""


@dataclass(frozen=True)
class Recipe:
    """One source (path, text or demo), one origin of weights (a model file, or an initialisation), and options."""

    demo: str = "teaching"
    """Used where neither path nor text is given."""
    path: str = ""
    """A file, or - for standard input."""
    text: str | None = None
    tokens: Tokens = "chars"
    seq_length: int | None = None
    """Timesteps in a chunk of a text; None leaves it whole."""
    targets: str = ""
    """A file of targets for an .npy source."""
    reading: Reading = Reading()
    """How the file is read, where its content leaves it open."""
    code: CodeReading = CodeReading()
    """How it is run, where it is a program."""
    quiet: bool = False
    """Whether what is assumed of the files is not told."""
    strict: bool = False
    """Whether what would have to be assumed is refused."""
    sequence: int = 0
    """Which sequence of the dataset is run first."""
    model: str = ""
    model_reading: ModelReading = ModelReading()
    verify: str = ""
    """A file of what the framework itself computed with this model."""
    hidden: int | None = None
    """Hidden units of drawn weights; 10 where nothing else says."""
    classes: int | None = None
    cell: str = ""
    """The cell of drawn weights, an rnn where nothing is said; of a model file, what its shapes say."""
    activation: str = ""
    """The function of an rnn's hidden state; tanh where nothing says."""
    init: str = "normal"
    scale: float = 1.0
    seed: int = 0
    options: Options = Options()
    epochs: int = EPOCHS
    """Epochs that `train` runs to where nothing else is said."""
    shuffle: bool = False
    """Whether each epoch takes the sequences in an order of its own, by the seed."""

    @property
    def source(self) -> str:
        """The source as a person named it."""
        if self.text is not None:
            return "text"
        return self.path or self.verify or f"demo {self.demo}"

    def described(self) -> dict[str, Any]:
        """The recipe as plain JSON values, for the `meta` of an exported trace."""
        of_code = self.code != CodeReading()
        of_run = [
            option
            for option in RUN_OPTIONS
            if option.name != "demo" and not option.of_update and (of_code or option.part != "code")
        ]
        values = {option.name: option.as_json(option.of(self)) for option in of_run}
        if self.model:
            values |= {"init": None, "scale": None}
        return {"source": self.source, **values, **as_json(self.options)}
