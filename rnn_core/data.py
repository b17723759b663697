"""Sequences, the datasets they come in, and the two built-in demos.

Rules this file keeps:
- A sequence is read-only: x (T,I) float64, and y (T,) class indices or y (T,O) real values. Where a timestep has no
  target, y has `NO_TARGET`, or a row of NaN.
- Everything here is already checked; files are read and judged in `formats/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnn_core.errors import ShapeError, UsageError
from rnn_core.model import Array, Sizes, as_vector, frozen, is_narrow, real_numbers
from rnn_core.notices import Notice
from rnn_core.outputs.classes import NO_TARGET as NO_TARGET
from rnn_core.records import dataclass

Targets = NDArray[Any]
"""(T,) int64 class indices, or (T,O) float64 values."""

ABSENT = (-1, -100)
"""The integers that mean "no target here" in arrays; -100 is PyTorch's ignore_index."""

DEMO_SIZES = Sizes(inputs=5, hidden=10, classes=3)
DEMO_TARGETS = ((0, 1, 2), (1, 2, 0, 1, 2), (2, 0), (0, 0, 1, 1))


def targets_array(targets: Any, length: int) -> Targets:
    """`targets` as (T,) integers, where None, -1 and -100 become NO_TARGET; rows of floats (T,O) stay what they are.

    Raises ShapeError.
    """
    if targets is None:
        targets = [None] * length
    if isinstance(targets, np.ndarray) and targets.ndim == 2 and targets.dtype.kind == "f":
        return _values(targets, length)
    if not isinstance(targets, np.ndarray):
        targets = np.array([NO_TARGET if value is None else value for value in targets])
    if targets.shape not in {(length,), (length, 1)}:
        raise ShapeError(f"y has shape {targets.shape}, expected ({length},): one target for each timestep")
    if targets.dtype.kind not in "iu":
        raise ShapeError(f"y holds {targets.dtype}, not integers", fix="targets are class indices, or values (T,O)")
    y: Targets = targets.reshape(length).astype(np.int64)
    y[np.isin(y, ABSENT)] = NO_TARGET
    if (y < NO_TARGET).any():
        t = int(np.argmax(y < NO_TARGET)) + 1
        raise ShapeError(f"y has {y[t - 1]} at timestep {t}", fix="classes count from 0; -1 means no target")
    y.flags.writeable = False
    return y


def _values(targets: NDArray[Any], length: int) -> Targets:
    """Real targets (T,O), a row of NaN where a timestep has none. Raises ShapeError."""
    if targets.shape[0] != length or targets.shape[1] == 0:
        raise ShapeError(f"y has shape {targets.shape}, expected ({length}, outputs): a row for each timestep")
    y = frozen(targets)
    known = np.isfinite(y)
    if (wrong := ~known.all(axis=1) & ~np.isnan(y).all(axis=1)).any():
        t = int(np.argmax(wrong)) + 1
        raise ShapeError(f"y at timestep {t} is not finite throughout", fix="a row of NaN means no target")
    return y


@dataclass(frozen=True, eq=False)
class Sequence:
    """x (T,I), y (T,) or (T,O) or None, initial states or None, and a label a timestep or none. Raises ShapeError."""

    x: Array
    y: Targets = None  # type: ignore[assignment]  # None is taken and becomes NO_TARGET throughout
    h0: Array | None = None
    s0: Array | None = None
    tokens: tuple[str, ...] = ()
    name: str = ""
    widened: bool = False
    """Whether x or h0 came as float32 or narrower; found out here, and kept by copies."""

    def __post_init__(self) -> None:
        x = real_numbers(np.asarray(self.x), "x")
        if x.ndim == 3 and x.shape[2] == 1:
            x = x[:, :, 0]  # a list of column vectors, as teaching notebooks keep them
        if x.ndim != 2:
            raise ShapeError(f"x has shape {x.shape}, expected (timesteps, features)")
        if 0 in x.shape:
            raise ShapeError(f"x has shape {x.shape}: no {'timesteps' if x.shape[0] == 0 else 'features'}")
        if self.tokens and len(self.tokens) != len(x):
            raise ShapeError(f"{len(self.tokens)} tokens for {len(x)} timesteps", fix="give one for each timestep")
        narrow = any(map(is_narrow, (x, self.h0, self.s0)))
        object.__setattr__(self, "widened", self.widened or narrow)
        object.__setattr__(self, "x", frozen(x))
        object.__setattr__(self, "y", targets_array(self.y, len(x)))
        object.__setattr__(self, "tokens", tuple(self.tokens))
        for name in ("h0", "s0"):
            if (state := getattr(self, name)) is not None:
                object.__setattr__(self, name, as_vector(state, np.size(state), name))

    def __len__(self) -> int:
        """T, the number of timesteps."""
        return len(self.x)

    @property
    def inputs(self) -> int:
        """I, the number of input features."""
        return int(self.x.shape[1])

    @property
    def target_count(self) -> int:
        """M, the number of timesteps that have a target."""
        return int(np.count_nonzero(self.has_target))

    @property
    def has_target(self) -> NDArray[np.bool_]:
        """(T,) whether a timestep has a target."""
        present: NDArray[np.bool_] = ~np.isnan(self.y[:, 0]) if self.is_values else self.y != NO_TARGET
        return present

    @property
    def is_values(self) -> bool:
        """Whether the targets are real values, not class indices."""
        return self.y.ndim == 2

    @property
    def start(self) -> dict[str, Array]:
        """The initial states that are given, by name."""
        return {name: state for name in ("h0", "s0") if (state := getattr(self, name)) is not None}

    def part(self, start: int, stop: int, name: str = "") -> Sequence:
        """Rows start … stop - 1 as a sequence of its own, without h0; x and y are views of this one's."""
        part = object.__new__(Sequence)  # every row was checked and frozen when the whole was made
        held = {"x": self.x[start:stop], "y": self.y[start:stop], "tokens": self.tokens[start:stop]}
        part.__dict__.update(held, name=name, widened=self.widened, h0=None, s0=None)
        return part


@dataclass(frozen=True)
class Vocabulary:
    """The symbols of a text in sorted order; a symbol's index is its position."""

    symbols: tuple[str, ...]

    @classmethod
    def of(cls, text: Iterable[str]) -> Vocabulary:
        """The vocabulary of every symbol that occurs."""
        return cls(tuple(sorted(set(text))))

    def encode(self, text: Iterable[str]) -> Targets:
        """Each symbol's index. Raises KeyError on a symbol that the vocabulary lacks."""
        index = {symbol: i for i, symbol in enumerate(self.symbols)}
        return np.array([index[symbol] for symbol in text], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Sequences of one width, with the names of their features and classes and the class count, where known."""

    sequences: tuple[Sequence, ...]
    name: str = ""
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    carried: bool = False
    """Whether the hidden state at a sequence's end is where the next one starts: chunks of one text."""
    notices: tuple[Notice, ...] = ()
    """What was assumed when it was read."""

    def __post_init__(self) -> None:
        if not self.sequences:
            raise ShapeError("no sequences", fix="give at least one")
        widths = sorted({sequence.inputs for sequence in self.sequences})
        if len(widths) > 1:
            raise ShapeError(f"sequences with {widths[0]} and with {widths[-1]} features", fix="use one width")
        kinds = {sequence.y.shape[1] if sequence.is_values else 0 for sequence in self.sequences}
        if len(kinds) > 1:
            raise ShapeError("targets of several kinds: class indices, or rows of as many values", fix="use one kind")
        if self.features and len(self.features) != widths[0]:
            raise ShapeError(f"{len(self.features)} feature names for {widths[0]} features")

    @property
    def inputs(self) -> int:
        """I, the number of input features of every sequence."""
        return self.sequences[0].inputs

    @cached_property
    def largest_target(self) -> int:
        """The largest class index that occurs, NO_TARGET where there is none; of values, the last one's index."""
        if self.is_values:
            return int(self.sequences[0].y.shape[1]) - 1
        return max(int(sequence.y.max()) for sequence in self.sequences)

    @property
    def is_values(self) -> bool:
        """Whether the targets are real values, not class indices."""
        return self.sequences[0].is_values

    def as_values(self) -> Dataset:
        """The class indices taken as real values, one a timestep. Raises ShapeError where classes have names."""
        if self.classes:
            raise ShapeError("the targets are named classes, not values", fix="--loss cross-entropy")
        return replace(self, sequences=tuple(
            replace(each, y=np.where(each.has_target, each.y, np.nan)[:, None].astype(np.float64))
            for each in self.sequences
        ))  # fmt: skip

    @cached_property
    def widened(self) -> bool:
        """Whether any sequence came as float32 or narrower."""
        return any(sequence.widened for sequence in self.sequences)


def demo_dataset(seed: int = 0) -> Dataset:
    """Four short sequences of normal inputs, drawn where the teaching notebook draws them: after U, W and V."""
    return _demo_draws(seed)[0]


def demo_test_sequence(seed: int = 0) -> Sequence:
    """The notebook's fresh sequence of four timesteps, drawn after the demo's own; it has no targets."""
    return _demo_draws(seed)[1]


def _demo_draws(seed: int) -> tuple[Dataset, Sequence]:
    rng = np.random.RandomState(seed)
    for rows, columns in ((10, 5), (10, 10), (3, 10)):
        rng.randn(rows, columns)
    sequences = tuple(
        Sequence(x=rng.randn(len(targets), DEMO_SIZES.inputs, 1), y=np.array(targets), name=f"{i}")
        for i, targets in enumerate(DEMO_TARGETS, start=1)
    )
    return Dataset(sequences, name="demo"), Sequence(x=rng.randn(4, DEMO_SIZES.inputs, 1), name="test")


def one_hot(indices: ArrayLike, classes: int) -> Array:
    """(T, classes) with a single 1 in each row."""
    rows = np.asarray(indices, dtype=np.int64)
    x = np.zeros((len(rows), classes))
    x[np.arange(len(rows)), rows] = 1.0
    return x


def text_sequence(symbols: Iterable[str], vocabulary: Vocabulary, name: str = "") -> Sequence:
    """One-hot symbols, each predicting the next: T is one less than the number of symbols. Raises ShapeError."""
    symbols = tuple(symbols)
    if len(symbols) < 2:
        raise ShapeError(f"{len(symbols)} symbols are too few", fix="a text predicts its next symbol: give two or more")
    codes = vocabulary.encode(symbols)
    x = one_hot(codes[:-1], len(vocabulary.symbols))
    x.flags.writeable = False  # nobody else has it: it need not be copied
    return Sequence(x=x, y=codes[1:], tokens=symbols[:-1], name=name)


def text_dataset(symbols: Iterable[str], name: str = "text") -> Dataset:
    """A single sequence over the symbols of its own sorted vocabulary."""
    symbols = tuple(symbols)
    vocabulary = Vocabulary.of(symbols)
    return Dataset(
        (text_sequence(symbols, vocabulary, name),),
        name=name,
        classes=vocabulary.symbols,
        features=vocabulary.symbols,
    )


def in_chunks(dataset: Dataset, seq_length: int) -> Dataset:
    """The one sequence of `dataset` as sequences of `seq_length` timesteps in order, the last maybe shorter.

    Nothing is copied and no timestep is lost; a chunk is named after its timesteps, "26–50". The hidden state is
    `carried` from chunk to chunk. Raises UsageError when `seq_length` is below 1 or there are several sequences.
    """
    if seq_length < 1:
        raise UsageError(f"chunks of {seq_length} timesteps", where=dataset.name, fix="give 1 or more")
    if len(dataset.sequences) > 1:
        raise UsageError(f"{len(dataset.sequences)} sequences cannot be cut into chunks", where=dataset.name)
    (whole,) = dataset.sequences
    ends = [*range(seq_length, len(whole), seq_length), len(whole)]
    chunks = tuple(whole.part(start, end, f"{start + 1}–{end}") for start, end in zip([0, *ends], ends, strict=False))
    return replace(dataset, sequences=chunks, carried=True)
