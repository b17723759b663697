"""Where a motion leads: pure arithmetic on positions.

Rules this file keeps:
- `step` and `back` are exact inverses while neither meets an end.
- Boundaries form a set of positions, and a motion goes to the nearest above or below. So any two motions agree on
  where they stop.
- Nothing here reads a value except `wrong_predictions`, which reads the outputs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnn_core.data import NO_TARGET
from rnn_core.program import program
from rnn_core.remembering import remembered
from rnn_core.trace import Trace
from rnn_core.training.run import Run

Boundary = Callable[[Trace, int, int], int]
"""(trace, k, direction ±1) → the nearest boundary beyond k, or k where there is none."""


def timestep_boundary(trace: Trace, k: int, direction: int) -> int:
    """The nearest position where a timestep, or the update, begins or ends."""
    _, backward, update, _ = trace.program.borders(len(trace))
    if direction > 0:
        if k >= update:
            return trace.end
        start, lines = (0, len(trace.program.forward)) if k < backward else (backward, len(trace.program.backward))
        return start + ((k - start) // lines + 1) * lines
    if k > update:
        return update
    start, lines = (0, len(trace.program.forward)) if k <= backward else (backward, len(trace.program.backward))
    return max(0, start + ((k - start - 1) // lines) * lines)


def phase_boundary(trace: Trace, k: int, direction: int) -> int:
    """The nearest position where a phase begins or ends."""
    borders = [min(border, trace.end) for border in trace.program.borders(len(trace))]
    beyond = [border for border in borders if (border - k) * direction > 0]
    return (min(beyond) if direction > 0 else max(beyond)) if beyond else k


def by_lines(run: Run, trace: Trace, k: int, count: int) -> tuple[int, int]:
    """Update and position after `count` lines more (or, negative, fewer) from position k of `trace`.

    An update of N lines has the positions 0 … N; from N the next line on is position 0 of the update after it. An
    update other than that of `trace` counts with all its lines, also where it was halted before the last ones.
    """
    u, k, end = trace.update, k + count, trace.end
    while k > end:
        u, k = u + 1, k - end - 1
        epochs = k // _positions(run, u) if u >= run.begins and _repeats(run, u) else 0
        u, k = u + epochs * run.epoch_length, k - epochs * _positions(run, u)
        end = _lines(run, u)
    while k < 0 and u > 0:
        owned = (u - run.owner(u - 1).begins) // run.epoch_length
        epochs = min(-k // _positions(run, u - 1), owned) if owned and _repeats(run.owner(u - 1), u) else 0
        u, k = u - epochs * run.epoch_length, k + epochs * _positions(run, u - 1)
        if k < 0 and u > 0:
            u -= 1
            k += _lines(run, u) + 1
    return u, max(k, 0)


def _repeats(run: Run, update: int) -> bool:
    """Whether the epoch's worth of updates before or after the start of this one takes each sequence once."""
    return update % run.epoch_length == 0 or not run.order.shuffled


def _lines(run: Run, update: int) -> int:
    """How many lines an update has."""
    return program(run.owner(update).options).length(len(run.sequence(update)))


def _positions(run: Run, update: int) -> int:
    """How many positions any epoch's worth of updates has, with the options of this one."""
    owner = run.owner(update)
    length = program(owner.options).length
    return sum(length(len(sequence)) + 1 for sequence in owner.dataset.sequences)


def by_boundaries(trace: Trace, k: int, count: int, boundary: Boundary) -> int:
    """k moved over |count| boundaries in the direction of its sign."""
    direction = 1 if count > 0 else -1
    for _ in range(abs(count)):
        moved = boundary(trace, k, direction)
        if moved == k:
            break
        k = moved
    return k


@remembered
def wrong_predictions(trace: Trace) -> tuple[int, ...]:
    """The timesteps whose most probable class is not the target, in order; those without a target are left out."""
    if trace.program.output.name != "classes":
        return ()
    wrong = (np.argmax(trace.p, axis=1) != trace.y) & (trace.y != NO_TARGET)
    return tuple((np.flatnonzero(wrong) + 1).tolist())


def wrong_prediction(trace: Trace, k: int, direction: int) -> int:
    """The nearest position beyond k right after the outputs of a wrongly predicted timestep; k where none is."""
    shown = trace.program.output.shown
    positions = np.array([trace.program.number("forward", 1, shown, len(trace))])
    positions = positions + (np.array(wrong_predictions(trace), dtype=np.int64) - 1) * len(trace.program.forward)
    beyond = positions[(positions - k) * direction > 0]
    return int(beyond.min() if direction > 0 else beyond.max()) if beyond.size else k
