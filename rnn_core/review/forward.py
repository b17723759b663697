"""Finding the recurrence in a recording: which places in the code hold U, W, b, x and h.

The pairs (a, tanh(a)) mark the timesteps. What stands between one and the next
is searched for operands that explain a. The matrix whose partner is the h before is W, the other one U. A vector that
is left over is b. Names play no part here.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rnn_core.model import Array
from rnn_core.review.instrument import Code
from rnn_core.review.recording import Recording
from rnn_core.review.values import Values, canonical

PLACES = 8
"""Places of one value that are looked at."""
SEARCHED = 4000
"""Events before a timestep that are searched for its operands."""


@dataclass(frozen=True)
class Piece:
    """A parameter as it stands in their array: rows and columns cut out, then turned round."""

    value: int
    """One of its values; which array it is, is told by the sites that see it."""
    site: int
    cut: tuple[slice, slice] = (slice(None), slice(None))
    turned: bool = False
    stacked: bool = False

    def of(self, array: Array) -> Array:
        """Our matrix, out of theirs."""
        part = array[self.cut] if array.ndim == 2 else array
        return part.T if self.turned else part


@dataclass
class Step:
    """One timestep as they computed it, as rows (B, n)."""

    start: int
    """The first event that can belong to it."""
    at: int
    """The event that first shows a."""
    done: int
    """The event that first shows h."""
    a: Array
    h: Array
    before: Array
    """The state that its W was multiplied by."""
    x: Array | None


@dataclass
class Structure:
    """Which sites hold what, learned at one timestep."""

    W: Piece | None
    U: Piece
    b: Piece | None
    state_site: int
    x_site: int
    columns: bool
    hidden: int
    fault: str = ""
    """What had to be assumed of the forward pass to explain it: "" where nothing."""
    whole_x: bool = False
    b2: Piece | None = None


@dataclass
class Pair:
    """a and h of a timestep, and the events at which they first show."""

    a: int
    h: int
    at: int
    done: int
    site: int


class Events:
    """The events of a recording, by site and by value."""

    def __init__(self, recording: Recording, code: Code, names: Mapping[str, str] | None = None) -> None:
        self.recording, self.code = recording, code
        self.names = dict(names or {})
        """Their names by ours, as far as the person has said them."""
        self.of_site: dict[int, NDArray[np.int64]] = {}
        order = np.argsort(recording.sites, kind="stable")
        ordered = recording.sites[order]
        edges = np.flatnonzero(np.diff(ordered)) + 1
        for group in np.split(order, edges) if len(order) else []:
            self.of_site[int(recording.sites[group[0]])] = group
        self.kind = np.array([site.kind for site in code.sites], dtype=object)

    def called(self, ours: str, site: int) -> bool:
        """Whether what stands at a site can be ours, by what the person has said of names."""
        theirs = self.names.get(ours)
        return theirs is None or ast.unparse(self.code.sites[site].node).replace('"', "'") == theirs.replace('"', "'")

    def last(self, site: int, before: int) -> int:
        """The last event at a site before an event; -1 for none."""
        events = self.of_site.get(site)
        if events is None:
            return -1
        k = int(np.searchsorted(events, before)) - 1
        return int(events[k]) if k >= 0 else -1

    def next(self, site: int, after: int) -> int:
        """The first event at a site from an event on; -1 for none."""
        events = self.of_site.get(site)
        if events is None:
            return -1
        k = int(np.searchsorted(events, after))
        return int(events[k]) if k < len(events) else -1


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
    usual = _usual(group)
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


def shapes_of(array: Array) -> list[tuple[int, bool]]:
    """(H, columns) that an array of states may have: the likely one first."""
    sides = [side for side in array.shape if side != 1]
    if len(sides) <= 1:
        return [(array.size, True)]
    if len(sides) == 2:
        return [(sides[1], False), (sides[0], True)]
    return []


@dataclass
class _Window:
    """The operands that stand before a timestep."""

    matrices: list[tuple[int, int]] = field(default_factory=list)
    vectors: list[tuple[int, int]] = field(default_factory=list)
    others: list[tuple[int, int]] = field(default_factory=list)
    """The same values at other places: a function's argument stands for many arrays, and its caller's names for one."""


def _window(events: Events, start: int, stop: int) -> _Window:
    """(value, site) of each distinct array between two events, the latest first."""
    recording = events.recording
    sites = events.code.sites
    first: dict[int, int] = {}
    places: dict[int, list[int]] = {}
    for event in range(stop, max(start, stop - SEARCHED, 0) - 1, -1):
        number, site = int(recording.values[event]), int(recording.sites[event])
        if number < 0:
            continue
        known = first.get(number)
        if known is None or (sites[known].kind != "see" and sites[site].kind == "see"):
            first[number] = site  # where a value is read, it has its own name
        known_places = places.setdefault(number, [])
        if site not in known_places and len(known_places) < PLACES:
            known_places.append(site)
    found = _Window()
    for number, site in first.items():
        array = recording.arrays[number]
        others = [other for other in places[number] if other != site]
        if array.ndim == 2 and min(array.shape) >= 2:
            found.matrices += [(number, one) for one in (site, *others) if not _turned(sites[one].node)]
        if array.size >= 1:
            found.vectors.append((number, site))
            found.others += [(number, other) for other in others]
    return found


def _once(entries: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Each value at the first of its places."""
    found: dict[int, int] = {}
    for number, site in entries:
        found.setdefault(number, site)
    return list(found.items())


def _turned(node: ast.AST) -> bool:
    """Whether an expression is a transpose written out: the array itself stands inside it."""
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return called in {"transpose", "swapaxes", "moveaxis"}
    return isinstance(node, ast.Attribute) and node.attr == "T"


def pieces(array: Array, number: int, site: int, hidden: int) -> list[tuple[Piece, Piece | None, Piece | None]]:
    """(W, U, b) that a matrix may hold: both, stacked in either order, perhaps with b as a column."""
    rows, cols = array.shape
    every = slice(None)
    found: list[tuple[Piece, Piece | None, Piece | None]] = []
    for turned in (False, True):
        tall, wide = (cols, rows) if turned else (rows, cols)
        if tall != hidden or wide <= hidden:
            continue
        for bias in (0, 1):
            inputs = wide - hidden - bias
            if inputs < 1:
                continue
            for state_first in (True, False):
                for bias_first in (False, True) if bias else (False,):
                    o = bias if bias_first else 0
                    h = slice(o, o + hidden) if state_first else slice(o + inputs, o + inputs + hidden)
                    x = slice(o + hidden, o + hidden + inputs) if state_first else slice(o, o + inputs)
                    c = (slice(0, 1) if bias_first else slice(wide - 1, wide)) if bias else None
                    cuts = [(cut, every) if turned else (every, cut) for cut in (h, x)]
                    b = Piece(number, site, (c, every) if turned else (every, c), turned, True) if c else None
                    found.append(
                        (Piece(number, site, cuts[0], turned, True), Piece(number, site, cuts[1], turned, True), b)
                    )
    return found


def learn(values: Values, events: Events, group: list[Pair]) -> Structure | None:
    """What explains the timesteps of a place; None where nothing does."""
    usual = _usual(group)
    breaks = [k for k in range(1, len(group)) if group[k].done - group[k - 1].done > usual]
    edges = [0, *breaks, len(group)]
    parts = [list(range(stop - 1, start, -1)) for start, stop in pairwise(edges)]
    middle = [
        k
        for part in (*parts[1:3], *parts[:1], *parts[3:])
        for k in part
        if np.abs(values.recording.arrays[group[k].h]).min() < 0.999
    ]
    for strict in (True, False):
        for k in (middle + ([0] if len(group) == 1 else []))[: 4 if strict else 2]:
            found = _learn_at(values, events, group, k, strict)
            if found is not None and _holds(values, events, group, found):
                return found
    # Each sequence may be one timestep long: then W multiplies only what it began with.
    if len(group) > 1 and not bare(group):
        return _learn_at(values, events, group, 1, True, alone=True)
    return None


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


def _usual(group: list[Pair]) -> float:
    """The events from one timestep to the next inside a sequence, at most."""
    gaps = np.diff([pair.done for pair in group])
    return 1.6 * float(gaps.min()) + 6 if len(gaps) else 0.0


def _holds(values: Values, events: Events, group: list[Pair], found: Structure) -> bool:
    """Whether what was learned at one timestep explains others."""
    if found.fault:
        return True
    usual = _usual(group)
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
        if values.close(a, step.a):
            right += 1
        else:
            wrong += 1
        if right + wrong >= 12:
            break
    return right >= wrong


def _learn_at(
    values: Values, events: Events, group: list[Pair], k: int, strict: bool, alone: bool = False
) -> Structure | None:
    recording = values.recording
    pair = group[k]
    a_array = recording.arrays[pair.a]
    start = group[k - 1].at + 1 if k else 0
    window = _window(events, start, pair.at)
    wide = _window(events, 0, pair.at)
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
            for n, s in _once(
                (n, s)
                for n, s in (*wide.vectors, *wide.others)
                if recording.arrays[n].size == hidden and constant((n, s))
            )
            if events.called("b", s)
        ][:10]
        near = {n for n, _ in window.vectors}
        biases.sort(key=lambda entry: entry is not None and entry[0] not in near)
        matrices = _once((n, s) for n, s in wide.matrices if hidden in recording.arrays[n].shape and constant((n, s)))
        squares = [(n, s) for n, s in matrices if set(recording.arrays[n].shape) == {hidden} and events.called("W", s)][
            :8
        ]
        if batch > 1:  # a batch of states may be square, and is no matrix
            squares.sort(key=lambda entry: entry[0] not in near)
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
            at_rest: Array = np.zeros((batch, hidden))
            for n, s in matrices[:6]:
                for split in pieces(recording.arrays[n], n, s, hidden):
                    options += [(*split, one, site, "state") for one, site in [*others, (at_rest, -1)]]
            options.append((None, None, None, None, -1, "no carry"))
        if alone:
            nothing: Array = np.zeros((batch, hidden))
            options = [
                (Piece(n, s, turned=turned), None, None, nothing, -1, "")
                for n, s in squares
                if n in near
                for turned in (False, True)
            ]
        for W, fixed, column, before, state_site, fault in options:
            carried = np.zeros_like(a) if W is None or before is None else before @ W.of(recording.arrays[W.value]).T
            if W is not None and not carried.any() and not W.stacked and not alone:
                continue
            rest = a - carried
            found = _inputs(values, events, rest, window, wide, matrices, biases, fixed, column, W, hidden, columns)
            if found is None:
                continue
            U_found, b_found, x_site, whole = found
            return Structure(W, U_found, b_found, state_site, x_site, columns, hidden, fault, whole)
    return None


def _inputs(
    values: Values,
    events: Events,
    rest: Array,
    window: _Window,
    wide: _Window,
    matrices: list[tuple[int, int]],
    biases: list[tuple[int, int] | None],
    fixed: Piece | None,
    column: Piece | None,
    W: Piece | None,
    hidden: int,
    columns: bool,
) -> tuple[Piece, Piece | None, int, bool] | None:
    """U, b and where x stands, such that U·x + b is the rest. Numbers decide, the nearest first."""
    recording = values.recording
    batch = len(rest)
    if fixed is not None:
        candidates = [
            (fixed, [column] if column is not None else [None] + [Piece(n, s) for n, s in (e for e in biases if e)])
        ]
    else:
        rows = [None if entry is None else Piece(*entry) for entry in biases]
        candidates = []
        for n, s in matrices:
            if (W is not None and n == W.value) or not events.called("U", s):
                continue
            array = recording.arrays[n]
            for turned in (False, True):
                if array.shape[1 if turned else 0] == hidden:
                    candidates.append((Piece(n, s, turned=turned), rows))
        candidates = candidates[:10]
    scale = max(float(np.abs(rest).max()), 1e-12)
    for U, offered in candidates:
        matrix = U.of(recording.arrays[U.value])
        width = matrix.shape[1]
        xs = _vectors(values, window, width, batch, columns)
        for b in offered:
            left = rest if b is None else rest - b.of(recording.arrays[b.value]).reshape(1, -1)
            for x, site in xs:
                if not x.any():
                    continue
                with np.errstate(all="ignore"):
                    if np.abs(x @ matrix.T - left).max() <= values.tolerance * scale:
                        return U, b, site, False
            if not U.stacked and columns_of(matrix, left, values.tolerance * scale) is not None:
                return U, b, -1, True
    for U, offered in candidates:  # x is nowhere near, so it is solved for; more equations than unknowns are the proof
        matrix = U.of(recording.arrays[U.value])
        if matrix.shape[1] >= hidden:
            continue
        for b in offered:
            left = rest if b is None else rest - b.of(recording.arrays[b.value]).reshape(1, -1)
            x = np.asarray(np.linalg.lstsq(matrix, left.T, rcond=None)[0].T, dtype=np.float64)
            if x.any() and np.abs(x @ matrix.T - left).max() <= values.tolerance * scale:
                return U, b, -1, True
    return None


def _vectors(values: Values, window: _Window, width: int, batch: int, columns: bool) -> list[tuple[Array, int]]:
    found = []
    for number, site in window.vectors:
        array = values.recording.arrays[number]
        if (array.size == width * batch and (x := canonical(array, width, columns)) is not None) or (
            array.size == width * batch and batch > 1 and (x := canonical(array, width, not columns)) is not None
        ):
            found.append((x, site))
        if len(found) >= 14:
            break
    return found


def columns_of(matrix: Array, left: Array, slack: float) -> Array | None:
    """One-hot rows x with U·x = left, where each row of left is a column of U."""
    off = np.abs(left[:, :, None] - matrix[None, :, :]).max(axis=1)
    which = off.argmin(axis=1)
    if off[np.arange(len(left)), which].max() > slack:
        return None
    x = np.zeros((len(left), matrix.shape[1]))
    x[np.arange(len(left)), which] = 1.0
    return x


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
    if k and group[k].done - group[k - 1].done <= _usual(group):
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
    for x, _ in _vectors(values, _window(events, start, pair.at), width, batch, structure.columns):
        if np.abs(x @ U.T - rest).max() <= slack:
            return x
    if U.shape[1] <= U.shape[0]:
        x = np.asarray(np.linalg.lstsq(U, rest.T, rcond=None)[0].T, dtype=np.float64)
        if np.abs(x @ U.T - rest).max() <= slack * 10:
            return x
    return at_site


__all__ = [
    "Events",
    "Pair",
    "Piece",
    "Step",
    "Structure",
    "learn",
    "linear",
    "pairs",
    "parameters",
    "read_step",
    "stored",
]
