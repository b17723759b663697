"""A network that learns: one update after another on memory made ready, at the speed that this takes.

It runs the same calls on the same shapes as `recorder.record`. So the parameters that it reaches are, bit for bit,
those that the trace of each update ends with. A property test holds the two together.

Rules this file keeps:
- All that one update hands to the next stands in one row of numbers: [parameters | m | v | carried states | updates].
- The parameters that an update began with are still there after it, so that its changes can be seen. A small network
  writes into another row; a large one gathers them where its products read them fastest.
- Nothing is computed that the next update does not need: losses are worked out afterwards, many updates at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate, pairwise, repeat
from typing import Any, NamedTuple

import numpy as np

from rnn_core.arrays import Array, Arrays, views
from rnn_core.data import Sequence
from rnn_core.language.derivation import gradient_of
from rnn_core.loops.loop import Loop, aligned, no_progress
from rnn_core.model import Params, Sizes, shapes
from rnn_core.optimisers import State, advance
from rnn_core.outputs import Answer
from rnn_core.passes import Passes
from rnn_core.program import Program
from rnn_core.recorder import time_blocks
from rnn_core.updates import Clip, Options, clip_gradients

LARGE = 2048
"""Parameters from which on a network's numbers cost more than its calls."""


class Layout:
    """Where everything stands in a row: the parameters, what the optimiser keeps, the carried states, the count."""

    def __init__(self, listing: Program, sizes: Sizes, options: Options) -> None:
        self.sizes = sizes
        self.shapes = shapes(listing.cell, sizes)
        ends = list(accumulate(math.prod(shape) for shape in self.shapes.values()))
        self.spans = list(pairwise([0, *ends]))
        """Where each parameter begins and ends."""
        self.parameters = ends[-1]
        self.is_large = self.parameters >= LARGE
        self.slots = options.optimiser.slots
        self.initial = listing.cell.initial
        begin = self.parameters * (1 + len(self.slots))
        self.carried = slice(begin, begin + len(self.initial) * sizes.hidden)
        self.kept = slice(self.parameters, begin)
        """What the optimiser keeps."""
        self.length = self.carried.stop + 1

    def arrays(self, row: Array) -> Arrays:
        """The parameters, or what stands for them, as views of a row."""
        return Arrays(views(row, self.shapes))

    def slot(self, row: Array, slot: str) -> Array | None:
        """m or v in a row, or in each of several; None where the optimiser has none."""
        if slot not in self.slots:
            return None
        start = self.parameters * (1 + self.slots.index(slot))
        return row[..., start : start + self.parameters]

    def states(self, row: Array) -> dict[str, Array]:
        """The carried states in a row, or in each of several, by name: h0, s0."""
        return views(row[..., self.carried], dict.fromkeys(self.initial, (self.sizes.hidden,)))

    def row(self, params: Params, state: State, carried: Mapping[str, Array] | None) -> Array:
        """The row that says this."""
        row = np.zeros(self.length)
        row[: self.parameters] = params.line()
        for slot in self.slots:
            kept = self.slot(row, slot)
            assert kept is not None
            kept[:] = getattr(state, slot).line()
        for name, part in self.states(row).items():
            part[:] = (carried or {}).get(name, 0.0)
        row[-1] = state.steps
        return row


class Place(NamedTuple):
    """Where an update leaves its results: a row and its gradient, and views of both."""

    row: Array
    gradient: Array
    theta: Array
    m: Array | None
    v: Array | None
    weights: Mapping[str, Array]
    carried: Mapping[str, Array]
    sums: Mapping[str, Array]
    """The gradients by name, those of vectors as columns."""


def places(layout: Layout, rows: Array, gradients: Array) -> list[Place]:
    """The places of these rows (n, length) and gradients (n, parameters). Views of all rows together are cut into those
    of each: that takes a fifth of the time of making them one by one."""
    columns = {
        gradient_of(name): array if array.ndim == 3 else array[:, :, None]
        for name, array in views(gradients, layout.shapes).items()
    }
    each = (
        rows,
        gradients,
        rows[:, : layout.parameters],
        *(repeat(None) if (kept := layout.slot(rows, slot)) is None else kept for slot in "mv"),
        *(_each(by_name, len(rows)) for by_name in (views(rows, layout.shapes), layout.states(rows), columns)),
    )
    return [Place(*parts) for parts in zip(*each, strict=False)]  # None has no end of its own


def _each(by_name: Mapping[str, Array], count: int) -> Iterable[Mapping[str, Array]]:
    """For each of so many rows its part of every array, by name."""
    parts = zip(*by_name.values(), strict=True) if by_name else repeat((), count)
    return (dict(zip(by_name, part, strict=True)) for part in parts)


def _loading(loop: Loop, layout: Layout) -> Callable[[Array, Mapping[str, Array]], object]:
    """How a loop is given parameters, as one vector and by name: glued ones are taken from the vector by one call."""
    if loop.glued is None:
        return lambda _theta, weights: loop.load(weights)
    loop.load(layout.arrays(np.arange(float(layout.parameters))))
    places, line = loop.glued.reshape(-1).astype(np.intp), loop.glued.reshape(-1)
    return lambda theta, _weights: theta.take(places, None, line, "clip")


class _Ready:
    """One sequence's forward and backward pass, as far as learning needs it, on rows for T timesteps."""

    def __init__(self, listing: Program, layout: Layout, timesteps: int, options: Options) -> None:
        passes = Passes(listing, layout.sizes, timesteps, kept=True)
        self.forward, self.backward = passes.forward_loop, passes.backward_loop
        self.load_forward, self.load_backward = _loading(self.forward, layout), _loading(self.backward, layout)
        self.outputs = passes.outputs
        self.dz, self.after = passes.rows["dz"], passes.rows["h"][1:]
        states = [passes.rows[state] for state in listing.cell.states]
        self.first = tuple((f"{name}0", rows[0]) for name, rows in zip(listing.cell.states, states, strict=True))
        self.last = tuple((f"{name}0", rows[-1]) for name, rows in zip(listing.cell.states, states, strict=True))
        self.adders = passes.adders(time_blocks(listing, layout.sizes, timesteps, options))


class Learner:
    """The working copy of a training: the place where it stands, and one update at a time."""

    KEPT_TIMESTEPS = 1 << 16
    """Timesteps whose passes are kept ready; beyond them, those longest unused are made anew."""

    def __init__(self, listing: Program, sizes: Sizes, options: Options) -> None:
        self.listing, self.layout, self.options = listing, Layout(listing, sizes, options), options
        self.scratch = np.empty(self.layout.parameters)
        """Anyone's between two updates."""
        self.place = places(self.layout, np.zeros((1, self.layout.length)), np.zeros((1, self.layout.parameters)))[0]
        self.began = self.place.theta
        """The parameters that the latest update began with."""
        self._gathered = aligned(self.layout.parameters) if self.layout.is_large else None
        self._gathered_weights = {} if self._gathered is None else views(self._gathered, self.layout.shapes)
        self._ready: dict[int, _Ready] = {}

    @property
    def row(self) -> Array:
        """The row in which it stands now."""
        return self.place.row

    def update(self, sequence: Sequence, targets: Any, start: Mapping[str, Array], into: Place | None = None) -> Answer:
        """Learn from one sequence, from these initial states or zeros; what it answered, which lasts until the next
        update. The new row is written in place, or where `into` says, and it stands there from then on."""
        ready, options, old = self._made_ready(len(sequence)), self.options, self.place
        new = old if into is None else into
        theta, weights = old.theta, old.weights
        if self._gathered is not None:
            self._gathered[:] = theta
            theta, weights = self._gathered, self._gathered_weights
        x = sequence.x
        for name, first in ready.first:
            first[:] = start.get(name, 0.0)
        ready.load_forward(theta, weights)
        ready.forward.run(x, no_progress)
        ready.outputs.forward(weights, ready.after)
        answer = ready.outputs.answer(targets)
        ready.outputs.error(targets)
        ready.load_backward(theta, weights)
        ready.backward.run(ready.dz, no_progress)
        sums = new.sums
        for name, add, right, _ in ready.adders:
            add(x if right is None else right, sums[name])
        gradient = new.gradient if options.clip is None else self._clipped(Arrays(sums), options.clip)
        if gradient is not None:
            steps: Any = old.row.item(-1) + 1  # a float that counts
            rate = options.learning_rate
            into_all = new.theta, new.m, new.v
            advance(options.optimiser, theta, gradient, old.m, old.v, steps, rate, self.scratch, into_all)
            new.row[-1] = steps
        else:
            new.row[:] = old.row
        for name, last in ready.last:
            new.carried[name][:] = last
        self.place, self.began = new, theta
        return answer

    @staticmethod
    def _clipped(gradients: Arrays, clip: Clip) -> Array | None:
        """The clipped gradient; None where its norm is no number, so that no update is made."""
        if not np.isfinite(gradients.norm()):
            return None
        return clip_gradients(gradients, clip).line()

    def _made_ready(self, timesteps: int) -> _Ready:
        found = self._ready.get(timesteps)
        if found is None:
            while self._ready and sum(self._ready) + timesteps > self.KEPT_TIMESTEPS:
                del self._ready[next(iter(self._ready))]
            found = self._ready[timesteps] = _Ready(self.listing, self.layout, timesteps, self.options)
        return found
