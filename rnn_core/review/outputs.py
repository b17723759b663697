"""Finding the output layer: V and c, and the logits that they make.

V is the matrix whose product with h shows among the values. Softmax is known by its numbers, whatever computed it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import product

import numpy as np

from rnn_core.model import Array
from rnn_core.review.episodes import Episode
from rnn_core.review.events import Events
from rnn_core.review.recording import Recording
from rnn_core.review.seen import Seen
from rnn_core.review.structure import Piece, Structure
from rnn_core.review.values import Values, softmax


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


def find_output(values: Values, events: Events, structure: Structure, episode: Episode) -> Output | None:
    """V and c of an episode."""
    recording = values.recording
    seen = Seen(values, episode.steps[0].at, episode.stop, episode.T)
    last = episode.steps[-1]
    matrices = _matrices(values, events, structure, episode)
    addends = _addends(values, events, episode)
    best: Output | None = None
    # What is read first is likeliest V: it may make the outputs of another state before a later matrix makes any.
    for (piece, column), (of, state) in product(matrices, _states(episode, last)):
        matrix = piece.of(recording.arrays[piece.value])
        if matrix.shape[1] != state.shape[1] or (of and best is not None):
            continue
        z = state @ matrix.T
        if np.ptp(z, axis=1).max() <= 1e-6 * np.abs(z).max():
            continue  # the same for every class: its softmax is that of zeros
        bias = column or _bias(values, z, seen, addends)
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
    return best or _one_output(values, events, structure, episode)


def _one_output(values: Values, events: Events, structure: Structure, episode: Episode) -> Output | None:
    """A single output: V is a row, a column or a vector, and z a number."""
    recording, hidden = values.recording, structure.hidden
    state = episode.h[-1]
    first = {int(n): int(e) for e, n in reversed(list(enumerate(recording.values[: episode.stop])))}
    met: set[int] = set()
    for event in range(episode.steps[0].at, episode.stop):
        number = int(recording.values[event])
        if number < 0 or number in met or recording.arrays[number].size != hidden:
            continue
        met.add(number)
        site = events.code.sites[int(recording.sites[event])]
        array = recording.arrays[number]
        made = first[number] < max(episode.start, episode.steps[0].at if not episode.start else 0)
        if not made or not array.any() or not isinstance(site.node, ast.Name | ast.Attribute | ast.Subscript):
            continue
        if array.ndim > 2 or not events.called("V", site.id):
            continue
        piece = Piece(number, site.id, turned=array.ndim == 2 and array.shape[0] > 1, row=True)
        z = state @ piece.of(array).T
        shown = [n for n in values.alike(z) if _within(recording, n, event, episode.stop)]
        if shown:
            return Output(piece, None, 1, 1)
        for other in range(event, min(event + 60, episode.stop)):
            added = recording.array(other)
            near = events.code.sites[int(recording.sites[other])]
            if added is None or added.size != 1 or near.statement != site.statement or not added.any():
                continue
            if not isinstance(near.node, ast.Name | ast.Attribute | ast.Subscript) or not events.called("c", near.id):
                continue
            if any(_within(recording, n, other, episode.stop) for n in values.alike(z + added.reshape(1, 1))):
                return Output(piece, Piece(int(recording.values[other]), near.id), 1, 1)
    return None


def _within(recording: Recording, number: int, start: int, stop: int) -> bool:
    """Whether a value shows soon after an event."""
    return bool((recording.values[start : min(stop, start + 200)] == number).any())


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
    used = {int(recording.values[events.last(site, episode.steps[-1].at + 1)]) for site in taken_sites if site >= 0}
    known = [recording.arrays[number] for number in taken | used if number >= 0]
    found: list[tuple[Piece, Piece | None]] = []
    seen: set[int] = set()
    hidden, sites = structure.hidden, events.code.sites
    put_together = {site.id for site in events.code.gathered.values()}
    for event in range(episode.steps[0].at, episode.stop):
        number = int(recording.values[event])
        place = sites[int(recording.sites[event])]
        made = isinstance(place.node, ast.BinOp)
        if number < 0 or number in seen or made or place.kind not in {"see", "param"}:
            continue
        if place.id in put_together and not isinstance(place.node, ast.Subscript):
            continue  # a product that loops make number by number, and no matrix that they read so
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


def _bias(values: Values, z: Array, seen: Seen, addends: dict[int, list[tuple[int, int]]]) -> Piece | None:
    """c, such that z + c shows."""
    # Beside a number that is out of all proportion, as empty memory may hold, any sum is that number.
    most = 1e3 * max(float(np.abs(z).max()), 1.0)
    candidates = [
        (number, site)
        for number, site in addends.get(z.shape[1], ())
        if np.abs(values.recording.arrays[number]).max() <= most
        and values.tolerance * np.abs(values.recording.arrays[number]).max() <= 0.01 * np.abs(z).max()
    ]
    for number, site in candidates[:40]:
        if seen.has(z + values.recording.arrays[number].reshape(1, -1)):
            return Piece(number, site)
    return None


def _addends(values: Values, events: Events, episode: Episode) -> dict[int, list[tuple[int, int]]]:
    """What may be c: by its size the (value, site) of an episode that is not 0."""
    recording = values.recording
    found: dict[int, dict[int, int]] = {}
    for event in range(episode.steps[0].at, episode.stop):
        number, site = int(recording.values[event]), int(recording.sites[event])
        made = isinstance(events.code.sites[site].node, ast.BinOp)  # a parameter is only read
        if number >= 0 and not made and events.called("c", site):
            found.setdefault(recording.arrays[number].size, {}).setdefault(number, site)
    return {
        size: sorted((number, site) for number, site in of_size.items() if recording.arrays[number].any())
        for size, of_size in found.items()
    }


def logits(output: Output, params: dict[str, Array], states: Array) -> Array:
    """(T, B, O)"""
    return np.asarray(states @ params["V"].T + params["c"])
