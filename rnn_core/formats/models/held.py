"""What a file of weights holds, before anybody asks which array is which parameter: named arrays, and facts.

Each format has a reader that makes a `Held`; one interpreter (`network`) makes parameters of it. Arrays are loaded when
they are wanted, so that an optimiser's memories beside the weights cost nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.errors import InputError
from rnn_core.formats import files
from rnn_core.formats.files import Content
from rnn_core.records import dataclass

WIDE = "float64"
_PLAIN = {
    "float64": "f8", "float32": "f4", "float16": "f2", "bfloat16": "u2",
    "int64": "i8", "int32": "i4", "int16": "i2", "bool": "?",
}  # fmt: skip
"""The kinds of number that are read, and how NumPy calls what is stored of them."""
QUANTISED = frozenset({"int8", "uint8", "qint8", "quint8", "qint32", "int4", "uint4"})


@dataclass(frozen=True, eq=False)
class Stored:
    """An array in a file: its shape, its kind of number as the file names it, and what loads it."""

    shape: tuple[int, ...]
    dtype: str
    load: Callable[[], NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Held:
    """All arrays of a file by name, and what it says beside them."""

    arrays: Mapping[str, Stored]
    framework: str = ""
    """The tool whose conventions the names follow, where the format itself says so."""
    cell: str = ""
    activation: str = ""
    layers: tuple[str, ...] = ()
    """The prefixes of recurrent layers in the order in which they run, where the file says it."""
    left_out: tuple[str, ...] = ()
    """What is no array, by its path."""
    backward: bool = False
    """Whether the layer runs from the last timestep to the first, as the file says."""
    more: bool = False
    """Whether it is a file of ours that holds more than weights, and says so itself."""

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each array."""
        return {name: stored.shape for name, stored in self.arrays.items()}


def plain(array: NDArray[Any]) -> Stored:
    """An array that is in memory."""
    return Stored(array.shape, str(array.dtype), lambda: array)


def stored_as(content: Content, name: str, dtype: str, size: int) -> tuple[str, int]:
    """How NumPy calls what is stored of `dtype`, and the bytes of `size` numbers. Raises InputError."""
    if dtype in QUANTISED:
        fix = "save the model before it is quantised, as floats"
        raise content.error(f"holds {dtype}: quantised weights, which are no gradients' to follow", at=name, fix=fix)
    if dtype not in _PLAIN:
        raise content.error(f"holds {dtype}, not real numbers that float64 can hold", at=name, fix="save it as float32")
    files.check_dense(content, size, f"{size} numbers", at=name)
    return _PLAIN[dtype], np.dtype(_PLAIN[dtype]).itemsize * size


def widened(array: NDArray[Any], dtype: str) -> NDArray[Any]:
    """bfloat16 as float32, exactly: its 16 bits are the upper half. Anything else as it is."""
    if dtype != "bfloat16":
        return array
    return (array.astype(np.uint32) << np.uint32(16)).view(np.float32)


def counted(shape: tuple[int, ...]) -> int:
    """The number of elements."""
    return math.prod(shape)


def shape_of(content: Content, name: str, shape: Any) -> tuple[int, ...]:
    """A shape that a file gives, whole numbers from 0. Raises InputError."""
    if isinstance(shape, list | tuple) and all(type(size) is int and 0 <= size < 2**48 for size in shape):
        return tuple(shape)
    raise damaged(content, name, "a shape that is none")


def damaged(content: Content, name: str, what: str) -> InputError:
    """The error for a file whose parts contradict each other."""
    return content.error(what, at=name, fix="copy it again, or save it again")
