"""What panels read: a protocol that a trace and the difference of two traces implement.

Rules this file keeps:
- What is here is read; nothing is made or changed through it.
- `k` is a position, t counts from 1, rows are laid out as in a trace file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from rnn_core.accumulate import WHOLE
from rnn_core.arrays import Array
from rnn_core.data import Sequence, Targets
from rnn_core.model import Params, Sizes
from rnn_core.program import Place, Program
from rnn_core.trace import Series, Summary
from rnn_core.updates import Options


class TraceLike(Protocol):
    """One update over one sequence of T timesteps, as it is read. Shapes: those of `Trace`."""

    @property
    def sequence(self) -> Sequence:
        """The sequence that was run."""

    @property
    def options(self) -> Options:
        """The options of the update."""

    @property
    def program(self) -> Program:
        """The listing that was run."""

    @property
    def params(self) -> Params:
        """The parameters before the update."""

    @property
    def updated(self) -> Params:
        """The parameters after it."""

    @property
    def halted(self) -> str:
        """Why the update did not run; empty where it did."""

    @property
    def update(self) -> int:
        """Which update of a training run it is."""

    @property
    def epoch(self) -> int:
        """The epoch that it belongs to."""

    @property
    def start(self) -> Mapping[str, Array]:
        """The initial states by name."""

    @property
    def rows(self) -> Mapping[str, Array]:
        """The series by name, all their rows over time."""

    @property
    def x(self) -> Array:
        """(T,I) the inputs."""

    @property
    def y(self) -> Targets:
        """(T,) the targets."""

    @property
    def end(self) -> int:
        """N, the last position."""

    @property
    def sizes(self) -> Sizes:
        """I, H and O."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names that have values."""

    def __len__(self) -> int:
        """T, the number of timesteps."""

    def place(self, k: int) -> Place | None:
        """The line that ran last at position k."""

    def wrote(self, k: int) -> tuple[str, ...]:
        """The names that the last line at position k wrote."""

    def value(self, name: str, k: int) -> NDArray[Any] | None:
        """What a register holds after k lines; None before its first write. Raises UsageError."""

    def window(self, name: str, k: int, rows: slice = WHOLE, columns: slice = WHOLE) -> Array | None:
        """Part of a gradient at position k. Raises UsageError."""

    def contribution(self, name: str, t: int, rows: slice = WHOLE, columns: slice = WHOLE) -> Array:
        """What timestep t alone adds to a gradient. Raises UsageError."""

    def written(self, name: str, k: int) -> slice:
        """The rows of a series that are written at position k."""

    def series(self, name: str, k: int) -> Series:
        """The rows of a name over time, and which are written at position k."""

    def summary(self, name: str, k: int) -> Summary:
        """Norm and largest finite magnitude of a gradient at position k. Raises UsageError."""
