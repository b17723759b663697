"""The parameters of the network: their shapes, their initialisations, their other names.

    a = U·x[t] + W·h[t-1] + b,   h[t] = tanh(a),   z = V·h[t] + c,   p[t] = softmax(z)

Rules this file keeps:
- Parameters are float64, C-ordered and read-only; anything narrower is widened, and `widened` says so.
- The same kind, sizes and seed give the same numbers in every NumPy (the legacy generator is frozen).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnn_core.errors import ShapeError, UsageError

Array = NDArray[np.float64]

PARAMETERS = ("U", "W", "V", "b", "c")
MEANINGS = MappingProxyType(
    {
        "U": "input → hidden",
        "W": "hidden → hidden",
        "V": "hidden → output",
        "b": "hidden bias",
        "c": "output bias",
        "h0": "initial hidden state",
    }
)


@dataclass(frozen=True)
class Alias:
    """Another tool's name for one of ours; `transposed` when that tool stores the matrix the other way round."""

    name: str
    transposed: bool = False


# b may come as two biases (PyTorch keeps both); importers add up every alias of b that they find.
ALIASES: Mapping[str, tuple[Alias, ...]] = MappingProxyType(
    {
        "U": (
            *map(Alias, ("W_xh", "Wxh", "weight_ih_l0", "weight_ih", "W_ih", "Wx")),
            Alias("kernel", transposed=True),
        ),
        "W": (
            *map(Alias, ("W_hh", "Whh", "weight_hh_l0", "weight_hh", "Wh")),
            Alias("recurrent_kernel", transposed=True),
        ),
        "V": tuple(map(Alias, ("W_hy", "Why", "Wy", "decoder.weight", "linear.weight", "fc.weight"))),
        "b": tuple(map(Alias, ("b_h", "bh", "bias_ih_l0", "bias_hh_l0", "bias_ih", "bias_hh"))),
        "c": tuple(map(Alias, ("b_y", "by", "decoder.bias", "linear.bias", "fc.bias"))),
        "h0": tuple(map(Alias, ("h_0", "h_init"))),
    }
)


def frozen(array: ArrayLike) -> Array:
    """A read-only, C-ordered float64 array; the caller's own array is never made read-only.

    One that is so already, and no view of another, is not copied: a long text is a large array.
    """
    if isinstance(array, np.ndarray) and _is_frozen(array):
        return cast(Array, array)
    copy = np.array(array, dtype=np.float64, order="C")
    copy.flags.writeable = False
    return copy


def _is_frozen(array: np.ndarray[Any, Any]) -> bool:
    flags = array.flags
    return array.base is None and not flags.writeable and bool(flags.c_contiguous) and array.dtype == np.float64


def is_narrow(array: Any) -> bool:
    """Whether `array` holds floats of fewer bits than float64."""
    dtype = getattr(array, "dtype", None)
    return dtype is not None and dtype.kind == "f" and dtype.itemsize < 8


def as_vector(array: ArrayLike, length: int, name: str) -> Array:
    """`array` as a frozen vector; (n,), (n,1) and (1,n) are taken. Raises ShapeError."""
    found = np.asarray(array)
    if found.shape not in {(length,), (length, 1), (1, length)}:
        raise ShapeError(f"{name} has shape {found.shape}, expected ({length},)", fix=f"give {length} numbers")
    return frozen(real_numbers(found, name).reshape(length))


def real_numbers(array: NDArray[Any], name: str) -> NDArray[Any]:
    """`array` where it holds floats, integers or booleans. Raises ShapeError."""
    if array.dtype.kind not in "fiub":
        raise ShapeError(f"{name} holds {array.dtype}, not real numbers", fix="give floats or integers")
    return array


@dataclass(frozen=True)
class Sizes:
    """I input features, H hidden units, O output classes."""

    inputs: int
    hidden: int
    classes: int


@dataclass(frozen=True, eq=False)
class Params:
    """U (H,I), W (H,H), V (O,H), b (H,), c (O,), h0 (H,) or None for zeros. Raises ShapeError."""

    U: Array
    W: Array
    V: Array
    b: Array
    c: Array
    h0: Array | None = None
    widened: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        given = [getattr(self, name) for name in PARAMETERS] + [self.h0]
        matrices = {name: real_numbers(np.asarray(getattr(self, name)), name) for name in "UWV"}
        for name, matrix in matrices.items():
            if matrix.ndim != 2 or 0 in matrix.shape:
                raise ShapeError(f"{name} has shape {matrix.shape}, expected a matrix ({MEANINGS[name]})")
        hidden, inputs = matrices["U"].shape
        classes = matrices["V"].shape[0]
        expected = {"U": (hidden, inputs), "W": (hidden, hidden), "V": (classes, hidden)}
        for name, matrix in matrices.items():
            if matrix.shape != expected[name]:
                raise ShapeError(
                    f"{name} has shape {matrix.shape}, expected {expected[name]}",
                    fix=f"U is {matrices['U'].shape}, so there are {hidden} hidden units",
                )
            object.__setattr__(self, name, frozen(matrix))
        object.__setattr__(self, "b", as_vector(self.b, hidden, "b"))
        object.__setattr__(self, "c", as_vector(self.c, classes, "c"))
        if self.h0 is not None:
            object.__setattr__(self, "h0", as_vector(self.h0, hidden, "h0"))
        object.__setattr__(self, "widened", any(map(is_narrow, given)))

    @property
    def sizes(self) -> Sizes:
        """The I, H and O that these shapes say."""
        return Sizes(self.U.shape[1], self.U.shape[0], self.V.shape[0])


Initialisation = Callable[[np.random.RandomState, Sizes], tuple[Array, Array, Array, Array, Array]]


def _zeros(sizes: Sizes) -> tuple[Array, Array]:
    return np.zeros(sizes.hidden), np.zeros(sizes.classes)


def _normal(rng: np.random.RandomState, s: Sizes) -> tuple[Array, Array, Array, Array, Array]:
    """0.01 · N(0, 1), drawn in the order U, W, V: the teaching default."""
    U, W, V = (0.01 * rng.randn(*shape) for shape in _shapes(s))
    return U, W, V, *_zeros(s)


def _shapes(s: Sizes) -> tuple[tuple[int, int], ...]:
    return (s.hidden, s.inputs), (s.hidden, s.hidden), (s.classes, s.hidden)


def _xavier(rng: np.random.RandomState, s: Sizes) -> tuple[Array, Array, Array, Array, Array]:
    """Uniform in ±√(6/(fan_in + fan_out)) (Glorot and Bengio 2010)."""
    U, W, V = (rng.uniform(-1.0, 1.0, shape) * np.sqrt(6.0 / sum(shape)) for shape in _shapes(s))
    return U, W, V, *_zeros(s)


def _orthogonal(rng: np.random.RandomState, s: Sizes) -> tuple[Array, Array, Array, Array, Array]:
    """W a random orthogonal matrix (QR of a normal one, signs fixed: Saxe 2013); U, V as `normal`."""
    U, W, V, b, c = _normal(rng, s)
    q, r = np.linalg.qr(W)
    return U, q * np.where(np.diag(r) < 0, -1.0, 1.0), V, b, c


def _identity(rng: np.random.RandomState, s: Sizes) -> tuple[Array, Array, Array, Array, Array]:
    """W the identity (Le, Jaitly and Hinton 2015); U, V as `normal`."""
    U, _, V, b, c = _normal(rng, s)
    return U, np.eye(s.hidden), V, b, c


def _uniform(rng: np.random.RandomState, s: Sizes) -> tuple[Array, Array, Array, Array, Array]:
    """Everything, biases too, uniform in ±1/√H: PyTorch's default."""
    shapes = (*_shapes(s), (s.hidden,), (s.classes,))
    U, W, V, b, c = (rng.uniform(-1.0, 1.0, shape) / np.sqrt(s.hidden) for shape in shapes)
    return U, W, V, b, c


INITIALISATIONS: Mapping[str, Initialisation] = MappingProxyType(
    {"normal": _normal, "xavier": _xavier, "orthogonal": _orthogonal, "identity": _identity, "uniform": _uniform}
)


def initialise(kind: str, sizes: Sizes, *, seed: int = 0, scale: float = 1.0) -> Params:
    """Parameters drawn by `kind` from `seed`; `scale` multiplies the drawn U, W and V. Raises UsageError."""
    if kind not in INITIALISATIONS:
        raise UsageError(f"no initialisation {kind!r}", fix=f"one of {', '.join(INITIALISATIONS)}")
    U, W, V, b, c = INITIALISATIONS[kind](np.random.RandomState(seed), sizes)
    return Params(U=scale * U, W=scale * W, V=scale * V, b=b, c=c)
