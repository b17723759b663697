"""The functions that an expression may call. One entry a function: the name, what it takes, what it means."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_core.records import dataclass
from rnn_core.saturation import SATURATED

Value = Any
"""np.float64, np.bool_ or an array of either."""


@dataclass(frozen=True)
class Function:
    """A function of `takes` values, and one line of help."""

    call: Callable[..., Value]
    takes: int
    help: str
    decomposes: bool = False
    """Whether its work grows with the third power of a matrix's size."""
    rows: Callable[[Value], Value] | None = None
    """The same of each row of a matrix at once, bit for bit; None where a sum would be added up in another order."""


def norm(value: Value) -> Value:
    """The Euclidean norm, without overflow or underflow on the way."""
    flat = value if value.ndim == 1 else np.ravel(value)
    square = float(flat.dot(flat)) if flat.dtype == np.float64 else float(np.sum(np.square(flat, dtype=np.float64)))
    if 1e-280 < square < 1e280:
        return np.float64(math.sqrt(square))
    peak = np.max(np.abs(flat), initial=0.0)
    return np.float64(peak * np.linalg.norm(flat / peak)) if 0.0 < peak < np.inf else np.float64(np.linalg.norm(flat))


def cosine(one: Value, other: Value) -> Value:
    """The cosine of the angle between two arrays read as vectors; NaN where one is zero."""
    if np.size(one) != np.size(other):
        raise ValueError(f"cos needs two values of one size, not {np.size(one)} and {np.size(other)}")
    return np.float64(np.ravel(one / norm(one)) @ np.ravel(other / norm(other)))


def _matrix(value: Value, name: str) -> Value:
    if np.ndim(value) != 2:
        raise ValueError(f"{name} takes a matrix")
    return value


def _spectral_radius(value: Value) -> Value:
    matrix = _matrix(value, "rho")
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError("rho takes a square matrix")
    if not np.isfinite(matrix).all():
        return np.float64(np.nan)
    return np.float64(np.max(np.abs(np.linalg.eigvals(matrix))))


def _largest_singular_value(value: Value) -> Value:
    matrix = _matrix(value, "sigma_max")
    return np.float64(np.linalg.norm(matrix, 2) if np.isfinite(matrix).all() else np.nan)


def _rank(value: Value) -> Value:
    matrix = _matrix(value, "rank")
    return np.float64(np.linalg.matrix_rank(matrix) if np.isfinite(matrix).all() else np.nan)


def _each(function: Callable[..., Any]) -> Callable[[Value], Value]:
    """Element by element in float64; NumPy would take booleans to float16."""
    return lambda value: function(value, dtype=np.float64)


def _over_all(reduce: Callable[[Any], Any]) -> Callable[[Value], Value]:
    def call(value: Value) -> Value:
        if np.size(value) == 0:
            raise ValueError("of an empty range")
        return reduce(value)

    return call


def _reduced(ufunc: np.ufunc) -> Callable[[Value], Value]:
    """As `_over_all`, by the ufunc itself: searches ask for it at every timestep, and NumPy's wrapper takes longer."""
    reduce = ufunc.reduce

    def call(value: Value) -> Value:
        if not value.size:
            raise ValueError("of an empty range")
        return reduce(value, None)

    return call


def _by_row(ufunc: np.ufunc) -> Callable[[Value], Value]:
    return lambda rows: ufunc.reduce(rows, tuple(range(1, rows.ndim)))


FUNCTIONS: dict[str, Function] = {
    "norm": Function(norm, 1, "Euclidean norm of all elements"),
    "mean": Function(_over_all(np.mean), 1, "mean of all elements"),
    "min": Function(_reduced(np.minimum), 1, "smallest element", rows=_by_row(np.minimum)),
    "max": Function(_reduced(np.maximum), 1, "largest element", rows=_by_row(np.maximum)),
    "sum": Function(np.sum, 1, "sum of all elements"),
    "std": Function(_over_all(np.std), 1, "standard deviation of all elements"),
    "abs": Function(np.abs, 1, "magnitude, element by element", rows=np.abs),
    "sqrt": Function(_each(np.sqrt), 1, "square root, element by element"),
    "exp": Function(_each(np.exp), 1, "exponential, element by element"),
    "log": Function(_each(np.log), 1, "natural logarithm, element by element"),
    "log10": Function(_each(np.log10), 1, "decimal logarithm, element by element"),
    "tanh": Function(_each(np.tanh), 1, "hyperbolic tangent, element by element"),
    "argmax": Function(_over_all(lambda v: np.float64(np.argmax(v))), 1, "index of the largest element"),
    "argmin": Function(_over_all(lambda v: np.float64(np.argmin(v))), 1, "index of the smallest element"),
    "size": Function(lambda v: np.float64(np.size(v)), 1, "number of elements"),
    "any": Function(np.any, 1, "whether any element is true"),
    "all": Function(np.all, 1, "whether all elements are true"),
    "finite": Function(lambda v: np.all(np.isfinite(v)), 1, "whether all elements are finite"),
    "saturated": Function(
        _over_all(lambda v: np.mean(np.abs(v) >= SATURATED)), 1, f"share of the elements with |…| ≥ {SATURATED}"
    ),
    "cos": Function(cosine, 2, "cosine of the angle between two values"),
    "dot": Function(
        lambda a, b: np.float64(np.matmul(np.ravel(a), np.ravel(b), dtype=np.float64)),
        2,
        "sum of products of two values",
    ),
    "rho": Function(_spectral_radius, 1, "spectral radius of a square matrix", decomposes=True),
    "sigma_max": Function(_largest_singular_value, 1, "largest singular value of a matrix", decomposes=True),
    "rank": Function(_rank, 1, "rank of a matrix", decomposes=True),
}
PREV = "prev"
PREV_HELP = "the value before its latest write"
