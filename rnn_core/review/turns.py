"""The stores of a backward pass with their turns, and which of our lines each of them keeps to.

A store has its turns in the order of the timesteps. It is one each, or one for each step back from each of them where
every error goes back by itself (O(T²)). It keeps to a line where every turn shows that line's value at its timestep.
The first turn that does not is where it goes wrong.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass, field, replace

import numpy as np

from rnn_core.mistakes import GRADIENTS, oracle
from rnn_core.mistakes.oracle import Moment
from rnn_core.model import Array
from rnn_core.review.calls import Calls
from rnn_core.review.found import Found, Judged
from rnn_core.review.gradients import assembled
from rnn_core.review.instrument import Site

Turn = tuple[int, int]
"""(the row of the error that goes back, -1 for all of them together; the row of the timestep)"""
Order = tuple[Turn, ...]

ROWS = ("dz", "local", "dh", "slope", "da", "dh_next", "dV", "dc", "db", "dU", "dW")
SUMS = tuple(f"sum of {name}" for name in ROWS if name in GRADIENTS)
"""What a gradient holds after each turn."""
BIASES = ("db", "dc")
"""Lines that a single number may stand for, as NumPy spreads it."""
GIVEN = ("h", "h_prev", "x", "p")
"""What the forward pass made: a store may pick it up at the wrong timestep, and cannot compute it wrongly."""


@dataclass(eq=False)
class Store:
    """A store, and the events of its turns; those of another call of its function are another store."""

    site: Site
    events: list[int]
    path: tuple[int, ...]
    kept: dict[tuple[str, Order], list[bool]] = field(default_factory=dict)
    """At which turns it shows a line's value, for each line and order of turns that it may have."""

    @property
    def keeps(self) -> list[Order]:
        """The orders in which it keeps to a line at all of its turns."""
        return [order for (_, order), kept in self.kept.items() if all(kept)]

    @property
    def wrong(self) -> int:
        """The first event at which it keeps to no line, as far as its best line goes."""
        best = max(self.kept.values(), key=lambda kept: kept.index(False) if False in kept else len(kept), default=[])
        return self.events[best.index(False) if False in best else 0]


class Lines:
    """Our lines at every turn, for errors that go back together or each by itself."""

    def __init__(self, found: Found, judged: Judged, factors: list[float]) -> None:
        self.found, self.judged, self.factors = found, judged, factors
        self.T = judged.net.T
        self.apart = False
        """Whether every error goes back by itself: then a store has turns for each step back from each timestep."""
        self._alone: dict[int, oracle.Ran] = {}
        self._numbers: dict[tuple[str, Order], list[tuple[int, set[int]]]] = {}

        self.taken: set[str] = set()
        """The lines that some store keeps to: another one is not likely to be meant for them, too."""
        rows = [
            *judged.right.states,
            *judged.net.x,
            *judged.right.p,
            judged.right.p,
            judged.right.states[1:],
            judged.net.x,
        ]
        self.given = {number for row in (*rows, *judged.stored.values()) for number in found.values.alike(row)}
        """The values that the forward pass gives."""

    def run(self, source: int) -> oracle.Ran:
        """The right run, or that of the loss at one timestep alone."""
        if source < 0:
            return self.judged.right
        if source not in self._alone:
            net, right = self.judged.net, self.judged.right
            y = np.where((np.arange(self.T) == source)[:, None], net.y, -1)
            p = oracle.softmax(right.z)
            self._alone[source] = oracle.backward(oracle.ran(replace(net, y=y), right.a, right.states, right.z, p))
        return self._alone[source]

    def moment(self, turn: Turn) -> Moment:
        return self.run(turn[0]).moments[turn[1]]

    @property
    def computed(self) -> set[int]:
        """The recorded values that are right for some line at some timestep."""
        each = [(-1, r) for r in range(self.T)]
        return set().union(*(self._alike(line, self.row(line, turn))[1] for line in ROWS for turn in each))

    @property
    def right(self) -> set[int]:
        """The same, or what the forward pass gives."""
        return self.given | self.computed

    @property
    def totals(self) -> set[int]:
        """The recorded values that are a right gradient."""
        mine = assembled(self.found, self.judged, self.judged.right.totals).values()
        return {n for total in mine for scale in (1.0, *self.factors) for n in self.found.values.same(total * scale)}

    def row(self, line: str, turn: Turn) -> Array:
        """The value of a line at a turn, in the orientation of their gradients."""
        run, r = self.run(turn[0]), turn[1]
        net = run.net
        if line in GIVEN:
            series = {"h": run.states[1:], "h_prev": run.states[:-1], "x": net.x, "p": self.judged.right.p}[line]
            return np.asarray(series[r])
        if line == "square":
            return np.asarray(run.states[r + 1] ** 2)
        value = np.asarray(run.rows[line][r])
        piece = self.found.pieces.get(line[1:])
        return value.T if value.ndim == 2 and piece is not None and piece.turned and line[1:] in "UWV" else value

    def series(self, line: str, order: Order) -> list[Array]:
        """What a line shows at each turn; of a gradient's sum, what it holds by then."""
        if line not in SUMS:
            return [self.row(line, turn) for turn in order]
        parts = [self.row(line.removeprefix("sum of "), turn) for turn in order]
        return list(np.cumsum(np.array(parts), axis=0))

    def keeps(self, store: Store, line: str, order: Order) -> list[bool]:
        """At which of its turns a store shows the line."""
        key = line, order
        if key not in self._numbers:
            self._numbers[key] = [self._alike(line, row) for row in self.series(line, order)]
        numbers, arrays = self._numbers[key], self.found.recording
        out = []
        for event, (size, known) in zip(store.events, numbers, strict=True):
            number = int(arrays.values[event])
            theirs = arrays.arrays[number]
            out.append(number in known if known else theirs.size == size and not theirs.any())
        return out

    def _alike(self, line: str, row: Array) -> tuple[int, set[int]]:
        values = self.found.values
        scales = {1.0} if line in {"slope", "square", *GIVEN} else {1.0, *self.factors}
        of = values.same if row.ndim == 2 and line.removeprefix("sum of ") in {"dU", "dW", "dV"} else values.alike
        return row.size, {n for scale in scales for n in of(row * scale)} if row.any() else set()

    def orders(self, count: int) -> list[Order]:
        """The orders in which a store of so many turns may have them: the likeliest first."""
        T = self.T
        down = [tuple((-1, r) for r in range(T - 1, -1, -1))]
        out: list[Order] = []
        if count == 1 < T and self.judged.has.sum() == 1:
            out.append(((-1, int(self.judged.has.argmax())),))
        if count == T:
            out += [*down, tuple((-1, r) for r in range(T))]
        if count == T - 1 and T > 1:
            out += [down[0][:-1], down[0][1:]]
        if self.apart:
            for sources in (range(T - 1, -1, -1), range(T)):
                each = {
                    "own": tuple((t, t) for t in sources),
                    "all": tuple((t, r) for t in sources for r in range(t, -1, -1)),
                    "back": tuple((t, r) for t in sources for r in range(t - 1, -1, -1)),
                }
                out += [order for order in each.values() if len(order) == count]
        return out


def suspected(found: Found, judged: Judged, lines: Lines) -> list[Store]:
    """The stores of the backward pass that do not keep to a line at each of their turns, in time."""
    every = _stores(found, judged)
    T = judged.net.T
    lines.apart = (
        T > 2
        and bool(judged.has.all())
        and any(len(s.events) in {T * (T + 1) // 2, T * (T - 1) // 2} - {T} for s in every)
    )
    totals = lines.totals
    down: set[int] = set()
    for store in every:
        if len(store.events) == 1 and not _once(found, judged, store):
            continue
        size = found.recording.arrays[int(found.recording.values[store.events[0]])].size
        for order in lines.orders(len(store.events)):
            for line in (*ROWS, "square", *GIVEN, *SUMS):
                if size in {lines.row(line.removeprefix("sum of "), order[0]).size, 1 if line in BIASES else 0}:
                    store.kept[line, order] = lines.keeps(store, line, order)
        lines.taken |= {line for (line, _), kept in store.kept.items() if all(kept)}
        if any(order[0][1] > order[-1][1] for order in store.keeps):
            down.update(store.site.loops[-1:])
    out = []
    for store in every:
        goes_down = bool(store.site.loops) and store.site.loops[-1] in down
        keeps = [order for order in store.keeps if not (goes_down and order[0][1] < order[-1][1])]
        if store.kept and not keeps:
            if goes_down:
                store.kept = {key: kept for key, kept in store.kept.items() if key[1][0][1] >= key[1][-1][1]}
            out.append(store)
        elif T > 2 and _once(found, judged, store) and not set(_shown(found, store)) & (lines.given | totals):
            out.append(store)
    return out


def _once(found: Found, judged: Judged, store: Store) -> bool:
    """Whether a store runs once in the whole sequence: then it may hold all of time."""
    where = found.events.of_site[store.site.id]
    before = (where >= judged.episode.steps[0].at) & (where < judged.episode.steps[-1].done)
    return len(store.events) == 1 and not before.any()


def _shown(found: Found, store: Store) -> list[int]:
    return [int(found.recording.values[event]) for event in store.events]


def _stores(found: Found, judged: Judged) -> list[Store]:
    """What runs in the backward pass as a store may, or computes; in time."""
    recording, sites = found.recording, found.code.sites
    start, stop = max(judged.episode.steps[-1].done - 2, 0), judged.episode.stop
    stop = min([stop, *(other.episode.start for other in found.sequences if other.episode.start > start + 2)])
    calls = Calls(found, start, stop)
    by: dict[tuple[int, tuple[int, ...]], list[int]] = defaultdict(list)
    put_together = {site.id for site in found.code.gathered.values()}  # no code stands there
    for event in range(start, stop):
        site = sites[int(recording.sites[event])]
        if recording.values[event] < 0 or site.index or site.id in put_together or not _may_be_wrong(site):
            continue
        by[site.id, calls.at(event).path if site.function >= 0 else ()].append(event)
    out = [Store(sites[site], events, path) for (site, path), events in by.items()]
    return sorted(out, key=lambda store: store.events[0])


def _may_be_wrong(site: Site) -> bool:
    if site.kind == "see":
        return (isinstance(site.node, ast.Call) and site.parent >= 0) or isinstance(site.node, ast.Subscript)
    return site.kind in {"store", "add", "after", "return", "base", "effect"}
