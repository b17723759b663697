"""The cells, one a file. A new cell is one file here and one line in the table of `rnn_core.choices`."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from rnn_core.cells.cell import Cell as Cell
from rnn_core.choices import CELLS as CELLS
from rnn_core.errors import UsageError, quoted
from rnn_core.language.functions import ACTIVATIONS

ACTIVATION = "tanh"
"""The activation of an rnn where nothing else is said."""


def cell(name: str = "rnn", activation: str = "") -> Cell:
    """The cell of this name; only an rnn takes an activation. Raises UsageError."""
    if name not in CELLS:
        raise UsageError(f"no cell {quoted(name)}", fix=f"one of {', '.join(CELLS)}")
    if activation and activation not in ACTIVATIONS:
        raise UsageError(f"no activation {quoted(activation)}", fix=f"one of {', '.join(ACTIVATIONS)}")
    if activation and name != "rnn":
        raise UsageError(f"the {name} has its own activations", fix=f"--activation {activation} goes with --cell rnn")
    return _made(name, *([activation or ACTIVATION] if name == "rnn" else []))


@cache
def _made(name: str, *activation: str) -> Cell:
    """One object for each cell, so that cells are compared by identity."""
    made: Cell = import_module(f"rnn_core.cells.{name}").made(*activation)
    return made
