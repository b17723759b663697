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
from functools import partial
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

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
        self._rate = np.array(options.learning_rate)  # an array is taken faster than a number
        self._ready: dict[int, _Ready] = {}

    def update(self, sequence: Sequence, targets: Any, start: Mapping[str, Array]) -> Rows:
        """Learn from one sequence, from these initial states or zeros. The output layer knows what was answered, until
        the next update."""
        x, options = sequence.x, self.options
        outputs, differentiate, last = self._ready.get(len(x)) or self._made_ready(len(x))
        differentiate(x, targets, start)
        gradient = self.gradient if options.clip is None else self._clipped(Arrays(self._sums), options.clip)
        if gradient is not None:
            steps: Any = self.row.item(-1) + 1  # a float that counts
            advance(options.optimiser, self.theta, gradient, self._m, self._v, steps, self._rate, self.step)
            self.row[-1] = steps
        else:
            self.step[:] = 0.0
        for carried, state in last:
            carried[:] = state
        return outputs

    @staticmethod
    def _clipped(gradients: Arrays, clip: Clip) -> Array | None:
        """The clipped gradient; None where its norm is no number, so that no update is made."""
        if not np.isfinite(gradients.norm()):
            return None
        return clip_gradients(gradients, clip).line()

    def _made_ready(self, timesteps: int) -> _Ready:
        """The passes over so many timesteps; the oldest make room where too many are kept."""
        while self._ready and sum(self._ready) + timesteps > self.KEPT_TIMESTEPS:
            del self._ready[next(iter(self._ready))]
        passes = Passes(self.listing, self.layout.sizes, timesteps, kept=True)
        states = [(f"{state}0", passes.rows[state]) for state in self.listing.cell.states]
        last = tuple((self.carried[name], rows[-1]) for name, rows in states)
        made = self._ready[timesteps] = _Ready(passes.outputs, self._differentiating(passes, timesteps), last)
        return made

    def _differentiating(self, passes: Passes, timesteps: int) -> Callable[..., None]:
        """A function of x, targets and initial states that leaves the gradient. Nothing is looked up in an update."""
        outputs, weights, states = passes.outputs, self._weights, passes.rows["h"][1:]
        run_forward, run_backward, dz = passes.forward_loop.run, passes.backward_loop.run, passes.rows["dz"]
        load_forward, load_backward = self._loading(passes.forward_loop), self._loading(passes.backward_loop)
        first = [(f"{state}0", passes.rows[state][0]) for state in self.listing.cell.states]
        zeros = np.zeros(self.layout.sizes.hidden)
        adders = passes.adders(time_blocks(self.listing, self.layout.sizes, timesteps, self.options))
        of_inputs = [(adder.add, self._sums[adder.name]) for adder in adders if adder.right is None]
        of_rows = [(adder.add, adder.right, self._sums[adder.name]) for adder in adders if adder.right is not None]

        def differentiate(x: Array, targets: Any, start: Mapping[str, Array]) -> None:
            for name, row in first:
                row[:] = start.get(name, zeros)
            load_forward()
            run_forward(x, no_progress)
            outputs.forward(weights, states)
            outputs.answer(targets)
            outputs.error(targets)
            load_backward()
            run_backward(dz, no_progress)
            for add, into in of_inputs:
                add(x, into)
            for add, right, into in of_rows:
                add(right, into)

        return differentiate

    def _loading(self, loop: Loop) -> Callable[[], object]:
        """How a loop is given the parameters: those that it has side by side are gathered from θ by one call."""
        if loop.glued is None:
            return partial(loop.load, self._weights)
        loop.load(self.layout.arrays(np.arange(float(self.layout.parameters))))
        places, line = loop.glued.reshape(-1).astype(np.intp), loop.glued.reshape(-1)
        return partial(self.theta.take, places, None, line, "clip")


class _Ready(NamedTuple):
    """The passes over sequences of one length, made ready."""

    outputs: Rows
    differentiate: Callable[..., None]
    last: tuple[tuple[Array, Array], ...]
    """Of each state, where it is carried over and the row that ends a sequence."""
