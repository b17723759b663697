"""Targets as people write them: class indices, words, one-hot rows, whole numbers that were saved as floats.

Rules this file keeps:
- A label that is a word gets its class by its first appearance, or by the order that a person gives.
- A one-hot row is the place of its 1; a row of zeros is no target.
- A fraction is never rounded into a class: such targets are real values.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.data import ABSENT, NO_TARGET
from rnn_core.errors import quoted
from rnn_core.formats.files import Content
from rnn_core.formats.numbers import CLASS_LIMIT
from rnn_core.formats.sequences.asked import Asked, listed

ORDER = "--classes-order A,B,… orders them"


class Classes:
    """The classes of text labels, in the order in which they first appear, or in the one asked for."""

    def __init__(self, content: Content, asked: Asked, known: tuple[str, ...] = ()) -> None:
        self._content, self._asked, self._known = content, asked, known or asked.reading.classes_order
        self._index = {name: i for i, name in enumerate(self._known)}

    def index(self, label: str, at: str = "") -> int:
        """The class of a label; NO_TARGET of an empty one. Raises InputError for one that is not among those known."""
        if label in self._index:
            return self._index[label]  # a class may be a blank
        label = label.strip()
        if not label:
            return NO_TARGET
        if label not in self._index:
            if self._known:
                what = f"{quoted(label)} is none of the classes {listed(self._known)}"
                raise self._content.error(what, at=at, fix="name it among the classes, too")
            if len(self._index) >= CLASS_LIMIT:
                raise self._content.error(f"more than {CLASS_LIMIT} labels", at=at, fix="give fewer")
            self._index[label] = len(self._index)
        return self._index[label]

    @property
    def used(self) -> bool:
        """Whether there is a class."""
        return bool(self._index)

    def names(self) -> tuple[str, ...]:
        """Their names; says how they were ordered."""
        if self._index and not self._known:
            first = "the labels count in the order of their first appearance"
            self._asked.note(f"classes {listed(self._index)}", first, ORDER)
        return tuple(self._index)


def words(content: Content, y: NDArray[Any], at: str, classes: Classes) -> NDArray[np.int64]:
    """Class indices of an array of texts. Raises InputError."""
    try:
        texts = [str(text, "utf-8") if isinstance(text, bytes) else str(text) for text in y.reshape(-1).tolist()]
    except (UnicodeDecodeError, ValueError):
        raise content.error("holds what is no text", at=at, fix="save the labels as text in UTF-8") from None
    return np.array([classes.index(text, at) for text in texts], dtype=np.int64).reshape(y.shape)


def whole(content: Content, y: NDArray[Any], at: str, asked: Asked) -> NDArray[Any]:
    """Targets as integers: `y` as it is, or whole numbers saved as floats. Raises InputError for what is no class."""
    if y.dtype.kind == "b":
        return y.astype(np.int64)
    if y.dtype.kind != "f":
        return y
    values = y[~np.isnan(y)]
    if set(values.tolist()) == {-1.0, 1.0}:
        fix = "each is -1 or 1: save y > 0, which counts the two classes 0 and 1"
        raise content.error(f"holds {y.dtype}, not integers", at=at, fix=fix)
    if not (np.abs(values) < 2.0**53).all():
        raise content.error(f"holds {y.dtype}, not integers", at=at, fix="save class indices from 0")
    absent = ", -1 and NaN as none" if np.isnan(y).any() else ", -1 as none" if (values == -1).any() else ""
    said = f"the whole numbers in {at or 'the targets'} are taken as class indices{absent}"
    asked.note(said, f"they are {y.dtype}", "save integers; --loss squared-error takes them as values")
    return np.where(np.isnan(y), NO_TARGET, y).astype(np.int64)


def is_real(y: NDArray[Any]) -> bool:
    """Whether targets are real values: floats, some with a fraction."""
    if y.dtype.kind != "f":
        return False
    with np.errstate(all="ignore"):
        return bool((np.isfinite(y) & (y != np.floor(y))).any())


def values(content: Content, y: NDArray[Any], at: str, asked: Asked) -> NDArray[np.float64]:
    """Real targets as float64, NaN for none; says that they are taken so. Raises InputError for infinite ones."""
    if np.isinf(y).any():
        place = at + "".join(f"[{int(i)}]" for i in np.argwhere(np.isinf(y))[0])
        raise content.error("an infinite target", at=place, fix="save NaN where there is no target")
    fractions = y[np.isfinite(y) & (y != np.floor(y))]
    because = f"such as {fractions.flat[0]:.6g}" if fractions.size else "they are floats, and not one-hot"
    asked.note(f"{at or 'the targets'} are real values", because, "save class indices as integers")
    return y.astype(np.float64)


def is_one_hot(y: NDArray[Any]) -> bool:
    """Whether the last axis holds rows with a single 1 among zeros, or of zeros only; and not zeros throughout."""
    if y.dtype.kind not in "fiub" or y.ndim < 2 or y.shape[-1] < 2:
        return False
    sums = y.sum(axis=-1)
    return bool(((y == 0) | (y == 1)).all() and (sums <= 1).all() and sums.any())


def from_one_hot(y: NDArray[Any], at: str, asked: Asked) -> NDArray[np.int64]:
    """The place of the 1 in each row of the last axis, NO_TARGET where there is none."""
    without = ~y.any(axis=-1)
    more = "; rows of zeros have no target" if without.any() else ""
    said = f"{at or 'the targets'} {y.shape} is one-hot over {y.shape[-1]} classes: the place of each 1 is taken{more}"
    asked.note(said, "each row has a single 1", "save y.argmax(-1)")
    return np.where(without, NO_TARGET, y.argmax(axis=-1)).astype(np.int64)


def check_indices(content: Content, y: NDArray[Any], at: str) -> None:
    """Raise InputError unless the integers in `y` are class indices, -1 or -100."""
    bad = (y >= CLASS_LIMIT) | ((y < 0) & ~np.isin(y, ABSENT))
    if bad.any():
        index = tuple(int(i) for i in np.argwhere(bad)[0])
        fix = f"class indices go from 0 to {CLASS_LIMIT - 1}; -1 means no target"
        raise content.error(f"target {y[index]}", at=at + "".join(f"[{i}]" for i in index), fix=fix)


def suspect_counting(values: Iterable[NDArray[Any]], asked: Asked) -> None:
    """Say where classes seem to be counted from 1."""
    found = np.unique(np.concatenate(list(values)))
    found = found[found >= 0]
    if len(found) > 1 and found[0] == 1:
        what = f"class 0 never occurs: the targets are 1 … {found[-1]}, so there are {found[-1] + 1} classes"
        asked.note(what, "they seem to count from 1", "save the targets less 1")


def suspect_one_hot(x: NDArray[np.float64], names: tuple[str, ...], asked: Asked) -> None:
    """Say where the last columns of a table without targets look like targets: each row has one 1 among zeros.

    `x` (rows, features); `names` of the features, none without a header.
    """
    rows, width = x.shape
    for k in range(2, width):
        last = x[:, -k:]
        if not ((last == 0) | (last == 1)).all():
            return
        if rows > 1 and (last.sum(axis=1) == 1).all() and np.count_nonzero(last.any(axis=0)) > 1:
            called = f" ({listed(names[-k:])})" if names else ""
            because = "their names" if names else "they have no names"
            change = f"--target-column {','.join(names[-k:])}" if names else "a header with target_0, target_1, …"
            asked.note(f"the last {k} columns{called} are one-hot, and taken as features", because, change)
            return


def missing_as_none(y: NDArray[Any]) -> NDArray[np.int64]:
    """Integers with -100 as NO_TARGET."""
    return np.where(np.isin(y, ABSENT), NO_TARGET, y).astype(np.int64)
