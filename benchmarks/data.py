"""Data: a dataset of thousands of sequences listed, and a long sequence edited."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.table import Row
from benchmarks.timing import percentile, side_by_side
from rnn_core.data import Dataset, Sequence
from rnn_core.diagnostics import overview
from rnn_core.editing import editing
from rnn_core.editing.editing import Editing
from rnn_core.editing.table import table_of
from rnn_core.model import Sizes, initialise
from rnn_core.recorder import record
from rnn_core.updates import Options

SIZES = Sizes(5, 10, 3)
MANY, LONG = 10_000, 100_000
EDITS = 200


def sequences(count: int, shortest: int = 5, longest: int = 50) -> Dataset:
    """Normal inputs and uniform targets, of different lengths."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(shortest, longest + 1, count).tolist()
    made = (Sequence(rng.standard_normal((n, SIZES.inputs)), rng.integers(0, SIZES.classes, n)) for n in lengths)
    return Dataset(tuple(made))


def rows() -> Iterator[Row]:
    """Listing against recording, and an edit far down in a long table."""
    dataset, params = sequences(MANY), initialise("normal", SIZES)

    def recorded() -> None:
        for sequence in dataset.sequences:
            record(params, sequence)

    def listed() -> None:
        overview.overview(initialise("normal", SIZES), dataset, Options())  # other parameters: nothing is remembered

    taken = side_by_side({"recorded": recorded, "listed": listed}, 5, 1)
    share = taken["listed"] / taken["recorded"]
    yield Row(f"{MANY:,} sequences listed / recorded", share, 1.5, 1.2, better="less")
    long = sequences(1, LONG, LONG)
    state = Editing.of(table_of(long.sequences[0], long, SIZES.classes))
    size = f"T = {LONG:,}, p95"
    yield Row(f"a cell written, {size}", percentile(_writes(state), 95) * 1e3, 16, 8, "ms", "less")
    yield Row(f"a row inserted, {size}", percentile(_inserts(state), 95) * 1e3, 30, 16, "ms", "less")


def _writes(state: Editing) -> Iterator[Callable[[], object]]:
    for row in range(0, LONG, LONG // EDITS):
        yield lambda row=row: editing.written(editing.to(state, row, 1), "0.5")  # type: ignore[misc]  # infers no row


def _inserts(state: Editing) -> Iterator[Callable[[], object]]:
    for row in range(0, LONG, LONG // EDITS):
        yield lambda row=row: editing.inserted(editing.to(state, row, 1))  # type: ignore[misc]  # as above
