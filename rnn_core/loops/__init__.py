"""The loops over time: what cannot be one matrix product, because a timestep needs the one before (or after) it.

A cell that has a file of its own here brings loops written for it; the others run on loops made from their listing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module

from rnn_core.loops.loop import Loop, Rows
from rnn_core.model import Sizes
from rnn_core.program import Program

WRITTEN = ("rnn", "lstm", "gru")
"""The cells that have loops of their own."""


def loops(program: Program, sizes: Sizes, rows: Rows, kept: bool = False) -> tuple[Loop, Loop]:
    """The forward and the backward loop of a cell, which fill these rows.

    `kept` says that they will run often, and that nobody looks at what is carried: `dh_next` may stay undefined.
    """
    maker = _maker(program.cell.name if program.cell.name in WRITTEN else "listing")
    made: tuple[Loop, Loop] = maker(program, sizes, rows, kept)
    return made


@cache
def _maker(home: str) -> Callable[..., tuple[Loop, Loop]]:
    """What makes loops, in the module of this name."""
    maker: Callable[..., tuple[Loop, Loop]] = import_module(f"rnn_core.loops.{home}").loops
    return maker
