"""Arrays as a file names them, made into sequences: whose axis is which, padding, lengths, targets of every shape.

Rules this file keeps:
- Three axes are (N, T, I) unless a person says otherwise; the notice says so, and what makes it doubtful.
- Whole numbers on two axes beside targets of the same shape are token ids, and so are whole numbers on one axis.
- One label a sequence stands at its last timestep.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.data import NO_TARGET, Dataset, Sequence
from rnn_core.errors import InputError
from rnn_core.formats import arrays
from rnn_core.formats.files import Content, counted
from rnn_core.formats.sequences import labels, symbols
from rnn_core.formats.sequences.asked import TABLE_OPTIONS, Asked
from rnn_core.formats.sequences.assemble import SEQUENCE_LIMIT, check_axes, dataset, inside
from rnn_core.formats.sequences.labels import Classes
from rnn_core.records import dataclass

SUSPECT_ID = 10
"""Whole numbers from here on may be token ids that were meant as such."""


@dataclass(frozen=True)
class Given:
    """Arrays as a file names them, x (T,I), (N,T,I) or ids, and what goes with it, and what errors call them."""

    x: NDArray[Any]
    y: NDArray[Any] | None = None
    lengths: NDArray[Any] | None = None
    h0: NDArray[Any] | None = None
    s0: NDArray[Any] | None = None
    x_name: str = ""
    y_name: str = "targets"
    lengths_name: str = "lengths"


def from_arrays(content: Content, given: Given, asked: Asked) -> Dataset:
    """The dataset of x (T,I) or (N,T,I), y, lengths (N,), h0 and s0 (H,) or (N,H). Raises RnnError."""
    asked.refuse(TABLE_OPTIONS, "tables", content.name)
    if _is_ids(given, asked):
        return _ids(content, given, asked)
    asked.refuse(("vocabulary",), f"token ids, and {given.x_name or 'the array'} holds {given.x.dtype}", content.name)
    check_axes(content, given.x.shape, given.x_name)
    lengths = None if given.lengths is None else _whole_lengths(content, given)
    _refuse_ids_in_floats(content, given)
    if given.x.ndim == 2:
        asked.refuse(("time_first", "batch_first"), f"three axes, and the shape is {given.x.shape}", content.name)
        _suspect_ids(given, asked)
        if lengths is not None:
            return _glued(content, given, lengths, asked)
        arrays.check_finite(content, given.x, given.x_name)
        classes = Classes(content, asked)
        y = targets_of(content, given.y, given.y_name, (1, len(given.x)), None, asked, classes, given.x.shape)
        made = inside(content, Sequence, given.x, y[0], **_start(content, given, 1)[0])
        return _finished(content, [made], classes, asked)
    return _several(content, given, lengths, asked)


def _several(content: Content, given: Given, lengths: NDArray[Any] | None, asked: Asked) -> Dataset:
    x, y = given.x, given.y
    if asked.reading.time_first:
        x = x.swapaxes(0, 1)
        if y is not None and y.shape[:2] == x.shape[1::-1]:  # where N = T, they are (T, N) as the inputs are
            y = y.swapaxes(0, 1)
    if len(x) > SEQUENCE_LIMIT:
        what = f"{len(x)} sequences, more than {SEQUENCE_LIMIT}"
        raise content.error(what, at=given.x_name, fix="is the order of the axes (N, T, I)? Else give fewer")
    _note_axes(given, x.shape, asked)
    found = _lengths(content, lengths, given.lengths_name, *x.shape[:2])
    if lengths is None:
        arrays.check_finite(content, given.x, given.x_name)
        _suspect_padding(x, asked)
    else:
        for i, length in enumerate(found):  # padding may be anything
            arrays.check_finite(content, x[i, :length], f"{given.x_name}[{i}]")
    classes = Classes(content, asked)
    targets = targets_of(content, y, given.y_name, x.shape[:2], found, asked, classes, given.x.shape)
    start = _start(content, given, len(x))
    made = [inside(content, Sequence, x[i, :n], targets[i, :n], **start[i]) for i, n in enumerate(found)]
    return _finished(content, made, classes, asked)


def _finished(content: Content, made: list[Sequence], classes: Classes, asked: Asked) -> Dataset:
    if not classes.used and not made[0].is_values:
        labels.suspect_counting((sequence.y for sequence in made), asked)
    return dataset(content, made, classes.names())


# -- what is suspicious ----------------------------------------------------------------------------------------


def _note_axes(given: Given, shape: tuple[int, ...], asked: Asked) -> None:
    many, timesteps, _ = shape
    name = given.x_name or "the array"
    first, told = asked.reading.time_first, asked.reading.time_first or asked.reading.batch_first
    said = f"{counted(many, 'sequence')} of {counted(timesteps, 'timestep')}"
    if not told:
        asked.note(said, f"{name} {given.x.shape} is taken as (N, T, I)", "--time-first reads it as (T, N, I)")
    if timesteps == 1 and many > 1 and not told:
        what = "every sequence has one timestep, so W and its gradient do nothing"
        asked.note(what, f"{name} is {given.x.shape}", "--time-first reads one sequence; --window N cuts windows of it")
    if given.y is not None and given.y.shape[:2] == (many, timesteps) and many == timesteps > 1:
        what = f"{given.y_name} {given.y.shape} is taken as {'(T, N)' if first else '(N, T)'}"
        asked.note(what, "N = T, so that a transposed array looks the same", f"save {given.y_name}.T where it is one")


def _suspect_padding(x: NDArray[Any], asked: Asked) -> None:
    last: NDArray[np.bool_] = np.logical_not(x.any(axis=2))
    ends = np.logical_and.accumulate(last[:, ::-1], axis=1).sum(axis=1)
    padded = int(np.count_nonzero(ends))
    if 0 < padded < len(x) or (padded and ends.min() != ends.max()):
        what = f"the rows of zeros that end {counted(padded, 'sequence')} are taken as data"
        asked.note(what, "there are no lengths", "save lengths (N,), too, where they are padding")


def _suspect_ids(given: Given, asked: Asked) -> None:
    x = given.x
    if x.dtype.kind in "iu" and x.size and int(x.min()) >= 0 and int(x.max()) >= SUSPECT_ID:
        what = f"the whole numbers up to {int(x.max())} in {given.x_name or 'the array'} are taken as features"
        change = f"--vocabulary {int(x.max()) + 1} takes them as token ids"
        asked.note(what, f"its shape {x.shape} is taken as (timesteps, features)", change)


# -- token ids -------------------------------------------------------------------------------------------------


def _is_ids(given: Given, asked: Asked) -> bool:
    x, y = given.x, given.y
    if x.dtype.kind not in "iu" or x.ndim not in {1, 2} or 0 in x.shape:
        return False
    if x.ndim == 1 or asked.reading.vocabulary is not None:
        return True
    beside = y is not None and y.shape == x.shape and y.dtype.kind in "iu"
    return beside and not labels.is_one_hot(y)  # type: ignore[arg-type]  # it is an array where beside is true


def _refuse_ids_in_floats(content: Content, given: Given) -> None:
    """Raise InputError for whole numbers (N,T) in floats beside targets of their shape: ids that were cast."""
    x, y = given.x, given.y
    if x.ndim != 2 or x.dtype.kind != "f" or y is None or y.shape != x.shape or y.dtype.kind not in "fiu":
        return
    with np.errstate(all="ignore"):
        whole = bool((x >= 0).all() and (x == np.floor(x)).all() and (x > 1).any() and (y == np.floor(y)).all())
    if whole and not labels.is_one_hot(y):
        what = f"whole numbers {x.shape} in {x.dtype}, with as many targets: they look like token ids"
        raise content.error(what, at=given.x_name, fix="token ids are saved as integers, inputs and targets")


def _ids(content: Content, given: Given, asked: Asked) -> Dataset:
    x, y = given.x, given.y
    lengths = None if given.lengths is None else _whole_lengths(content, given)
    classes = Classes(content, asked)
    if x.ndim == 1:
        asked.refuse(("time_first", "batch_first"), f"several axes, and the shape is {x.shape}", content.name)
    elif asked.reading.time_first:
        x, y = x.T, y.T if y is not None and y.shape == x.shape else y
    elif not asked.reading.batch_first:
        said = f"{counted(len(x), 'sequence')} of {counted(x.shape[1], 'token')}"
        asked.note(
            said, f"{given.x_name or 'the array'} {x.shape} is taken as (N, T)", "--time-first reads it as (T, N)"
        )
    targets: list[NDArray[np.int64] | None]
    if x.ndim == 1:
        sizes = [len(x)] if lengths is None else _sizes(content, given, lengths, asked)
        flat = None if y is None else targets_of(content, y, given.y_name, (1, len(x)), None, asked, classes)[0]
        cuts = np.cumsum(sizes)[:-1]
        rows = np.split(x, cuts)
        targets = [None] * len(sizes) if flat is None else list(np.split(flat, cuts))
    else:
        sizes = _lengths(content, lengths, given.lengths_name, *x.shape)
        rows = [x[i, :n] for i, n in enumerate(sizes)]
        found = None if y is None else targets_of(content, y, given.y_name, x.shape, sizes, asked, classes)
        targets = [None if found is None else found[i, :n] for i, n in enumerate(sizes)]
    name = given.x_name or "the numbers"
    how_else = "reshape(-1, 1) makes them one feature" if x.ndim == 1 else "save them as floats for features"
    made, following = symbols.of_ids(content, asked, rows, targets, at=name, how_else=how_else)
    start = _start(content, given, len(made))
    made = [replace(sequence, **states) for sequence, states in zip(made, start, strict=True)]
    return dataset(content, made, classes.names() or following)


# -- lengths ---------------------------------------------------------------------------------------------------


def _whole_lengths(content: Content, given: Given) -> NDArray[Any]:
    lengths = given.lengths
    assert lengths is not None
    if lengths.dtype.kind not in "iu":
        raise content.error(f"holds {lengths.dtype}, not integers", at=given.lengths_name, fix="save integers")
    return lengths


def _sizes(content: Content, given: Given, lengths: NDArray[Any], asked: Asked) -> list[int]:
    """How long each of the sequences is that lie one after the other, by their lengths or their ends."""
    total, found = len(given.x), lengths.reshape(-1).astype(np.int64)
    name = given.x_name or "inputs"
    ends = found[1:] if len(found) > 1 and found[0] == 0 else found
    if found.sum() == total and (found > 0).all():
        sizes, how = found, f"{given.lengths_name} add up to its {total} timesteps"
    elif len(ends) and ends[-1] == total and (np.diff(ends, prepend=0) > 0).all():
        sizes, how = np.diff(ends, prepend=0), f"{given.lengths_name} end at its {total} timesteps"
    else:
        what = f"{given.lengths_name} {found.tolist()[:6]} for {total} timesteps in {name}"
        fix = f"lengths add up to {total}; cumulative ones end with it; for padded sequences save {name} as (N, T, I)"
        raise content.error(what, fix=fix)
    asked.note(f"{name} is cut into {counted(len(sizes), 'sequence')}", how, "leave out --strict")
    return [int(size) for size in sizes]


def _glued(content: Content, given: Given, lengths: NDArray[Any], asked: Asked) -> Dataset:
    """Sequences that lie one after the other in x (T,I)."""
    sizes = _sizes(content, given, lengths, asked)
    arrays.check_finite(content, given.x, given.x_name)
    classes = Classes(content, asked)
    cuts = np.cumsum(sizes)[:-1]
    if given.y is not None and len(given.y) == len(sizes) != len(given.x):
        padded = targets_of(content, given.y, given.y_name, (len(sizes), max(sizes)), sizes, asked, classes)
        y = [row[:n] for row, n in zip(padded, sizes, strict=True)]
    else:
        flat = targets_of(content, given.y, given.y_name, (1, len(given.x)), None, asked, classes)[0]
        y = np.split(flat, cuts)
    parts = zip(np.split(given.x, cuts), y, _start(content, given, len(sizes)), strict=True)
    made = [inside(content, Sequence, rows, targets, **states) for rows, targets, states in parts]
    return _finished(content, made, classes, asked)


def _lengths(content: Content, lengths: NDArray[Any] | None, name: str, count: int, longest: int) -> list[int]:
    if lengths is None:
        return [longest] * count
    if lengths.shape != (count,):
        what = f"shape {lengths.shape} for {counted(count, 'sequence')}"
        raise content.error(what, at=name, fix=f"expected ({count},)")
    bad = (lengths < 1) | (lengths > longest)
    if bad.any():
        i = int(np.argmax(bad))
        raise content.error(counted(int(lengths[i]), "timestep"), at=f"{name}[{i}]", fix=f"expected 1 to {longest}")
    return [int(length) for length in lengths]


def _start(content: Content, given: Given, count: int) -> list[dict[str, Any]]:
    """The initial states of each sequence, by name."""
    start: list[dict[str, Any]] = [{} for _ in range(count)]
    for name, state in (("h0", given.h0), ("s0", given.s0)):
        if state is not None:
            for states, held in zip(start, _initial(content, name, state, count), strict=True):
                states[name] = held
    return start


def _initial(content: Content, name: str, state: NDArray[Any], count: int) -> list[NDArray[Any]]:
    arrays.check_finite(content, state, name)
    one = state.ndim == 1 or (state.ndim == 2 and 1 in state.shape and len(state) != count)
    if state.ndim not in {1, 2} or state.size == 0 or not (one or len(state) == count):
        what = f"shape {state.shape} for {counted(count, 'sequence')}"
        raise content.error(what, at=name, fix=f"expected (hidden,) or ({count}, hidden)")
    return [state.reshape(-1)] * count if one else list(state)


# -- targets ---------------------------------------------------------------------------------------------------


def targets_of(
    content: Content,
    y: NDArray[Any] | None,
    at: str,
    shape: tuple[int, int],
    lengths: list[int] | None,
    asked: Asked,
    classes: Classes,
    x_shape: tuple[int, ...] = (),
) -> NDArray[Any]:
    """Class indices (N,T), or real values (N,T,O), of targets in any shape that fits `shape` (N,T).

    There is one a timestep, or one a sequence, which goes to its last timestep. They are indices, words, values, or
    one-hot over one axis more. Raises InputError.
    """
    many, timesteps = shape
    if y is None:
        return np.full(shape, NO_TARGET)
    if (y.ndim == 3 and y.shape[2] == 1) or (y.ndim == 2 and y.shape == (timesteps, 1) and many == 1):
        y = y[..., 0]
    if y.dtype.kind in "US":
        y = labels.words(content, y, at, classes)
    alone = many == 1
    per_timestep = y.shape == shape or (alone and y.shape == (timesteps,))
    wide = y.ndim > 1 and (y.shape[:-1] == shape or (alone and y.shape[:-1] == (timesteps,)))
    if labels.is_real(y) or (wide and not per_timestep and y.dtype.kind == "f" and not labels.is_one_hot(y)):
        return _values(content, labels.values(content, y, at, asked), at, shape, lengths, asked, x_shape)
    if wide and not per_timestep:
        if not labels.is_one_hot(y):
            raise _not_one_hot(content, y, at)
        y, per_timestep = labels.from_one_hot(y, at, asked), True
    elif not per_timestep and y.ndim == 2 and len(y) == many and labels.is_one_hot(y):
        y = labels.from_one_hot(y, at, asked)
    elif not per_timestep and not alone and y.shape == (many * timesteps,) and many > 1:
        asked.note(
            f"{at} {y.shape} is cut into {many} rows of {timesteps}", "they lie one after the other", "reshape it"
        )
        y, per_timestep = y.reshape(shape), True
    elif not per_timestep and y.shape == shape[::-1]:
        raise _transposed(content, y, at, shape)
    y = labels.whole(content, y, at, asked)
    labels.check_indices(content, y, at)
    y = labels.missing_as_none(y)
    if per_timestep:
        return y.reshape(shape)
    if y.shape not in {(many,), (many, 1), *([()] if alone else [])}:
        raise _misfit(content, y, at, shape, x_shape)
    placed = np.full(shape, NO_TARGET)
    ends = np.array([timesteps] * many if lengths is None else lengths)
    placed[np.arange(many), ends - 1] = y.reshape(-1)
    said = f"{at} {y.shape} is one label a sequence, put at its last timestep"
    asked.note(said, f"there are {counted(many, 'sequence')}", "give one for each timestep, -1 where there is none")
    return placed


def _values(
    content: Content,
    y: NDArray[np.float64],
    at: str,
    shape: tuple[int, int],
    lengths: list[int] | None,
    asked: Asked,
    x_shape: tuple[int, ...],
) -> NDArray[np.float64]:
    """Real targets (N,T,O): a row a timestep, or one a sequence at its last timestep and NaN before it."""
    many, timesteps = shape
    if y.shape == shape or (many == 1 and y.shape == (timesteps,)) or (many > 1 and y.shape == (many * timesteps,)):
        return y.reshape(*shape, 1)
    if y.ndim > 1 and (y.shape[:-1] == shape or (many == 1 and y.shape[:-1] == (timesteps,))):
        return y.reshape(*shape, y.shape[-1])
    if y.shape == shape[::-1]:
        raise _transposed(content, y, at, shape)
    if y.ndim not in {1, 2} or len(y) != many or (many == 1 and y.ndim == 1 and timesteps > 1 and y.size != 1):
        raise _misfit(content, y, at, shape, x_shape)
    rows = y.reshape(many, -1)
    placed = np.full((*shape, rows.shape[1]), np.nan)
    placed[np.arange(many), np.array([timesteps] * many if lengths is None else lengths) - 1] = rows
    said = f"{at} {y.shape} is one target a sequence, put at its last timestep"
    asked.note(said, f"there are {counted(many, 'sequence')}", "give one for each timestep, NaN where there is none")
    return placed


def _not_one_hot(content: Content, y: NDArray[Any], at: str) -> InputError:
    index = np.argwhere(((y != 0) & (y != 1)).any(axis=-1) | (y.sum(axis=-1) > 1))
    row = "".join(f"[{i}]" for i in index[0]) if len(index) else ""
    what = f"shape {y.shape}, whose rows are not one-hot" if row else f"shape {y.shape}, which is zero throughout"
    return content.error(what, at=at + row, fix="save y.argmax(-1), the one class of each timestep")


def _transposed(content: Content, y: NDArray[Any], at: str, shape: tuple[int, int]) -> InputError:
    what = f"shape {y.shape}, where the inputs are {shape[0]} sequences of {shape[1]} timesteps"
    fix = f"it looks transposed: save {at}.T, or give --time-first where it is the inputs that are (T, N, I)"
    return content.error(what, at=at, fix=fix)


def _misfit(content: Content, y: NDArray[Any], at: str, shape: tuple[int, int], x_shape: tuple[int, ...]) -> InputError:
    many, timesteps = shape
    if many == 1:
        expected = f"expected ({timesteps},): one target for each timestep"
    else:
        expected = f"expected {shape}: one target for each timestep, or ({many},): one label a sequence"
    inputs = x_shape or shape
    return content.error(f"shape {y.shape}, where the inputs have {inputs}", at=at, fix=expected)
