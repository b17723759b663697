"""Arrays by name, read-only as a mapping: parameters, their gradients, what an optimiser keeps of them."""

from __future__ import annotations

import math
from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Self = TypeVar("Self", bound="Arrays")

SAFE = 1e-280
"""Sums of squares between this and its inverse have lost nothing that counts: squares vanish below 1e-308."""


class Arrays(Mapping[str, Array]):
    """Arrays by name, in a fixed order; each is an attribute, too: `gradients.W` is `gradients["W"]`."""

    __slots__ = ("_held",)

    def __init__(self, held: Mapping[str, Array]) -> None:
        self._held = dict(held)

    def __getitem__(self, name: str) -> Array:
        return self._held[name]

    def __getattr__(self, name: str) -> Array:
        if name.startswith("_") or name not in self._held:
            raise AttributeError(name)
        return self._held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def items(self) -> ItemsView[str, Array]:
        """Names and arrays; those of the dict, for a Mapping's own look each up anew."""
        return self._held.items()

    def values(self) -> ValuesView[Array]:
        """The arrays."""
        return self._held.values()

    def __eq__(self, other: object) -> bool:
        """Identity: arrays have no truth value."""
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def zeros(self) -> Arrays:
        """Zeros of the same names and shapes, read-only."""
        made = {name: np.zeros(array.shape) for name, array in self._held.items()}
        for array in made.values():
            array.flags.writeable = False
        return Arrays(made)

    def norm(self) -> float:
        """The norm of all as one vector."""
        return norm(np.array([norm(array) for array in self._held.values()]))

    def line(self) -> Array:
        """A copy of all as one vector: an optimiser's step takes as many calls for one as for all."""
        return np.concatenate([array.reshape(-1) for array in self._held.values()])

    def parted(self, line: Array) -> Arrays:
        """A vector as read-only arrays of these names and shapes."""
        line.flags.writeable = False
        return Arrays(views(line, {name: array.shape for name, array in self._held.items()}))


def views(line: Any, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """Consecutive parts of a vector, shaped; of several, those of each."""
    parts, start, many = {}, 0, line.shape[:-1]
    for name, shape in shapes.items():
        stop = start + math.prod(shape)
        parts[name] = line[..., start:stop].reshape(*many, *shape)
        start = stop
    return parts


def norm(array: Array) -> float:
    """√(sum of all squares), scaled where the squares would overflow or vanish; NaN and infinity stay what they are."""
    line = array.ravel("K")
    with np.errstate(over="ignore"):
        squares = float(line.dot(line))
    if SAFE < squares < 1 / SAFE:
        return math.sqrt(squares)
    peak = float(np.max(np.abs(line), initial=0.0))
    if peak == 0.0 or not math.isfinite(peak):
        return peak
    line = line / peak
    return peak * math.sqrt(line.dot(line))
