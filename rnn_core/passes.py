"""The forward and the backward pass over T timesteps, on rows that are made ready once.

Shapes for an rnn: a, dh, da (T,H); h, dh_next (T+1,H), with h[0] the initial state; z, p, dz (T,O); nll (T,).
The gradients of the parameters are sums of outer products of these rows over time: see `accumulate.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnn_core.arrays import Array
from rnn_core.language.derivation import gradient_of
from rnn_core.loops import loops
from rnn_core.loops.loop import Progress, no_progress
from rnn_core.model import Sizes
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


def row_width(program: Program, register: Register, sizes: Sizes) -> int:
    """Numbers in a row of a series."""
    return sizes.extent(register.axes[1], program.cell.blocks) if len(register.axes) > 1 else 1


def allocated(program: Program, sizes: Sizes, timesteps: int) -> dict[str, Array]:
    """The rows of every series, cut from one block: the system gives a large block large pages, and touching fresh
    memory is what a wide run would otherwise spend a third of its time on.

    The gates of a timestep stand side by side, and so do the errors at them; a block of a stacked register is a view.
    """
    cell, series = program.cell, program.series
    beside = {name: at for at, name in enumerate(cell.gates)} | {gradient_of(n): at for at, n in enumerate(cell.gates)}
    own = [r for r in series.values() if not r.whole and r.name not in beside]
    widths = {r.name: row_width(program, r, sizes) for r in own}
    heights = {r.name: timesteps + r.given for r in own}
    for stack in ("gates", "dgates") if cell.gates else ():
        widths[stack], heights[stack] = len(cell.gates) * sizes.hidden, timesteps
    block = np.empty(sum(widths[name] * heights[name] for name in widths))
    rows, start = {}, 0
    for name, width in widths.items():
        stop = start + heights[name] * width
        rows[name] = block[start:stop].reshape(heights[name], width)
        start = stop
    H = sizes.hidden
    for name, at in beside.items():
        rows[name] = rows["gates" if name in cell.gates else "dgates"][:, at * H : (at + 1) * H]
    for register in series.values():
        if register.whole:
            rows[register.name] = rows[register.whole][:, register.block * H : (register.block + 1) * H]
        elif len(register.axes) == 1:
            rows[register.name] = rows[register.name][:, 0]
    return rows
