"""Mistakes of memory: one array under two names, and states that overwrite each other."""

from __future__ import annotations

import numpy as np

from rnn_core.mistakes import oracle
from rnn_core.review.found import Found, Judged
from rnn_core.review.gradients import assembled, present
from rnn_core.review.suspicion import Place
from rnn_core.review.update import Told
from rnn_core.review.verdict import Judgement

_PAIRS = (("b", "c"), ("U", "W"), ("W", "V"), ("U", "V"))


def told(found: Found, judgement: Judgement, judged: Judged) -> Told | None:
    """The mistake, if one of memory explains the gradients."""
    return _shared(found, judgement, judged) or _overwritten(found, judgement, judged)


def _shared(found: Found, judgement: Judgement, judged: Judged) -> Told | None:
    """Two gradients that are one array hold the sum of both."""
    right = judged.right.totals
    for one, other in _PAIRS:
        if not {one, other} <= set(judgement.missing) or right[one].shape != right[other].shape:
            continue
        both = right[one] + right[other]
        wanted = assembled(found, judged, {**right, one: both, other: both})
        if all(present(found, {n: wanted[n] for n in (one, other)}, judgement.factor).values()):
            place = _one_object(found, judged, both.size)
            if place is not None:
                return Told(
                    "shared array",
                    f"d{one} and d{other} share one array: what is added to one is added to both",
                    f"d{one} + d{other} in both",
                    f"an array for each of d{one} and d{other}",
                    "each parameter has its own gradient",
                    place,
                    "backward",
                    "second",
                )
    return None


def _one_object(found: Found, judged: Judged, size: int) -> Place | None:
    """Where an array of zeros got its second name."""
    recording = found.recording
    names: dict[int, str] = {}
    for event in range(judged.episode.stop):
        site = found.code.sites[int(recording.sites[event])]
        array = recording.array(event)
        if site.kind not in {"store", "after"} or array is None or array.size != size or array.any():
            continue
        key = int(recording.objects[event])
        if names.setdefault(key, site.name) != site.name and event >= judged.episode.steps[0].at:
            return Place(site, event, -1, {})
        names[key] = site.name
    return None


def _overwritten(found: Found, judgement: Judgement, judged: Judged) -> Told | None:
    """Every state that is read going back is the last one."""
    right, net = judged.right, judged.net
    if net.T < 2:
        return None
    for first in (0, 1):
        states = np.repeat(right.states[-1:], net.T + 1, axis=0)
        states[:first] = right.states[:first]
        run = oracle.backward(oracle.ran(net, right.a, states, right.z, right.p))
        wanted = assembled(found, judged, run.totals)
        if judgement.missing and all(
            present(found, {n: wanted[n] for n in judgement.missing}, judgement.factor).values()
        ):
            place = _kept_twice(found, judged)
            if place is not None:
                return Told(
                    "states overwritten",
                    "the states are overwritten in place: every h[t] that was kept is h[T] in the end",
                    "one array that is kept T times",
                    "a new array, or a copy, at each timestep",
                    "the backward pass reads h[t] of every timestep",
                    place,
                    "forward",
                    "second",
                )
    return None


def _kept_twice(found: Found, judged: Judged) -> Place | None:
    """The store that keeps the same object again, with another value."""
    recording = found.recording
    kept: dict[tuple[int, int], int] = {}
    for event in range(judged.episode.steps[0].at, judged.episode.steps[-1].done + 40):
        if event >= len(recording):
            break
        site = found.code.sites[int(recording.sites[event])]
        array = recording.array(event)
        if site.kind not in {"store", "effect"} or array is None or array.size != judged.episode.h[0].size:
            continue
        key = int(recording.objects[event]), site.id
        if kept.setdefault(key, int(recording.values[event])) != int(recording.values[event]) and site.loops:
            return Place(site, event, -1, {})
    return None
