"""Two sets of arrays beside each other: of each name, the largest difference and where it is.

A difference is judged by the size of the arrays. It passes where it is at most `tolerance` times the
largest magnitude of that array in either set. NaN equals NaN, and each infinity equals itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Apart(NamedTuple):
    """What two arrays of one name differ by."""

    name: str
    shape: tuple[int, ...] | None
    """None where the two have different shapes, or only one of them is there."""
    largest: float = 0.0
    """The largest |one - other|; infinite where only one of the two is finite."""
    size: float = 0.0
    """The largest finite magnitude in either."""
    at: tuple[int, ...] = ()
    """The element with the largest difference."""
    one: float = 0.0
    other: float = 0.0
    """What the two hold there."""
    why: str = ""
    """Why nothing could be subtracted; empty where it could."""

    @property
    def relative(self) -> float:
        """The largest difference over the size."""
        return self.largest / self.size if self.size else self.largest

    def passes(self, tolerance: float) -> bool:
        """Whether the two are alike, as far as `tolerance` allows."""
        return not self.why and (self.largest == 0.0 or self.largest <= tolerance * self.size)


def apart(name: str, one: Any, other: Any) -> Apart:
    """What two arrays differ by."""
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        return Apart(name, None, why=f"shape {_shape(one)} and {_shape(other)}")
    if not one.size:
        return Apart(name, one.shape)
    mine, theirs = (np.asarray(array, dtype=np.float64) for array in (one, other))
    with np.errstate(all="ignore"):
        by = np.asarray(np.abs(mine - theirs))
        by[(mine == theirs) | (np.isnan(mine) & np.isnan(theirs))] = 0.0
        by[np.isnan(by)] = np.inf
    found = np.unravel_index(int(np.argmax(by)), by.shape)
    at = tuple(int(i) for i in found)
    size = max(peak(mine), peak(theirs))
    return Apart(name, one.shape, float(by[at]), size, at, float(mine[at]), float(theirs[at]))


def all_apart(one: Mapping[str, Array], other: Mapping[str, Array], names: tuple[str, str]) -> list[Apart]:
    """Every array of either set, in the order of the first; `names` are what the two are called."""
    found = [
        apart(name, array, other[name])
        if name in other
        else Apart(name, None, why=f"only in {names[0]}: {_shape(array)}")
        for name, array in one.items()
    ]
    return found + [
        Apart(name, None, why=f"only in {names[1]}: {_shape(array)}")
        for name, array in other.items()
        if name not in one
    ]


def worst(several: Iterable[tuple[int, Apart]]) -> dict[str, tuple[int, Apart]]:
    """Of each name, the one that differs most, with the number that stands beside it; the first of equals."""
    kept: dict[str, tuple[int, Apart]] = {}
    for number, each in several:
        before = kept.get(each.name)
        if before is None or (not before[1].why and (each.why or _rank(each) > _rank(before[1]))):
            kept[each.name] = number, each
    return kept


def _rank(each: Apart) -> tuple[float, float]:
    return each.relative, each.largest


def peak(array: Array) -> float:
    """The largest finite magnitude; 0 where there is none."""
    finite = np.abs(array[np.isfinite(array)])
    return float(finite.max()) if finite.size else 0.0


def _shape(array: Any) -> str:
    return "×".join(map(str, np.shape(array))) or "one number"
