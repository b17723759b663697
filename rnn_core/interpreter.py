"""Runs the listing one line after another on a register file: slow, obvious, and the specification.

Whatever the fast loops claim is held against this. It runs any `Program`, also one in which a line was
replaced, and its arithmetic is generic: with complex parameters it takes a complex step.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from rnn_core.arrays import Array
from rnn_core.data import Sequence
from rnn_core.language.expressions import Name, evaluate
from rnn_core.model import Params, frozen, zeros
from rnn_core.optimisers import State
from rnn_core.program import Instruction, Program, program
from rnn_core.updates import Options


class Registers(SimpleNamespace):
    """What the program's names hold: `r.W`, `r.dz`; `r.x[t]`, `r.y[t]`, `r.h[t]` and `r.p[t]` by timestep.

    The names that are read at a timestep by its index are kept as {t: vector}.
    """

    program: Program

    def latest(self, name: str) -> Any:
        """The value last written to `name`; None before its first write."""
        held = getattr(self, name, None)
        if name in self.program.timed:
            return held[next(reversed(held))] if held else None
        return held

    def read(self, name: Name, t: int) -> Any:
        """What a name holds for a line at timestep t; a sum that is not written yet is 0."""
        held: Any = getattr(self, name.name, 0.0)
        if name.name not in self.program.timed:
            return held
        at = t + name.shift
        value = held[at] if at in held else _beyond(held, at)
        # where a window begins, a state before it counts as a number that no gradient goes through
        in_forward = name.shift and name.name in self.program.cell.states and np.iscomplexobj(value)
        return np.real(value) if in_forward and self.program.begins_window(t) else value

    def write(self, name: str, t: int, value: Any) -> None:
        """Put a value where later lines will read it."""
        if name in self.program.timed:
            getattr(self, name)[t] = value
        else:
            setattr(self, name, value)


def _beyond(held: Mapping[int, Any], at: int) -> Any:
    """What a line of somebody's own gets past an end of a series.

    Below it that is what stands at the other end, as with a list; above it the last one.
    """
    rows = sorted(held)
    return held[rows[max(at - rows[0], -len(rows))]] if at < rows[0] else held[rows[-1]]


def initial_states(params: Params, sequence: Sequence, carried: Mapping[str, Array] | None = None) -> dict[str, Array]:
    """h0 (H,), and s0 of an LSTM, read-only: what is carried over, else the sequence's own, the parameters', zeros."""
    given = {**params.start, **sequence.start}
    if carried:
        given |= {name: frozen(state) for name, state in carried.items()}
    return {name: given[name] if name in given else zeros(params.sizes.hidden) for name in params.cell.initial}


def registers(
    params: Params,
    sequence: Sequence,
    options: Options,
    state: State | None = None,
    carried: Mapping[str, Array] | None = None,
    listing: Program | None = None,
) -> Registers:
    """The register file before the first line: parameters, data, initial states, and a dh_next of zeros.

    It holds what the optimiser keeps (`state`, or zeros), too. `carried` states go before the sequence's and the
    parameters' own.
    """
    listing = listing or program(options, params.cell)
    state = state or options.optimiser.fresh(params)
    hidden, start = params.sizes.hidden, initial_states(params, sequence, carried)
    y = sequence.y if sequence.is_values else sequence.y.tolist()
    return Registers(
        program=listing,
        **params,
        **{name: state.kept(name) for name in listing.kept},
        **{name: {} for name in listing.timed - {"x", "y", *params.cell.states}},
        x=dict(enumerate(sequence.x, start=1)),
        y=dict(enumerate(y, start=1)),
        **start,
        **{name[0]: {0: given} for name, given in start.items()},
        **{name: np.zeros(hidden) for name in listing.carries},
        weight=1.0 if options.reduction == "sum" else 1.0 / max(sequence.target_count, 1),
        lr=options.learning_rate,
        steps=state.steps,
        T=len(sequence),
    )


def execute(instruction: Instruction, r: Registers, t: int) -> None:
    """Run one line at timestep t. Raises NonFiniteNorm from a clip line."""
    if r.program.is_cut(instruction.name, t):
        value: Any = np.zeros_like(r.latest(instruction.name))
    else:
        value = evaluate(instruction.expression, lambda name: r.read(name, t))
    values = value if len(instruction.writes) > 1 else (value,)
    for name, result in zip(instruction.writes, values, strict=True):
        if instruction.op == "+=":
            result = getattr(r, name, 0.0) + result
        elif instruction.op == "-=":
            result = getattr(r, name) - result
        r.write(name, t, result)


def run(program: Program, r: Registers, timesteps: int, start: int, stop: int) -> Registers:
    """Run the lines after position `start` up to position `stop`, and hand the registers back."""
    with np.errstate(all="ignore"):
        for line in range(start + 1, stop + 1):
            place = program.place(line, timesteps)
            execute(place.instruction, r, place.t)
    return r
