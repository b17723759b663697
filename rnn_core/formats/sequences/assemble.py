"""Arrays that were read, checked against each other and made into a dataset. Every format of sequences ends here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from rnn_core.data import ABSENT, NO_TARGET, Dataset, Sequence
from rnn_core.errors import ShapeError
from rnn_core.formats import arrays, files
from rnn_core.formats.files import Content
from rnn_core.formats.numbers import CLASS_LIMIT
from rnn_core.formats.sequences import fit
from rnn_core.records import dataclass

SEQUENCE_LIMIT = 100_000
"""The most sequences of one file."""

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")


def inside(
    content: Content, build: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """What `build` makes of the arguments; the shape errors it raises name the file."""
    try:
        return build(*args, **kwargs)
    except ShapeError as error:
        raise error.inside(content.name) from None


def dataset(
    content: Content, sequences: list[Sequence], classes: tuple[str, ...] = (), features: tuple[str, ...] = ()
) -> Dataset:
    """The dataset of these sequences, its targets within `classes` where there are any. Raises RnnError."""
    if len(sequences) > SEQUENCE_LIMIT:
        what = f"{len(sequences)} sequences, more than {SEQUENCE_LIMIT}"
        raise content.error(what, fix="is the order of the axes (N, T, I)? Else give fewer")
    found = inside(content, Dataset, tuple(sequences), content.name, classes, features)
    lengths = {len(sequence.h0) for sequence in sequences if sequence.h0 is not None}
    if len(lengths) > 1:
        few, many = min(lengths), max(lengths)
        raise content.error(f"h0 of {few} and of {many} numbers", fix="the network has one number of hidden units")
    if classes:
        fit.check_targets(found, len(classes), f"there are {len(classes)} classes")
    return found


@dataclass(frozen=True)
class Given:
    """Arrays as a file names them, x (T,I) or (N,T,I) and what goes with it, and what errors call them."""

    x: NDArray[Any]
    y: NDArray[Any] | None = None
    lengths: NDArray[Any] | None = None
    h0: NDArray[Any] | None = None
    x_name: str = ""
    y_name: str = "targets"


def from_arrays(content: Content, given: Given) -> Dataset:
    """The dataset of x (T,I) or (N,T,I), y (T,) or (N,T), lengths (N,), h0 (H,) or (N,H). Raises RnnError."""
    x, y = given.x, given.y
    check_axes(content, x.shape, given.x_name)
    if y is not None:
        check_target_array(content, y, given.y_name)
        if y.shape == (*x.shape[:-1], 1):
            y = y[..., 0]
        if y.shape != x.shape[:-1]:
            what = f"shape {y.shape}, where the inputs have {x.shape}"
            raise content.error(what, at=given.y_name, fix=f"expected {x.shape[:-1]}: one target for each timestep")
    if x.ndim == 2:
        if given.lengths is not None:
            raise content.error("lengths for inputs without a sequence axis", at="lengths", fix="leave it out")
        x = x[np.newaxis]
    if len(x) > SEQUENCE_LIMIT:
        what = f"{len(x)} sequences, more than {SEQUENCE_LIMIT}"
        raise content.error(what, at=given.x_name, fix="is the order of the axes (N, T, I)? Else give fewer")
    lengths = _lengths(content, given.lengths, *x.shape[:2])
    h0 = _initial(content, given.h0, len(x))
    if given.lengths is None:
        arrays.check_finite(content, given.x, given.x_name)
    else:
        for i, length in enumerate(lengths):  # padding may be anything
            arrays.check_finite(content, x[i, :length], f"{given.x_name}[{i}]")
    targets = np.full(x.shape[:2], NO_TARGET) if y is None else y.reshape(x.shape[:2])
    return dataset(content, [inside(content, Sequence, x[i, :n], targets[i, :n], h0[i]) for i, n in enumerate(lengths)])


def check_axes(content: Content, shape: tuple[int, ...], at: str) -> None:
    """Raise InputError unless `shape` is (T,I) or (N,T,I) with nothing in it zero."""
    expected = "expected (timesteps, features) or (sequences, timesteps, features)"
    if len(shape) not in {2, 3}:
        fix = f"reshape(-1, 1) makes it {shape[0]} timesteps of one feature" if len(shape) == 1 else "reshape it"
        raise content.error(f"shape {shape}, {expected}", at=at, fix=fix)
    names = ("sequences", "timesteps", "features")[-len(shape) :]
    if 0 in shape:
        raise content.error(f"shape {shape}: no {names[shape.index(0)]}", at=at, fix="give at least one")


def check_target_array(content: Content, y: NDArray[Any], at: str) -> None:
    """Raise InputError unless `y` holds integers that are class indices, -1 or -100."""
    if y.dtype.kind not in "iu":
        fix = "y.astype(int), with -1 where there is no target"
        raise content.error(f"holds {y.dtype}, not integers", at=at, fix=fix)
    bad = (y >= CLASS_LIMIT) | ((y < 0) & ~np.isin(y, ABSENT))
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        fix = f"class indices go from 0 to {CLASS_LIMIT - 1}; -1 means no target"
        raise content.error(f"target {y[index]}", at=at + "".join(f"[{i}]" for i in index), fix=fix)


def _lengths(content: Content, lengths: NDArray[Any] | None, count: int, longest: int) -> list[int]:
    if lengths is None:
        return [longest] * count
    if lengths.dtype.kind not in "iu":
        raise content.error(f"holds {lengths.dtype}, not integers", at="lengths", fix="save integers")
    if lengths.shape != (count,):
        what = f"shape {lengths.shape} for {files.counted(count, 'sequence')}"
        raise content.error(what, at="lengths", fix=f"expected ({count},)")
    bad = (lengths < 1) | (lengths > longest)
    if bad.any():
        i = int(np.argmax(bad))
        raise content.error(
            files.counted(int(lengths[i]), "timestep"), at=f"lengths[{i}]", fix=f"expected 1 to {longest}"
        )
    return [int(length) for length in lengths]


def _initial(content: Content, h0: NDArray[Any] | None, count: int) -> list[NDArray[Any] | None]:
    if h0 is None:
        return [None] * count
    arrays.check_finite(content, h0, "h0")
    one = h0.ndim == 1 or (h0.ndim == 2 and 1 in h0.shape and len(h0) != count)
    if h0.ndim not in {1, 2} or h0.size == 0 or not (one or len(h0) == count):
        what = f"shape {h0.shape} for {files.counted(count, 'sequence')}"
        raise content.error(what, at="h0", fix=f"expected (hidden,) or ({count}, hidden)")
    return [h0.reshape(-1)] * count if one else list(h0)


def refuse_dense(content: Content, timesteps: int, width: int) -> None:
    """Raise InputError when (timesteps, width) one-hot inputs would be over files.DENSE_LIMIT."""
    files.check_dense(content, timesteps * width, f"{timesteps} timesteps of {width} symbols")
