"""A network that learns: one update after another on memory made ready, at the speed that this takes.

It runs the same calls on the same shapes as `recorder.record`. So the parameters that it reaches are, bit for bit,
those that the trace of each update ends with. A property test holds the two together.

Rules this file keeps:
- All that one update hands to the next stands in one row of numbers: [parameters | m | v | carried states | updates].
- Nothing is computed that the next update does not need: losses are worked out afterwards, many updates at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rnn_core.accumulate import totals
from rnn_core.arrays import Array, Arrays, views
from rnn_core.data import Sequence
from rnn_core.language.derivation import gradient_of
from rnn_core.loops.loop import Loop, no_progress
from rnn_core.model import Params, Sizes, shapes
from rnn_core.optimisers import State, advance
from rnn_core.outputs import Answer
from rnn_core.passes import Passes
from rnn_core.program import Program
from rnn_core.recorder import factor_rows, time_blocks
from rnn_core.updates import Options, clip_gradients


class Layout:
    """Where everything stands in a row: the parameters, what the optimiser keeps, the carried states, the count."""

    def __init__(self, listing: Program, sizes: Sizes, options: Options) -> None:
        self.sizes = sizes
        self.shapes = shapes(listing.cell, sizes)
        ends = np.cumsum([math.prod(shape) for shape in self.shapes.values()]).tolist()
        self.starts = np.array([0, *ends[:-1]], dtype=np.int64)
        self.parameters: int = ends[-1]
        self.slots = options.optimiser.slots
        self.initial = listing.cell.initial
        begin = self.parameters * (1 + len(self.slots))
        self.carried = slice(begin, begin + len(self.initial) * sizes.hidden)
        self.length = self.carried.stop + 1

    def arrays(self, row: Array) -> Arrays:
        """The parameters, or what stands for them, as views of a row."""
        return Arrays(views(row, self.shapes))

    def slot(self, row: Array, slot: str) -> Array | None:
        """m or v in a row; None where the optimiser has none."""
        if slot not in self.slots:
            return None
        start = self.parameters * (1 + self.slots.index(slot))
        return row[start : start + self.parameters]

    def states(self, row: Array) -> dict[str, Array]:
        """The carried states in a row, by name: h0, s0."""
        return views(row[self.carried], dict.fromkeys(self.initial, (self.sizes.hidden,)))

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


def _loading(loop: Loop, layout: Layout) -> Callable[[Learner], object]:
    """How a loop is given the weights of a learner: glued ones are gathered from its row by one call."""
    if loop.glued is None:
        return lambda learner: loop.load(learner.weights)
    loop.load(layout.arrays(np.arange(float(layout.parameters))))
    places, line = loop.glued.reshape(-1).astype(np.intp), loop.glued.reshape(-1)
    return lambda learner: learner.theta.take(places, None, line, "clip")


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
        self.sums = self._sums(listing, passes.rows, time_blocks(listing, layout.sizes, timesteps, options), layout)

    @staticmethod
    def _sums(listing: Program, rows: Mapping[str, Any], blocks: Any, layout: Layout) -> tuple[Any, ...]:
        """For each gradient the function that adds it up, its right rows (None: the inputs), and its name."""
        ones, made = np.ones((len(rows["dz"]), 1)), []
        for name, register in listing.sums.items():
            assert register.factors is not None
            left, right = register.factors
            columns = 1 if right is None else layout.shapes[name[1:]][1]
            other = ones if right is None else None
            if right is not None and right.name != "x":
                other = factor_rows(right, ones, rows, listing.cell.states)
            made.append((totals(rows[left.name], columns, blocks), other, name))
        return tuple(made)


class Learner:
    """The working copy of a training: a row, views of it, and one update at a time."""

    KEPT_TIMESTEPS = 1 << 16
    """Timesteps whose passes are kept ready; beyond them, those longest unused are made anew."""

    def __init__(self, listing: Program, sizes: Sizes, options: Options) -> None:
        self.listing, self.layout, self.options = listing, Layout(listing, sizes, options), options
        self.row = np.zeros(self.layout.length)
        self.theta = self.row[: self.layout.parameters]
        self.weights = self.layout.arrays(self.row)
        self.m, self.v = self.layout.slot(self.row, "m"), self.layout.slot(self.row, "v")
        self.carried = self.layout.states(self.row)
        self.gradient = np.zeros(self.layout.parameters)
        self.gradients = self.layout.arrays(self.gradient)
        self._into = {
            gradient_of(name): array if array.ndim == 2 else array[:, None] for name, array in self.gradients.items()
        }
        self._scratch = np.empty(self.layout.parameters)
        self._ready: dict[int, _Ready] = {}

    def update(self, sequence: Sequence, targets: Any, start: Mapping[str, Array]) -> Answer:
        """Learn from one sequence, from these initial states or zeros; what it answered. It lasts until the next one,
        and so does the gradient."""
        ready, options = self._made_ready(len(sequence)), self.options
        x = sequence.x
        for name, first in ready.first:
            first[:] = start.get(name, 0.0)
        ready.load_forward(self)
        ready.forward.run(x, no_progress)
        ready.outputs.forward(self.weights, ready.after)
        answer = ready.outputs.answer(targets)
        ready.outputs.error(targets)
        ready.load_backward(self)
        ready.backward.run(ready.dz, no_progress)
        for total, right, name in ready.sums:
            total(x if right is None else right, self._into[name])
        for name, last in ready.last:
            self.carried[name][:] = last
        gradient = self.gradient if options.clip is None else self._clipped()
        if gradient is not None:
            self.row[-1] = steps = self.row.item(-1) + 1
            advance(
                options.optimiser, self.theta, gradient, self.m, self.v, steps, options.learning_rate, self._scratch
            )
        return answer

    def _clipped(self) -> Array | None:
        """The clipped gradient; None where its norm is no number, so that no update is made."""
        assert self.options.clip is not None
        if not np.isfinite(self.gradients.norm()):
            return None
        return clip_gradients(self.gradients, self.options.clip).line()

    def _made_ready(self, timesteps: int) -> _Ready:
        found = self._ready.get(timesteps)
        if found is None:
            while self._ready and sum(self._ready) + timesteps > self.KEPT_TIMESTEPS:
                del self._ready[next(iter(self._ready))]
            found = self._ready[timesteps] = _Ready(self.listing, self.layout, timesteps, self.options)
        return found
