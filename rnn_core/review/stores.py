"""Where code stores a value once the forward pass is done: the stores that show it, and those that began its name."""

from __future__ import annotations

import ast

import numpy as np

from rnn_core.model import Array
from rnn_core.review.found import Found, Judged
from rnn_core.review.instrument import Site
from rnn_core.review.suspicion import Place


def region(found: Found, judged: Judged) -> tuple[int, int]:
    return judged.episode.steps[-1].done, judged.episode.stop


def stores_of(found: Found, judged: Judged, value: Array) -> list[tuple[Site, int]]:
    """Stores that first show a value after the forward pass."""
    start, stop = region(found, judged)
    got = []
    for number in found.values.same(value):
        for event in np.flatnonzero(found.recording.values[start:stop] == number)[:12] + start:
            site = found.code.sites[int(found.recording.sites[event])]
            if site.kind in {"store", "after", "effect", "return", "see"}:
                got.append((site, int(event)))
    got.sort(key=lambda pair: pair[1])
    return got


def _names_of(found: Found, start: int, stop: int, value: Array) -> list[str]:
    names: list[str] = []
    for number in found.values.alike(value):
        for event in np.flatnonzero(found.recording.values[start:stop] == number) + start:
            site = found.code.sites[int(found.recording.sites[event])]
            name = site.name or (
                found.name(site.id) if isinstance(site.node, ast.Name | ast.Attribute | ast.Subscript) else ""
            )
            if name and name not in names:
                names.append(name)
    return names


def zeros_of(found: Found, judged: Judged, value: Array) -> Place | None:
    """The store of zeros under a name that later shows a value; else the last store of that name."""
    start, stop = region(found, judged)
    names = _names_of(found, start, stop, value)
    for name in names:
        best: Place | None = None
        for event in range(stop):
            site = found.code.sites[int(found.recording.sites[event])]
            array = found.recording.array(event)
            if (
                site.kind == "store"
                and _plain(site.name) == _plain(name)
                and array is not None
                and not array.any()
                and array.size == value.size
            ):
                best = Place(site, event, -1, {})
        if best is not None:
            return best
    for event in range(stop - 1, -1, -1):
        site = found.code.sites[int(found.recording.sites[event])]
        array = found.recording.array(event)
        if (
            site.kind == "store"
            and array is not None
            and not array.any()
            and array.shape == value.shape
            and value.ndim == 2
        ):
            return Place(site, event, -1, {})
    for name in names:
        for event in range(stop - 1, 0, -1):
            site = found.code.sites[int(found.recording.sites[event])]
            if site.kind in {"add", "store"} and _plain(site.name) == _plain(name):
                return Place(site, event, -1, {})
    return None


def _plain(name: str) -> str:
    return name.rpartition(".")[2]


def left_over(found: Found, judged: Judged, left: Array) -> Place | None:
    start, stop = region(found, judged)
    place = zeros_of(found, judged, left)
    if place is not None:
        return place
    for number in found.values.alike(left):
        for event in np.flatnonzero(found.recording.values[start:stop] == number) + start:
            return Place(found.code.sites[int(found.recording.sites[event])], int(event), -1, {})
    return None
