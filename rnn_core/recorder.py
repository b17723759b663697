"""Runs the whole program over a sequence, at the speed of the kernels, and keeps what it computed: a `Trace`.

Rules this file keeps:
- What does not fit, or would not fit into memory, is refused before anything is computed.
- What is kept of the running sums stays within a share of the rows over time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from rnn_core import accumulate
from rnn_core.accumulate import WHOLE, Blocks, TimeSum, blocks_within
from rnn_core.arrays import Array, Arrays
from rnn_core.data import Sequence
from rnn_core.errors import ShapeError
from rnn_core.interpreter import execute, initial_states, registers
from rnn_core.language.derivation import gradient_of
from rnn_core.model import Params, Sizes
from rnn_core.optimisers import State
from rnn_core.outputs import Output
from rnn_core.passes import borrowed, factors, given_back, plan
from rnn_core.program import NonFiniteNorm, Program, Register, program
from rnn_core.trace import PartialSum, Trace
from rnn_core.updates import Options, clip_gradients, updated

MOST_BYTES = 6 * 2**30
"""A run whose trace would take more is refused."""

KEPT_SHARE = 0.24
"""The partial sums, the results and the parameters may take this much of the bytes of the rows over time."""


def trace_bytes(program: Program, sizes: Sizes, timesteps: int) -> int:
    """The bytes that the rows over time will take."""
    return timesteps * 8 * (sizes.inputs + plan(program, sizes).numbers + 4)


def check_fits(params: Params, sequence: Sequence, options: Options = Options()) -> None:
    """Raise ShapeError where a sequence does not fit the parameters, the loss, or would make too large a trace."""
    _check_fits(params, sequence, program(options, params.cell))


def _check_fits(params: Params, sequence: Sequence, listing: Program) -> None:
    sizes = params.sizes
    if sequence.inputs != sizes.inputs:
        raise ShapeError(
            f"the sequence has {sequence.inputs} features and U takes {sizes.inputs}",
            fix="use a model made for this data, or none",
        )
    for name, state in sequence.start.items():
        if name not in params.cell.initial:
            raise ShapeError(f"{name} is given, and {params.cell} has no {name}", fix="use --cell lstm or leave it out")
        if len(state) != sizes.hidden:
            raise ShapeError(f"{name} has {len(state)} numbers for {sizes.hidden} hidden units")
    _check_targets(sequence, listing.output, sizes)
    needed = trace_bytes(listing, sizes, len(sequence))
    if needed > MOST_BYTES:
        raise ShapeError(
            f"T={len(sequence)} with {sizes.hidden} hidden units takes {needed / 2**30:.1f} GiB, "
            f"more than {MOST_BYTES / 2**30:g} GiB",
            fix="use a shorter sequence or fewer units",
        )


def _check_targets(sequence: Sequence, layer: Output, sizes: Sizes) -> None:
    """Raise ShapeError where targets are of another kind than the loss takes, or out of range."""
    if sequence.is_values and not layer.takes_values:
        raise ShapeError(f"{layer.loss} takes class indices, and the targets are values", fix="--loss squared-error")
    if not sequence.is_values:
        if layer.takes_values and sequence.target_count:
            what = f"{layer.loss} takes values, and the targets are class indices"
            raise ShapeError(what, fix="--loss cross-entropy")
        largest = int(sequence.y.max())
        if largest >= sizes.classes:
            t = int(np.argmax(sequence.y == largest)) + 1
            raise ShapeError(
                f"target {largest} at timestep {t} is out of range: {sizes.classes} classes count from 0",
                fix=f"--classes {largest + 1}, or another model",
            )
    elif sequence.y.shape[1] != sizes.classes:
        raise ShapeError(
            f"targets of {sequence.y.shape[1]} values, and V has {sizes.classes} rows",
            fix=f"--classes {sequence.y.shape[1]}, or another model",
        )


def record(
    params: Params,
    sequence: Sequence,
    options: Options = Options(),
    progress: Callable[[float], None] = lambda _share: None,
    *,
    state: State | None = None,
    carried: Mapping[str, Array] | None = None,
    update: int = 0,
    epoch: int = 0,
    listing: Program | None = None,
) -> Trace:
    """Run the whole program over `sequence` and keep what it computed.

    `state` is what the optimiser kept up to here (None: nothing yet). `carried` are initial states carried over, such
    as h0 (H,); they go before the sequence's and the parameters' own. `update` and `epoch`, from 0, say where in a
    training this is. `listing` is a program with lines replaced or left out, for the interpreter to run. `progress`
    gets the share done, 0 to 1, and may raise to stop. Raises ShapeError where things do not fit.
    """
    standard = program(options, params.cell)
    _check_fits(params, sequence, standard)
    state = options.optimiser.fresh(params) if state is None else state
    _check_carried(params, options, state, carried)
    run = _interpreted if listing is not None and listing.other else _looped
    listing = listing or standard
    start = initial_states(params, sequence, carried)
    with np.errstate(all="ignore"):
        rows, running, sums = run(listing, params, sequence, options, start, progress)
        final = sums.totals if isinstance(sums, ShortSums) else {name: each.total for name, each in sums.items()}
        gradients = Arrays({name[1:]: _final(final[name], register) for name, register in listing.sums.items()})
        clipped, clip_norm, halted = _clip(gradients, options)
        new, new_state = (params, state) if halted else updated(params, clipped or gradients, state, options)
    progress(1.0)
    return Trace(
        params=params,
        sequence=sequence,
        options=options,
        program=listing,
        start=start,
        rows=rows,
        running_loss=running,
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


Ran = tuple[Mapping[str, Array], Array, Mapping[str, PartialSum]]
"""The series, the loss after each timestep, and the sums over time, by name."""


def _looped(
    listing: Program,
    params: Params,
    sequence: Sequence,
    options: Options,
    start: Mapping[str, Array],
    progress: Callable[[float], None],
) -> Ran:
    """What the loops make of a listing."""
    timesteps, sizes = len(sequence), params.sizes
    passes = borrowed(listing, sizes, timesteps)
    targets = listing.output.targets(sequence.y, sizes.classes, options.reduction)
    passes.start(start)
    passes.forward(params, sequence.x, lambda done: progress(0.4 * done / timesteps))
    passes.outputs.losses(passes.outputs.answer(targets), targets)
    passes.outputs.error(targets)
    passes.backward(params, lambda done: progress(0.4 + 0.4 * done / timesteps))
    short = timesteps < accumulate.BLOCK
    final = passes.totals(sequence.x) if short else {}
    rows = given_back(passes, sizes, timesteps)
    running = running_loss(rows[listing.output.timestep_loss], targets)
    running.flags.writeable = False
    if short:
        return rows, running, ShortSums(listing, sequence.x, rows, final)
    blocks = time_blocks(listing, sizes, timesteps, options)
    sums: dict[str, PartialSum] = {}
    for name in listing.sums:
        sums[name] = TimeSum.of(*factors(listing, name, sequence.x, rows), blocks)
        progress(0.8 + 0.2 * len(sums) / len(listing.sums))
    return rows, running, sums


class ShortSums(Mapping[str, PartialSum]):
    """The sums over less than a block of time, of which nothing is kept. What reads one part-way is made when asked."""

    def __init__(self, listing: Program, x: Array, rows: Mapping[str, Array], totals: Mapping[str, Array]) -> None:
        self._listing, self._x, self._rows = listing, x, rows
        self._sums: dict[str, TimeSum] = {}
        self.totals = totals
        """Each sum over all of time, a matrix."""

    def __getitem__(self, name: str) -> TimeSum:
        found = self._sums.get(name)
        if found is None:
            left, right = factors(self._listing, name, self._x, self._rows)
            blocks = Blocks(accumulate.BLOCK, len(left))
            found = self._sums[name] = TimeSum(left, right, blocks, self.totals[name])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.totals)

    def __len__(self) -> int:
        return len(self.totals)


def running_loss(losses: Array, targets: Any) -> Array:
    """(T,) the loss after each timestep: the sum so far of weight · loss, timesteps without a target left out."""
    if targets.absent is None and targets.weight == 1.0:
        return losses.cumsum()
    return np.cumsum(np.where(targets.present, losses, 0.0) * targets.weight)


def time_blocks(listing: Program, sizes: Sizes, timesteps: int, options: Options) -> Blocks:
    """How the sums over time are cut, so that what is kept stays within `KEPT_SHARE` of the rows."""
    a_set = 8 * plan(listing, sizes).parameters
    sets = 3 + 2 * len(options.optimiser.slots)
    return blocks_within(timesteps, a_set, KEPT_SHARE * trace_bytes(listing, sizes, timesteps) - sets * a_set)


def _final(total: Array, register: Register) -> Array:
    return total[:, 0] if len(register.axes) == 1 else total


class Results:
    """A sum over time of a listing that only the interpreter knows: its register after each of the timesteps."""

    def __init__(self, after: Array) -> None:
        self._after = after
        self.total: Array = after[-1]

    @property
    def nbytes(self) -> int:
        """The bytes held."""
        return self._after.nbytes

    def at(self, count: int, rows: slice = WHOLE, columns: slice = WHOLE) -> Array:
        """After the last `count` timesteps, or a window of it."""
        return self._after[count - 1][rows, columns] if count else np.zeros_like(self.total[rows, columns])


def _interpreted(
    listing: Program,
    params: Params,
    sequence: Sequence,
    options: Options,
    start: Mapping[str, Array],
    progress: Callable[[float], None],
) -> Ran:
    """What the interpreter makes of a listing in which lines were replaced or left out."""
    timesteps, sizes = len(sequence), params.sizes
    held = 8 * timesteps * sum(array.size for array in params.values())
    if held > MOST_BYTES:
        raise ShapeError(
            f"a changed listing keeps every gradient of every timestep: {held / 2**30:.1f} GiB",
            fix="use a shorter sequence or fewer units",
        )
    layout = plan(listing, sizes)
    room = layout.room(timesteps)
    rows = {name: np.zeros_like(layout.cut(room, timesteps, name)) for name in listing.series}
    running = np.zeros(timesteps)
    after = {
        name: np.zeros((timesteps, *(shape if len(shape) == 2 else (*shape, 1))))
        for name, shape in ((gradient_of(each), array.shape) for each, array in params.items())
    }
    r = registers(params, sequence, options, None, start, listing)
    for state in listing.cell.states:
        rows[state][0] = start[f"{state}0"]
    _, _, update, _ = listing.borders(timesteps)
    for k in range(update):
        place = listing.place(k + 1, timesteps)
        execute(place.instruction, r, place.t)
        name, row = place.instruction.name, place.t - 1
        if name == "loss":
            running[row] = r.loss
            rows[listing.output.timestep_loss][row] = listing.output.loss_of(r.latest("z"), r.y[place.t])
        elif name in after:
            value = np.asarray(getattr(r, name))
            after[name][timesteps - place.t] = value.reshape(after[name].shape[1:]) if value.ndim else value
        else:
            register = listing.series[name]
            rows[name][row + (register.given and not register.backward)] = r.latest(name)
        if k % 1000 == 0:
            progress(k / update)
    rows[listing.output.timestep_loss][~sequence.has_target] = np.nan
    for array in (*rows.values(), running, *after.values()):
        array.flags.writeable = False
    return rows, running, {name: Results(array) for name, array in after.items()}


def _check_carried(params: Params, options: Options, state: State, carried: Mapping[str, Array] | None) -> None:
    """Raise ShapeError where what is carried over does not fit the parameters or the optimiser."""
    hidden = params.sizes.hidden
    for name, array in (carried or {}).items():
        if name not in params.cell.initial or np.shape(array) != (hidden,):
            raise ShapeError(f"{name} has shape {np.shape(array)} for {hidden} hidden units")
    for name in options.optimiser.kept(params) if options.optimiser.slots else ():
        kept, expected = state.kept(name), params[name[1:]].shape
        if kept is None or kept.shape != expected:
            found = "nothing" if kept is None else f"shape {kept.shape}"
            raise ShapeError(f"the optimiser's {name} has {found}, expected {expected}", fix="begin with a fresh state")


def _clip(raw: Arrays, options: Options) -> tuple[Arrays | None, float | None, str]:
    """The clipped gradients, the norm before, and why the run halts, if it does."""
    if options.clip is None:
        return None, None, ""
    size = raw.norm()
    if not np.isfinite(size):
        return None, size, str(NonFiniteNorm(f"the gradient norm is {size}", where="clip", fix="no update is made"))
    clipped = clip_gradients(raw, options.clip)
    for gradient in clipped.values():
        gradient.flags.writeable = False
    return clipped, size, ""
