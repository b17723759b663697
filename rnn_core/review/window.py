"""The operands of a timestep: the arrays that are read in the stretch of events before it.

An array has a place where it was read. Where several places show the same array, each may be its name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from rnn_core.model import Array
from rnn_core.review.events import Events
from rnn_core.review.values import Values, canonical

PLACES = 8
"""Places of one value that are looked at."""

SEARCHED = 4000
"""Events before a timestep that are searched for its operands."""


@dataclass
class Window:
    """The operands that stand before a timestep."""

    matrices: list[tuple[int, int]] = field(default_factory=list)
    thin: list[tuple[int, int]] = field(default_factory=list)
    """Matrices of one row or column: U of a single input may be one."""
    vectors: list[tuple[int, int]] = field(default_factory=list)
    others: list[tuple[int, int]] = field(default_factory=list)
    """The same values at other places: a function's argument stands for many arrays, and its caller's names for one."""


def window_of(events: Events, start: int, stop: int) -> Window:
    """(value, site) of each distinct array between two events, the latest first."""
    recording = events.recording
    sites = events.code.sites
    first: dict[int, int] = {}
    places: dict[int, list[int]] = {}
    for event in range(stop, max(start, stop - SEARCHED, 0) - 1, -1):
        number, site = int(recording.values[event]), int(recording.sites[event])
        if number < 0:
            continue
        known = first.get(number)
        if known is None or (sites[known].kind != "see" and sites[site].kind == "see"):
            first[number] = site  # where a value is read, it has its own name
        known_places = places.setdefault(number, [])
        if site not in known_places and len(known_places) < PLACES:
            known_places.append(site)
    found = Window()
    for number, site in first.items():
        array = recording.arrays[number]
        others = [other for other in places[number] if other != site]
        if array.ndim == 2 and min(array.shape) >= 2:
            found.matrices += [(number, one) for one in (site, *others) if not _turned(sites[one].node)]
        elif array.ndim == 2 and array.size >= 2:
            found.thin.append((number, site))
        if array.size >= 1:
            found.vectors.append((number, site))
            found.others += [(number, other) for other in others]
    return found


def once(entries: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Each value at the first of its places."""
    found: dict[int, int] = {}
    for number, site in entries:
        found.setdefault(number, site)
    return list(found.items())


def _turned(node: ast.AST) -> bool:
    """Whether an expression is a transpose written out: the array itself stands inside it."""
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return called in {"transpose", "swapaxes", "moveaxis"}
    return isinstance(node, ast.Attribute) and node.attr == "T"


def vectors_of(values: Values, window: Window, width: int, batch: int, columns: bool) -> list[tuple[Array, int]]:
    found = []
    for number, site in window.vectors:
        array = values.recording.arrays[number]
        if (array.size == width * batch and (x := canonical(array, width, columns)) is not None) or (
            array.size == width * batch and batch > 1 and (x := canonical(array, width, not columns)) is not None
        ):
            found.append((x, site))
        if len(found) >= 14:
            break
    return found
