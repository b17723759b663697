"""Running to a stop: a watchpoint that never hits, against the plain loop over the same rows that one would write."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.core import a_run
from benchmarks.table import Row
from benchmarks.timing import side_by_side
from rnn_core.debugger.stops.breakpoints import Breakpoint
from rnn_core.debugger.stops.hits import search
from rnn_core.model import Array, Sizes
from rnn_core.recorder import record
from rnn_core.trace import Trace

SIZES, TIMESTEPS = Sizes(5, 10, 3), 10_000
THRESHOLD = 1e-12
REDUCTION = "max(abs(dh)) > 1e9"
WATCH = f"norm(dh_next) < {THRESHOLD:g}"


def rows() -> Iterator[Row]:
    """`continue` and `rcontinue` over the whole run; both look at every row of dh_next and stop nowhere."""
    trace = record(*a_run(SIZES, TIMESTEPS))
    carried = trace.dh_next[:-1]
    assert not _below(carried), "a row below the threshold would end the plain loop early"
    size = f"({SIZES.inputs}, {SIZES.hidden}, {SIZES.classes}, {TIMESTEPS})"
    for word, start, direction in (("continue", 0, +1), ("rcontinue", trace.end, -1)):
        assert _searched(trace, start, direction) is None, "the watchpoint must not hit"
        taken = side_by_side(
            {
                "search": lambda start=start, direction=direction: _searched(trace, start, direction),  # type: ignore[misc]  # lambdas infer no argument
                "loop": lambda: _below(carried),
            },
            rounds=15,
        )
        what = f"{word}, {WATCH} / bare loop, {size}"
        yield Row(what, taken["search"] / taken["loop"], 4, 2.5, better="less")
    params, sequence = a_run(SIZES, TIMESTEPS)
    taken = side_by_side(
        {
            "search": lambda: search(trace, (Breakpoint(1, watch=REDUCTION),), 0, +1),
            "record": lambda: record(params, sequence),
        },
        rounds=15,
    )
    yield Row(f"continue, {REDUCTION} / recording, {size}", taken["search"] / taken["record"], 1, better="less")


def _searched(trace: Trace, k: int, direction: int) -> object:
    return search(trace, (Breakpoint(1, watch=WATCH),), k, direction)


def _below(rows: Array) -> int:
    """The bare loop: the number of rows whose norm is below the threshold."""
    found = 0
    for row in rows:
        if np.linalg.norm(row) < THRESHOLD:
            found += 1
    return found
