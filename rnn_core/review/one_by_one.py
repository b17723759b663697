"""Numbers that a loop makes or reads one by one, put together: a loop over i makes a vector, and one over j a matrix.

What a place shows in all rounds of its innermost loop is one event more, at a place of its own behind the last round.
So code without a single array is recognised as code of arrays is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rnn_core.model import Array
from rnn_core.review.instrument import Code, Site
from rnn_core.review.recording import Recording

LARGEST = 1024
"""Elements of a vector or a matrix that is put together."""

_KINDS = frozenset({"see", "store", "add", "after", "return"})

Shown = tuple[NDArray[np.int64], NDArray[np.int64]]
"""The events at which a place shows something, and the values by number."""


def put_together(recording: Recording, code: Code) -> Recording:
    """The recording with the vectors and matrices in it that loops go through number by number."""
    if not len(recording):
        return recording
    making = _Making(recording, code)
    shown: dict[int, Shown] = {}
    for site in [site for site in code.sites if site.loops and site.kind in _KINDS and not site.index]:
        events = making.of_site(site.id)
        if len(events) > 1 and making.single(int(events[0])):
            shown[site.id] = events, recording.values[events].astype(np.int64)
    for _ in range(2):
        shown = making.once(shown)
    return making.recorded()


@dataclass(eq=False)
class _Making:
    recording: Recording
    code: Code
    arrays: list[Array] = field(init=False)
    narrow: list[bool] = field(init=False)
    events: list[tuple[int, int, int]] = field(default_factory=list)
    """(behind which event, site, value)"""

    def __post_init__(self) -> None:
        self.arrays, self.narrow = list(self.recording.arrays), self.recording.narrow.tolist()
        self.known: dict[tuple[tuple[int, ...], bytes], int] = {}
        order = np.argsort(self.recording.sites, kind="stable")
        edges = np.searchsorted(self.recording.sites[order], np.arange(len(self.code.sites) + 1))
        self.by_site = [order[start:stop] for start, stop in pairwise(edges)]
        self.heads = {
            f"{site.kind}{site.statement}": site.id for site in self.code.sites if site.kind in {"enter", "round"}
        }

    def of_site(self, site: int) -> NDArray[np.int64]:
        """The events of a site of their code."""
        return self.by_site[site] if site < len(self.by_site) else np.zeros(0, np.int64)

    def single(self, event: int) -> bool:
        """Whether an event shows a number that is no whole one."""
        array = self.recording.array(event)
        return array is not None and array.size == 1 and not self.recording.whole[self.recording.values[event]]

    def once(self, shown: dict[int, Shown]) -> dict[int, Shown]:
        """What the innermost loops around these places make of what they show; the next loops are outside of those."""
        out: dict[int, Shown] = {}
        for number, (events, values) in shown.items():
            site = self.code.sites[number]
            if not site.loops:
                continue
            begins, rounds = (self.of_site(self.heads.get(f"{kind}{site.loops[-1]}", len(self.by_site)))
                              for kind in ("enter", "round"))  # fmt: skip
            made = [
                (int(events[stop - 1]), self.number(values[start:stop]))
                for start, stop in _whole_runs(events, begins, rounds)
                if (values[start:stop] >= 0).all()
            ]
            made = [(event, value) for event, value in made if value >= 0]
            if made:
                place = _place(self.code, site)
                self.events += [(event, place.id, value) for event, value in made]
                out[place.id] = np.array([event for event, _ in made]), np.array([value for _, value in made])
        return out

    def number(self, parts: NDArray[np.int64]) -> int:
        """The number of the array that some values make together; -1 where they make none."""
        arrays = [self.arrays[part] for part in parts.tolist()]
        shape = arrays[0].shape
        if len(arrays) * arrays[0].size > LARGEST or len(shape) > 1 or any(one.shape != shape for one in arrays):
            return -1
        made = np.array(arrays)
        made = made[:, 0] if made.ndim == 2 and made.shape[1] == 1 else made
        key = made.shape, made.tobytes()
        if key not in self.known:
            self.known[key] = len(self.arrays)
            self.arrays.append(made)
            self.narrow.append(all(self.narrow[part] for part in parts.tolist()))
        return self.known[key]

    def recorded(self) -> Recording:
        """The recording with these events in it."""
        recording = self.recording
        if not self.events:
            return recording
        self.events.sort(key=lambda event: event[0])
        behind = np.array([event for event, _, _ in self.events]) + 1
        out = replace(
            recording,
            sites=np.insert(recording.sites, behind, [site for _, site, _ in self.events]).astype(np.int32),
            values=np.insert(recording.values, behind, [value for _, _, value in self.events]).astype(np.int32),
            objects=np.insert(recording.objects, behind, 0),
            contexts=np.insert(recording.contexts, behind, recording.contexts[behind - 1]),
            arrays=self.arrays,
            narrow=np.array(self.narrow, bool),
            whole=np.append(recording.whole, np.zeros(len(self.arrays) - len(recording.arrays), bool)),
            first={},
        )
        for event, value in enumerate(out.values.tolist()):
            out.first.setdefault(value, event)
        return out


def _whole_runs(
    events: NDArray[np.int64], begins: NDArray[np.int64], rounds: NDArray[np.int64]
) -> list[tuple[int, int]]:
    """(start, stop) of the events of each run of a loop in which a place ran once a round, twice at least."""
    if not len(begins) or not len(rounds):
        return []
    runs, turns = np.searchsorted(begins, events), np.searchsorted(begins, rounds)
    most = int(max(runs[-1], turns[-1])) + 1
    mine, all_of = np.bincount(runs, minlength=most), np.bincount(turns, minlength=most)
    edges = np.searchsorted(runs, np.arange(most + 1))
    repeated = np.append(np.searchsorted(rounds, events), -1)
    repeated = np.flatnonzero(repeated[1:] == repeated[:-1])
    twice = set(runs[repeated].tolist())
    good = [run for run in np.flatnonzero((mine == all_of) & (mine > 1)).tolist() if run and run not in twice]
    return [(int(edges[run]), int(edges[run + 1])) for run in good]


def _place(code: Code, site: Site) -> Site:
    """The place at which what is put together stands: the same one, outside of its innermost loop."""
    if site.id not in code.gathered:
        made = replace(site, id=len(code.sites), loops=site.loops[:-1], index=False)
        code.sites.append(made)
        code.gathered[site.id] = made
    return code.gathered[site.id]
