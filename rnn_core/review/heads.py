"""What the loss is of: softmax and classes, or real targets beside the outputs themselves or their sigmoid.

A target is a value that was there before its error: the error is the output minus the target, and both show.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from rnn_core.mistakes.oracle import probabilities
from rnn_core.model import Array
from rnn_core.review.episodes import Episode
from rnn_core.review.events import Events
from rnn_core.review.seen import Seen
from rnn_core.review.targets import find_targets
from rnn_core.review.values import Values

MOST = 600
"""Values of one size that are tried as targets."""

Head = tuple[str, Array, NDArray[np.bool_]]
"""(its name, the targets (T, B, O), at which timesteps there are any)"""


def other_head(values: Values, events: Events, episode: Episode, z: Array, z_has: NDArray[np.bool_]) -> Head | None:
    """The head where it is not softmax; None where no targets show."""
    sigmoid = probabilities("sigmoid", z)
    seen = Seen(values, episode.steps[0].at, episode.stop, episode.T)
    whole = bool(values.alike(sigmoid))
    has = np.array([whole or seen.has(row) for row in sigmoid])
    if has.any():
        target = _binary(values, events, episode, sigmoid, has)
        return None if target is None else ("sigmoid", target, has)
    last = z[-1]
    if any(seen.has(np.exp(last - most)) for most in (0.0, last.max(axis=-1, keepdims=True), last.max())):
        return None  # logits of a softmax, right or wrong: no one takes exp of what is compared with real targets
    target = _whole(values, episode, z) if z_has.all() else None
    if target is not None:
        return "linear", target, np.ones(episode.T, bool)
    return _by_rows(values, episode, z, z_has)


def _binary(values: Values, events: Events, episode: Episode, p: Array, has: NDArray[np.bool_]) -> Array | None:
    """Targets of 0 and 1 beside a sigmoid: of a single one as of two classes, of several by their errors."""
    if p.shape[2] == 1:
        found = find_targets(values, events, episode, np.concatenate([1 - p, p], axis=2), has)
        return None if found is None else np.where(found.y[:, :, None] > 0, 1.0, 0.0)
    target = _whole(values, episode, p) if has.all() else None
    if target is not None:
        return target
    rows = _by_rows(values, episode, p, has)
    return None if rows is None else rows[1]


def _whole(values: Values, episode: Episode, out: Array) -> Array | None:
    """Targets of all timesteps in one array."""
    recording = values.recording
    if out.size < 2:
        return None
    for number in values.numbers.get(out.size, ()):
        array = recording.arrays[int(number)]
        first = recording.first[int(number)]
        if first >= episode.stop or not array.any():
            continue
        for axes in permutations(range(3)):
            shape = tuple(out.shape[axis] for axis in axes)
            target = array.reshape(shape).transpose(np.argsort(axes))
            if _error(values, out - target, first, episode):
                return np.asarray(target)
    return None


def _error(values: Values, error: Array, first: int, episode: Episode) -> bool:
    """Whether an error shows, in either sign, after its target was there."""
    if not error.any():
        return False
    made = [values.recording.first[n] for sign in (1.0, -1.0) for n in values.alike(sign * error)]
    return any(first < event < episode.stop and event > episode.steps[0].at for event in made)


def _by_rows(values: Values, episode: Episode, out: Array, has: NDArray[np.bool_]) -> Head | None:
    """Targets one timestep after another, from the values of their size and the rows of larger ones."""
    recording = values.recording
    T, B, O = out.shape
    size = B * O
    known = [(recording.arrays[int(n)].reshape(-1), recording.first[int(n)]) for n in values.numbers.get(size, ())]
    for sizes, numbers in values.numbers.items():
        if sizes > size and sizes % size == 0 and sizes <= 40 * size * max(T, 8):
            for n in numbers[:12]:
                array = recording.arrays[int(n)]
                axes = [axis for axis, side in enumerate(array.shape) if array.size // side == size]
                known += [
                    (part.reshape(-1), recording.first[int(n)]) for axis in axes for part in np.moveaxis(array, axis, 0)
                ]
    known = [(row, first) for row, first in known if first < episode.stop][: 4 * MOST]
    targets = np.zeros_like(out)
    there = np.zeros(T, bool)
    for t in np.flatnonzero(has):
        row = _row(values, episode, out[t], known)
        if row is not None:
            targets[t], there[t] = row, True
    return ("linear", targets, there) if there.any() and there[-1] else None


def _row(values: Values, episode: Episode, out: Array, known: list[tuple[Array, int]]) -> Array | None:
    """The target of one timestep: the one whose error is squared, else the first whose error shows."""
    best: Array | None = None
    layouts = [out] if min(out.shape) == 1 else [out, out.T]
    for layout in layouts:
        for row, first in known:
            if not row.any() or row.size != out.size:
                continue
            target = row.reshape(layout.shape)
            target = target if layout is out else target.T
            error = out - target
            if not _error(values, error, first, episode):
                continue
            squared = (error**2, (error**2).sum(), 0.5 * error**2, 0.5 * (error**2).sum())
            if any(values.alike(np.asarray(one)) for one in squared):
                return np.asarray(target)
            best = target if best is None else best
    return best
