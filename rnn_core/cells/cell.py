"""What a cell is: its forward lines, the shapes of its parameters, its states, and what shuts its units.

Rule this file keeps: whatever follows from the lines is not written down again. The backward lines are derived, a
register's axes are inferred, what a panel shows is read off the program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cached_property
from typing import Any

from rnn_core.language.expressions import Apply, Expression
from rnn_core.language.functions import Function
from rnn_core.records import dataclass

Axes = tuple[str, ...]


@dataclass(frozen=True)
class Alias:
    """Another tool's name for one of ours; `transposed` when that tool stores the matrix the other way round."""

    name: str
    transposed: bool = False


def aliases(*names: str, transposed: str = "") -> tuple[Alias, ...]:
    """Other names, then the one that stands for the transpose."""
    return (*map(Alias, names), *([Alias(transposed, transposed=True)] if transposed else []))


@dataclass(frozen=True, eq=False)
class Cell:
    """A cell: h[t] (and other states) from x[t] and the states of the timestep before."""

    name: str
    lines: tuple[tuple[str, Expression], ...]
    """The forward lines up to h: the register and its right-hand side."""
    parameters: Mapping[str, Axes]
    """What the indices of each parameter count: hidden, column (hidden units of t-1), input, stack (gates x hidden)."""
    meanings: Mapping[str, str]
    """What each parameter, state and register is, in a few words."""
    aliases: Mapping[str, tuple[Alias, ...]]
    """The names that other tools give to the parameters and the initial states."""
    activation: str = ""
    """The function of the hidden state, where there is a choice."""
    gates: tuple[str, ...] = ()
    """The blocks of a stacked register, in order; none where nothing is stacked."""
    stacked: tuple[str, ...] = ()
    """The stacked registers."""
    states: tuple[str, ...] = ("h",)
    """What is carried from timestep to timestep; h first."""
    order: tuple[str, ...] = ()
    """The backward lines of the cell in the order wanted; empty for the order of the derivation."""
    initialisations: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """Ways to draw parameters that only this cell has."""

    def __str__(self) -> str:
        return f"{self.name} {self.activation}" if self.activation else self.name

    @cached_property
    def blocks(self) -> int:
        """How many blocks of H rows a stacked parameter has."""
        return len(self.gates) or 1

    @property
    def stacks(self) -> dict[str, tuple[str, ...]]:
        """The stacked registers and their gates."""
        return dict.fromkeys(self.stacked, self.gates)

    @cached_property
    def initial(self) -> tuple[str, ...]:
        """The names of the initial states: h0, s0."""
        return tuple(f"{state}0" for state in self.states)

    @cached_property
    def functions(self) -> dict[str, Function]:
        """The registers that a function writes, and which: h by tanh, the gates by σ."""
        return {name: made.function for name, made in self.lines if isinstance(made, Apply)}
