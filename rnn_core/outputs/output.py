"""What an output layer is: its forward lines, among them the loss, the same over whole sequences, and its names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

from rnn_core.cells.cell import Alias, Axes
from rnn_core.language.expressions import Expression
from rnn_core.records import dataclass

Answer = tuple[Any, ...]
"""What a network said of a sequence: arrays from which its losses follow, the bits of its trace."""


class Scored(NamedTuple):
    """(n,) the loss of each timestep, NaN or anything without a target; whether it is right, None where that has no
    meaning."""

    losses: NDArray[Any]
    right: NDArray[Any] | None


class Rows(Protocol):
    """The output layer over T timesteps: it fills the rows that it was made with."""

    def forward(self, weights: Any, states: Any) -> None:
        """z, from the states (T,H) after each timestep."""

    def answer(self, targets: Any) -> Answer:
        """What the network says; valid until the next one is asked for."""

    def said(self) -> NDArray[Any]:
        """The latest answer as one line of numbers, from which its scores follow; valid as long as the answer."""

    def losses(self, answer: Answer, targets: Any) -> None:
        """The loss of each timestep, NaN where it has no target."""

    def error(self, targets: Any) -> None:
        """dz: the derivative of the weighted loss by z."""


@dataclass(frozen=True, eq=False)
class Output:
    """z = V·h[t] + c and a loss of it."""

    name: str
    loss: str
    """As `--loss` names it."""
    lines: Callable[[bool], tuple[tuple[str, Expression], ...]]
    """The lines after h, the loss last; given whether it is a mean over the timesteps with a target."""
    parameters: Mapping[str, Axes]
    meanings: Mapping[str, str]
    aliases: Mapping[str, tuple[Alias, ...]]
    order: tuple[str, ...]
    """The backward lines that come first."""
    shown: str
    """The series that is the network's answer: p, or z."""
    timestep_loss: str
    """The series that holds the loss of each timestep: nll, or se."""
    targets: Callable[..., Any]
    """(y, O, reduction, whether they are used often) → the targets made ready: y, present (T,), count, weight."""
    rows: Callable[..., Rows]
    """(the series by name, whether they are used often, and nobody looks at p) → the output layer on them."""
    scored: Callable[[Any, Any, Any], Scored]
    """Of several sequences at once: what was said, their `places`, and their targets y, one sequence after another."""
    places: Callable[[list[int], int], Any]
    """(timesteps of each sequence, O) → where in what is said of them the numbers stand."""
    takes_values: bool
    """Whether its targets are rows of real values, not class indices."""
    loss_of: Callable[[Any, Any], Any]
    """The loss of one timestep, not weighted, by its z and y."""
