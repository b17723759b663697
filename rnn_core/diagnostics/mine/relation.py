"""How an array that is not ours is related to it: by a factor, row by row, turned, in part, or not at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from rnn_core.arrays import Array
from rnn_core.diagnostics.mine.fitting import Fitted, close
from rnn_core.views.numbers import short


def factor_between(theirs: Array, ours: Array, slack: Callable[[Array], float]) -> float | None:
    """The number f for which theirs is f·ours; None where there is none, or ours is 0."""
    with np.errstate(all="ignore"):
        square = float(np.vdot(ours, ours))
        if not (np.isfinite(square) and square > 0 and np.isfinite(theirs).all()):
            return None
        factor = float(np.vdot(ours, theirs)) / square
        wanted = factor * ours
    return factor if factor and close(theirs, wanted, slack(wanted)) else None


def relation(item: Fitted, scale: float) -> str:
    """In words, how their array differs from ours times the loss's factor."""
    return next(_relations(item, scale))


def _relations(item: Fitted, scale: float) -> Iterator[str]:
    theirs, ours = item.array, scale * item.right
    if not np.isfinite(theirs).all() and np.isfinite(ours).all():
        yield f"{np.count_nonzero(~np.isfinite(theirs))} of {theirs.size} elements are not finite"
        return
    if not theirs.any():
        yield "all zeros: nothing was added to it"
        return
    factor = factor_between(theirs, ours, item.slack)
    if factor is not None:
        yield "the sign is turned" if abs(factor + 1) < 1e-6 else f"{named_factor(factor)} times ours"
    if theirs.ndim == 2:
        if theirs.shape[0] == theirs.shape[1] and item.rows is None:
            turned = factor_between(theirs.T, ours, item.slack)
            if turned is not None:
                yield "transposed" if abs(turned - 1) < 1e-6 else f"transposed, and {named_factor(turned)} times ours"
        if item.rows is not None:
            shifted = next((k for k in (1, -1) if _is_shifted(item, theirs, ours, k)), None)
            if shifted:
                yield f"shifted by one timestep: row t holds what belongs to t{shifted:+d}"
        yield from _by_lines(item, theirs, ours)
    wrong = np.abs(theirs - ours) > item.slack(ours)
    yield f"{np.count_nonzero(wrong)} of {theirs.size} elements differ"


def _by_lines(item: Fitted, theirs: Array, ours: Array) -> Iterator[str]:
    rows = [factor_between(a, b, item.slack) for a, b in zip(theirs, ours, strict=True)]
    if len(rows) > 1 and all(rows):
        yield f"each row has a factor of its own: {_listed(rows)}"
    columns = [factor_between(a, b, item.slack) for a, b in zip(theirs.T, ours.T, strict=True)]
    if len(columns) > 1 and len(rows) > 1 and all(columns):
        yield f"each column has a factor of its own: {_listed(columns)}"


def _is_shifted(item: Fitted, theirs: Array, ours: Array, k: int) -> bool:
    if len(theirs) < 3:
        return False
    a, b = (theirs[:-1], ours[1:]) if k == 1 else (theirs[1:], ours[:-1])
    return close(a, b, item.slack(b))


def _listed(factors: list[float | None]) -> str:
    shown = " ".join(short(factor or 0.0, 4) for factor in factors[:6])
    return f"{shown} …" if len(factors) > 6 else shown


def named_factor(factor: float) -> str:
    """A factor as a person writes it: 2, -1, 1/5, 0.3711."""
    for whole in (factor, 1 / factor):
        nearest = round(whole)
        if nearest and abs(whole - nearest) < 1e-6 * abs(whole) and abs(nearest) < 10_000:
            return f"{nearest}" if whole is factor or abs(nearest) == 1 else f"{'-' * (nearest < 0)}1/{abs(nearest)}"
    return "1/ln 2" if math.isclose(factor, 1 / math.log(2), rel_tol=1e-5) else short(factor, 4)
