"""A network that learns: one update after another on memory made ready, at the speed that this takes.

It runs the same calls on the same shapes as `recorder.record`. So the parameters that it reaches are, bit for bit,
those that the trace of each update ends with. A property test holds the two together.

Rules this file keeps:
- All that one update hands to the next stands in one row of numbers: [U W V b c | m | v | carried h | updates made].
- Nothing is computed that the next update does not need: losses are worked out afterwards, many updates at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rnn_core.accumulate import totals
from rnn_core.data import Sequence, one_hot
from rnn_core.gradients import Gradients
from rnn_core.kernels import (
    Outputs,
    absent_targets,
    allocate,
    error_at_logits,
    loss_weight,
    tanh_slope,
    target_places,
)
from rnn_core.model import PARAMETERS, Array, Params, Sizes
from rnn_core.optimisers import State, advance
from rnn_core.recorder import time_blocks
from rnn_core.recurrence import Loop, backward_loop, forward_loop, no_progress
from rnn_core.updates import Options, clip_gradients


class Layout:
    """Where everything stands in a row: the five parameters, what the optimiser keeps, the carried h, the count."""

    def __init__(self, sizes: Sizes, options: Options) -> None:
        I, H, O = sizes.inputs, sizes.hidden, sizes.classes
        self.sizes = sizes
        self.shapes = {"U": (H, I), "W": (H, H), "V": (O, H), "b": (H,), "c": (O,)}
        ends = np.cumsum([math.prod(shape) for shape in self.shapes.values()]).tolist()
        self.starts = np.array([0, *ends[:-1]], dtype=np.int64)
        self.parameters: int = ends[-1]
        self.slots = options.optimiser.slots
        self.carried = slice(self.parameters * (1 + len(self.slots)), self.parameters * (1 + len(self.slots)) + H)
        self.length = self.carried.stop + 1

    def five(self, row: Array) -> Gradients:
        """The five parameters, or what stands for them, as views of a row."""
        parts = zip(self.starts.tolist(), self.shapes.values(), strict=True)
        return Gradients(*(row[start : start + math.prod(shape)].reshape(shape) for start, shape in parts))

    def slot(self, row: Array, slot: str) -> Array | None:
        """m or v in a row; None where the optimiser has none."""
        if slot not in self.slots:
            return None
        start = self.parameters * (1 + self.slots.index(slot))
        return row[start : start + self.parameters]

    def row(self, params: Params, state: State, carried: Array | None) -> Array:
        """The row that says this."""
        row = np.zeros(self.length)
        for name, part in zip(PARAMETERS, self.five(row), strict=True):
            part[:] = getattr(params, name)
        for slot in self.slots:
            kept = self.slot(row, slot)
            assert kept is not None
            for part, array in zip(self.five(kept), getattr(state, slot), strict=True):
                part[:] = array
        if carried is not None:
            row[self.carried] = carried
        row[-1] = state.steps
        return row


def _loading(loop: Loop, layout: Layout) -> Callable[[Learner], object]:
    """How a loop is given the weights of a learner: glued ones are gathered from its row by one call."""
    if loop.glued is None:
        return lambda learner: loop.load(learner.weights)
    loop.load(layout.five(np.arange(float(layout.parameters))))
    places, line = loop.glued.reshape(-1).astype(np.intp), loop.glued.reshape(-1)
    return lambda learner: learner.theta.take(places, None, line, "clip")


class _Pass:
    """One sequence's forward and backward pass, as far as learning needs it, on rows for T timesteps."""

    def __init__(self, layout: Layout, timesteps: int, options: Options) -> None:
        sizes = layout.sizes
        ahead, back = allocate(sizes, timesteps)
        self.p, self.dz, self.da = ahead.p, back.dz, back.da
        self.before, self.after = ahead.h[:-1], ahead.h[1:]
        self.first, self.last = ahead.h[0], ahead.h[-1]
        self.forward = forward_loop(sizes, ahead.a, ahead.h, kept=True)
        self.backward = backward_loop(sizes, back.dh, back.da, back.dh_next, options.truncation, kept=True)
        self.load_forward, self.load_backward = _loading(self.forward, layout), _loading(self.backward, layout)
        self.outputs = Outputs(ahead.z, ahead.p)
        self.dz_line = back.dz.reshape(-1)
        self.ones = np.ones((timesteps, 1))
        blocks = time_blocks(sizes, timesteps, options)
        self.sum_U, self.sum_W = totals(self.da, sizes.inputs, blocks), totals(self.da, sizes.hidden, blocks)
        self.sum_V = totals(self.dz, sizes.hidden, blocks)
        self.sum_b, self.sum_c = totals(self.da, 1, blocks), totals(self.dz, 1, blocks)


SMALL = 256
"""Numbers up to which the one-hot targets of a sequence are kept."""


class Targets:
    """What learning needs to know of a sequence's targets, worked out once."""

    def __init__(self, sequence: Sequence, classes: int, reduction: str) -> None:
        self.places: NDArray[np.int64] = target_places(sequence.y, classes)
        self.absent = absent_targets(sequence.y)
        self.weight = loss_weight(sequence.y, reduction)
        plain = self.absent is None and self.weight == 1.0 and len(sequence) * classes <= SMALL
        self.one_hot = one_hot(sequence.y, classes) if plain else None
        """(T,O), where it is small: subtracting it takes half the time of reaching into p."""


Answer = tuple[Array, Array, Array]
"""A sequence's outputs before the update, the bits of its trace: p (T,O), sums of exponentials (T,1), logits (T,).

The logits are the targets', less the largest of their timestep. So -log p[t][y[t]] is log sum[t] - logit[t].
"""


class Learner:
    """The working copy of a training: a row, views of it, and one update at a time."""

    KEPT_TIMESTEPS = 1 << 16
    """Timesteps whose passes are kept ready; beyond them, those longest unused are made anew."""

    def __init__(self, sizes: Sizes, options: Options) -> None:
        self.layout, self.options = Layout(sizes, options), options
        self.row = np.zeros(self.layout.length)
        self.theta = self.row[: self.layout.parameters]
        self.weights = self.layout.five(self.row)
        self.m, self.v = self.layout.slot(self.row, "m"), self.layout.slot(self.row, "v")
        self.carried = self.row[self.layout.carried]
        self.gradient = np.zeros(self.layout.parameters)
        self.gradients = self.layout.five(self.gradient)
        self._db, self._dc = self.gradients.b[:, None], self.gradients.c[:, None]
        self._scratch = np.empty(self.layout.parameters)
        self._passes: dict[int, _Pass] = {}

    def update(self, sequence: Sequence, targets: Targets, h0: Array | None) -> Answer:
        """Learn from one sequence, from h0 or zeros; what it answered. The gradient lasts until the next one, p too."""
        run, options = self._pass(len(sequence)), self.options
        weights, x = self.weights, sequence.x
        run.first[:] = 0.0 if h0 is None else h0
        run.load_forward(self)
        run.forward.run(x, no_progress)
        run.outputs.logits(weights, run.after)
        run.outputs.shift()
        picked = run.p.take(targets.places)
        total = run.outputs.normalise()
        if targets.one_hot is None:
            error_at_logits(run.p, targets.places, targets.absent, targets.weight, run.dz, run.dz_line)
        else:
            np.subtract(run.p, targets.one_hot, run.dz)
        tanh_slope(run.after, run.da)
        run.load_backward(self)
        run.backward.run(run.dz, no_progress)
        run.sum_U(x, self.gradients.U)
        run.sum_W(run.before, self.gradients.W)
        run.sum_V(run.after, self.gradients.V)
        run.sum_b(run.ones, self._db)
        run.sum_c(run.ones, self._dc)
        self.carried[:] = run.last
        gradient = self.gradient if options.clip is None else self._clipped()
        if gradient is not None:
            self.row[-1] = steps = self.row.item(-1) + 1
            advance(
                options.optimiser, self.theta, gradient, self.m, self.v, steps, options.learning_rate, self._scratch
            )
        return run.p, total, picked

    def _clipped(self) -> Array | None:
        """The clipped gradient; None where its norm is no number, so that no update is made."""
        assert self.options.clip is not None
        if not np.isfinite(self.gradients.norm()):
            return None
        return np.concatenate([part.reshape(-1) for part in clip_gradients(self.gradients, self.options.clip)])

    def _pass(self, timesteps: int) -> _Pass:
        found = self._passes.get(timesteps)
        if found is None:
            while self._passes and sum(self._passes) + timesteps > self.KEPT_TIMESTEPS:
                del self._passes[next(iter(self._passes))]
            found = self._passes[timesteps] = _Pass(self.layout, timesteps, self.options)
        return found
