"""The events of a recording, ready to be asked: what did a place show last, and what will it show next?"""

from __future__ import annotations

import ast
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rnn_core.review.instrument import Code
from rnn_core.review.recording import Recording


class Events:
    """The events of a recording, by site and by value."""

    def __init__(self, recording: Recording, code: Code, names: Mapping[str, str] | None = None) -> None:
        self.recording, self.code = recording, code
        self.names = dict(names or {})
        """Their names by ours, as far as the person has said them."""
        self.of_site: dict[int, NDArray[np.int64]] = {}
        order = np.argsort(recording.sites, kind="stable")
        ordered = recording.sites[order]
        edges = np.flatnonzero(np.diff(ordered)) + 1
        for group in np.split(order, edges) if len(order) else []:
            self.of_site[int(recording.sites[group[0]])] = group
        self._several: dict[int, bool] = {}
        self.kind = np.array([site.kind for site in code.sites], dtype=object)

    def called(self, ours: str, site: int) -> bool:
        """Whether what stands at a site can be ours, by what the person has said of names."""
        theirs = self.names.get(ours)
        return theirs is None or ast.unparse(self.code.sites[site].node).replace('"', "'") == theirs.replace('"', "'")

    def several(self, site: int) -> bool:
        """Whether a place shows several arrays of one shape by turns, as a function's argument does, or a container.

        A parameter's own place never shows again what it held before an update.
        """
        if site not in self._several:
            shapes: dict[tuple[int, ...], int] = {}
            left: set[int] = set()
            self._several[site] = False
            for number in self.recording.values[self.of_site[site]].tolist():
                if number < 0 or shapes.get(shape := self.recording.arrays[number].shape) == number:
                    continue
                if number in left:
                    self._several[site] = True
                    break
                left.add(number)
                shapes[shape] = number
        return self._several[site]

    def last(self, site: int, before: int) -> int:
        """The last event at a site before an event; -1 for none."""
        events = self.of_site.get(site)
        if events is None:
            return -1
        k = int(np.searchsorted(events, before)) - 1
        return int(events[k]) if k >= 0 else -1

    def next(self, site: int, after: int) -> int:
        """The first event at a site from an event on; -1 for none."""
        events = self.of_site.get(site)
        if events is None:
            return -1
        k = int(np.searchsorted(events, after))
        return int(events[k]) if k < len(events) else -1
