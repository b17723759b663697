"""Truncated BPTT: no gradient crosses the border of a window, and what is left is an exact derivative."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnn_core.data import Sequence
from rnn_core.diagnostics.gradient_check import check
from rnn_core.errors import UsageError
from rnn_core.model import PARAMETERS
from rnn_core.program import program
from rnn_core.recorder import record
from rnn_core.updates import Options
from tests.core.cases import close, random_params, random_sequence

WINDOWS = [1, 2, 3, 4, 5, 7, 9, 10, 11]


def runs(truncation, absent=0.2, **others):
    params, sequence = random_params(h0=True, scale=0.9), random_sequence(10, absent=absent)
    return record(params, sequence, Options(truncation=truncation, **others)), record(
        params, sequence, Options(**others)
    )


def test_a_window_has_at_least_one_timestep():
    with pytest.raises(UsageError) as refused:
        Options(truncation=-1)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("truncation", WINDOWS)
def test_the_windows_part_all_of_time(truncation):
    listing = program(Options(truncation=truncation))
    windows = sorted({listing.window(t, 10) for t in range(1, 11)})
    assert [t for first, last in windows for t in range(first, last + 1)] == list(range(1, 11))
    assert all(last - first + 1 == truncation for first, last in windows[:-1])
    assert [t for t in range(1, 11) if listing.is_cut("dh_next", t)] == [first for first, _ in windows[1:]]


@pytest.mark.parametrize("truncation", WINDOWS)
def test_the_gradients_are_the_sums_of_the_windows_run_as_sequences_of_their_own(truncation):
    cut, _ = runs(truncation)
    total = dict.fromkeys(PARAMETERS, 0.0)
    for first in range(0, 10, truncation):
        rows = slice(first, first + truncation)
        part = record(cut.params, Sequence(x=cut.x[rows], y=cut.y[rows], h0=cut.h[first]))
        for name in PARAMETERS:
            total[name] = total[name] + getattr(part.gradients, name)
    for name, expected in total.items():
        assert close(getattr(cut.gradients, name), expected, np.max(np.abs(expected))), name


@pytest.mark.parametrize("truncation", WINDOWS)
def test_the_forward_pass_is_as_without_windows(truncation):
    cut, full = runs(truncation)
    assert cut.h.tobytes() == full.h.tobytes()
    assert cut.loss == full.loss


@pytest.mark.parametrize("truncation", WINDOWS)
def test_where_a_window_begins_nothing_is_carried_on(truncation):
    cut, full = runs(truncation, absent=0.0)
    for t in range(1, 11):
        line = cut.program.number("backward", t, "dh_next", 10)
        carried = cut.value("dh_next", line)
        assert carried.any() != cut.program.is_cut("dh_next", t), t
        assert np.array_equal(carried, cut.dh_next[t - 1])
    assert cut.end == full.end


def test_a_window_of_all_timesteps_or_more_is_no_truncation():
    for truncation in (10, 11, 1000):
        cut, full = runs(truncation)
        assert all(np.array_equal(a, b) for a, b in zip(cut.gradients.values(), full.gradients.values(), strict=True))
        assert np.array_equal(cut.dh_next, full.dh_next)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("truncation", [1, 3, 4, 9])
def test_the_truncated_gradient_is_the_derivative_of_what_the_interpreter_computes(truncation, reduction):
    """Every block of the check, at every timestep: dz, dh, da, the five gradients, h0 and x."""
    cut, full = runs(truncation, reduction=reduction)
    assert check(cut).good
    for t in range(1, 11):
        assert check(cut, timestep=t).good
    assert not np.allclose(cut.gradients.W, full.gradients.W, rtol=1e-3)


def test_a_full_gradient_is_not_good_under_truncation():
    """The check tells the two apart: so it is the truncated derivative that it compares with."""
    cut, full = runs(3)
    mixed = replace(cut, gradients=full.gradients)
    assert not check(mixed).good
