"""Vectors out of scalar loops: what a place shows in each round of its loop, taken together when the loop has ended.

Code that is written element by element never holds a or x[t] in an array. What it computes is one all the same: a
number a round. Each such place gets a second site, where the numbers of all rounds stand side by side.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from rnn_core.model import Array
from rnn_core.review.instrument import Code
from rnn_core.review.recording import Recording

LONGEST = 512
"""Rounds of a loop that are still a vector."""


def side_by_side(recording: Recording, code: Code) -> tuple[Recording, Code] | None:
    """The recording with the vectors that loops make number by number; None where they make none."""
    rounds = _rounds(recording, code)
    if not rounds:
        return None
    sites = list(code.sites)
    new_site: dict[int, int] = {}
    arrays = list(recording.arrays)
    numbers = {(array.shape, array.tobytes()): k for k, array in enumerate(arrays)}
    at, of, values = [], [], []
    for site, events in sorted(rounds, key=lambda pair: pair[1][-1]):
        if site not in new_site:
            new_site[site] = len(sites)
            sites.append(replace(code.sites[site], id=len(sites), kind="see", index=False))
        vector: Array = np.array([float(arrays[int(recording.values[event])].reshape(-1)[0]) for event in events])
        key = vector.shape, vector.tobytes()
        if key not in numbers:
            numbers[key] = len(arrays)
            arrays.append(vector)
        at.append(events[-1] + 1)
        of.append(new_site[site])
        values.append(numbers[key])
    more = len(arrays) - len(recording.arrays)
    made = replace(
        recording,
        sites=np.insert(recording.sites, at, np.asarray(of, np.int32)),
        values=np.insert(recording.values, at, np.asarray(values, np.int32)),
        objects=np.insert(recording.objects, at, -1 - np.arange(len(at))),
        arrays=arrays,
        narrow=np.concatenate([recording.narrow, np.zeros(more, bool)]),
        whole=np.concatenate([recording.whole, np.zeros(more, bool)]),
        first={},
    )
    for event, value in enumerate(made.values.tolist()):
        made.first.setdefault(value, event)
    return made, replace(code, sites=sites)


def _rounds(recording: Recording, code: Code) -> list[tuple[int, list[int]]]:
    """(site, the last event of each round) for each time that a loop ran in which a place showed a number a round."""
    entered: dict[int, int] = defaultdict(int)
    gone: dict[int, int] = defaultdict(int)
    shown: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
    length: dict[tuple[int, int], int] = {}
    small = np.array([array.size == 1 for array in recording.arrays] + [False])
    for event, (number, value) in enumerate(zip(recording.sites.tolist(), recording.values.tolist(), strict=True)):
        site = code.sites[number]
        if site.kind == "enter":
            entered[site.statement] += 1
            gone[site.statement] = 0
        elif site.kind == "round":
            loop = site.loops[-1]
            gone[loop] += 1
            length[loop, entered[loop]] = gone[loop]
        elif site.loops and value >= 0 and small[value] and site.kind in {"see", "store", "after"} and not site.index:
            loop = site.loops[-1]
            shown[number, entered[loop]][gone[loop]] = event
    out = []
    for (number, entry), events in shown.items():
        rounds = length.get((code.sites[number].loops[-1], entry), 0)
        if 2 <= rounds == len(events) <= LONGEST:
            out.append((number, list(events.values())))
    return out
