"""A dataset at a glance: of every sequence its length, its loss, where it is first wrong, and how far gradients reach.

    loss          mean over the timesteps with a target; NaN without any
    first wrong   the first timestep whose most probable class is not its target; 0 where all are right, -1 where
                  nothing can be wrong: real values, or no targets
    reach         how many timesteps before the last target the gradient at h is still 0.01 of its largest

Rules this file keeps:
- Every number is that of the sequence's own trace, bit for bit, with the same parameters and options.
- The reach of a single loss is its memory horizon; where there are several, their gradients meet and are one.
- The chunks of a text begin with the states in which the one before has ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from rnn_core.arrays import Array
from rnn_core.data import Dataset
from rnn_core.model import Params
from rnn_core.optimisers import Optimiser
from rnn_core.progress import Progress, silent
from rnn_core.recorder import record
from rnn_core.records import dataclass
from rnn_core.trace import Trace
from rnn_core.updates import Options
from rnn_core.views.options import SortBy

THRESHOLD = 1e-2
"""A gradient at h that is smaller than this share of the largest one does not count as reached."""
RIGHT, NEITHER = 0, -1
"""In place of a first wrong timestep: there is none, and nothing can be wrong."""

LATE = 2**62
"""Later than any timestep."""
AT_ONCE = 2**16
"""Numbers of dh that are looked at together: few enough to stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Overview:
    """Columns of N sequences, read-only."""

    lengths: NDArray[np.int64]
    losses: Array
    wrong: NDArray[np.int64]
    reaches: NDArray[np.int64]

    def __len__(self) -> int:
        """N."""
        return len(self.lengths)

    @property
    def worst(self) -> int | None:
        """The sequence with the largest loss, one that is not finite first; None where none has a target."""
        first = int(order(self, "loss")[0])
        return None if self.reaches[first] == NEITHER else first


def measured(traces: list[Trace]) -> Overview:
    """The columns of traces of one network: all of their timesteps at once, one row after another."""
    lengths = np.array([len(trace) for trace in traces])
    starts = np.cumsum(lengths) - lengths
    targeted = np.concatenate([trace.sequence.has_target for trace in traces])
    counts = np.add.reduceat(targeted, starts, dtype=np.int64)
    losses = np.array([trace.running_loss[-1] for trace in traces])
    with np.errstate(all="ignore"):
        mean = losses if traces[0].options.reduction == "mean" else losses / counts
    t = np.arange(1, len(targeted) + 1) - np.repeat(starts, lengths)
    found = Overview(
        lengths,
        np.where(counts > 0, mean, np.nan),
        np.where(counts > 0, _first_wrong(traces, targeted, t, starts), NEITHER),
        np.where(counts > 0, _reach(traces, targeted, t, starts, lengths), NEITHER),
    )
    for column in (found.lengths, found.losses, found.wrong, found.reaches):
        column.flags.writeable = False
    return found


def _first_wrong(traces: list[Trace], targeted: NDArray[np.bool_], t: NDArray[np.int64], starts: NDArray[Any]) -> Any:
    """(N,) the first timestep with a target that is not the most probable class, RIGHT without one."""
    if "p" not in traces[0].rows:
        return NEITHER
    answers = np.concatenate([trace.p for trace in traces]).argmax(axis=1)
    wrong = (answers != np.concatenate([trace.y for trace in traces])) & targeted
    first = np.minimum.reduceat(np.where(wrong, t, LATE), starts)
    return np.where(first == LATE, RIGHT, first)


def _reach(
    traces: list[Trace],
    targeted: NDArray[np.bool_],
    t: NDArray[np.int64],
    starts: NDArray[Any],
    lengths: NDArray[np.int64],
) -> NDArray[np.int64]:
    """(N,) the timesteps from the first h with a gradient that is not small, 0 at the earliest, to the last target."""
    with np.errstate(all="ignore"):
        dh = np.concatenate([trace.dh for trace in traces])
        begun = np.stack([trace.dh_next[0] for trace in traces])
        # Squares of tiny or huge numbers would leave the range of a float: each trace is divided by its largest.
        largest = np.maximum(np.maximum.reduceat(np.abs(dh).max(axis=1), starts), np.abs(begun).max(axis=1))
        divisor = np.where(largest == 0.0, 1.0, largest)
        dh /= np.repeat(divisor, lengths)[:, np.newaxis]
        begun /= divisor[:, np.newaxis]
        sizes, before = np.einsum("ti,ti->t", dh, dh), np.einsum("ni,ni->n", begun, begun)
        least = THRESHOLD**2 * np.maximum(np.maximum.reduceat(sizes, starts), before)
        large = ~(sizes < np.repeat(least, lengths))  # what is not a number is not small
        first = np.where(before < least, np.minimum.reduceat(np.where(large, t, LATE), starts), 0)
    last = np.maximum.reduceat(np.where(targeted, t, 0), starts)
    return np.where(largest == 0.0, 0, last - first)


# -- of a whole dataset ----------------------------------------------------------------------------------------


KEPT = 4
"""How many are remembered of one dataset: those with the parameters asked for last."""
_known: WeakKeyDictionary[Dataset, list[tuple[Params, Options, Overview]]] = WeakKeyDictionary()


def overview(params: Params, dataset: Dataset, options: Options, progress: Progress = silent) -> Overview:
    """The columns of every sequence, run with these parameters; remembered as long as the dataset is.

    `progress` gets the share of the timesteps done, and may raise to stop. Raises ShapeError.
    """
    known = _known.setdefault(dataset, [])
    plain = replace(options, clip=None, optimiser=Optimiser())  # the update lines change nothing that is listed
    found = next((each for held, chosen, each in known if held is params and chosen == plain), None)
    if found is None:
        found = _overview(params, dataset, plain, progress)
        known.insert(0, (params, plain, found))
        del known[KEPT:]
    return found


def _overview(params: Params, dataset: Dataset, options: Options, progress: Progress) -> Overview:
    total, done, held = sum(map(len, dataset.sequences)), 0, 0
    parts: list[Overview] = []
    traces: list[Trace] = []
    for trace in _traces(params, dataset, options):
        traces.append(trace)
        done, held = done + len(trace), held + trace.dh.size
        progress(done / total)
        if held > AT_ONCE:
            parts.append(measured(traces))
            traces, held = [], 0
    parts += [measured(traces)] if traces else []
    columns = ("lengths", "losses", "wrong", "reaches")
    return Overview(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


def _traces(params: Params, dataset: Dataset, options: Options) -> Iterator[Trace]:
    carried: Mapping[str, Array] | None = None
    for sequence in dataset.sequences:
        trace = record(params, sequence, options, carried=carried)
        if dataset.carried:
            carried = {f"{state}0": trace.rows[state][-1] for state in params.cell.states}
        yield trace


# -- the order of the list -------------------------------------------------------------------------------------


def order(found: Overview, by: SortBy = "loss", *, reverse: bool = False) -> NDArray[np.intp]:
    """The sequences, the one that wants most attention first; `reverse` from the other end.

    That is the largest loss, the longest, the first to be wrong, the shortest reach. What a column does not know of
    comes last.
    """
    count = np.arange(len(found))
    ascending: dict[SortBy, Array] = {
        "loss": -np.where(np.isnan(found.losses) & (found.reaches != NEITHER), np.inf, found.losses),
        "length": -found.lengths.astype(np.float64),
        "wrong": np.where(found.wrong > 0, found.wrong, np.where(found.wrong == RIGHT, np.inf, np.nan)),
        "reach": np.where(found.reaches == NEITHER, np.nan, found.reaches),
        "number": count.astype(np.float64),
    }
    keys = -ascending[by] if reverse else ascending[by]
    return np.lexsort((count, keys))
