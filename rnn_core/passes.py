"""The forward and the backward pass over T timesteps, on rows that are made ready once.

Shapes for an rnn: a, dh, da (T,H); h, dh_next (T+1,H), with h[0] the initial state; z, p, dz (T,O); nll (T,).
The gradients of the parameters are sums of outer products of these rows over time: see `accumulate.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from rnn_core.arrays import Array
from rnn_core.language.derivation import gradient_of
from rnn_core.loops import loops
from rnn_core.loops.loop import Progress, no_progress
from rnn_core.model import Sizes, shapes
from rnn_core.program import Program, Register


class Passes:
    """A program's loops and output layer over T timesteps, and the rows that they fill, by name."""

    def __init__(self, program: Program, sizes: Sizes, timesteps: int, *, kept: bool = False) -> None:
        self.program = program
        self.rows = allocated(program, sizes, timesteps)
        self.forward_loop, self.backward_loop = loops(program, sizes, self.rows, kept)
        self.outputs = program.output.rows(self.rows)
        self._states = [self.rows[state] for state in program.cell.states]
        self._after = self.rows["h"][1:]

    def start(self, states: Mapping[str, Any]) -> None:
        """The initial states by name; zeros where none is given."""
        for state, rows in zip(self.program.cell.states, self._states, strict=True):
            rows[0] = states.get(f"{state}0", 0.0)

    def forward(self, weights: Any, x: Array, progress: Progress = no_progress) -> None:
        """From the initial states to the outputs z."""
        self.forward_loop.load(weights)
        self.forward_loop.run(x, progress)
        self.outputs.forward(weights, self._after)

    def backward(self, weights: Any, progress: Progress = no_progress) -> None:
        """From the error dz, which stands in its rows, to what is carried to the initial states."""
        self.backward_loop.load(weights)
        self.backward_loop.run(self.rows["dz"], progress)


class Plan(NamedTuple):
    """How the rows of a program are laid out: what follows from program and sizes alone."""

    blocks: tuple[tuple[str, int, int], ...]
    """(name, width, rows beyond one a timestep) of each array, in order."""
    views: tuple[tuple[str, str, int, int], ...]
    """(name, array, first column, width) of what is part of another one."""
    lines: tuple[str, ...]
    """The series that have one number a timestep."""
    numbers: int
    """Numbers a timestep, of all series but those, each counted once."""
    parameters: int
    """Numbers of all parameters."""


@lru_cache(maxsize=64)
def plan(program: Program, sizes: Sizes) -> Plan:
    """The layout. The gates of a timestep stand side by side, and so do the errors at them."""
    cell, series, H = program.cell, program.series, sizes.hidden
    beside = {name: at for at, name in enumerate(cell.gates)} | {gradient_of(n): at for at, n in enumerate(cell.gates)}
    own = [of for of in series.values() if not of.whole and of.name not in beside]
    blocks = [(of.name, row_width(program, of, sizes), int(of.given)) for of in own]
    blocks += [(stack, len(cell.gates) * H, 0) for stack in (("gates", "dgates") if cell.gates else ())]
    views = [(name, "gates" if name in cell.gates else "dgates", at * H, H) for name, at in beside.items()]
    views += [(of.name, of.whole, of.block * H, H) for of in series.values() if of.whole]
    lines = tuple(of.name for of in own if len(of.axes) == 1)
    numbers = sum(width for name, width, _ in blocks if name not in lines)
    parameters = sum(math.prod(shape) for shape in shapes(cell, sizes).values())
    return Plan(tuple(blocks), tuple(views), lines, numbers, parameters)


def row_width(program: Program, register: Register, sizes: Sizes) -> int:
    """Numbers in a row of a series."""
    return sizes.extent(register.axes[1], program.cell.blocks) if len(register.axes) > 1 else 1


def allocated(program: Program, sizes: Sizes, timesteps: int) -> dict[str, Array]:
    """The rows of every series, cut from one block. The system gives a large block large pages; without them a wide run
    spends a third of its time on touching fresh memory."""
    layout = plan(program, sizes)
    block = np.empty(sum(width * (timesteps + more) for _, width, more in layout.blocks))
    rows, start = {}, 0
    for name, width, more in layout.blocks:
        stop = start + (timesteps + more) * width
        rows[name] = block[start:stop].reshape(-1, width)
        start = stop
    for name, array, first, width in layout.views:
        rows[name] = rows[array][:, first : first + width]
    for name in layout.lines:
        rows[name] = rows[name][:, 0]
    return rows
