"""Which sequence each update of a run takes.

Rules this file keeps:
- Update u belongs to epoch u // n of n sequences, both counted from 0; every epoch takes each sequence once.
- The same seed gives the same order in every NumPy (the legacy generator is frozen).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import repeat
from operator import mod

import numpy as np

from rnn_core.records import dataclass


@dataclass(frozen=True)
class Order:
    """The dataset's own order from sequence `first` on, round and round; or shuffled anew in each epoch by `seed`."""

    shuffled: bool = False
    seed: int = 0
    first: int = 0

    def sequence(self, update: int, count: int) -> int:
        """The index of the sequence that `update` takes, out of `count`."""
        place = (update + self.first) % count
        return _shuffled(self.seed, update // count, count)[place] if self.shuffled else place

    def sequences(self, update: int, count: int) -> Iterator[int]:
        """The indices that the updates from `update` on take, without an end."""
        if self.shuffled:
            return map(self.sequence, itertools.count(update), repeat(count))
        return map(mod, itertools.count(update + self.first), repeat(count))

    def with_sequence_at(self, update: int, index: int, count: int) -> Order:
        """The same order turned so far that `update` takes sequence `index`."""
        places = _shuffled(self.seed, update // count, count) if self.shuffled else range(count)
        return replace(self, first=(places.index(index) - update) % count)


@lru_cache(maxsize=8)
def _shuffled(seed: int, epoch: int, count: int) -> tuple[int, ...]:
    return tuple(np.random.RandomState([seed, epoch]).permutation(count).tolist())
