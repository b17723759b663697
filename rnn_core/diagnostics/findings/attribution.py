"""Why a loss's gradient dies or explodes on its way back: the place in the listing that does it.

One loss is followed (`flow.cause`), and the factors of each place are multiplied up. Some cells have a direct way from
state to state (f ⊙ ds, u ⊙ dh). It is what should carry, so its gate is asked. Without one it is the activation or the
recurrent matrix, whichever took more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnn_core.flow.cause import Factor, of_loss
from rnn_core.flow.spectrum import Spectrum, spectra
from rnn_core.flow.units import shut
from rnn_core.trace import Trace
from rnn_core.views.numbers import magnitude, power

NON_NORMAL = 0.5
"""`Spectrum.normality` below which the spectral radius says nothing of a few steps: random matrices have about 1."""

SATURATION = 0.2
"""The share of saturated units from which that is the cause; with fewer it is the function's slope in between."""


class Cause(NamedTuple):
    """What does it, how that shows, and what people do about it."""

    name: str
    evidence: tuple[str, ...]
    advice: str


def of_vanishing(trace: Trace, t: int, lags: int) -> Cause:
    """Why the gradient of the loss at t is small after so many timesteps."""
    factors = of_loss(trace, t, lags)
    kept = _strongest([each for each in factors if each.place.through_time and each.place.kind == "gate"])
    if kept is not None:
        gate = kept.place.label
        return Cause(
            "closed gate",
            (_line(kept), *_matrices(trace)),
            f"begin with {gate} open: a bias of +1 or more (--init forget for an LSTM), or longer runs to learn it",
        )
    activation = _weakest([each for each in factors if each.place.kind == "activation"])
    matrix = _weakest([each for each in factors if each.place.kind == "matrix"])
    both = tuple(_line(each) for each in (activation, matrix) if each)
    if activation is not None and (matrix is None or activation.total < matrix.total):
        return _shut(trace, t, lags, both)
    return _small(trace, both)


def of_exploding(trace: Trace, t: int, lags: int) -> Cause:
    """Why the gradient of the loss at t has grown after so many timesteps."""
    factors = of_loss(trace, t, lags)
    shown = [each for each in factors if each.place.kind == "matrix" or not trace.program.cell.gates]
    both = tuple(map(_line, shown))
    evidence = (*both, *_matrices(trace))
    worst = max(spectra(trace), key=lambda each: each.radius)
    if not trace.program.cell.gates and (worst.normality < NON_NORMAL or worst.radius <= 1.0):
        return Cause("non-normal W", evidence, "start from an orthogonal W (--init orthogonal); clipping (clip norm:1)")
    return Cause("large W", evidence, "clipping (clip norm:1), an orthogonal or smaller W, a smaller learning rate")


def _shut(trace: Trace, t: int, lags: int, evidence: tuple[str, ...]) -> Cause:
    """The activation lets little through: units are saturated or dead."""
    span = slice(max(0, t - lags), t)
    for each in shut(trace):
        share = float(each.share[span].mean())
        line = f"{share:.0%} of the units of {each.name} are {each.function.shut_word} in t={span.start + 1}…{t}"
        if each.function.shut_word == "dead":
            advice = "a smaller learning rate, a bias that begins above 0, W that begins as identity (--init identity)"
            return Cause("dead units", (*evidence, line), advice)
        advice = "smaller inputs (scale the features) or a smaller U, b and W; --init orthogonal, a gated cell"
        name = "saturation" if share >= SATURATION else f"{each.function.name} takes more than W"
        return Cause(name, (*evidence, line), advice)
    return Cause("activation", evidence, "another activation, or a gated cell")


def _small(trace: Trace, evidence: tuple[str, ...]) -> Cause:
    found = spectra(trace)[0]
    lines = (*evidence, *_matrices(trace))
    if found.normality < NON_NORMAL:
        return Cause("non-normal W", lines, "start from an orthogonal W (--init orthogonal), or a gated cell")
    return Cause("small W", lines, "a W with spectral radius 1 (--init orthogonal), or a gated cell (--cell lstm)")


def _strongest(factors: list[Factor]) -> Factor | None:
    return max(factors, key=lambda each: each.total, default=None)


def _weakest(factors: list[Factor]) -> Factor | None:
    return min(factors, key=lambda each: each.total, default=None)


def _line(factor: Factor) -> str:
    """A factor in words: the mean of a timestep, and all of them multiplied."""
    place, n = f"{factor.place.name} through {factor.place.label}", int(np.sum(~np.isnan(factor.log10)))
    if factor.total == -np.inf:
        return f"{place}: 0, all of it is lost in {n} timesteps"
    return f"{place}: ×{power(factor.mean)} a timestep, ×{power(factor.total)} in {n}"


def _matrices(trace: Trace) -> tuple[str, ...]:
    return tuple(described(each) for each in spectra(trace))


def described(each: Spectrum) -> str:
    """A recurrent matrix in a line."""
    if not len(each.singular) or np.isnan(each.radius):
        return f"{each.name} is not finite"
    large, small = magnitude(float(each.singular[0])), magnitude(float(each.singular[-1]))
    word = " (non-normal)" if each.normality < NON_NORMAL else ""
    return f"{each.name}: spectral radius {magnitude(each.radius)}, singular values {large} … {small}{word}"
