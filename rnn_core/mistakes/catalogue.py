"""The catalogue of mistakes: one table, for whoever looks for one, sets one as an exercise, or explains one.

A new theme is one file beside this one and one line below.
"""

from __future__ import annotations

from rnn_core.mistakes import caches, chain, forward, gathering, loops, outputs, products
from rnn_core.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    *outputs.mistakes(),
    *chain.mistakes(),
    *gathering.mistakes(),
    *products.mistakes(),
    *gathering.over_the_batch(),
    *caches.mistakes(),
    *loops.mistakes(),
    *forward.mistakes(),
)
"""Every mistake that is known by its numbers; of two with the same numbers the first one is named."""
