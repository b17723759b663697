"""The outputs over time: each timestep's probabilities, its target, whether the prediction was right, its loss."""

from __future__ import annotations

import numpy as np

from rnn_core.arrays import Array
from rnn_core.data import NO_TARGET
from rnn_core.records import dataclass
from rnn_core.remembering import remembered
from rnn_core.trace import summarise
from rnn_core.trace_like import TraceLike
from rnn_core.views.grid import Grid, grid
from rnn_core.views.numbers import brief
from rnn_core.views.options import View
from rnn_core.views.placed import WIDE_CELL

MOST_BARS, LEAST_BAR = 8, 5
"""The most classes that are drawn one by one, and the columns that each of them has at least: a number and a gap."""
VERDICT, LOSS = 14, 8
"""Columns of a target and its loss behind what is drawn, and of a loss alone."""


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


TOKEN = 2
"""The most columns of a token."""


@remembered
def before(trace: TraceLike) -> int:
    """The columns of a timestep, and its token where it has one, before its outputs."""
    tokens = set(trace.sequence.tokens)
    letters = all(len(token) == 1 and token.isascii() for token in tokens)
    return len(f"t={len(trace)}") + 2 + ((2 if letters else 1 + TOKEN) if tokens else 0)


def in_bars(trace: TraceLike, width: int) -> bool:
    """Whether each class has a bar with its number in so many columns."""
    classes = trace.sizes.classes
    return classes <= MOST_BARS and before(trace) + classes * LEAST_BAR - 1 + VERDICT <= width


def wanted(trace: TraceLike) -> int:
    """The columns in which all outputs of a timestep are numbers; 0 where there are too many classes for that."""
    classes = trace.sizes.classes
    if trace.sequence.is_values:
        return before(trace) + 2 * classes * WIDE_CELL + 2 + LOSS
    return before(trace) + classes * LEAST_BAR - 1 + VERDICT if classes <= MOST_BARS else 0


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


def answers(trace: TraceLike, k: int, view: View, rows: range, columns: range) -> tuple[Grid, Grid]:
    """z and the targets y of a network that answers with values: timesteps down (row r is t = r + 1), outputs across.

    Both stand on one scale and are divided by one power of ten, so that they can be compared.
    """
    written, place, cell = trace.written("z", k), trace.place(k), view.pinned
    window = slice(rows.start, rows.stop), slice(columns.start, columns.stop)
    z, y = trace.rows["z"], np.asarray(trace.y)
    ran = np.broadcast_to((np.arange(rows.start, rows.stop) < written.stop)[:, None], z[window].shape)
    present = ~np.isnan(y[window])
    now = max(summarise(z[window][ran]).peak, summarise(y[window][present]).peak)
    run = _largest(trace) if view.scale == "run" else 1.0
    fresh = np.zeros(ran.shape, dtype=np.bool_)
    if place and place.instruction.name == "z":
        fresh[[row + 1 == place.t for row in rows]] = True
    shape = z.shape[0], z.shape[1]

    def table(name: str, values: Array, mask: np.ndarray, fresh: np.ndarray) -> Grid:
        chosen = (cell.index[0] - 1, cell.index[1]) if cell and cell.name == name else None
        shown = np.where(mask, values, 0.0)
        return grid(
            name, shape, rows, columns, shown, mode=view.scale, now=now, run=run, mask=mask, fresh=fresh, chosen=chosen
        )

    return table("z", z[window], ran, fresh), table("y", y[window], present, np.zeros_like(fresh))


@remembered
def _largest(trace: TraceLike) -> float:
    """The largest finite magnitude of answers and targets over the whole run."""
    return max(summarise(trace.rows["z"]).peak, summarise(np.asarray(trace.y)).peak)


def target_text(trace: TraceLike, classes: tuple[str, ...], t: int) -> str:
    """The target of a timestep in a few words: a class by its name, or numbers; empty where there is none."""
    if not trace.sequence.has_target[t - 1]:
        return ""
    if trace.sequence.is_values:
        return " ".join(brief(float(value), 7) for value in trace.y[t - 1])
    return class_name(classes, int(trace.y[t - 1]))


def class_name(classes: tuple[str, ...], at: int) -> str:
    """A class as a person named it, its index where nobody did; blanks made visible."""
    if 0 <= at < len(classes):
        return {" ": "␣", "\n": "↵", "\t": "⇥"}.get(classes[at], classes[at])
    return str(at)
