"""What a role is: a place in their code that computes a line of ours, an event for each timestep."""

from __future__ import annotations

from dataclasses import dataclass, field

from rnn_core.mistakes.oracle import PARAMETERS
from rnn_core.model import Array

FORWARD = ("a", "h", "z", "p", "loss")
ROWS = ("dz", "dh", "da", "dh_next")
SUMS = tuple(f"d{name}" for name in PARAMETERS)


@dataclass(eq=False)
class Role:
    """Where a line of ours is computed: an event for each row (t - 1), and the number its values are multiplied by."""

    site: int
    events: dict[int, int]
    scale: float = 1.0
    whole: tuple[int, ...] = ()
    """How an array over all of time has its axes, out of (T, batch, units); empty where a value is one row."""
    running: bool = False
    """Whether its values are sums so far."""
    numbers: dict[int, Array] = field(default_factory=dict)
    """What stands at each row, as our rows (batch, units) or our matrix."""


@dataclass(eq=False)
class Form:
    """The values of a line by row, in one of the ways in which code may hold them."""

    rows: list[Array | None]
    scale: float = 1.0
    running: bool = False
