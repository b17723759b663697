"""The parameters of a network: their shapes, their initialisations, their other names.

    a cell's own (U, W, b of an rnn), and those of the output layer: z = V·h[t] + c

Rules this file keeps:
- Parameters are float64, C-ordered and read-only; anything narrower is widened, and `widened` says so.
- The same kind, cell, sizes and seed give the same numbers in every NumPy (the legacy generator is frozen).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnn_core import choices
from rnn_core.arrays import Array as Array
from rnn_core.arrays import Arrays
from rnn_core.cells import Cell, cell
from rnn_core.cells.cell import Alias as Alias
from rnn_core.cells.cell import Axes
from rnn_core.errors import ShapeError, UsageError
from rnn_core.outputs import output
from rnn_core.records import dataclass

RNN = cell()
"""The cell where nothing else is said: a tanh RNN."""


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


@lru_cache(maxsize=16)
def zeros(count: int) -> Array:
    """So many zeros, read-only: the initial state where none is given."""
    return frozen(np.zeros(count))


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
    """I input features, H hidden units, O outputs: classes, or values."""

    inputs: int
    hidden: int
    classes: int

    def extent(self, axis: str, blocks: int = 1) -> int:
        """How many places an axis has: hidden, column, input, output, or stack, which has `blocks` times H."""
        return {
            "hidden": self.hidden, "column": self.hidden, "input": self.inputs, "output": self.classes,
            "stack": blocks * self.hidden,
        }[axis]  # fmt: skip


@lru_cache(maxsize=16)
def parameter_axes(of: Cell) -> Mapping[str, Axes]:
    """What the indices of each parameter count: matrices first, the cell's before the output's."""
    every = {**of.parameters, **output().parameters}
    return MappingProxyType(dict(sorted(every.items(), key=lambda item: -len(item[1]))))


def parameter_names(of: Cell = RNN) -> tuple[str, ...]:
    """U W V b c, and what else the cell has."""
    return tuple(parameter_axes(of))


PARAMETERS = parameter_names()
"""Those of an rnn."""


def shapes(of: Cell, sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """The shape of each parameter."""
    return {name: tuple(sizes.extent(axis, of.blocks) for axis in axes) for name, axes in parameter_axes(of).items()}


def meanings(of: Cell = RNN) -> dict[str, str]:
    """What each parameter and initial state of a cell is."""
    every = {**of.meanings, **output().meanings}
    return {name: every[name] for name in (*parameter_names(of), *of.initial)}


def aliases(of: Cell = RNN) -> dict[str, tuple[Alias, ...]]:
    """The names that other tools give to the parameters and the initial states of a cell."""
    every = {**of.aliases, **output().aliases}
    return {name: every.get(name, ()) for name in (*parameter_names(of), *of.initial)}


MEANINGS, ALIASES = meanings(), aliases()
"""Those of an rnn."""


class Params(Arrays):
    """The parameters of a cell and its output layer by name, and the initial states given with them.

    `Params(U, W, V, b, c)` or by name; of an rnn U (H,I), W (H,H), V (O,H), b (H,), c (O,). h0 (H,), and s0 of an LSTM,
    are None for zeros. `cell` is a tanh RNN where nothing else is said. Raises ShapeError.
    """

    __slots__ = ("cell", "sizes", "start", "widened")
    cell: Cell
    sizes: Sizes
    """The I, H and O that these shapes say."""
    start: Mapping[str, Array]
    """The initial states that are given, by name."""
    widened: bool
    """Whether any came as float32 or narrower."""

    def __init__(self, *arrays: ArrayLike, cell: Cell = RNN, **named: ArrayLike | None) -> None:
        names = parameter_names(cell)
        given = dict(zip(names, arrays, strict=False)) | {name: a for name, a in named.items() if a is not None}
        for name in (*names, *given):
            if name not in given or name not in (*names, *cell.initial):
                what = f"no {name} ({meanings(cell)[name]})" if name in names else f"{name} is no parameter"
                raise ShapeError(f"{what} of {_article(cell)}", fix=f"it takes {', '.join(names)}")
        sizes = _sizes(cell, {name: np.asarray(given[name]) for name in names})
        held = {}
        for name, shape in shapes(cell, sizes).items():
            if len(shape) == 1:
                held[name] = as_vector(given[name], shape[0], name)
            else:
                held[name] = frozen(real_numbers(np.asarray(given[name]), name))
        start = {name: as_vector(given[name], sizes.hidden, name) for name in cell.initial if name in given}
        self._make(held, cell, start, sizes, any(map(is_narrow, given.values())))

    def _make(
        self, held: Mapping[str, Array], cell: Cell, start: Mapping[str, Array], sizes: Sizes, widened: bool
    ) -> None:
        Arrays.__init__(self, held)
        self.cell, self.start, self.sizes, self.widened = cell, start, sizes, widened

    def with_arrays(self, held: Mapping[str, Array], widened: bool | None = None) -> Params:
        """The same cell and initial states with read-only arrays of the right shapes, neither checked nor copied."""
        params = object.__new__(Params)
        params._make(held, self.cell, self.start, self.sizes, self.widened if widened is None else widened)
        return params

    def replaced(self, **changes: ArrayLike | None) -> Params:
        """A copy with other arrays or initial states by name; None takes an initial state away. Raises ShapeError."""
        return Params(cell=self.cell, **{**self._held, **self.start, **changes})

    def parted(self, line: Array) -> Params:
        """A vector as read-only arrays of these names and shapes, with the same cell."""
        return self.with_arrays(Arrays.parted(self, line)._held, widened=False)

    def __getattr__(self, name: str) -> Any:
        """A parameter or an initial state; None for a state that is not given."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self.start.get(name) if name in self.cell.initial else Arrays.__getattr__(self, name)


def _article(of: Cell) -> str:
    return f"a{'n' * (of.name in ('lstm', 'rnn'))} {of}"


def _sizes(of: Cell, given: Mapping[str, NDArray[Any]]) -> Sizes:
    """I, H and O by the shapes of U, W and V. Raises ShapeError where matrices do not fit each other."""
    matrices = {name: axes for name, axes in parameter_axes(of).items() if len(axes) == 2}
    for name in matrices:
        matrix = real_numbers(given[name], name)
        if matrix.ndim != 2 or 0 in matrix.shape:
            raise ShapeError(f"{name} has shape {matrix.shape}, expected a matrix ({meanings(of)[name]})")
    rows, inputs = given["U"].shape
    if rows % of.blocks:
        raise ShapeError(
            f"U has {rows} rows, and {of} stacks {of.blocks} gates", fix=f"give {of.blocks} times the hidden units"
        )
    sizes = Sizes(inputs, rows // of.blocks, given["V"].shape[0])
    for name, shape in shapes(of, sizes).items():
        if name in matrices and given[name].shape != shape:
            raise ShapeError(
                f"{name} has shape {given[name].shape}, expected {shape}",
                fix=f"U is {given['U'].shape}, so there are {sizes.hidden} hidden units",
            )
    return sizes


# -- initialisations -------------------------------------------------------------------------------------------

Drawn = dict[str, Array]
Initialisation = Callable[[np.random.RandomState, Cell, Sizes], Drawn]


def _normal(rng: np.random.RandomState, of: Cell, sizes: Sizes) -> Drawn:
    """0.01 · N(0, 1), drawn in the order U, W, V: the teaching default. Biases are zeros."""
    return {
        name: 0.01 * rng.randn(*shape) if len(shape) == 2 else np.zeros(shape)
        for name, shape in shapes(of, sizes).items()
    }


def _xavier(rng: np.random.RandomState, of: Cell, sizes: Sizes) -> Drawn:
    """Uniform in ±√(6/(fan_in + fan_out)), a gate's block by itself (Glorot and Bengio 2010)."""

    def draw(name: str, shape: tuple[int, ...]) -> Array:
        if len(shape) == 1:
            return np.zeros(shape)
        fans = shape[1] + sizes.extent(parameter_axes(of)[name][0].replace("stack", "hidden"))
        drawn: Array = rng.uniform(-1.0, 1.0, shape) * np.sqrt(6.0 / fans)
        return drawn

    return {name: draw(name, shape) for name, shape in shapes(of, sizes).items()}


def _orthogonal(rng: np.random.RandomState, of: Cell, sizes: Sizes) -> Drawn:
    """W a random orthogonal matrix, one for each gate (QR of a normal one, signs fixed: Saxe 2013); else `normal`."""
    drawn = _normal(rng, of, sizes)
    blocks = []
    for block in np.split(drawn["W"], of.blocks):
        q, r = np.linalg.qr(block)
        blocks.append(q * np.where(np.diag(r) < 0, -1.0, 1.0))
    return {**drawn, "W": np.concatenate(blocks)}


def _identity(rng: np.random.RandomState, of: Cell, sizes: Sizes) -> Drawn:
    """W the identity, one for each gate (Le, Jaitly and Hinton 2015); U, V as `normal`."""
    return {**_normal(rng, of, sizes), "W": np.concatenate([np.eye(sizes.hidden)] * of.blocks)}


def _uniform(rng: np.random.RandomState, of: Cell, sizes: Sizes) -> Drawn:
    """Everything, biases too, uniform in ±1/√H: PyTorch's default."""
    root = np.sqrt(sizes.hidden)
    return {name: rng.uniform(-1.0, 1.0, shape) / root for name, shape in shapes(of, sizes).items()}


INITIALISATIONS: Mapping[str, Initialisation] = MappingProxyType(
    {kind: globals()[f"_{kind}"] for kind, owner in choices.INITIALISATIONS.items() if not owner}
)


def initialisations(of: Cell = RNN) -> tuple[str, ...]:
    """The ways to draw parameters of this cell."""
    return (*INITIALISATIONS, *of.initialisations)


def initialise(kind: str, sizes: Sizes, *, seed: int = 0, scale: float = 1.0, cell: Cell = RNN) -> Params:
    """Parameters drawn by `kind` from `seed`; `scale` multiplies the drawn matrices. Raises UsageError."""
    if kind not in initialisations(cell):
        raise UsageError(f"no initialisation {kind!r}", fix=f"one of {', '.join(initialisations(cell))}")
    rng = np.random.RandomState(seed)
    if kind in cell.initialisations:
        drawn = cell.initialisations[kind](_uniform(rng, cell, sizes), sizes.hidden)
    else:
        drawn = INITIALISATIONS[kind](rng, cell, sizes)
    return Params(cell=cell, **{name: scale * array if array.ndim == 2 else array for name, array in drawn.items()})
