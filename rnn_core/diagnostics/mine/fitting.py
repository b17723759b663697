"""Brings somebody's arrays into the listing's layout: which way a matrix is stored, which row is which timestep.

Rules this file keeps:
- Whether matrices are stored input-major is told by all shapes together; a square one goes with the others.
- Of the ways in which rows over time may stand, the one that agrees with ours is taken, and said.
- What fits in no way is refused in one line: it belongs to another network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from rnn_core.arrays import Array
from rnn_core.errors import ShapeError
from rnn_core.notices import Notice
from rnn_core.records import dataclass
from rnn_core.trace import Trace

EXACT, SINGLE, HALF = 1e-6, 1e-4, 1e-2
"""How far numbers may be apart, as a share of the largest: of float64, float32, float16."""
MOST_DIGITS = 8


class Theirs(Protocol):
    """An array of theirs: its name, whose it is, and whether that name says that it is stored turned."""

    @property
    def theirs(self) -> str:
        """What they call it."""

    @property
    def ours(self) -> str:
        """The name of the listing."""

    @property
    def array(self) -> NDArray[Any]:
        """As it is stored."""

    @property
    def turned(self) -> bool:
        """Whether the name is a tool's that stores the matrix the other way round."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """One of their arrays beside ours, in our layout."""

    theirs: str
    ours: str
    array: Array
    right: Array
    """What it should be, of the same shape."""
    rows: slice | None
    """Which rows of the series it has; None where it has no time."""
    tolerance: float
    """Relative to the largest element."""
    rounding: float
    """Half a unit of the last digit that was saved; 0 where all were."""

    def slack(self, wanted: Array) -> float:
        """How far an element may be from what is wanted."""
        finite = np.abs(wanted[np.isfinite(wanted)])
        return float(self.tolerance * finite.max(initial=0.0) + self.rounding * 1.001 + 1e-300)

    def agrees(self, wanted: Array) -> bool:
        """Whether these numbers are theirs."""
        return close(self.array, wanted, self.slack(wanted))


def close(a: Array, b: Array, slack: float) -> bool:
    """Whether two arrays of one shape are nowhere further apart, and not finite at the same places."""
    with np.errstate(all="ignore"):
        return bool(np.all((np.abs(a - b) <= slack) | (np.isnan(a) & np.isnan(b)) | (a == b)))


class Way(NamedTuple):
    """One way to read an array."""

    array: Array
    rows: slice | None
    said: str = ""
    """What is assumed then; empty where it is what anybody would."""


def fitted(given: Sequence[Theirs], trace: Trace, notices: list[Notice]) -> tuple[Fitted, ...]:
    """Their arrays in our layout, in the order in which the listing computes them. Raises ShapeError."""
    turned = _turned(given, trace, notices)
    found: list[Fitted] = []
    for each in given:
        raw = np.asarray(each.array, dtype=np.float64)
        tolerance = (
            {2: HALF, 4: SINGLE}.get(each.array.dtype.itemsize, EXACT) if each.array.dtype.kind == "f" else EXACT
        )
        rounding = _rounding(raw) if tolerance == EXACT else 0.0
        ways = [
            way for way in _ways(each, raw, trace, turned) if way.array.shape == _ours(trace, each.ours, way.rows).shape
        ]
        if not ways:
            raise _misfit(each, trace)
        made = [
            Fitted(each.theirs, each.ours, way.array, _ours(trace, each.ours, way.rows), way.rows, tolerance, rounding)
            for way in ways
        ]
        at = next((i for i, one in enumerate(made) if one.agrees(one.right) or one.agrees(-one.right)), 0)
        if ways[at].said:
            notices.append(Notice(f"{each.theirs}: {ways[at].said}", "so it agrees" if at else ""))
        if rounding:
            notices.append(Notice(f"{each.theirs} is rounded to {rounding:.0e}", "as it was saved", plain=True))
        found.append(made[at])
    return tuple(found)


def _ours(trace: Trace, name: str, rows: slice | None) -> Array:
    """Our array of this name, its rows over time where it has any."""
    register = trace.program.registers[name]
    if register.kind == "series":
        return np.asarray(trace.rows[name][rows or slice(None)], dtype=np.float64)
    if register.kind == "sum":
        return np.asarray(trace.gradients[name[1:]])
    if register.kind == "parameter":
        return np.asarray(trace.params[name])
    value = trace.value(name, trace.end)
    return np.asarray(np.nan if value is None else value, dtype=np.float64)


def _ways(each: Theirs, raw: Array, trace: Trace, turned: frozenset[str]) -> Iterator[Way]:
    register = trace.program.registers[each.ours]
    if register.kind == "series" or each.ours in ("x", "y"):
        yield from _over_time(raw, trace, each.ours)
        return
    wanted = _ours(trace, each.ours, None)
    plain = raw.reshape(wanted.shape) if wanted.ndim < 2 and raw.size == wanted.size else raw
    yield Way(plain.T if each.theirs in turned else plain, None)


def _over_time(raw: Array, trace: Trace, name: str) -> Iterator[Way]:
    """The ways to read rows over time: all of them or those without an end, as rows, as columns, last one first."""
    full = _ours(trace, name, None)
    T = len(trace)
    if full.ndim == 1:
        yield Way(raw.reshape(-1), None)
        return
    width, backward = full.shape[1], trace.program.registers[name].backward
    squeezed = raw.reshape([side for side in raw.shape if side != 1] or [1]) if raw.ndim > 2 else raw
    shapes: list[tuple[Array, str]] = []
    if squeezed.ndim == 2 and squeezed.shape[1] == width:
        shapes.append((squeezed, ""))
    if squeezed.ndim == 2 and squeezed.shape[0] == width:
        shapes.append((squeezed.T, "its columns are timesteps" if squeezed.shape[0] == squeezed.shape[1] else ""))
    if squeezed.size == width and len(full) > 1:
        last = 1 if name == "h" else 0
        t = 1 if backward else T
        row = (0 if backward else len(full) - 1) if last or backward else T - 1
        yield Way(
            squeezed.reshape(1, width),
            slice(row, row + 1),
            f"one vector, taken as that of t = {t}, the last one computed",
        )
    for array, said in shapes:
        for cut, words in _cuts(len(array), len(full), name):
            yield Way(array, cut, said or words)
            yield Way(array[::-1], cut, "its rows stand in the order of the backward loop, t = T first")


def _cuts(count: int, full: int, name: str) -> Iterator[tuple[slice, str]]:
    """The rows of ours that so many rows of theirs may be."""
    if count == full:
        yield slice(0, full), ""
    if count == full - 1:  # h without h[0]; what is carried into t = 1 … T, or out of them
        yield slice(1, full), ""
        yield slice(0, full - 1), f"its first row is that of t = {0 if name.startswith(('h', 's', 'd')) else 1}"


def _turned(given: Sequence[Theirs], trace: Trace, notices: list[Notice]) -> frozenset[str]:
    """The matrices that are stored the other way round, by their names; a notice where shapes say so."""
    matrices = [each for each in given if each.array.ndim == 2 and _matrix(trace, each.ours) is not None]
    told: dict[str, bool | None] = {}
    for each in matrices:
        shape = _matrix(trace, each.ours)
        assert shape is not None
        square = shape[0] == shape[1]
        told[each.theirs] = None if square else each.array.shape == shape[::-1]
    verdicts = {verdict for verdict in told.values() if verdict is not None}
    rest = verdicts == {True}
    found = {
        each.theirs for each in matrices if (rest or each.turned if told[each.theirs] is None else told[each.theirs])
    }
    if not verdicts and matrices and not found and _agree_turned(matrices, trace):
        found = {each.theirs for each in matrices}
        notices.append(
            Notice(f"{', '.join(sorted(found))}: stored input-major, and turned", "all are square, and agree so")
        )
    elif found:
        names = ", ".join(each.theirs for each in matrices if each.theirs in found)
        why = "their shapes fit only so" if rest else "the shape or the name says so"
        notices.append(Notice(f"{names}: stored input-major, and turned", why))
    return frozenset(found)


def _matrix(trace: Trace, name: str) -> tuple[int, ...] | None:
    register = trace.program.registers[name]
    if register.kind not in ("sum", "parameter") or len(register.axes) != 2:
        return None
    return _ours(trace, name, None).shape


def _agree_turned(matrices: Iterable[Theirs], trace: Trace) -> bool:
    """Whether square matrices agree with ours only when they are turned, and more than one of them does."""
    turned = [_is_ours(each.array.T, trace, each.ours) for each in matrices]
    straight = [_is_ours(each.array, trace, each.ours) for each in matrices]
    return sum(turned) > 1 and not any(straight)


def _is_ours(array: NDArray[Any], trace: Trace, name: str) -> bool:
    ours = _ours(trace, name, None)
    return array.shape == ours.shape and close(
        np.asarray(array, dtype=np.float64), ours, 1e-4 * float(np.abs(ours).max(initial=0.0))
    )


def _rounding(array: Array) -> float:
    """Half a unit of the last decimal, where numbers were saved with a few of them."""
    if not np.isfinite(array).all() or not array.any():
        return 0.0
    for digits in range(2, MOST_DIGITS + 1):
        if np.array_equal(np.round(array, digits), array):
            return 0.5 * 10.0**-digits if not np.array_equal(np.round(array), array) else 0.0
    return 0.0


def _misfit(each: Theirs, trace: Trace) -> ShapeError:
    ours = _ours(trace, each.ours, None).shape
    sizes = trace.sizes
    run = f"T {len(trace)}, I {sizes.inputs}, H {sizes.hidden}, O {sizes.classes}"
    return ShapeError(
        f"{each.theirs} has shape {each.array.shape}, and {each.ours} of this run {ours} ({run})",
        fix="name the data and the weights that it was computed from: FILE --model WEIGHTS",
    )
