"""What was read, checked as a whole and made into a dataset. Every format of sequences ends here."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from rnn_core.data import Dataset, Sequence
from rnn_core.errors import ShapeError
from rnn_core.formats import files
from rnn_core.formats.files import Content
from rnn_core.formats.sequences import fit

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
    lengths = {(len(state), name) for sequence in sequences for name, state in sequence.start.items()}
    if len({length for length, _ in lengths}) > 1:
        (few, one), (many, other) = min(lengths), max(lengths)
        what = f"{one} of {few} and {'' if one == other else f'{other} '}of {many} numbers"
        raise content.error(what, fix="the network has one number of hidden units")
    if classes:
        fit.check_targets(found, len(classes), f"there are {len(classes)} classes")
    return found


def check_axes(content: Content, shape: tuple[int, ...], at: str) -> None:
    """Raise InputError unless `shape` is (T,I) or (N,T,I) with nothing in it zero."""
    expected = "expected (timesteps, features) or (sequences, timesteps, features)"
    if len(shape) not in {2, 3}:
        fix = f"reshape(-1, 1) makes it {shape[0]} timesteps of one feature" if len(shape) == 1 else "reshape it"
        raise content.error(f"shape {shape}, {expected}", at=at, fix=fix)
    names = ("sequences", "timesteps", "features")[-len(shape) :]
    if 0 in shape:
        raise content.error(f"shape {shape}: no {names[shape.index(0)]}", at=at, fix="give at least one")


def refuse_dense(content: Content, timesteps: int, width: int) -> None:
    """Raise InputError when (timesteps, width) one-hot inputs would be over files.DENSE_LIMIT."""
    files.check_dense(content, timesteps * width, f"{timesteps} timesteps of {width} symbols")
