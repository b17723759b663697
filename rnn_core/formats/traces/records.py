"""A run told line by line, as plain Python values: what the JSONL and the CSV writer both spell out.

Rules this file keeps:
- Record k is the line numbered k; nothing that the run computed is left out.
- A gradient is a sum over time, and writing the whole sum at every timestep would take T·H² numbers. So a line that
  adds to one names the two rows whose outer product it adds. Both stand in earlier records; the last such line of the
  file writes the whole sum.
- Memory stays constant: rows become Python numbers a chunk of timesteps at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from rnn_core.arrays import Array
from rnn_core.formats.traces.request import Every, Progress
from rnn_core.language.expressions import Name
from rnn_core.passes import row_width
from rnn_core.program import Instruction, Phase
from rnn_core.trace import Trace

CHUNK_NUMBERS = 2**16
"""How many numbers of the rows over time are held as Python objects at once, roughly."""

Values = dict[str, Any]
"""Numbers, lists of numbers or lists of lists, by name."""

Factors = list[tuple[str, int]]
"""Rows by name and timestep: two for an outer product, one for a bias gradient."""


class Record(NamedTuple):
    """One line, or the lines of one timestep: where it stands, what it is given, writes and adds to."""

    k: int
    phase: Phase
    t: int
    line: str
    reads: Values
    """The data given at this timestep: x, and y or None."""
    writes: Values
    adds: dict[str, Factors]
    added_norm: dict[str, float]
    """The Euclidean norm of what is added: the size of this timestep's own gradient."""


def records(trace: Trace, every: Every, stop: int, progress: Progress) -> Iterator[Record]:
    """The records of the lines 1 … stop; `progress` gets the share done and may raise."""
    lines = _lines(trace, stop, progress)
    return lines if every == "line" else map(_merged, map(_group, groupby(lines, key=lambda r: (r.phase, r.t))))


def _group(group: Any) -> list[Record]:
    return list(group[1])


def _merged(lines: list[Record]) -> Record:
    """The lines of one timestep, or of the update, as one record, which stands where the last of them does."""
    reads: Values = {}
    writes: Values = {}
    adds: dict[str, Factors] = {}
    added_norm: dict[str, float] = {}
    for line in lines:
        reads |= line.reads
        writes |= line.writes
        adds |= line.adds
        added_norm |= line.added_norm
    return Record(*lines[-1][:4], reads, writes, adds, added_norm)


def _lines(trace: Trace, stop: int, progress: Progress) -> Iterator[Record]:
    T, series = len(trace), trace.program.series
    width = trace.sizes.inputs + sum(
        row_width(trace.program, of, trace.sizes) for of in series.values() if not of.whole and of.axes[1:]
    )
    chunk = max(1, CHUNK_NUMBERS // width)
    for passed in range(0, T, chunk):
        yield from _timesteps(trace, "forward", range(passed + 1, min(passed + chunk, T) + 1), stop)
        progress(0.5 * passed / T)
    for passed in range(0, T, chunk):
        yield from _timesteps(trace, "backward", range(T - passed, max(T - passed - chunk, 0), -1), stop)
        progress(0.5 + 0.5 * passed / T)
    start = trace.program.borders(T)[2]
    for k, line in enumerate(trace.program.update[: max(stop - start, 0)], start=start + 1):
        writes = {name: np.asarray(trace.value(name, k)).tolist() for name in line.writes}
        yield Record(k, "update", 0, line.name, {}, writes, {}, {})


def _timesteps(trace: Trace, phase: Phase, times: range, stop: int) -> Iterator[Record]:
    """The records of these timesteps, in the order in which they run."""
    lines = trace.program.phase(phase)
    k = trace.program.number(phase, times[0], lines[0].name, len(trace)) - 1
    if k >= stop:
        return
    rows = slice(min(times) - 1, max(times))
    write = [_writer(trace, line, rows, stop) for line in lines]
    x, y, present = trace.x[rows].tolist(), trace.y[rows].tolist(), trace.sequence.has_target[rows].tolist()
    for t in times:
        i = t - 1 - rows.start
        reads: Values = {}
        if phase == "forward":
            reads = {"x": x[i], "y": y[i] if present[i] else None}
        for line, parts in zip(lines, write, strict=True):
            k += 1
            if k > stop:
                return
            yield Record(k, phase, t, line.name, reads, *parts(t, i, k))
            reads = {}


def _writer(trace: Trace, line: Instruction, rows: slice, stop: int) -> Any:
    """A function (t, i, k) → (writes, adds, added_norm) of one line; i counts within the chunk."""
    if line.name in trace.program.sums:
        factors = trace.program.sums[line.name].factors
        return _adder(trace, line.name, factors, rows, stop) if factors else _summed(trace, line.name)
    held = {}
    if line.name == "loss":
        held["loss"] = trace.running_loss[rows].tolist()
    for name, register in trace.program.series.items():
        if register.line == line.name:
            shift = int(register.given and not register.backward)  # h has a row for t = 0 before the first written
            held[name] = trace.rows[name][rows.start + shift : rows.stop + shift].tolist()
    return lambda t, i, k: ({name: values[i] for name, values in held.items()}, {}, {})


def _summed(trace: Trace, name: str) -> Any:
    """A line that is no outer product: the sum as it stands after each timestep."""
    return lambda t, i, k: ({name: np.asarray(trace.value(name, k)).tolist()}, {}, {})


def _adder(trace: Trace, name: str, factors: tuple[Name, Name | None], rows: slice, stop: int) -> Any:
    left, right = factors
    last = len(trace) - trace.program.times_run(name, stop, len(trace)) + 1
    norms = _row_norms(trace.over_time(left)[rows])
    if right is not None:
        with np.errstate(all="ignore"):
            norms = norms * _row_norms(trace.over_time(right)[rows])
    held = norms.tolist()

    def parts(t: int, i: int, k: int) -> tuple[Values, dict[str, Factors], dict[str, float]]:
        named = [(factor.name, t + factor.shift) for factor in (left, right) if factor is not None]
        whole = {name: np.asarray(trace.value(name, k)).tolist()} if t == last else {}
        return whole, {name: named}, {name: held[i]}

    return parts


def _row_norms(rows: Array) -> Array:
    """The Euclidean norm of each row, scaled so that it overflows only when it must."""
    with np.errstate(all="ignore"):
        peak = np.max(np.abs(rows), axis=1)
        peak = np.where(np.isfinite(peak) & (peak > 0), peak, 1.0)
        norms: Array = np.linalg.norm(rows / peak[:, None], axis=1) * peak
    return norms
