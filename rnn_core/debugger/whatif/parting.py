"""Where two runs part: the first position at which any register of theirs differs.

Rules this file keeps:
- Equal means the same numbers, every digit of them; NaN equals NaN.
- Parameters, what the optimiser keeps, and h[0] part at the start of an update. Inputs and targets are given: they part
  where a line first makes something else of them.
- A register that only one of the two has parts nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from rnn_core.progress import Progress, silent
from rnn_core.trace import Trace
from rnn_core.training.run import Run
from rnn_core.views.difference import matched


class Parting(NamedTuple):
    """Update, position in it, and the names that differ there."""

    u: int
    k: int
    names: tuple[str, ...]


def parting(run: Run, other: Run, until: int, progress: Progress = silent) -> Parting | None:
    """The first place at which two runs differ, in updates up to `until` and an epoch at least; None where there is
    none.

    `progress` gets the share of the updates looked through and may raise to stop.
    """
    first = first_own_update(run, other)
    if first is None or alike_from(run, other, first):
        return None
    until = max(first + run.epoch_length - 1, until)
    for update in range(first, until + 1):
        progress((update - first) / (until + 1 - first))
        found = first_difference(run.trace(update), other.trace(update))
        if found is not None:
            return Parting(update, *found)
    return None


def first_own_update(run: Run, other: Run) -> int | None:
    """The first update that the two do not share with one ancestor; None where they are one run."""
    begins = {0}
    for each in (run, other):
        at: Run | None = each
        while at is not None:
            begins.add(at.begins)
            at = at.parent
    return next((u for u in sorted(begins) if run.owner(u) is not other.owner(u)), None)


def alike_from(run: Run, other: Run, update: int) -> bool:
    """Whether the two begin an update alike and go on by the same rules, so that they never part.

    Only runs that have no fork of theirs still before them are judged; for others the answer is no.
    """
    if run.begins > update or other.begins > update:
        return False
    if run.options != other.options or run.order != other.order:
        return False
    pairs = zip(run.dataset.sequences, other.dataset.sequences, strict=True)
    if len(run.dataset.sequences) != len(other.dataset.sequences) or not all(
        a is b or (equal(a.x, b.x) and equal(a.y, b.y) and alike(a.start, b.start)) for a, b in pairs
    ):
        return False
    one, two = run.train_state(update), other.train_state(update)
    kept = run.listing.kept
    return (
        one.params.cell is two.params.cell
        and alike(one.params, two.params)
        and alike(one.params.start, two.params.start)
        and all(equal(one.state.kept(name), two.state.kept(name)) for name in kept)
        and one.state.steps == two.state.steps
        and alike(one.carried, two.carried)
    )


def alike(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Whether two sets of arrays, or the absence of both, have the same names and numbers."""
    if one is None or other is None:
        return one is other
    return set(one) == set(other) and all(equal(array, other[name]) for name, array in one.items())


def equal(one: Any, other: Any) -> bool:
    """Whether two arrays, or the absence of both, are the same numbers."""
    if one is None or other is None:
        return one is other
    return one is other or bool(np.array_equal(one, other, equal_nan=True))


def first_difference(trace: Trace, other: Trace) -> tuple[int, tuple[str, ...]] | None:
    """The first position of `trace` at which a register differs from `other`'s, and which do; None where none does."""
    if trace is other:
        return None
    if len(trace) != len(other):
        return _in_another_length(trace, other)
    found: dict[int, list[str]] = {}
    for name, k in (*_at_the_start(trace, other), *_over_time(trace, other)):
        found.setdefault(k, []).append(name)
    for name, k in _sums(trace, other, min(found, default=trace.end)):
        found.setdefault(k, []).append(name)
    if not found:
        for name, k in _in_the_update(trace, other):
            if k > min(found, default=k):
                break
            found.setdefault(k, []).append(name)
    if not found and trace.end != other.end and matched(trace, trace.end, other) != other.end:
        found[min(trace.end, other.end)] = ["the update's lines"]
    if not found:
        return None
    k = min(found)
    return k, tuple(found[k])


def _at_the_start(trace: Trace, other: Trace) -> Iterator[tuple[str, int]]:
    kept = [name for name in trace.program.kept if name in other.names]
    for name in (*trace.program.parameters, *kept):
        if not equal(trace.value(name, 0), other.value(name, 0)):
            yield name, 0
    for state in trace.program.cell.states:
        if not equal(trace.rows[state][0], other.rows[state][0]):
            yield state, 0


def _rows_apart(one: Any, other: Any) -> Any:
    """The rows that differ, ascending."""
    with np.errstate(all="ignore"):
        same = (one == other) | ((one != one) & (other != other))
    return np.flatnonzero(~same if same.ndim == 1 else ~same.all(axis=1))


def _over_time(trace: Trace, other: Trace) -> Iterator[tuple[str, int]]:
    """The first row of each series, and of the running loss, that differs, as the position right after its line."""
    program, timesteps = trace.program, len(trace)
    for name, register in program.series.items():
        if register.line not in program.lines or name == program.output.timestep_loss:
            continue
        rows = _rows_apart(trace.rows[name], other.rows[name])
        if register.given:  # h[0] is seen to at the start; the dh_next that comes from beyond the end is always 0
            rows = rows[rows < timesteps] if register.backward else rows[rows > 0] - 1
        if rows.size and register.phase is not None:
            t = int(rows[-1] if register.backward else rows[0]) + 1
            yield name, program.number(register.phase, t, register.line, timesteps)
    rows = _rows_apart(trace.running_loss, other.running_loss)
    if rows.size:
        yield "loss", program.number("forward", int(rows[0]) + 1, "loss", timesteps)


def _sums(trace: Trace, other: Trace, before: int) -> Iterator[tuple[str, int]]:
    """A running sum that differs although nothing computed before it does: of inputs that a zero weight hides."""
    for name, register in trace.program.sums.items():
        apart: set[int] = set()
        for factor in register.factors or ():
            if factor is not None:
                rows = _rows_apart(trace.over_time(factor), other.over_time(factor)) + 1
                apart.update(map(int, rows))
        for t in sorted(apart, reverse=True):
            k = trace.program.number("backward", t, name, len(trace))
            if k >= before:
                break
            if not equal(trace.value(name, k), other.value(name, k)):
                yield name, k
                break


def _in_the_update(trace: Trace, other: Trace) -> Iterator[tuple[str, int]]:
    """Each name that a line of the update makes different, in the order of the lines."""
    start = trace.program.borders(len(trace))[2]
    for k in range(start + 1, trace.end + 1):
        there = matched(trace, k, other)
        for name in trace.wrote(k):
            if there is not None and name in other.names and name != "clip_norm":
                mine, theirs = trace.value(name, k), other.value(name, there)
                if not equal(mine, theirs):
                    yield name, k


def _in_another_length(trace: Trace, other: Trace) -> tuple[int, tuple[str, ...]]:
    """Sequences of different lengths: they part where the forward phases do, at the latest where the shorter ends."""
    for name, k in _at_the_start(trace, other):
        return k, (name,)
    shorter = min(len(trace), len(other))
    lines = len(trace.program.forward)
    found = []
    forward = [(line.name, trace.program.series.get(line.name)) for line in trace.program.forward]
    for line, register in forward:
        name, first = ("running_loss", 0) if register is None else (line, int(register.given))
        rows = _rows_apart(getattr(trace, name)[first : first + shorter], getattr(other, name)[first : first + shorter])
        if rows.size:
            found.append((trace.program.number("forward", int(rows[0]) + 1, line, len(trace)), line))
    if not found:
        return shorter * lines, ("the number of timesteps",)
    k = min(found)[0]
    return k, tuple(line for at, line in found if at == k)
