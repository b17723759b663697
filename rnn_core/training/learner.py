"""A network that learns: one update after another on memory made ready, at the speed that this takes.

It runs the same calls on the same shapes as `recorder.record`. So the parameters that it reaches are, bit for bit,
those that the trace of each update ends with. A property test holds the two together.

Rules this file keeps:
- All that one update hands to the next stands in one row of numbers: [parameters | m | v | carried states | updates].
- What is looked at of an update stands before its row: [step | gradient | row] is one line, which one call copies.
- Nothing is computed that the next update does not need: losses are worked out afterwards, many updates at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from rnn_core.arrays import Array, Arrays, views
from rnn_core.data import Sequence
from rnn_core.language.derivation import gradient_of
from rnn_core.loops.loop import LINE, Loop, aligned, no_progress
from rnn_core.model import Params, Sizes, shapes
from rnn_core.optimisers import SLOTS, State, advance
from rnn_core.outputs.output import Rows
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
        self.learning_rate = abs(options.learning_rate)
        self.step_is_gradient = options.optimiser.rule.scales and options.clip is None and self.learning_rate > 0.0
        """Whether a step is lr·dθ, so that its norm is that of dθ times |lr|."""
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
    """The working copy of a training: the row at which it stands, and one update at a time."""

    KEPT_TIMESTEPS = 1 << 16
    """Timesteps whose passes are kept ready; beyond them, those longest unused are made anew."""

    def __init__(self, listing: Program, sizes: Sizes, options: Options) -> None:
        self.listing, self.layout, self.options = listing, Layout(listing, sizes, options), options
        layout, n = self.layout, self.layout.parameters
        ahead = -2 * n % LINE  # so that θ begins on a cache line, where its products read it fastest
        self.line = aligned(ahead + 2 * n + layout.length)[ahead:]
        """[step | gradient | row]: the step is what the latest update has subtracted from θ."""
        self.line[:] = 0.0
        self.step, self.gradient, self.row = self.line[:n], self.line[n : 2 * n], self.line[2 * n :]
        self.theta = self.row[:n]
        self.carried = layout.states(self.row)
        self._m, self._v = (layout.slot(self.row, slot) for slot in SLOTS)
        self._weights = views(self.row, layout.shapes)
        gradients = views(self.gradient, layout.shapes)
        self._sums = {
            gradient_of(name): array if array.ndim == 2 else array[:, None] for name, array in gradients.items()
        }
        self._ready: dict[int, _Ready] = {}

    def update(self, sequence: Sequence, targets: Any, start: Mapping[str, Array]) -> Rows:
        """Learn from one sequence, from these initial states or zeros. The output layer knows what was answered, until
        the next update."""
        ready, options, theta, weights, sums = (
            self._made_ready(len(sequence)), self.options, self.theta, self._weights, self._sums,
        )  # fmt: skip
        x = sequence.x
        for name, first in ready.first:
            first[:] = start.get(name, 0.0)
        ready.load_forward(theta, weights)
        ready.forward.run(x, no_progress)
        ready.outputs.forward(weights, ready.after)
        ready.outputs.answer(targets)
        ready.outputs.error(targets)
        ready.load_backward(theta, weights)
        ready.backward.run(ready.dz, no_progress)
        for name, add, right, _ in ready.adders:
            add(x if right is None else right, sums[name])
        gradient = self.gradient if options.clip is None else self._clipped(Arrays(sums), options.clip)
        if gradient is not None:
            steps: Any = self.row.item(-1) + 1  # a float that counts
            advance(options.optimiser, theta, gradient, self._m, self._v, steps, options.learning_rate, self.step)
            self.row[-1] = steps
        else:
            self.step[:] = 0.0
        for name, last in ready.last:
            self.carried[name][:] = last
        return ready.outputs

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
