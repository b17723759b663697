"""The loops over time: what cannot be one matrix product, because a timestep needs the one before (or after) it.

A cell that has a file of its own here brings loops written for the lines that the file states (`LISTINGS`). Any other
lines run on loops made from their listing, so that no line is shown that is not computed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module

from rnn_core.loops.loop import Loop, Rows, is_short
from rnn_core.model import Sizes
from rnn_core.program import Program

WRITTEN = ("rnn", "lstm", "gru")
"""The cells that have a file of their own."""


def loops(program: Program, sizes: Sizes, rows: Rows, often: bool, carried: bool) -> tuple[Loop, Loop]:
    """The forward and the backward loop of a cell, which fill these rows.

    `often` says that they will run often, and `carried` whether somebody looks at `dh_next`, which may stay undefined
    where nobody does.
    """
    made: tuple[Loop, Loop] = _maker(program)(program, sizes, rows, often and is_short(len(rows["dz"])), carried)
    return made


@lru_cache(maxsize=64)
def _maker(program: Program) -> Callable[..., tuple[Loop, Loop]]:
    """What makes the loops: written for exactly these lines, or for any."""
    name = program.cell.name
    module = import_module(f"rnn_core.loops.{name}") if name in WRITTEN else None
    if module is None or stated(program) not in module.LISTINGS:
        module = import_module("rnn_core.loops.listing")
    maker: Callable[..., tuple[Loop, Loop]] = module.loops
    return maker


def stated(program: Program) -> tuple[str, ...]:
    """A cell as a file of loops states it: its gates, in the order in which they are stacked, and its lines."""
    own = {name for name, _ in program.cell.lines}
    return " ".join(program.cell.gates), *(str(line) for line in program.forward if line.name in own)
