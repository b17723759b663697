"""What a person says of how files are read, where their content leaves it open: plain frozen data.

Each field is an option of a run (`run_options`); empty and None leave it to the content.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Literal

from rnn_core.records import dataclass

NOTHING = "none"
"""The column of targets that is none: every column is a feature."""


@dataclass(frozen=True)
class Reading:
    """How a file of sequences is read."""

    read_as: Literal["", "table", "text"] = ""
    """Whether a .txt is a table or prose."""
    header: Literal["", "yes", "no"] = ""
    """Whether the first line of a table names its columns."""
    decimal: Literal["", "point", "comma"] = ""
    """What separates the fraction of a number."""
    features: tuple[str, ...] = ()
    """The columns of a table that are features."""
    target_column: tuple[str, ...] = ()
    """The column of targets, several that are one-hot together, or `NOTHING`."""
    classes_order: tuple[str, ...] = ()
    """The text labels in the order in which they count."""
    time_first: bool = False
    """An array with three axes is (T,N,I)."""
    batch_first: bool = False
    """It is (N,T,I), which is assumed where neither is said."""
    vocabulary: int | None = None
    """The inputs are token ids below this."""
    window: int | None = None
    """Timesteps of each window that a long series is cut into."""
    stride: int | None = None
    """Timesteps from one window's start to the next one's; the window's length where it is not given."""

    def given(self) -> dict[str, Any]:
        """The fields that say something."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name)) != field.default}


@dataclass(frozen=True)
class ModelReading:
    """How a file of weights is read."""

    transposed: Literal["", "yes", "no"] = ""
    """Whether its matrices are stored input-major: (inputs, hidden)."""
    concatenated: Literal["", "xh", "hx"] = ""
    """Whether the columns of one matrix for both inputs and hidden units begin with the inputs' or the units'."""
    head: str = ""
    """The matrix from hidden units to outputs, by its name or its module's; `none` runs without outputs."""
    part: str = ""
    """Which recurrent network of several, by the prefix of its arrays."""
    layer: int | None = None
    """Which of several layers, from 1; those below run first."""
    direction: Literal["", "forward", "backward"] = ""
    """Whether the layer runs from the first timestep on, or from the last one back."""
    seed_gradient: Literal["last", "sum"] = "last"
    """Without outputs: whether the loss is the sum of h at the last timestep, or at all of them."""


@dataclass(frozen=True)
class CodeReading:
    """How a person's own program is run and reviewed."""

    function: str = ""
    """The function of theirs that is called, where nothing in the file calls it."""
    call: str = ""
    """Python that is run after the file, in its names."""
    names: tuple[tuple[str, str], ...] = ()
    """(theirs, ours)"""
    seconds: float = 20.0
    keep_going: bool = False
    """Whether further mistakes are looked for after the first."""
