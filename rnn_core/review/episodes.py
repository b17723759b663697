"""Sequences out of timesteps: where one run over a sequence ends and the next begins."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rnn_core.model import Array
from rnn_core.review.events import Events
from rnn_core.review.steps import parameters, read_step
from rnn_core.review.structure import Step, Structure
from rnn_core.review.timesteps import Pair
from rnn_core.review.values import Values


@dataclass(eq=False)
class Episode:
    """One forward pass over a sequence (or a batch of them), and the events until the next one begins."""

    steps: list[Step]
    start: int
    """Where its own data can first show."""
    stop: int
    """Where the next one computes: what lies between is its backward pass, its update, and the next one's data."""
    params: dict[str, Array]

    @property
    def T(self) -> int:
        return len(self.steps)

    @property
    def batch(self) -> int:
        return len(self.steps[0].a)

    @property
    def x(self) -> Array:
        """(T, B, I)"""
        return np.array([step.x for step in self.steps])

    @property
    def h(self) -> Array:
        """(T, B, H): what they computed."""
        return np.array([step.h for step in self.steps])

    @property
    def h0(self) -> Array:
        """(B, H)"""
        return self.steps[0].before


def episodes(values: Values, events: Events, group: list[Pair], structure: Structure) -> list[Episode]:
    """The sequences of a group of timesteps; the last one may be cut off."""
    gaps = np.diff([pair.done for pair in group])
    usual = 1.6 * float(gaps.min()) + 6 if len(gaps) else 0.0
    found: list[list[Step]] = []
    previous: Step | None = None
    weights: tuple[int, ...] = ()
    begins = _beginnings(events, group)
    for k, pair in enumerate(group):
        step = read_step(values, events, group, k, structure)
        if step is None:
            previous = None
            continue
        held = [events.last(piece.site, step.at + 1) for piece in (structure.W, structure.U) if piece is not None]
        w = tuple(int(events.recording.values[event]) for event in held if event >= 0)
        joined = (
            previous is not None
            and len(step.a) == len(previous.a)
            and pair.done - group[k - 1].done <= usual
            and w == weights
            and not (
                structure.fault == ""
                and not values.close(step.before, previous.h)
                and begins[k]
                and _restarted(values, step, found[0][0])
            )
        )
        if joined:
            found[-1].append(step)
        else:
            found.append([step])
        previous, weights = step, w
    heads_at = [steps[0].at for steps in found]
    starts = [_prepared(events, structure, steps) if i else 0 for i, steps in enumerate(found)]
    stops = [*heads_at[1:], len(events.recording)]
    return [
        Episode(steps, start, stop, parameters(events, structure, steps[0].at))
        for steps, start, stop in zip(found, starts, stops, strict=True)
        if all(step.x is not None for step in steps)
    ]


def _restarted(values: Values, step: Step, first: Step) -> bool:
    """Whether a timestep begins from what the very first one began from."""
    return bool(
        step.before.shape == first.before.shape
        and (np.abs(step.before - first.before).max() == 0 or not step.before.any())
    )


def _prepared(events: Events, structure: Structure, steps: list[Step]) -> int:
    """The event from which on a sequence is prepared: where its weights were made, or its first timestep begins."""
    piece = structure.W or structure.U
    event = events.last(piece.site, steps[0].at + 1)
    number = int(events.recording.values[event]) if event >= 0 else -1
    return max(steps[0].start, events.recording.first.get(number, 0))


def _beginnings(events: Events, group: list[Pair]) -> list[bool]:
    """Whether a loop or a function was entered before a timestep that is not entered before each of them."""
    recording, sites = events.recording, events.code.sites
    heads = np.array([site.kind in {"enter", "param"} for site in sites], dtype=bool)
    where = np.flatnonzero(heads[recording.sites])
    edges = np.searchsorted(where, [pair.done for pair in group])
    between = [set(recording.sites[where[a:b]].tolist()) for a, b in pairwise([edges[0], *edges])]
    always = set.intersection(*between[1:]) if len(between) > 1 else set()
    return [bool(entered - always) for entered in between]
