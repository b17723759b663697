"""Finding the output layer: V and c, the logits, the probabilities, the targets.

V is the matrix whose product with h shows among the values; softmax is known by its numbers, whatever computed it.
The targets are read off the loss where it shows, else off dz, else from whole numbers of the right length.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rnn_core.model import Array
from rnn_core.review.episodes import Episode
from rnn_core.review.forward import Events, Piece, Structure
from rnn_core.review.values import Values, softmax

Whole = NDArray[np.int64]
NOTHING = -1
SLICED = 40
"""Of arrays of one shape the last ones are cut into timesteps: those before are the same, not yet filled."""


@dataclass
class Output:
    """The matrix after the state: its place, its bias, and at which timesteps it is used."""

    V: Piece
    c: Piece | None
    c_width: int
    classes: int
    fault: str = ""
    """What z was computed from, if not h[t]."""
    sure: bool = False
    """Whether its softmax shows, too."""


@dataclass
class Targets:
    """y (T, B), NOTHING where there is no loss, and what it was read off."""

    y: Whole
    source: str
    weights: dict[str, Whole] = field(default_factory=dict)
    """What each source would have said."""


class Seen:
    """The values of a stretch of events, with the slices over time of the larger ones."""

    def __init__(self, values: Values, start: int, stop: int, T: int) -> None:
        self.values = values
        recording = values.recording
        self.numbers = np.unique(recording.values[start:stop])
        self.numbers = self.numbers[self.numbers >= 0]
        self.rows: dict[int, Array] = {}
        self.squares: dict[int, Array] = {}
        groups: dict[int, list[Array]] = {}
        latest: dict[tuple[int, ...], int] = {}
        for number in self.numbers[::-1]:
            array = recording.arrays[number]
            groups.setdefault(array.size, []).append(array.reshape(-1))
            latest[array.shape] = latest.get(array.shape, 0) + 1
            if (
                array.ndim >= 2
                and array.size <= 200_000
                and latest[array.shape] <= SLICED * 2_000 / (2_000 + array.size)
            ):
                for axis, side in enumerate(array.shape):
                    if side in {T, T + 1} and array.size // side >= 1:
                        for part in np.moveaxis(array, axis, 0):
                            groups.setdefault(part.size, []).append(part.reshape(-1))
        for size, group in groups.items():
            self.rows[size] = np.array(group).reshape(len(group), size)
            with np.errstate(all="ignore"):
                self.squares[size] = (self.rows[size] ** 2).sum(axis=1)

    def has(self, wanted: Array) -> bool:
        """Whether the numbers of `wanted` stand there, in any order."""
        rows = self.rows.get(wanted.size)
        if rows is None:
            return False
        flat = wanted.reshape(-1)
        with np.errstate(all="ignore"):
            norm2 = float(flat @ flat)
            near = np.flatnonzero(
                np.abs(self.squares[wanted.size] - norm2) <= 4 * self.values.tolerance * norm2 + 1e-300
            )
        if not len(near):
            return False
        ordered = np.sort(flat)
        return any(self.values.close(np.sort(rows[k]), ordered) for k in near)

    def each(self, size: int) -> Array:
        """All of one size, flat."""
        return self.rows.get(size, np.zeros((0, size)))


def find_output(values: Values, events: Events, structure: Structure, episode: Episode) -> Output | None:
    """V and c of an episode."""
    recording = values.recording
    seen = Seen(values, episode.steps[0].at, episode.stop, episode.T)
    last = episode.steps[-1]
    matrices = _matrices(values, events, structure, episode)
    best: Output | None = None
    for of, state in _states(episode, last):
        for piece, column in matrices:
            matrix = piece.of(recording.arrays[piece.value])
            if matrix.shape[1] != state.shape[1]:
                continue
            z = state @ matrix.T
            if not z.any():
                continue
            bias = column or _bias(values, events, episode, z, seen, piece)
            added = 0.0 if bias is None else bias.of(recording.arrays[bias.value]).reshape(1, -1)
            if column is not None and not (seen.has(z + added) or _softmax_shows(seen, z + added)):
                continue
            inside = seen.has(z) or _softmax_shows(seen, z)
            whole = not inside and bias is None and _over_time(values, episode, matrix)
            if inside or bias is not None or whole:
                p = softmax(z + added)
                with np.errstate(all="ignore"):
                    sure = (p.max() < 1 and (seen.has(p) or seen.has(np.log(p)))) or whole
                if sure:
                    return Output(piece, bias, matrix.shape[0], matrix.shape[0], of, True)
                best = best or Output(piece, bias, matrix.shape[0], matrix.shape[0], of)
        if best is not None:
            break
    return best


def _softmax_shows(seen: Seen, z: Array) -> bool:
    """Whether softmax of these logits stands there; where it is 0 and 1, it is that of any large logits."""
    p = softmax(z)
    return bool(p.max() < 1) and seen.has(p)


def _states(episode: Episode, last: object) -> list[tuple[str, Array]]:
    step = episode.steps[-1]
    found = [("", step.h)]
    if episode.T > 1:
        found.append(("h[t-1]", episode.steps[-2].h))
    found.append(("a", step.a))
    if step.x is not None:
        found.append(("x", step.x))
    return found


def _over_time(values: Values, episode: Episode, matrix: Array) -> bool:
    z = episode.h @ matrix.T
    return bool(values.alike(z))


def _matrices(
    values: Values, events: Events, structure: Structure, episode: Episode
) -> list[tuple[Piece, Piece | None]]:
    """Matrices that can stand after the state, as they are read in the episode; with c where that is a column of V."""
    recording = values.recording
    taken = {structure.U.value} | ({structure.W.value} if structure.W is not None else set())
    taken_sites = {structure.U.site} | ({structure.W.site} if structure.W is not None else set())
    known = [recording.arrays[number] for number in taken]
    used = {int(recording.values[events.last(site, episode.steps[-1].at + 1)]) for site in taken_sites if site >= 0}
    found: list[tuple[Piece, Piece | None]] = []
    seen: set[int] = set()
    hidden = structure.hidden
    for event in range(episode.steps[0].at, episode.stop):
        number = int(recording.values[event])
        if number < 0 or number in seen:
            continue
        seen.add(number)
        array = recording.arrays[number]
        if array.ndim != 2 or min(array.shape) < 1 or number in used | taken:
            continue
        if not {hidden, hidden + 1} & set(array.shape):
            continue
        if any(values.close(array, other) or values.close(array, other.T) for other in known):
            continue
        for turned in (False, True):
            site = int(recording.sites[event])
            if not events.called("V", site) or array.shape[1 if turned else 0] < 2:
                continue
            width = array.shape[0 if turned else 1]
            if width == hidden:
                found.append((Piece(number, site, turned=turned), None))
            if width == hidden + 1:
                for last in (True, False):
                    h, c = (slice(0, hidden), slice(hidden, None)) if last else (slice(1, None), slice(0, 1))
                    cuts = [(cut, slice(None)) if turned else (slice(None), cut) for cut in (h, c)]
                    found.append(
                        (Piece(number, site, cuts[0], turned, True), Piece(number, site, cuts[1], turned, True))
                    )
    return found


def _bias(values: Values, events: Events, episode: Episode, z: Array, seen: Seen, piece: Piece) -> Piece | None:
    """c, such that z + c shows; a c that is not zero is the surer one."""
    recording = values.recording
    width = z.shape[1]
    candidates: list[tuple[bool, int, int]] = []
    met: set[int] = set()
    for event in range(episode.steps[0].at, episode.stop):
        number = int(recording.values[event])
        if number < 0 or number in met:
            continue
        met.add(number)
        array = recording.arrays[number]
        # Beside a number that is out of all proportion, as empty memory may hold, any sum is that number.
        large = np.abs(array).max() > 1e3 * max(float(np.abs(z).max()), 1.0) if array.size == width else True
        if not large and events.called("c", int(recording.sites[event])):
            candidates.append((not array.any(), number, int(recording.sites[event])))
    for zero, number, site in sorted(candidates)[:40]:
        if zero:
            continue
        shifted = z + recording.arrays[number].reshape(1, -1)
        if seen.has(shifted):
            return Piece(number, site)
    return None


def logits(output: Output, params: dict[str, Array], states: Array) -> Array:
    """(T, B, O)"""
    return np.asarray(states @ params["V"].T + params["c"])


def find_targets(
    values: Values, events: Events, episode: Episode, p: Array, has_output: NDArray[np.bool_]
) -> Targets | None:
    """The classes that the loss asks for, from the surest source that answers for every timestep."""
    seen = Seen(values, episode.steps[0].at, episode.stop, episode.T)
    said: dict[str, Whole] = {}
    if "y" in events.names:
        named = [whole for name, whole in _from_numbers(values, events, episode, p, has_output) if name == "targets"]
        return Targets(named[0], "named", {"named": named[0]}) if named else None
    answer = _from_loss(seen, p, has_output)
    if answer is not None:
        return Targets(answer, "loss", {"loss": answer})
    answer = _from_dz(seen, p, has_output)
    others = _from_numbers(values, events, episode, p, has_output)
    if answer is not None and (other := _rather(answer, others, episode)) is not None:
        return Targets(other, "targets", {"targets": other})
    for name, whole in [*([("dz", answer)] if answer is not None else []), *others]:
        if _loss_shows(seen, p, whole, has_output):
            return Targets(whole, name, {name: whole})
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


def _loss_shows(seen: Seen, p: Array, y: Whole, has: NDArray[np.bool_]) -> bool:
    """Whether the loss that these targets make is seen: as a sum, or a mean over time, the batch, or both."""
    T, B = y.shape
    if (y[has] < 0).any():
        return False
    with np.errstate(all="ignore"):
        picked = np.take_along_axis(p, np.maximum(y, 0)[:, :, None], axis=2)[:, :, 0][has]
        totals = [-np.log(picked + small).sum() for small in (0.0, 1e-8, 1e-12, 1e-10, 1e-9)]
    numbers = np.sort(seen.each(1).reshape(-1))
    numbers = numbers[np.isfinite(numbers)]
    wanted = np.array(
        [sign * total / n for total in totals for n in {1, T, B, T * B, int(has.sum()) * B} for sign in (1, -1)]
    )
    return bool(_among(numbers, wanted, min(seen.values.tolerance, 1e-5)).any())


def _from_loss(seen: Seen, p: Array, has: NDArray[np.bool_]) -> Whole | None:
    """The class whose -log p, log p or p is seen by itself."""
    T, B, O = p.shape
    y = np.full((T, B), NOTHING)
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
    for form in forms:
        if (y[has] != NOTHING).all():
            break
        hits = _among(numbers, form, seen.values.tolerance)
        counts = hits.sum(axis=2)
        ok = (counts == 1) & has[:, None]
        y[(y == NOTHING) & ok] = hits.argmax(axis=2)[(y == NOTHING) & ok]
    if (y[has] != NOTHING).all() and has.any():
        return y
    return None


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


def _from_numbers(
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
