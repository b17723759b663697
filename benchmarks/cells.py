"""The gated cells: recording a run against a plain loop and PyTorch; and the tanh RNN against JAX where it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks import plain_cells
from benchmarks.core import RACES, a_run
from benchmarks.table import Row
from benchmarks.timing import side_by_side
from rnn_core.cells import cell
from rnn_core.model import Sizes, initialise
from rnn_core.recorder import record

try:
    from benchmarks.with_torch import forward_and_backward as in_torch
except ImportError:
    in_torch = None  # type: ignore[assignment]  # the rows say that it is not installed
try:
    from benchmarks.with_jax import forward_and_backward as in_jax
except ImportError:
    in_jax = None  # type: ignore[assignment]  # the rows say that it is not installed

SIZES, TIMESTEPS = Sizes(64, 128, 64), 1000
PLAIN: dict[str, Callable[..., object]] = {"lstm": plain_cells.lstm, "gru": plain_cells.gru}


def rows() -> Iterator[Row]:
    """Speed of each gated cell, then the peers of the plain one."""
    for name, by_hand in PLAIN.items():
        yield from _gated(name, by_hand)
    for race in RACES:
        size = f"({race.sizes.inputs}, {race.sizes.hidden}, {race.sizes.classes}, {race.timesteps})"
        what = f"record() against JAX, {size}"
        if in_jax is None:
            yield Row(what, None, 0.0, note="jax not installed")
            continue
        params, sequence = a_run(race.sizes, race.timesteps)
        taken = side_by_side(
            {"record": lambda p=params, s=sequence: record(p, s), "jax": in_jax(params, sequence)},  # type: ignore[misc]  # lambdas infer nothing
            race.rounds, race.times,
        )  # fmt: skip
        yield Row(what, taken["jax"] / taken["record"], 0.0, note="the fastest peer; no limit")


def _gated(name: str, by_hand: Callable[..., object]) -> Iterator[Row]:
    params = initialise("uniform", SIZES, cell=cell(name))
    _, sequence = a_run(SIZES, TIMESTEPS)
    held, x, y = {each: np.array(array) for each, array in params.items()}, np.array(sequence.x), sequence.y.tolist()
    contestants: dict[str, Callable[[], object]] = {
        "record": lambda: record(params, sequence),
        "plain": lambda: by_hand(held, x, y),
    }
    if in_torch is not None:
        contestants["torch"] = in_torch(params, sequence)
    taken = side_by_side(contestants, 7, 1)
    size = f"({SIZES.inputs}, {SIZES.hidden}, {SIZES.classes}, {TIMESTEPS})"
    yield Row(f"record() of a {name} against a plain loop, {size}", taken["plain"] / taken["record"], 3)
    against_torch = taken["torch"] / taken["record"] if "torch" in taken else None
    note = "" if "torch" in taken else "torch not installed"
    yield Row(f"record() of a {name} against PyTorch, {size}", against_torch, 1.5, note=note)
