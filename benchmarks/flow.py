"""How gradients travel: the lattice against one call of autograd for each loss, and the panel at the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from time import process_time

import numpy as np

from benchmarks.core import a_run
from benchmarks.table import Row
from benchmarks.timing import side_by_side
from rnn_core.flow.lattice import swept
from rnn_core.model import Sizes
from rnn_core.recorder import record
from rnn_core.trace import Trace
from rnn_core.views.flow import flow

SIZES, TIMESTEPS = Sizes(8, 64, 8), 200
LONG = 10_000
COLUMNS, ROWS = 80, 20
"""Those of a panel at 120x40."""


def rows() -> Iterator[Row]:
    """Seconds and shares of the lattice, then milliseconds of what the flow panel shows."""
    trace = record(*a_run(SIZES, TIMESTEPS))
    contestants: dict[str, Callable[[], object]] = {
        "ours": lambda: swept(trace, range(1, TIMESTEPS + 1), TIMESTEPS),
    }
    torch = find_spec("torch") is not None
    if torch:
        from benchmarks.with_torch import a_call_for_each_loss

        contestants["torch"] = a_call_for_each_loss(trace.params, trace.sequence)
    taken = side_by_side(contestants, rounds=3)
    size = f"H={SIZES.hidden}, T={TIMESTEPS}"
    yield Row(f"lattice of all losses, {size}", taken["ours"], 0.5, unit="s", better="less")
    ratio = taken["ours"] / taken["torch"] if torch else None
    yield Row(f"… / {TIMESTEPS} autograd calls in PyTorch", ratio, 1 / 20, better="less")
    run = a_run(SIZES, LONG)
    long = record(*run)
    flow(long, LONG, COLUMNS, ROWS)
    # processor time: a screen's other work must not count, and that of the machine neither
    moves = [_milliseconds(long, t) for t in range(1, 300)]
    yield Row(f"flow at the cursor, a step, T={LONG}, 95 %", _most(moves), 10, unit="ms", better="less")
    jumps = [_milliseconds(long, t) for t in range(400, LONG, 150)]
    yield Row("… a jump, 95 %", _most(jumps), 10, unit="ms", better="less")
    first = [_milliseconds(record(*run), LONG // 2) for _ in range(5)]
    yield Row("… the first look at a run", float(np.median(first)), 100, unit="ms", better="less")


def _milliseconds(trace: Trace, t: int) -> float:
    begun = process_time()
    flow(trace, t, COLUMNS, ROWS)
    return 1e3 * (process_time() - begun)


def _most(taken: list[float]) -> float:
    return float(np.percentile(taken, 95))
