"""The core: recording a run, holding it, and reading any gradient at any position of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from benchmarks import plain
from benchmarks.table import Row
from benchmarks.timing import percentile, seconds, side_by_side
from rnn_core.data import Sequence
from rnn_core.model import Params, Sizes, initialise
from rnn_core.recorder import record
from rnn_core.trace import Trace
from rnn_core.updates import Options
from tests.listing import GRADIENTS, SERIES

try:
    from benchmarks.with_torch import forward_and_backward
except ImportError:
    forward_and_backward = None  # type: ignore[assignment]  # the rows say that it is not installed


class Race(NamedTuple):
    """One size, (must, stretch) against either opponent, and how often to run."""

    sizes: Sizes
    timesteps: int
    against_plain: tuple[float, float]
    against_torch: tuple[float, float]
    rounds: int
    times: int


RACES = (
    Race(Sizes(5, 10, 3), 100, (9, 11), (13, 16), rounds=20, times=50),
    Race(Sizes(64, 128, 64), 1000, (4.5, 4.9), (3.8, 4.3), rounds=21, times=1),
    Race(Sizes(256, 512, 256), 2000, (7, 8), (3, 3.4), rounds=5, times=1),
)
LONG = Sizes(64, 128, 64), 10_000
SEEKS = 600


def a_run(sizes: Sizes, timesteps: int) -> tuple[Params, Sequence]:
    """The teaching default over normal inputs and uniform targets."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((timesteps, sizes.inputs)), rng.integers(0, sizes.classes, timesteps)
    return initialise("normal", sizes), Sequence(x=x, y=y)


def rows() -> Iterator[Row]:
    """Speed against a plain loop and PyTorch, memory, and the time to read a gradient part-way."""
    for race in RACES:
        yield from _race(race)
    params, sequence = a_run(RACES[0].sizes, 1)
    shortest = min(seconds(lambda: record(params, sequence), 50) for _ in range(60)) * 1e6
    yield Row("record() at T = 1, the least of many", shortest, 80, unit="µs", better="less")
    trace = record(*a_run(*LONG))
    size = f"({LONG[0].inputs}, {LONG[0].hidden}, {LONG[0].classes}, {LONG[1]})"
    series = sum(getattr(trace, name).nbytes for name in (*SERIES, "x", "y", "running_loss"))
    yield Row(f"bytes of a trace / of its rows over time, {size}", trace.nbytes / series, 1.25, better="less")
    seek = percentile(_seeks(trace), 95) * 1e3
    yield Row(f"five gradients at a random position, {size}, p95", seek, 0.4, 0.25, "ms", "less")
    visible = {"in the corner": False, "anywhere": True}
    for where, anywhere in visible.items():
        window = percentile(_windows(trace, anywhere), 50) * 1e3
        yield Row(f"40×40 window of dW {where}, at a random position, median", window, 0.05, 0.025, "ms", "less")


def _race(race: Race) -> Iterator[Row]:
    sizes, timesteps = race.sizes, race.timesteps
    params, sequence = a_run(sizes, timesteps)
    options = Options()
    inputs, targets = list(sequence.x[:, :, None]), sequence.y.tolist()
    parameters = (params.U, params.W, params.V, params.b[:, None], params.c[:, None])
    contestants: dict[str, Callable[[], object]] = {
        "record": lambda: record(params, sequence, options),
        "plain": lambda: plain.train_step(inputs, targets, parameters, options.learning_rate),
    }
    if forward_and_backward is not None:
        contestants["torch"] = forward_and_backward(params, sequence)
    taken = side_by_side(contestants, race.rounds, race.times)
    size = f"({sizes.inputs}, {sizes.hidden}, {sizes.classes}, {timesteps})"
    yield Row(f"record() against a plain loop, {size}", taken["plain"] / taken["record"], *race.against_plain)
    against_torch = taken["torch"] / taken["record"] if "torch" in taken else None
    note = "" if "torch" in taken else "torch not installed"
    yield Row(f"record() against PyTorch, {size}", against_torch, *race.against_torch, note=note)


def _positions(trace: Trace) -> list[int]:
    backward, update = trace.program.borders(len(trace))[1:3]
    positions: list[int] = np.random.default_rng(1).integers(backward + 9, update, SEEKS).tolist()
    return positions


def _seeks(trace: Trace) -> Iterator[Callable[[], object]]:
    for k in _positions(trace):
        yield lambda k=k: [trace.value(name, k) for name in GRADIENTS]  # type: ignore[misc]  # lambdas infer no k


def _windows(trace: Trace, anywhere: bool) -> Iterator[Callable[[], object]]:
    rng = np.random.default_rng(2)
    for k in _positions(trace):
        top, left = rng.integers(0, trace.sizes.hidden - 40, 2).tolist() if anywhere else (0, 0)
        window = slice(top, top + 40), slice(left, left + 40)
        yield lambda k=k, window=window: trace.window("dW", k, *window)  # type: ignore[misc]  # as above
