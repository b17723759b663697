"""Runs the listing one line after another on a register file: slow, obvious, and the specification.

Whatever the fast kernels claim is held against this. It runs any `Program`, also one in which a line was
replaced, and its arithmetic is generic: with complex parameters it takes a complex step.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from rnn_core.data import Sequence
from rnn_core.model import PARAMETERS, Array, Params
from rnn_core.optimisers import State
from rnn_core.program import Instruction, Program
from rnn_core.updates import Options

SERIES = ("h", "p")
"""The registers that the listing reads at an earlier timestep, kept as {t: vector}."""


class Registers(SimpleNamespace):
    """What the program's names hold: `r.W`, `r.dz`; `r.x[t]`, `r.y[t]`, `r.h[t]` and `r.p[t]` by timestep."""

    def latest(self, name: str) -> Any:
        """The value last written to `name`; None before its first write."""
        held = getattr(self, name, None)
        if name in SERIES:
            return held[next(reversed(held))] if held else None
        return held


def registers(
    params: Params, sequence: Sequence, options: Options, state: State | None = None, h0: Array | None = None
) -> Registers:
    """The register file before the first line: the parameters, the data, h[0] and a dh_next of zeros, and what the
    optimiser keeps (`state`, or zeros). `h0` goes before the sequence's and the parameters' own."""
    given = {name: getattr(params, name) for name in PARAMETERS}
    state = state or options.optimiser.fresh(params)
    given |= {name: state.kept(name) for name in options.optimiser.kept}
    hidden = len(params.b)
    start = next((h for h in (h0, sequence.h0, params.h0) if h is not None), np.zeros(hidden))
    weight = 1.0 if options.reduction == "sum" else 1.0 / max(sequence.target_count, 1)
    return Registers(
        **given,
        x=dict(enumerate(sequence.x, start=1)),
        y=dict(enumerate(sequence.y.tolist(), start=1)),
        h={0: start},
        p={},
        dh_next=np.zeros(hidden),
        weight=weight,
        learning_rate=options.learning_rate,
        steps=state.steps,
    )


def execute(instruction: Instruction, r: Registers, t: int) -> None:
    """Run one line at timestep t. Raises NonFiniteNorm from a clip line."""
    value = instruction.compute(r, t)
    values = value if len(instruction.writes) > 1 else (value,)
    for name, result in zip(instruction.writes, values, strict=True):
        if instruction.op == "+=":
            result = getattr(r, name, 0.0) + result
        elif instruction.op == "-=":
            result = getattr(r, name) - result
        if name in SERIES:
            getattr(r, name)[t] = result
        else:
            setattr(r, name, result)


def run(program: Program, r: Registers, timesteps: int, start: int, stop: int) -> Registers:
    """Run the lines after position `start` up to position `stop`, and hand the registers back."""
    with np.errstate(all="ignore"):
        for line in range(start + 1, stop + 1):
            place = program.place(line, timesteps)
            execute(place.instruction, r, place.t)
    return r
