"""Finding the timesteps: each pair (a, tanh(a)) among the values is one.

Pairs that one place in the code shows belong together, in order of time. A backward pass may compute them once more;
those are left out.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from rnn_core.review.events import Events
from rnn_core.review.recording import Recording
from rnn_core.review.values import Values


@dataclass
class Pair:
    """a and h of a timestep, and the events at which they first show."""

    a: int
    h: int
    at: int
    done: int
    site: int


def pairs(values: Values, events: Events) -> list[list[Pair]]:
    """The timesteps, those of one place in the code together, in order of time."""
    recording = values.recording
    best: dict[bytes, Pair] = {}
    for a, h in values.tanh_pairs():
        key = np.ascontiguousarray(recording.arrays[a]).tobytes()
        made = Pair(a, h, recording.first[a], recording.first[h], int(recording.sites[recording.first[h]]))
        if key not in best or made.done < best[key].done:
            best[key] = made
    groups: dict[int, list[Pair]] = defaultdict(list)
    made_of = {pair.h: pair for pair in best.values()}
    sizes: dict[int, set[tuple[int, ...]]] = defaultdict(set)
    for pair in best.values():
        sizes[pair.site].add(recording.arrays[pair.h].shape)
    for site in {pair.site for pair in best.values()}:
        for event in events.of_site[site].tolist():
            number = int(recording.values[event])
            known = made_of.get(number)
            if known is None and number >= 0 and recording.arrays[number].shape in sizes[site]:
                if not recording.arrays[number].any():
                    groups[site] += _at_rest(recording, event)
                continue
            if known is None or event < known.done:
                continue
            near = recording.values[max(0, event - 400) : event]
            hits = np.flatnonzero(near == known.a)
            if len(hits):
                groups[site].append(Pair(known.a, known.h, event - len(near) + int(hits[-1]), event, site))
    return sorted((_anew(group) for group in groups.values()), key=lambda group: -len(group))


def _anew(group: list[Pair]) -> list[Pair]:
    """The timesteps without those that a backward pass computes once more, one by one from the last to the first."""
    usual = usual_gap(group)
    kept: list[Pair] = []
    begins: list[bool] = []
    known: dict[int, int] = {}
    k = 0
    while k < len(group):
        again = [known.get(pair.a, -1) for pair in group[k : k + 3 * len(kept)]]
        stop = _going_down(again, len(kept) - 1, begins)
        if stop:
            k += stop
            continue
        known[group[k].a] = len(kept)
        kept.append(group[k])
        begins.append(not k or group[k].done - group[k - 1].done > usual)
        k += 1
    return kept


def _going_down(again: list[int], last: int, begins: list[bool]) -> int:
    """How many of these only repeat a sequence from its last timestep down to its first, each as often as the last."""
    times = next((i for i, index in enumerate(again) if index != last), len(again))
    if not times:
        return 0
    at, first = times, last
    while not begins[first]:
        first -= 1
        if again[at : at + times] != [first] * times:
            return 0
        at += times
    return at if last - first >= 2 else 0


def _at_rest(recording: Recording, event: int) -> list[Pair]:
    """A timestep whose a is 0, as the first one is where x and the biases are: tanh(0) = 0."""
    number, a = int(recording.values[event]), int(recording.values[event - 1]) if event else -1
    still = a >= 0 and recording.arrays[a].size == recording.arrays[number].size and not recording.arrays[a].any()
    return [Pair(a, number, event - 1, event, int(recording.sites[event]))] if still else []


def bare(group: list[Pair]) -> bool:
    """Whether these are sums without a tanh, each its own state."""
    return all(pair.a == pair.h for pair in group)


def linear(values: Values, events: Events) -> list[list[Pair]]:
    """Sums over time in which tanh may have been forgotten: each is its own state."""
    recording = values.recording
    found = []
    for site in events.code.sites:
        where = events.of_site.get(site.id)
        if where is None or len(where) < 3 or site.kind != "see" or not isinstance(site.node, ast.BinOp):
            continue
        if not isinstance(site.node.op, ast.Add) or (
            site.parent >= 0 and isinstance(events.code.sites[site.parent].node, ast.BinOp)
        ):
            continue
        made = [
            Pair(n, n, int(e), int(e), site.id)
            for e in where
            for n in [int(recording.values[e])]
            if n >= 0 and recording.arrays[n].size > 1
        ]
        if len(made) >= 3:
            found.append(made)
    return found[:14]


def usual_gap(group: list[Pair]) -> float:
    """The events from one timestep to the next inside a sequence, at most."""
    gaps = np.diff([pair.done for pair in group])
    return 1.6 * float(gaps.min()) + 6 if len(gaps) else 0.0
