"""Functions of one number, applied element by element. Each stands here once, with its slope and what shuts it.

A slope is written by the function's output, because that is what a run has kept:

    tanh(a)   1 - h²          σ(a)   h ⊙ (1 - h)          relu(a)   [h > 0]          identity   1

Values are complex-safe: a tiny imaginary part comes out multiplied by the slope (Squire and Trapp 1998).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_core import choices
from rnn_core.saturation import SATURATED

Array = NDArray[Any]
Pattern = tuple[str | int, ...]
"""A text in which a number stands for the operand with that index."""
ONE = np.array(1.0)
"""An array is taken faster than a number that NumPy has to make one of."""
ZERO = np.array(0.0)

SHUT = 0.02
"""A unit is saturated where its slope is below this share of the function's steepest."""


class Function(NamedTuple):
    """A function with its slope: both take an array and, where it helps, an array to write into."""

    name: str
    value: Callable[..., Array]
    slope: Callable[..., Array]
    """f'(v), from the output f(v)."""
    pattern: Pattern
    """How f(a) is written; 0 stands for the argument."""
    slope_pattern: Pattern
    """How the slope is written; 0 stands for the output. Empty where it is 1 everywhere."""
    tight: bool
    """Whether the slope needs no parentheses beside ⊙."""
    shut: Callable[[Array], NDArray[np.bool_]] | None
    """Which outputs let (almost) no gradient through; None where all do."""
    shut_word: str = ""
    """What such a unit is called."""
    limit: str = ""
    """… and when, as a legend says it of an output h."""
    share: str = ""
    """The share of such units as an expression of the output, {}."""

    def __repr__(self) -> str:
        return self.name


def _tanh_slope(h: Array, out: Array | None = None) -> Array:
    slope = np.multiply(h, h, out)
    result: Array = np.subtract(ONE, slope, slope if isinstance(slope, np.ndarray) else None)
    return result


def _sigmoid(a: Array, out: Array | None = None) -> Array:
    """1 / (1 + exp(-a)): exact on both sides, where tanh would lose the small ones."""
    e = np.negative(a, out)
    into = e if isinstance(e, np.ndarray) else None
    e = np.exp(e, into)
    e = np.add(e, ONE, into)
    result: Array = np.divide(ONE, e, into)
    return result


def _sigmoid_slope(h: Array, out: Array | None = None) -> Array:
    rest = np.subtract(ONE, h, out)
    result: Array = np.multiply(rest, h, rest if isinstance(rest, np.ndarray) else None)
    return result


def _relu(a: Array, out: Array | None = None) -> Array:
    if np.iscomplexobj(a):
        kept: Array = np.where(np.real(a) <= 0.0, 0.0, a)  # as torch: NaN stays NaN
        return kept
    result: Array = np.maximum(a, ZERO, out=out)
    return result


def _relu_slope(h: Array, out: Array | None = None) -> Array:
    if out is None:
        open_: Array = np.greater(np.real(h), 0.0).astype(np.float64)
        return open_
    result: Array = np.greater(h, ZERO, out, casting="unsafe")
    return result


def _identity(a: Array, out: Array | None = None) -> Array:
    result: Array = np.positive(a, out)
    return result


def _flat(h: Array, out: Array | None = None) -> Array:
    if out is None:
        return np.ones(np.shape(h))
    out[...] = 1.0
    return out


TANH = Function(
    "tanh", np.tanh, _tanh_slope, ("tanh(", 0, ")"), ("1 - ", 0, "²"), False,
    lambda h: np.abs(h) >= SATURATED, "saturated", f"|h|≥{SATURATED}", "saturated({})",
)  # fmt: skip
SIGMOID = Function(
    "σ", _sigmoid, _sigmoid_slope, ("σ(", 0, ")"), (0, " ⊙ (1 - ", 0, ")"), True,
    lambda h: np.abs(2.0 * h - 1.0) >= SATURATED, "saturated", "h≤0.005 or h≥0.995", "saturated(2 * {} - 1)",
)  # fmt: skip
RELU = Function(
    "relu",
    _relu,
    _relu_slope,
    ("relu(", 0, ")"),
    ("[", 0, " > 0]"),
    True,
    lambda h: h == 0.0,
    "dead",
    "h=0",
    "mean({} == 0)",
)
IDENTITY = Function("identity", _identity, _flat, (0,), (), True, None)

ACTIVATIONS: dict[str, Function] = {name: globals()[function] for name, function in choices.ACTIVATIONS.items()}
"""What `--activation` may name."""
