"""One reviewed run of a person's file, laid beside the run of the same network by our listing.

    Alongside × k  →  the statement of theirs that runs next, the one that ran, and what it computed

Rules this file keeps:
- Nothing here changes, and nothing here runs: it was all found by `review/`.
- Line number k of ours is the one that runs from position k - 1 to k; index 0 of an array by line is unused.
- `stops` are the statements of theirs in the order in which they ran. "i stops have run" is a position of theirs, and
  the position k of ours is a function of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_core.arrays import Array
from rnn_core.data import Sequence
from rnn_core.model import Params
from rnn_core.records import dataclass
from rnn_core.updates import Options

NONE = -1


class Spot(NamedTuple):
    """An expression or a statement of theirs: its line from 1, its columns from 1 (the end not included), its text.

    Columns (0, 0) are the line as a whole.
    """

    line: int
    columns: tuple[int, int]
    text: str


class Operand(NamedTuple):
    """What a statement of theirs read: its text, what it is of ours (empty where it is none), and its value."""

    text: str
    ours: str
    value: Array


class Fault(NamedTuple):
    """The wrong place in their code, and what is wrong there."""

    spot: Spot
    cause: str
    """What is wrong, in a few words."""
    says: str
    """What it computes, and what belongs there."""
    why: str
    link: str
    name: str
    """Our quantity that comes out wrong there; empty for none."""
    t: int
    """The timestep at which it shows first; 0 for none."""
    proven: bool
    theirs: str
    """The two values as a person reads them; empty for none."""
    ours: str

    @property
    def told(self) -> str:
        """All of it: what it computes, what belongs there, and what is wrong."""
        return self.says if self.cause in self.says else f"{self.says}: {self.cause}"


@dataclass(frozen=True, eq=False)
class Stops:
    """The statements of theirs in the order in which they ran, loops and calls without a line of ours folded to one."""

    lines: NDArray[np.int32]
    """The line in the file of each."""
    k: NDArray[np.int64]
    """The position of ours when a stop has run; one more than there are stops, the first is before all of them."""
    folded: NDArray[np.bool_]
    """Whether a stop is a loop or a call that holds no line of ours."""
    events: NDArray[np.int64]
    """(n, 2) its first event, and the one after its last."""

    def __len__(self) -> int:
        return len(self.lines)


@dataclass(frozen=True, eq=False)
class Alongside:
    """A file and its verdict, and the update of it that is shown beside ours."""

    path: str
    lines: tuple[str, ...]
    """The text, in a notebook that of its code cells."""
    cells: tuple[int, ...]
    """The first line of each cell of a notebook; empty for a .py."""
    verdict: str
    """right · wrong · unsure"""
    says: str
    faults: tuple[Fault, ...]
    names: Mapping[str, str]
    """Their names by ours."""
    factors: str
    """The common factor of their gradients, in words: 1, 1/T, -1/B."""
    params: Params
    sequence: Sequence
    options: Options
    batch: int
    """Sequences that they run at once; the first of them is shown."""
    rows: Mapping[str, Array]
    """What they computed, in the layout of a trace; NaN where it did not show."""
    sums: Mapping[str, Mapping[int, Array]]
    """Each gradient after so many timesteps of the backward pass."""
    updated: Mapping[str, Array]
    """Their parameters after the update."""
    stops: Stops
    stop_of: NDArray[np.int32]
    """By our line's number: the stop that computes it, or NONE."""
    spot_of: NDArray[np.int32]
    """By our line's number: the expression that computes it, an index of `spots`, or NONE."""
    spots: tuple[Spot, ...]
    differs: NDArray[np.bool_]
    """By our line's number: whether theirs computed something else there."""
    operands: Mapping[int, tuple[Operand, ...]]
    """By our line's number: what its statement read."""
    stale: str = ""
    """Why this is the file as it was before it was last saved; empty where it is not."""

    @property
    def fault(self) -> Fault | None:
        """The first wrong place."""
        return self.faults[0] if self.faults else None

    @property
    def end(self) -> int:
        """The last position of ours."""
        return len(self.stop_of) - 1

    def label(self, line: int) -> str:
        """A line's number: in a notebook [cell] and the line in it."""
        if not self.cells:
            return str(line)
        cell = max(i for i, first in enumerate(self.cells) if first <= max(line, 1))
        return f"[{cell + 1}]{line - self.cells[cell] + 1}"

    # -- from ours to theirs ---------------------------------------------------------------------------------

    @cached_property
    def _ahead(self) -> NDArray[np.int32]:
        """By position: the stop of the first line from there on that has one."""
        ahead = np.full(len(self.stop_of), NONE, dtype=np.int32)
        following = NONE
        for k in range(self.end, 0, -1):
            following = self.stop_of[k] if self.stop_of[k] != NONE else following
            ahead[k - 1] = following
        return ahead

    def next_stop(self, k: int) -> int:
        """The stop that computes our next line, or the first one after it that theirs has; NONE at the end."""
        return int(self._ahead[k]) if 0 <= k <= self.end else NONE

    def ran_stop(self, k: int) -> int:
        """The stop that computed the line that ran last; NONE where theirs has none."""
        return int(self.stop_of[k]) if 0 < k <= self.end else NONE

    def spot(self, k: int) -> Spot | None:
        """The expression of theirs that computed line number k."""
        at = int(self.spot_of[k]) if 0 < k <= self.end else NONE
        return self.spots[at] if at != NONE else None

    def line_of(self, k: int) -> int:
        """The line in the file that computed our line number k; 0 for none."""
        stop = self.ran_stop(k)
        return int(self.stops.lines[stop]) if stop != NONE else 0

    # -- from theirs to ours ---------------------------------------------------------------------------------

    def numbers_at(self, line: int) -> NDArray[np.int64]:
        """The numbers of our lines that a line of the file computes, in order."""
        with_stop = np.flatnonzero(self.stop_of != NONE)
        here: NDArray[np.int64] = with_stop[self.stops.lines[self.stop_of[with_stop]] == line]
        return here

    @cached_property
    def spoilt(self) -> frozenset[int]:
        """The lines of the file that compute other values than ours, and are not at fault themselves."""
        wrong = np.flatnonzero(self.differs & (self.stop_of != NONE))
        lines = {int(line) for line in self.stops.lines[self.stop_of[wrong]]}
        return frozenset(lines - {fault.spot.line for fault in self.faults})
