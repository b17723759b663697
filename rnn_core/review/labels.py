"""Targets that stand in the recording themselves: whole numbers, and rows with a single one.

A name such as `target` makes them likelier, and proves nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnn_core.model import Array
from rnn_core.review.episodes import Episode
from rnn_core.review.events import Events
from rnn_core.review.values import Values

Whole = NDArray[np.int64]

NOTHING = -1


def from_numbers(
    values: Values, events: Events, episode: Episode, p: Array, has: NDArray[np.bool_]
) -> list[tuple[str, Whole]]:
    """Whole numbers, one a timestep, that are classes; and rows with a single one."""
    recording = values.recording
    T, B, O = p.shape
    found: list[tuple[str, Whole]] = []
    met: set[int] = set()
    for event in range(episode.start, episode.stop):
        number = int(recording.values[event])
        if number < 0:
            continue
        site = events.code.sites[int(recording.sites[event])]
        array = recording.arrays[number]
        likely = events.names["y"] == site.name if "y" in events.names else bool(site.name) and _likely(site.name)
        if number in met and not likely:
            continue
        met.add(number)
        kind = "targets" if likely else "whole numbers"
        last = _at_the_end(array, bool(recording.whole[number]), p.shape) if has.sum() == 1 and has[-1] else None
        if last is not None and T > 1:
            found.append((kind, last))
        if array.size == T * B and recording.whole[number] and array.min() >= 0 and array.max() < O:
            whole = array.astype(np.int64)
            if B > 1 and whole.shape == (B, T):
                whole = whole.T
            found.append((kind, whole.reshape(T, B)))
        elif array.size == T * B * O and ((array == 0) | (array == 1)).all() and array.sum() == T * B:
            shaped = array.reshape(T, B, O) if array.shape[-1] == O else None
            if (
                shaped is not None
                and (shaped.sum(axis=2) == 1).all()
                and not values.close(shaped, _padded(episode.x, O))
            ):
                found.append(("targets" if likely else "one-hot", shaped.argmax(axis=2)))
    found += _one_a_step(events, episode, O)
    return found


def _at_the_end(array: Array, whole: bool, shape: tuple[int, ...]) -> Whole | None:
    """Classes, one a sequence, as the targets of the last timestep."""
    T, B, O = shape
    y = np.full((T, B), NOTHING)
    if whole and array.size == B and B > 1 and array.min() >= 0 and array.max() < O:
        y[-1] = array.reshape(-1)
        return y
    if array.size == B * O and ((array == 0) | (array == 1)).all() and array.sum() == B:
        rows = array.reshape(B, O) if array.shape[-1] == O or B == 1 else array.reshape(O, B).T
        if (rows.sum(axis=1) == 1).all():
            y[-1] = rows.argmax(axis=1)
            return y
    return None


def _likely(name: str) -> bool:
    """Whether a name sounds like that of a target."""
    name = name.lower().split("[")[0].split(".")[-1]
    return name in {
        "y",
        "t",
        "tgt",
        "ys",
        "y_t",
        "yt",
        "label",
        "labels",
        "gold",
        "ziel",
        "ziele",
        "soll",
        "cible",
        "cibles",
    } or any(word in name for word in ("target", "label", "true", "next"))


def _one_a_step(events: Events, episode: Episode, classes: int) -> list[tuple[str, Whole]]:
    """Whole numbers that a place shows once a timestep, from the forward pass on."""
    recording = events.recording
    T, B = episode.T, episode.batch
    found: list[tuple[str, Whole]] = []
    for site_id, where in events.of_site.items():
        site = events.code.sites[site_id]
        if site.kind not in {"see", "loop", "store", "param"} or not site.name:
            continue
        inside = where[(where >= episode.steps[0].start) & (where < episode.stop)]
        if len(inside) < T:
            continue
        shown = [recording.array(int(event)) for event in inside[:T]]
        rows = [array for array in shown if array is not None and array.size == B]
        if len(rows) < T or not all(
            (row >= 0).all() and (row < classes).all() and (row % 1 == 0).all() for row in rows
        ):
            continue
        whole = np.array([row.reshape(-1) for row in rows]).astype(np.int64)
        if inside[0] > episode.steps[-1].done:  # a loop that goes back in time
            whole = whole[::-1]
        if events.names["y"] == site.name if "y" in events.names else _likely(site.name):
            found.append(("targets", whole))
    return found


def _padded(x: Array, width: int) -> Array:
    return x if x.shape[2] == width else np.zeros((*x.shape[:2], width))
