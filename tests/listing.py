"""The names of the plain RNN's listing, as most tests want them."""

from __future__ import annotations

from rnn_core.debugger.expressions.scope import BOOLEANS, NUMBERS
from rnn_core.program import program

SERIES = program().series
GRADIENTS = tuple(program().sums)
NAMES = REGISTERS = tuple(program().registers)
OVER_TIME = (*SERIES, "x", "y")
EXPRESSION_NAMES = (*NUMBERS, *BOOLEANS, *REGISTERS)
