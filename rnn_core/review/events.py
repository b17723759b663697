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
        self._shared: dict[tuple[int, tuple[int, ...]], bool] = {}
        self._times: dict[int, dict[int, int]] = {}
        self.kind = np.array([site.kind for site in code.sites], dtype=object)

    def called(self, ours: str, site: int) -> bool:
        """Whether what stands at a site can be ours, by what the person has said of names."""
        theirs = self.names.get(ours)
        return theirs is None or ast.unparse(self.code.sites[site].node).replace('"', "'") == theirs.replace('"', "'")

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

    def times(self, site: int, value: int) -> int:
        """How often a site shows a value."""
        if site not in self._times:
            numbers, counts = np.unique(self.recording.values[self.of_site[site]], return_counts=True)
            self._times[site] = dict(zip(numbers.tolist(), counts.tolist(), strict=True))
        return self._times[site].get(value, 0)

    def shared(self, site: int, shape: tuple[int, ...]) -> bool:
        """Whether a place stands for several things of a shape, as the argument of a function may.

        Then a value comes back there after another one; a parameter that was changed does not.
        """
        if (site, shape) not in self._shared:
            seen = [int(self.recording.values[event]) for event in self.of_site[site]]
            seen = [number for number in seen if number >= 0 and self.recording.arrays[number].shape == shape]
            runs = [number for k, number in enumerate(seen) if not k or seen[k - 1] != number]
            self._shared[site, shape] = len(runs) > len(set(runs))
        return self._shared[site, shape]
