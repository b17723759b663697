"""The outputs over time: each timestep's probabilities, its target, whether the prediction was right, its loss."""

from __future__ import annotations

import numpy as np

from rnn_core.data import NO_TARGET
from rnn_core.model import Array
from rnn_core.records import dataclass
from rnn_core.trace_like import TraceLike

MOST_BARS = 8
"""More classes than this are not drawn one by one; the target and the most probable ones are."""


@dataclass(frozen=True, eq=False)
class OutputRow:
    """One timestep's outputs; p is None before they are computed."""

    t: int
    token: str
    p: Array | None
    target: int
    """NO_TARGET where there is none."""
    best: int
    """The most probable class; NO_TARGET before the outputs are computed."""
    nll: float | None
    """-log p[target], None before the loss line has run and where there is no target."""
    current: bool
    fresh: bool

    @property
    def wrong(self) -> bool:
        """Whether the most probable class is not the target."""
        return self.p is not None and NO_TARGET not in (self.target, self.best) and self.best != self.target


def outputs(trace: TraceLike, k: int, timesteps: range, current: int) -> tuple[OutputRow, ...]:
    """The rows of the timesteps in `timesteps` (counting from 1)."""
    computed, lost = trace.written("p", k), trace.written("nll", k)
    place = trace.place(k)
    fresh = place.t if place and place.instruction.name in ("z", "p", "loss") else 0
    tokens = trace.sequence.tokens
    rows = []
    for t in timesteps:
        row = t - 1
        p = trace.rows["p"][row] if row < computed.stop else None
        target = int(trace.y[row])
        nll = float(trace.rows["nll"][row]) if row < lost.stop and target != NO_TARGET else None
        rows.append(
            OutputRow(
                t,
                tokens[row] if tokens else "",
                p,
                target,
                NO_TARGET if p is None else int(np.argmax(p)),
                nll,
                t == current,
                t == fresh,
            )
        )
    return tuple(rows)


def class_name(classes: tuple[str, ...], at: int) -> str:
    """A class as a person named it, its index where nobody did; blanks made visible."""
    if 0 <= at < len(classes):
        return {" ": "␣", "\n": "↵", "\t": "⇥"}.get(classes[at], classes[at])
    return str(at)
