"""Finding the recurrence in a recording: which places in the code hold U, W, b, x and h.

What stands between one timestep and the next is searched for operands that explain a. The matrix whose partner is the
h before is W, the other one U. A vector that is left over is b. Names play no part here.
"""

from __future__ import annotations

import ast
from itertools import islice, pairwise
from typing import Literal

import numpy as np

from rnn_core.model import Array
from rnn_core.review.events import Events
from rnn_core.review.remainder import Products, inputs_of
from rnn_core.review.steps import at_rest, parameters, read_step
from rnn_core.review.structure import Piece, Structure, pieces
from rnn_core.review.timesteps import Pair, bare, usual_gap
from rnn_core.review.values import Values, canonical
from rnn_core.review.window import once, window_of


def shapes_of(array: Array) -> list[tuple[int, bool]]:
    """(H, columns) that an array of states may have: the likely one first."""
    sides = [side for side in array.shape if side != 1]
    if len(sides) <= 1:
        return [(array.size, True)]
    if len(sides) == 2:
        return [(sides[1], False), (sides[0], True)]
    return []


def learn(values: Values, events: Events, group: list[Pair]) -> Structure | None:
    """What explains the timesteps of a place; None where nothing does."""
    usual = usual_gap(group)
    breaks = [k for k in range(1, len(group)) if group[k].done - group[k - 1].done > usual]
    edges = [0, *breaks, len(group)]
    parts = [list(range(stop - 1, start, -1)) for start, stop in pairwise(edges)]
    middle = [
        k
        for part in (*parts[1:3], *parts[:1], *parts[3:])
        for k in part[:40]
        if np.abs(values.recording.arrays[group[k].h]).min() < 0.999
    ]
    telling = list(islice((k for k in middle if not _without_input(values, events, group, k)), 4))
    middle = [*telling, *(k for k in middle[:4] if k not in telling)]
    for strict in (True, False):
        left = 4 if strict else 2
        for k in (middle + ([0] if len(group) == 1 else []))[:12]:
            found = _learn_at(values, events, group, k, strict)
            if found == "at rest":
                continue
            if found is not None and _holds(values, events, group, found):
                return found
            left -= 1
            if not left:
                break
    # Each sequence may be one timestep long: then W is another one each time, and multiplies what was kept, or zeros.
    if len(group) > 1 and not bare(group):
        alone = _learn_at(values, events, group, 1, True, alone=True)
        return alone if alone != "at rest" else None
    return None


def _without_input(values: Values, events: Events, group: list[Pair], k: int) -> bool:
    """Whether W·h[t-1], perhaps with b, is all of a: where x is 0, nothing is to be learned of U."""
    recording = values.recording
    window = window_of(events, group[k - 1].at + 1, group[k].at)
    for hidden, columns in shapes_of(recording.arrays[group[k].a]):
        a = canonical(recording.arrays[group[k].a], hidden, columns)
        before = canonical(recording.arrays[group[k - 1].h], hidden, columns)
        if a is None or before is None or before.shape != a.shape or not before.any():
            continue
        added: list[Array] = [np.zeros((1, hidden))]
        added += [
            recording.arrays[n].reshape(1, -1)
            for n, site in window.vectors
            if recording.arrays[n].size == hidden
            and recording.first[n] < group[k - 1].at
            and isinstance(events.code.sites[site].node, ast.Name | ast.Attribute)
        ]
        slack = values.tolerance * float(np.abs(a).max())
        for n, _ in window.matrices:
            W = recording.arrays[n]
            if W.shape != (hidden, hidden):
                continue
            for carried in (before @ W.T, before @ W):
                if any(np.abs(a - carried - b).max() <= slack for b in added):
                    return True
    return False


def _holds(values: Values, events: Events, group: list[Pair], found: Structure) -> bool:
    """Whether what was learned at one timestep explains others; a state that is not carried may be 0 in them."""
    usual = usual_gap(group)
    right = wrong = 0
    for k in range(1, len(group)):
        if group[k].done - group[k - 1].done > usual:
            continue
        step = read_step(values, events, group, k, found)
        if step is None or step.x is None:
            wrong += 1
            continue
        params = parameters(events, found, step.at)
        a = step.before @ params["W"].T + step.x @ params["U"].T + params["b"]
        if values.close(a, step.a) or (found.fault and at_rest(values, events, group, k, found)):
            right += 1
        else:
            wrong += 1
        if right + wrong >= 12:
            break
    return right >= wrong


def _learn_at(
    values: Values, events: Events, group: list[Pair], k: int, strict: bool, alone: bool = False
) -> Structure | Literal["at rest"] | None:
    """What explains one timestep; "at rest" where W·h is all of a, since then any U would do."""
    recording = values.recording
    pair = group[k]
    a_array = recording.arrays[pair.a]
    start = group[k - 1].at + 1 if k else 0
    window = window_of(events, start, pair.at)
    wide = window_of(events, 0, pair.at)
    for hidden, columns in shapes_of(a_array):
        a = canonical(a_array, hidden, columns)
        if a is None:
            continue
        batch = len(a)
        previous = canonical(recording.arrays[group[k - 1].h], hidden, columns) if k else None

        def constant(entry: tuple[int, int], k: int = k) -> bool:
            """Whether the place held the same value a timestep earlier: a parameter does."""
            if alone:
                return isinstance(events.code.sites[entry[1]].node, ast.Name | ast.Attribute)
            before = [events.last(entry[1], group[j].at + 1) for j in ((k - 1, k) if k else ())]
            return all(event >= 0 and int(recording.values[event]) == entry[0] for event in before)

        biases: list[tuple[int, int] | None] = [None]
        biases += [
            (n, s)
            for n, s in once(
                (n, s)
                for n, s in (*wide.vectors, *wide.others)
                if recording.arrays[n].size == hidden and constant((n, s))
            )
            if events.called("b", s) and not isinstance(events.code.sites[s].node, ast.BinOp)
        ][:10]
        near = {n for n, _ in window.vectors}
        biases.sort(key=lambda entry: entry is not None and entry[0] not in near)
        matrices = once(
            (n, s)
            for n, s in wide.matrices
            if hidden in recording.arrays[n].shape
            and constant((n, s))
            and not isinstance(events.code.sites[s].node, ast.BinOp)  # a parameter is read, and not computed
        )
        thin = once((n, s) for n, s in window.thin if recording.arrays[n].size == hidden and constant((n, s)))
        squares = [(n, s) for n, s in matrices if set(recording.arrays[n].shape) == {hidden} and events.called("W", s)]
        read = {n for n, _ in window.matrices}
        squares = sorted(squares, key=lambda entry: entry[0] not in near)[:8]
        squares = [entry for entry in squares if entry[0] in read] or squares  # W is multiplied in every timestep
        states = [
            (previous, n, s)
            for n, s in window.vectors
            if previous is not None
            and recording.arrays[n].size == previous.size
            and (c := canonical(recording.arrays[n], hidden, columns)) is not None
            and values.close(c, previous)
        ][:1]
        state_entry = states[0] if states else (previous, -1, -1)
        options: list[tuple[Piece | None, Piece | None, Piece | None, Array | None, int, str]] = []
        if previous is not None:
            for n, s in squares:
                for turned in (False, True):
                    options.append((Piece(n, s, turned=turned), None, None, previous, state_entry[2], ""))
            for n, s in matrices[:6]:
                for split in pieces(recording.arrays[n], n, s, hidden):
                    options.append((*split, previous, state_entry[2], ""))
        if not strict:
            others = [
                (c, s)
                for n, s in window.vectors
                if recording.arrays[n].size == hidden * batch
                and (c := canonical(recording.arrays[n], hidden, columns)) is not None
            ][:8]
            for state, s in others:
                for n, site in squares:
                    for turned in (False, True):
                        options.append((Piece(n, site, turned=turned), None, None, state, s, "state"))
            still: Array = np.zeros((batch, hidden))
            for n, s in matrices[:6]:
                for split in pieces(recording.arrays[n], n, s, hidden):
                    options += [(*split, one, site, "state") for one, site in [*others, (still, -1)]]
            options.append((None, None, None, None, -1, "no carry"))
        if alone:
            nothing: Array = np.zeros((batch, hidden))
            begins = [(previous, states[0][2])] if states and previous is not None and previous.any() else []
            options = [
                (Piece(n, s, turned=turned), None, None, before, site, "")
                for before, site in [*begins, (nothing, -1)]
                for n, s in squares
                if n in near
                for turned in (False, True)
            ]
        products: dict[tuple[int, bool], Products] = {}
        for W, fixed, column, before, state_site, fault in options:
            carried = np.zeros_like(a) if W is None or before is None else before @ W.of(recording.arrays[W.value]).T
            if W is not None and not carried.any() and not W.stacked and not alone:
                continue
            if carried.shape != a.shape:  # a state of another batch
                continue
            rest = a - carried
            if np.abs(rest).max() <= values.tolerance * np.abs(a).max():
                return "at rest"
            every = [*matrices, *thin]
            found = inputs_of(values, events, rest, window, every, biases, fixed, column, W, hidden, columns, products)
            if found is None:
                continue
            U_found, b_found, x_site, whole = found
            return Structure(W, U_found, b_found, state_site, x_site, columns, hidden, fault, whole)
    return None
