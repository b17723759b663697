"""Mistakes in how the parts of a gradient become one: the parts are right, and what becomes of them is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from rnn_core.mistakes.mistake import GRADIENTS, RIGHT, Gather, Mistake, written
from rnn_core.model import Array


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
        ("assigned by the column", "of each column only one timestep's part", "assigned (=) where the sum over t belongs (+=)",
         lambda rows, B: _last_written(rows)),
        ("repeated columns lost", "of each column only the last timestep's part",
         "added once to a column that comes up again (np.add.at adds every time)", lambda rows, B: _last_written(rows[::-1])),
        ("turned", "the transpose", "transposed", lambda rows, B: rows.sum(axis=0).T),
        ("clipped at 1", "the sum of what is clipped to ±1", "clipped at each timestep, before it is added up",
         lambda rows, B: np.clip(rows, -1, 1).sum(axis=0)),
        ("clipped at 5", "the sum of what is clipped to ±5", "clipped at each timestep, before it is added up",
         lambda rows, B: np.clip(rows, -5, 5).sum(axis=0)),
        ("over the units", "one sum over all units", "summed over the units, too: each of them gets the same number",
         lambda rows, B: np.full_like(rows[0], rows.sum())),
        ("first left out", "the sum without t = 1", "t = 1 is left out", lambda rows, B: rows[1:].sum(axis=0)),
        ("last left out", "the sum without t = T", "t = T is left out", lambda rows, B: rows[:-1].sum(axis=0)),
    )  # fmt: skip
    yield from _gathered(ways)


def _last_written(rows: Array) -> Array:
    """What is left where each part overwrites the columns that it has, the last timestep's part first."""
    out: Array = np.zeros_like(rows[0])
    for part in rows[::-1]:
        there = part.any(axis=0)
        out[..., there] = part[..., there]
    return out


def over_the_batch() -> Iterator[Mistake]:
    """What a step of its own does as well: so those that are known by their rows come first."""
    yield from _gathered((
        ("averaged over the batch", "the sum over t divided by the batch size", "averaged over the batch where a sum belongs",
         lambda rows, B: rows.sum(axis=0) / B),
    ))  # fmt: skip


def _gathered(ways: Iterable[tuple[str, str, str, Gather]]) -> Iterator[Mistake]:
    for line in GRADIENTS:
        for name, computes, cause, gather in ways:
            if name == ("turned" if line in {"db", "dc"} else "over the units"):
                continue  # a vector is its own transpose, and no one sums a matrix to a number
            if name == "repeated columns lost" and line != "dU":
                continue  # only one-hot inputs leave columns out
            said = _SAID.get(name)
            text = written(line, said.format(RIGHT[line]), "=" if name == "assigned" else "") if said else ""
            yield Mistake(f"{line}: {name}", line, computes, f"{line} is {cause}" if "left out" not in name else cause, text,
                          gathered=gather)  # fmt: skip


_SAID = {
    "assigned": "{}",
    "averaged": "{} / T",
    "multiplied": "T·{}",
    "never added": "0",
    "doubled": "2·{}",
    "sign": "-{}",
    "clipped at 1": "clip({}, 1)",
    "clipped at 5": "clip({}, 5)",
}
"""The right-hand side, where a line of the listing says it; {} stands for the right one."""
