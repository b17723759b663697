"""Runs the whole program over a sequence, at the speed of the kernels, and keeps what it computed: a `Trace`.

Rules this file keeps:
- What does not fit, or would not fit into memory, is refused before anything is computed.
- What is kept of the running sums stays within a share of the rows over time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnn_core import kernels
from rnn_core.accumulate import Blocks, TimeSum, blocks_within
from rnn_core.data import Sequence
from rnn_core.errors import ShapeError
from rnn_core.model import Array, Params, Sizes
from rnn_core.optimisers import State
from rnn_core.program import NonFiniteNorm, program
from rnn_core.trace import Sums, Trace
from rnn_core.updates import Gradients, Options, clip_gradients, updated

MOST_BYTES = 6 * 2**30
"""A run whose trace would take more is refused."""

KEPT_SHARE = 0.24
"""The partial sums, the results and the parameters may take this much of the bytes of the rows over time."""


def trace_bytes(sizes: Sizes, timesteps: int) -> int:
    """The bytes that the rows over time will take."""
    return timesteps * 8 * (sizes.inputs + 5 * sizes.hidden + 3 * sizes.classes + 4)


def check_fits(params: Params, sequence: Sequence) -> None:
    """Raise ShapeError where a sequence does not fit the parameters or its trace would be too large."""
    sizes = params.sizes
    if sequence.inputs != sizes.inputs:
        raise ShapeError(
            f"the sequence has {sequence.inputs} features and U takes {sizes.inputs}",
            fix="use a model made for this data, or none",
        )
    if sequence.h0 is not None and len(sequence.h0) != sizes.hidden:
        raise ShapeError(f"h0 has {len(sequence.h0)} numbers for {sizes.hidden} hidden units")
    largest = int(sequence.y.max())
    if largest >= sizes.classes:
        t = int(np.argmax(sequence.y == largest)) + 1
        raise ShapeError(
            f"target {largest} at timestep {t} is out of range: {sizes.classes} classes count from 0",
            fix=f"--classes {largest + 1}, or another model",
        )
    needed = trace_bytes(sizes, len(sequence))
    if needed > MOST_BYTES:
        raise ShapeError(
            f"T={len(sequence)} with {sizes.hidden} hidden units takes {needed / 2**30:.1f} GiB, "
            f"more than {MOST_BYTES / 2**30:g} GiB",
            fix="use a shorter sequence or fewer units",
        )


def record(
    params: Params,
    sequence: Sequence,
    options: Options = Options(),
    progress: Callable[[float], None] = lambda _share: None,
    *,
    state: State | None = None,
    h0: Array | None = None,
    update: int = 0,
    epoch: int = 0,
) -> Trace:
    """Run the whole program over `sequence` and keep what it computed.

    `state` is what the optimiser kept up to here (None: nothing yet). `h0` (H,) is a hidden state carried over, which
    goes before the sequence's and the parameters' own. `update` and `epoch`, counted from 0, say where in a training
    run this is.
    `progress` gets the share done, 0 to 1, and may raise to stop. Raises ShapeError where things do not fit.
    """
    check_fits(params, sequence)
    state = options.optimiser.fresh(params) if state is None else state
    _check_carried(params, options, state, h0)
    timesteps, y = len(sequence), sequence.y
    with np.errstate(all="ignore"):
        given = (h for h in (h0, sequence.h0, params.h0) if h is not None)
        h0 = np.array(next(given, np.zeros(len(params.b))), dtype=np.float64)
        ahead, back = kernels.allocate(params.sizes, timesteps)
        kernels.forward(params, sequence.x, y, h0, lambda done: progress(0.4 * done / timesteps), ahead)
        weight = kernels.loss_weight(y, options.reduction)
        running = kernels.running_loss(ahead.nll, y, weight)
        kernels.backward(
            params, y, ahead.h, ahead.p, weight, lambda done: progress(0.4 + 0.4 * done / timesteps), back,
            truncation=options.truncation,
        )  # fmt: skip
        for rows in (h0, *ahead, running, *back):
            rows.flags.writeable = False
        sums = _sums(time_blocks(params.sizes, timesteps, options), sequence.x, ahead.h, back, progress)
        gradients = sums.totals()
        clipped, clip_norm, halted = _clip(gradients, options)
        new, new_state = (params, state) if halted else updated(params, clipped or gradients, state, options)
    progress(1.0)
    return Trace(
        params=params,
        sequence=sequence,
        options=options,
        program=program(options),
        h0=h0,
        **ahead._asdict(),
        running_loss=running,
        **back._asdict(),
        sums=sums,
        gradients=gradients,
        clipped=clipped,
        clip_norm=clip_norm,
        updated=new,
        state=state,
        updated_state=new_state,
        halted=halted,
        update=update,
        epoch=epoch,
    )


def time_blocks(sizes: Sizes, timesteps: int, options: Options) -> Blocks:
    """How the sums over time are cut, so that what is kept stays within `KEPT_SHARE` of the rows."""
    a_set = 8 * (sizes.hidden * (sizes.inputs + sizes.hidden + sizes.classes + 1) + sizes.classes)
    sets = 3 + 2 * len(options.optimiser.slots)
    return blocks_within(timesteps, a_set, KEPT_SHARE * trace_bytes(sizes, timesteps) - sets * a_set)


def _sums(blocks: Blocks, x: Array, h: Array, back: kernels.Backward, progress: Callable[[float], None]) -> Sums:
    """The five running sums."""
    ones = np.ones((len(x), 1))
    sums = []
    for left, right in ((back.da, x), (back.da, h[:-1]), (back.dz, h[1:]), (back.da, ones), (back.dz, ones)):
        sums.append(TimeSum.of(left, right, blocks))
        progress(0.8 + 0.04 * len(sums))
    return Sums(*sums)


def _check_carried(params: Params, options: Options, state: State, h0: Array | None) -> None:
    """Raise ShapeError where what is carried over does not fit the parameters or the optimiser."""
    if h0 is not None and np.shape(h0) != params.b.shape:
        raise ShapeError(f"h0 has shape {np.shape(h0)} for {len(params.b)} hidden units")
    for name in options.optimiser.kept:
        kept, expected = state.kept(name), getattr(params, name[1:]).shape
        if kept is None or kept.shape != expected:
            found = "nothing" if kept is None else f"shape {kept.shape}"
            raise ShapeError(f"the optimiser's {name} has {found}, expected {expected}", fix="begin with a fresh state")


def _clip(raw: Gradients, options: Options) -> tuple[Gradients | None, float | None, str]:
    """The clipped gradients, the norm before, and why the run halts, if it does."""
    if options.clip is None:
        return None, None, ""
    size = raw.norm()
    if not np.isfinite(size):
        return None, size, str(NonFiniteNorm(f"the gradient norm is {size}", where="clip", fix="no update is made"))
    clipped = clip_gradients(raw, options.clip)
    for gradient in clipped:
        gradient.flags.writeable = False
    return clipped, size, ""
