"""Mistakes in how the parts of a gradient become one: the parts are right, and what becomes of them is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from rnn_core.mistakes.mistake import GRADIENTS, LISTING, Gather, Mistake


def mistakes() -> Iterator[Mistake]:
    """The parts are right, and what becomes of them is not."""
    ways: tuple[tuple[str, str, str, Gather], ...] = (
        ("assigned", "only one timestep's part", "assigned (=) where the sum over t belongs (+=)", lambda rows, B: rows[0]),
        ("assigned in another order", "only the last timestep's part", "assigned (=) where the sum over t belongs (+=)",
         lambda rows, B: rows[-1]),
        ("averaged", "the sum over t divided by T", "averaged over t where a sum belongs", lambda rows, B: rows.mean(axis=0)),
        ("averaged over time and batch", "the sum over t divided by T and the batch size", "averaged where a sum belongs",
         lambda rows, B: rows.mean(axis=0) / B),
        ("multiplied", "the sum over t times T", "multiplied by T", lambda rows, B: rows.sum(axis=0) * len(rows)),
        ("never added", "nothing", "never added to", lambda rows, B: np.zeros_like(rows[0])),
        ("doubled", "twice the sum", "added twice", lambda rows, B: 2 * rows.sum(axis=0)),
        ("sign", "minus the sum", "the sign is wrong: subtracted where it is added", lambda rows, B: -rows.sum(axis=0)),
        ("turned", "the transpose", "transposed", lambda rows, B: rows.sum(axis=0).T),
        ("first left out", "the sum without t = 1", "t = 1 is left out", lambda rows, B: rows[1:].sum(axis=0)),
        ("last left out", "the sum without t = T", "t = T is left out", lambda rows, B: rows[:-1].sum(axis=0)),
    )  # fmt: skip
    yield from _gathered(ways)


def over_the_batch() -> Iterator[Mistake]:
    """What a step of its own does as well: so those that are known by their rows come first."""
    yield from _gathered((
        ("averaged over the batch", "the sum over t divided by the batch size", "averaged over the batch where a sum belongs",
         lambda rows, B: rows.sum(axis=0) / B),
    ))  # fmt: skip


def _gathered(ways: Iterable[tuple[str, str, str, Gather]]) -> Iterator[Mistake]:
    for line in GRADIENTS:
        for name, computes, cause, gather in ways:
            text = LISTING[line].replace("+=", "=") if name.startswith("assigned") else ""
            yield Mistake(f"{line}: {name}", line, computes, f"{line} is {cause}" if "left out" not in name else cause, text,
                          gathered=gather)  # fmt: skip
