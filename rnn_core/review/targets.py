"""Finding the targets: the classes that the loss asks for.

They are read off the loss where it shows, else off dz, else from whole numbers of the right length.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rnn_core.model import Array
from rnn_core.review.episodes import Episode
from rnn_core.review.events import Events
from rnn_core.review.labels import NOTHING, Whole, from_numbers
from rnn_core.review.seen import Seen
from rnn_core.review.values import Values

LOSS_TOLERANCE = 1e-5
"""A loss is a single number, and many stand in a recording: it must be met more closely than an array."""


@dataclass
class Targets:
    """y (T, B), NOTHING where there is no loss, and what it was read off."""

    y: Whole
    source: str
    weights: dict[str, Whole] = field(default_factory=dict)
    """What each source would have said."""
    shown: bool = False
    """Whether the loss that these targets make is seen."""

    @property
    def guessed(self) -> bool:
        """Whether any whole numbers that could be classes were taken for them."""
        return self.source == "whole numbers" and not self.shown


def find_targets(
    values: Values, events: Events, episode: Episode, p: Array, has_output: NDArray[np.bool_]
) -> Targets | None:
    """The classes that the loss asks for, from the surest source that answers for every timestep."""
    seen = Seen(values, episode.steps[0].at, episode.stop, episode.T)
    said: dict[str, Whole] = {}
    if "y" in events.names:
        named = [whole for name, whole in from_numbers(values, events, episode, p, has_output) if name == "targets"]
        return Targets(named[0], "named", {"named": named[0]}) if named else None
    from_loss = _from_loss(seen, p, has_output)
    told, sure = from_loss if from_loss is not None else (None, None)
    if told is not None and sure is not None and sure[has_output].all():
        return Targets(told, "loss", {"loss": told})
    answer = _from_dz(seen, p, has_output)
    others = from_numbers(values, events, episode, p, has_output)
    if told is not None:  # what the data and dz say decides where several classes are seen
        others = [(name, whole) for name, whole in others if (whole == told)[sure].all()]
        if answer is not None and not (answer == told)[sure].all():
            answer = None
        if answer is None and not others:
            return Targets(told, "loss", {"loss": told})
    if answer is not None and (other := _rather(answer, others, episode)) is not None:
        return Targets(other, "targets", {"targets": other})
    for sign in (1, -1):  # log p of either class stands there where a sigmoid is single, and -log p of one
        for name, whole in [*([("dz", answer)] if answer is not None else []), *others]:
            if _loss_shows(seen, p, whole, has_output, sign):
                return Targets(whole, name, {name: whole}, shown=True)
    if answer is not None:
        return Targets(answer, "dz", {"dz": answer})
    for name, whole in others:
        said.setdefault(name, whole)
    if not said:
        return None
    for name in ("targets", "one-hot", "whole numbers"):
        if name in said:
            return Targets(said[name], name, said)
    return None


def _loss_shows(seen: Seen, p: Array, y: Whole, has: NDArray[np.bool_], sign: int) -> bool:
    """Whether the loss that these targets make is seen: as a sum, or a mean over time, the batch, or both."""
    T, B = y.shape
    if (y[has] < 0).any():
        return False
    with np.errstate(all="ignore"):
        picked = np.take_along_axis(p, np.maximum(y, 0)[:, :, None], axis=2)[:, :, 0][has]
        totals = [-np.log(picked + small).sum() for small in (0.0, 1e-8, 1e-12, 1e-10, 1e-9)]
    numbers = np.sort(seen.each(1).reshape(-1))
    numbers = numbers[np.isfinite(numbers)]
    wanted = np.array([sign * total / n for total in totals for n in {1, T, B, T * B, int(has.sum()) * B}])
    return bool(_among(numbers, wanted, min(seen.values.tolerance, LOSS_TOLERANCE)).any())


def without_padding(seen: Seen, p: Array, y: Whole, has: NDArray[np.bool_]) -> Whole:
    """The targets with NOTHING where zeros in an array of zeros and ones take them out of the loss.

    Only a loss that shows without them, and does not show with them, says so.
    """
    T, B = y.shape
    counted = (y >= 0) & has[:, None]
    numbers = np.sort(seen.each(1).reshape(-1))
    if not counted.any() or _total_shows(seen, numbers, p, y, counted):
        return y
    for number in seen.numbers:
        array = seen.values.recording.arrays[int(number)]
        if array.size != T * B or B * T < 2 or not ((array == 0) | (array == 1)).all() or array.all():
            continue
        for mask in (array.reshape(T, B) > 0, array.reshape(B, T).T > 0):
            if (counted & mask).any() and _total_shows(seen, numbers, p, y, counted & mask):
                return np.where(mask, y, NOTHING)
    return y


def _total_shows(seen: Seen, numbers: Array, p: Array, y: Whole, counted: NDArray[np.bool_]) -> bool:
    """Whether the loss of some of the targets is seen, as a sum or a mean."""
    T, B = y.shape
    with np.errstate(all="ignore"):
        picked = np.take_along_axis(p, np.maximum(y, 0)[:, :, None], axis=2)[:, :, 0]
        totals = [float(-np.log(picked + small)[counted].sum()) for small in (0.0, 1e-8, 1e-12)]
    wanted = np.array(
        [sign * total / n for total in totals for n in {1, T, B, T * B, int(counted.sum())} for sign in (1, -1)]
    )
    return bool(_among(numbers[np.isfinite(numbers)], wanted, min(seen.values.tolerance, 1e-5)).any())


def _from_loss(seen: Seen, p: Array, has: NDArray[np.bool_]) -> tuple[Whole, NDArray[np.bool_]] | None:
    """The class whose -log p, log p or p is seen by itself, and where no other class is seen so.

    Sequences of a batch that begin alike have the same p: then the classes of all of them are seen.
    """
    T, B, O = p.shape
    y, sure = np.full((T, B), NOTHING), np.ones((T, B), dtype=np.bool_)
    arrays = [seen.values.recording.arrays[int(number)] for number in seen.numbers]
    shapes = {(T,), (B,), (T, 1), (B, 1), (1, B), (T, B), (B, T), (T, B, 1), (B, T, 1), (T * B,), (T * B, 1)} - {
        (O,),
        (O, 1),
    }
    pool = [array.reshape(-1) for array in arrays if array.size == 1 or array.shape in shapes]
    if not pool:
        return None
    numbers = np.concatenate(pool)
    numbers = np.sort(numbers[np.isfinite(numbers)])
    with np.errstate(all="ignore"):
        logp = np.log(p)
        forms = (
            p,
            logp,
            -logp,
            np.log(p + 1e-8),
            -np.log(p + 1e-8),
            np.log(p + 1e-12),
            -np.log(p + 1e-12),
            -np.log(p + 1e-10),
            -np.log(p + 1e-9),
            -np.log(p + 1e-15),
        )
    # log Σ exp(z - max z) is -log p of the likeliest class, whatever the target: alone it says nothing.
    likeliest = np.arange(O) == p.argmax(axis=2)[:, :, None]
    tolerance = min(seen.values.tolerance, LOSS_TOLERANCE)
    for form in forms:
        if (y[has] != NOTHING).all():
            break
        hits = _among(numbers, form, tolerance)
        doubtful = (hits.sum(axis=2) > 1) | (hits & likeliest).any(axis=2)
        hits = np.where((hits & ~likeliest).any(axis=2, keepdims=True), hits & ~likeliest, hits)
        counts = hits.sum(axis=2)
        ok = (counts == 1) & has[:, None]
        ok &= y == NOTHING
        y[ok], sure[ok] = hits.argmax(axis=2)[ok], ~doubtful[ok]
    if not has.any() or (y[has] == NOTHING).any() or (y == p.argmax(axis=2))[has].all():
        return None
    return y, sure


def _among(numbers: Array, wanted: Array, tolerance: float) -> NDArray[np.bool_]:
    reach = tolerance * np.maximum(np.abs(wanted), 1e-12)
    low = np.searchsorted(numbers, wanted - reach)
    high = np.searchsorted(numbers, wanted + reach)
    return np.asarray(high > low)


def _from_dz(seen: Seen, p: Array, has: NDArray[np.bool_]) -> Whole | None:
    """p minus one at one class, up to sign and a common factor."""
    T, B, O = p.shape
    y = np.full((T, B), NOTHING)
    for t in np.flatnonzero(has):
        for b in range(B):
            rows = [seen.each(O)] if B == 1 else _batch_rows(seen, B, O, b)
            for k in range(O):
                wanted = p[t, b].copy()
                wanted[k] -= 1
                if any(_parallel(r, wanted, seen.values.tolerance, O) for r in rows):
                    y[t, b] = k
                    break
    return y if (y[has] != NOTHING).all() and has.any() else None


def _batch_rows(seen: Seen, B: int, O: int, b: int) -> list[Array]:
    both = seen.each(B * O)
    return [both.reshape(-1, B, O)[:, b], both.reshape(-1, O, B)[:, :, b], seen.each(O)]


def _parallel(rows: Array, wanted: Array, tolerance: float, width: int) -> bool:
    if not len(rows):
        return False
    with np.errstate(all="ignore"):
        if width > 2:
            unit = wanted / np.linalg.norm(wanted)
            along = rows @ unit
            off = np.abs(rows - along[:, None] * unit).max(axis=1)
            return bool(((off <= tolerance * np.abs(along)) & (np.abs(along) > 1e-12)).any())
        return bool(any((np.abs(rows - sign * wanted).max(axis=1) <= tolerance).any() for sign in (1, -1)))


def _rather(answer: Whole, others: list[tuple[str, Whole]], episode: Episode) -> Whole | None:
    """The targets that the code has a name for, where what dz says are the inputs, or those of another timestep."""
    if len(answer) < 3 or episode.batch > 1:
        return None
    x = episode.x
    inputs = x.argmax(axis=2) if ((x == 0) | (x == 1)).all() and (x.sum(axis=2) == 1).all() else None
    copied = inputs is not None and np.array_equal(answer, inputs)
    if not copied and any(np.array_equal(answer, whole) for _, whole in others):
        return None
    for kind, whole in others:
        if kind != "targets" or np.array_equal(whole, answer) or (whole < 0).any():
            continue
        if inputs is not None and np.array_equal(whole, inputs):
            continue
        moved = [np.roll(whole, 1, axis=0), np.roll(whole, -1, axis=0), whole[::-1]]
        if copied or any(np.array_equal(answer, other) for other in moved):
            return whole
    return None
