"""Measuring side by side: the contestants take turns, so that whatever else the machine does meets all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from statistics import median
from time import perf_counter

import numpy as np


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """How long one of `times` runs in a row takes."""
    start = perf_counter()
    for _ in range(times):
        work()
    return (perf_counter() - start) / times


def side_by_side(contestants: Mapping[str, Callable[[], object]], rounds: int, times: int = 1) -> dict[str, float]:
    """The median seconds of each, over rounds in which each runs `times` in a row; the first round is not counted."""
    taken = [{name: seconds(work, times) for name, work in contestants.items()} for _ in range(rounds + 1)]
    return {name: median(a_round[name] for a_round in taken[1:]) for name in contestants}


def percentile(works: Iterable[Callable[[], object]], percent: float) -> float:
    """The seconds that `percent` of these single pieces of work stay within."""
    return float(np.percentile([seconds(work) for work in works], percent))
