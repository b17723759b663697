"""Reading a timestep by what was learned at another one: its parameters, the state before it, its x."""

from __future__ import annotations

import ast
from dataclasses import replace

import numpy as np

from rnn_core.model import Array
from rnn_core.review.events import Events
from rnn_core.review.remainder import columns_of
from rnn_core.review.structure import Piece, Step, Structure
from rnn_core.review.timesteps import Pair, usual_gap
from rnn_core.review.values import Values, canonical
from rnn_core.review.window import vectors_of, window_of


def stored(events: Events, piece: Piece, before: int, after: int = -1) -> Array:
    """A parameter's whole array as its place last showed it before an event, or first from another one on."""
    recording = events.recording
    like = recording.arrays[piece.value]
    where = events.of_site.get(piece.site, np.zeros(0, np.int64))
    k = int(np.searchsorted(where, before if after < 0 else after))
    for event in where[max(0, k - 12) : k][::-1] if after < 0 else where[k : k + 12]:
        array = recording.array(int(event))
        if array is not None and array.shape == like.shape and (after < 0 or event < before):
            return array
    return like if after < 0 else stored(events, piece, before)


def own(events: Events, piece: Piece, event: int = -1) -> Piece:
    """A parameter where nothing else is read, if its site is an argument or a container that shows several arrays.

    `event` shows it; without one, each of its site that holds the value does.
    """
    if not events.several(piece.site):
        return piece
    recording, sites = events.recording, events.code.sites
    shown = np.flatnonzero(recording.values == piece.value)
    objects = {int(recording.objects[e]) for e in shown if int(recording.sites[e]) == piece.site and event in {-1, e}}
    for other in shown[np.isin(recording.objects[shown], list(objects))]:
        site = sites[int(recording.sites[other])]
        named = site.kind == "see" and isinstance(site.node, ast.Name | ast.Attribute | ast.Subscript)
        if named and not events.several(site.id):
            return replace(piece, site=site.id)
    return piece


def parameters(events: Events, structure: Structure, before: int) -> dict[str, Array]:
    """U, W and b as they were last seen before an event."""
    found: dict[str, Array] = {}
    for name in ("U", "W", "b"):
        piece: Piece | None = getattr(structure, name)
        if piece is None:
            continue
        found[name] = piece.of(stored(events, piece, before + 1))
    found["b"] = found["b"].reshape(-1) if "b" in found else np.zeros(structure.hidden)
    if "W" not in found:
        found["W"] = np.zeros((structure.hidden, structure.hidden))
    return found


def read_step(values: Values, events: Events, group: list[Pair], k: int, structure: Structure) -> Step | None:
    """Timestep k of a group by what was learned."""
    recording = values.recording
    pair = group[k]
    hidden, columns = structure.hidden, structure.columns
    a = canonical(recording.arrays[pair.a], hidden, columns)
    h = canonical(recording.arrays[pair.h], hidden, columns)
    if a is None or h is None:
        return None
    start = group[k - 1].done + 1 if k else 0
    params = parameters(events, structure, pair.at)
    before = _state(values, events, group, k, structure, len(a), start)
    rest = a - before @ params["W"].T - params["b"]
    x = _x(values, events, pair, structure, params["U"], rest, start)
    last = canonical(recording.arrays[group[k - 1].h], hidden, columns) if k else None
    if last is not None and last.shape == before.shape and not _explained(values, x, params["U"], rest):
        # The place of the state may hold other arrays as well, as the argument of a function does.
        rest = a - last @ params["W"].T - params["b"]
        other = _x(values, events, pair, structure, params["U"], rest, start)
        if _explained(values, other, params["U"], rest):
            before, x = last, other
    return Step(start, pair.at, pair.done, a, h, before, x)


def at_rest(values: Values, events: Events, group: list[Pair], k: int, structure: Structure) -> bool:
    """Whether x and b alone explain a timestep."""
    a = canonical(values.recording.arrays[group[k].a], structure.hidden, structure.columns)
    if a is None:
        return False
    params = parameters(events, structure, group[k].at)
    rest = a - params["b"]
    return _explained(
        values, _x(values, events, group[k], structure, params["U"], rest, group[k - 1].done + 1), params["U"], rest
    )


def _explained(values: Values, x: Array | None, U: Array, rest: Array) -> bool:
    slack = 10 * values.tolerance * max(float(np.abs(rest).max()), 1e-9)
    return x is not None and bool(np.abs(x @ U.T - rest).max() <= slack)


def _state(
    values: Values, events: Events, group: list[Pair], k: int, structure: Structure, batch: int, start: int
) -> Array:
    """What W was multiplied by at a timestep: what its place holds there, or the h before."""
    recording = values.recording
    if structure.state_site >= 0:
        event = events.last(structure.state_site, group[k].at + 1)
        array = recording.array(event) if event >= start else None
        if array is not None:
            state = canonical(array, structure.hidden, structure.columns)
            if state is not None and (len(state) == batch or len(state) == 1):
                return np.broadcast_to(state, (batch, structure.hidden))
    if k and group[k].done - group[k - 1].done <= usual_gap(group):
        state = canonical(recording.arrays[group[k - 1].h], structure.hidden, structure.columns)
        if state is not None and len(state) == batch:
            return state
    return np.zeros((batch, structure.hidden))


def _x(
    values: Values, events: Events, pair: Pair, structure: Structure, U: Array, rest: Array, start: int
) -> Array | None:
    recording = values.recording
    batch, width = len(rest), U.shape[1]
    slack = values.tolerance * max(float(np.abs(rest).max()), 1e-9)
    at_site: Array | None = None
    if structure.x_site >= 0:
        event = events.last(structure.x_site, pair.at + 1)
        array = recording.array(event) if event >= 0 else None
        if array is not None and array.size == width * batch:
            at_site = canonical(array, width, structure.columns)
            if at_site is None:
                at_site = canonical(array, width, not structure.columns)
            if at_site is not None and np.abs(at_site @ U.T - rest).max() <= slack:
                return at_site
    picked = columns_of(U, rest, slack)
    if picked is not None:
        return picked
    for x, _ in vectors_of(values, window_of(events, start, pair.at), width, batch, structure.columns):
        if np.abs(x @ U.T - rest).max() <= slack:
            return x
    if U.shape[1] <= U.shape[0]:
        x = np.asarray(np.linalg.lstsq(U, rest.T, rcond=None)[0].T, dtype=np.float64)
        if np.abs(x @ U.T - rest).max() <= slack * 10:
            return x
    return at_site
