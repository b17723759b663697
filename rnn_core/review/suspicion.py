"""What is suspected: a mistake that explains the numbers, and a place in the code where it can stand."""

from __future__ import annotations

from dataclasses import dataclass

from rnn_core.mistakes import Mistake
from rnn_core.mistakes.oracle import Ran
from rnn_core.model import Array
from rnn_core.review.instrument import Site


@dataclass(eq=False)
class Suspicion:
    """A mistake that explains the numbers, with the run that it makes."""

    mistake: Mistake
    run: Ran
    factor: float
    letters: str = ""
    """The parameters whose gradients are gathered so; empty where the mistake is no matter of one gradient."""


@dataclass(eq=False)
class Place:
    """A site that can be to blame, and the right values to put in there: by occurrence, in their layout."""

    site: Site
    event: int
    """The event that shows it first."""
    r: int
    """The row of the timestep (t - 1) at that event; -1 where it is none."""
    swaps: dict[tuple[int, int], Array]
    right: Array | None = None
    """What should stand at the event."""
