"""The forward and the backward pass over T timesteps, on rows that are made ready once.

Shapes for an rnn: a, dh, da (T,H); h, dh_next (T+1,H), with h[0] the initial state; z, p, dz (T,O); nll (T,).
The gradients of the parameters are sums of outer products of these rows over time: see `accumulate.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from rnn_core import accumulate
from rnn_core.accumulate import Blocks, totals
from rnn_core.arrays import Array
from rnn_core.language.derivation import gradient_of
from rnn_core.language.expressions import Name
from rnn_core.loops import loops
from rnn_core.loops.loop import Progress, no_progress
from rnn_core.model import Sizes, shapes
from rnn_core.program import Program, Register


class Passes:
    """A program's loops and output layer over T timesteps, and the rows that they fill, by name."""

    def __init__(self, program: Program, sizes: Sizes, timesteps: int, *, kept: bool = False) -> None:
        self.program, self.sizes = program, sizes
        self.layout = plan(program, sizes)
        self.block = self.layout.room(timesteps)
        """What the rows are cut from."""
        self.rows = {name: self.layout.cut(self.block, timesteps, name) for name in self.layout.places}
        often = kept or len(self.block) <= FEW
        self.forward_loop, self.backward_loop = loops(program, sizes, self.rows, often, carried=not kept)
        self.outputs = program.output.rows(self.rows, kept)
        self._states = [self.rows[state] for state in program.cell.states]
        self._after = self.rows["h"][1:]
        self._adders: tuple[Adder, ...] = ()

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

    def adders(self, blocks: Blocks) -> tuple[Adder, ...]:
        """What adds up each gradient; `blocks` says how time is cut."""
        x, made = np.empty((len(self.rows["dz"]), self.sizes.inputs)), []
        for name in self.program.sums:
            left, right = factors(self.program, name, x, self.rows)
            into = left.shape[1], right.shape[1]
            made.append(Adder(name, totals(left, into[1], blocks), None if right is x else right, into))
        return tuple(made)

    def totals(self, x: Array) -> dict[str, Array]:
        """Each gradient, a matrix, read-only, of less than a block of time, however time is cut."""
        if not self._adders:
            self._adders = self.adders(Blocks(accumulate.BLOCK, 1))
        made = {}
        for name, add, right, shape in self._adders:
            made[name] = total = np.empty(shape)
            add(x if right is None else right, total)
            total.flags.writeable = False
        return made


class Adder(NamedTuple):
    """What adds up a gradient: Σ over time of the outer products of two series."""

    name: str
    add: Callable[[Array, Array], object]
    """(right rows, out) → out is filled."""
    right: Array | None
    """None: the inputs, which are another's."""
    shape: tuple[int, int]


def factors(program: Program, name: str, x: Array, rows: Mapping[str, Any]) -> tuple[Array, Array]:
    """(T,·) and (T,·): the series whose outer products a gradient is the sum of; ones beside that of a bias."""
    of = program.sums[name].factors
    assert of is not None  # the lines of a cell add outer products
    left, right = of
    return rows[left.name], np.ones((len(x), 1)) if right is None else factor_rows(right, x, rows, program.cell.states)


def factor_rows(name: Name, x: Array, rows: Mapping[str, Array], states: Iterable[str]) -> Array:
    """(T,·) the rows of a factor for the timesteps 1 … T: x, h[t], h[t-1], da."""
    if name.name == "x":
        return x
    held = rows[name.name]
    if name.name not in states:
        return held
    return held[:-1] if name.shift else held[1:]


class Strip(NamedTuple):
    """Where rows stand in a block: after `before` numbers a timestep and `more_before` others."""

    before: int
    more_before: int
    width: int
    more: int
    """Rows beyond one a timestep."""
    first: int
    """The first column, where the rows are part of wider ones."""
    wide: int
    """Numbers from row to row."""
    is_line: bool
    """Whether there is one number a timestep."""


class Plan(NamedTuple):
    """How the rows of a program are laid out: what follows from program and sizes alone."""

    places: Mapping[str, Strip]
    """Of each array, those of which others are part included."""
    numbers: int
    """Numbers a timestep, of all series but those that are lines, each counted once."""
    parameters: int
    """Numbers of all parameters."""
    every: int
    """Numbers a timestep in a block."""
    more: int
    """Numbers in a block beyond those."""

    def room(self, timesteps: int) -> Array:
        """Memory for every row, in one block. The system gives a large block large pages; without them a wide run
        spends a third of its time on touching fresh memory."""
        return np.empty(self.every * timesteps + self.more)

    def cut(self, block: Array, timesteps: int, name: str) -> Array:
        """The rows of a series."""
        before, more_before, width, more, first, wide, is_line = self.places[name]
        start, rows = before * timesteps + more_before, timesteps + more
        if is_line:
            return block[start : start + rows]
        whole = block[start : start + rows * wide].reshape(rows, wide)
        return whole if width == wide else whole[:, first : first + width]


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
    lines = {of.name for of in own if len(of.axes) == 1}
    places: dict[str, Strip] = {}
    every, all_more = 0, 0
    for name, width, more in blocks:
        places[name] = Strip(every, all_more, width, more, 0, width, name in lines)
        every, all_more = every + width, all_more + more * width
    for name, array, first, width in views:
        of_whole = places[array]
        places[name] = of_whole._replace(width=width, first=of_whole.first + first)
    numbers = sum(width for name, width, _ in blocks if name not in lines)
    parameters = sum(math.prod(shape) for shape in shapes(cell, sizes).values())
    return Plan(places, numbers, parameters, every, all_more)


def row_width(program: Program, register: Register, sizes: Sizes) -> int:
    """Numbers in a row of a series."""
    return sizes.extent(register.axes[1], program.cell.blocks) if len(register.axes) > 1 else 1


class CutRows(Mapping[str, Array]):
    """The rows of every series of a block, read-only, cut when they are first asked for: most never are."""

    def __init__(self, program: Program, layout: Plan, timesteps: int, block: Array) -> None:
        block.flags.writeable = False
        self._program, self._layout, self._timesteps, self._block = program, layout, timesteps, block
        self._cut: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        rows = self._cut.get(name)
        if rows is None:
            if name not in self._program.series:
                raise KeyError(name)
            rows = self._cut[name] = self._layout.cut(self._block, self._timesteps, name)
        return rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._program.series)

    def __len__(self) -> int:
        return len(self._program.series)


FEW = 1 << 16
"""Numbers in a block, half a megabyte, up to which loops are made to run often. Making them, and every row
that they go through, takes up to a third of a short run."""
_idle: dict[tuple[Program, Sizes, int], Passes] = {}
"""Small passes that wait for the next run. Whoever takes one has it alone: taking is one call."""


def borrowed(program: Program, sizes: Sizes, timesteps: int) -> Passes:
    """Passes for one run: small ones that were made before, if any are idle. `given_back` says what they have left."""
    return _idle.pop((program, sizes, timesteps), None) or Passes(program, sizes, timesteps)


def given_back(passes: Passes, sizes: Sizes, timesteps: int) -> CutRows:
    """The rows that a run has filled, for good: a copy of them if the passes are small enough to be used again."""
    block = passes.block
    if len(block) <= FEW:
        if len(_idle) >= 8:
            _idle.clear()
        block = block.copy()
        _idle[passes.program, sizes, timesteps] = passes
    return CutRows(passes.program, passes.layout, timesteps, block)
