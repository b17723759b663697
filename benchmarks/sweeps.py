"""A sweep of short runs: two processes against one, both computing the same lines."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.table import Row
from benchmarks.timing import side_by_side
from rnn_core.debugger.persistence.opening import load_dataset
from rnn_core.recipe import Recipe
from rnn_core.sweeps import workers
from rnn_core.sweeps.grid import Grid

RUNS = 2000


def rows() -> Iterator[Row]:
    """On fewer than two cores there is nothing to measure."""
    grid = Grid(Recipe(), load_dataset(Recipe()), seeds=tuple(range(RUNS)))
    what = f"sweep of {RUNS:,} short runs, serial / 2 processes"
    if workers.cores() < 2:
        yield Row(what, None, 1.7)
        return
    taken = side_by_side(
        {f"{count}": lambda count=count: list(workers.here(grid, grid.points, count)) for count in (1, 2)},  # type: ignore[misc]  # lambdas infer no argument
        rounds=3,
    )
    yield Row(what, taken["1"] / taken["2"], 1.7)
