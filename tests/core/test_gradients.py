"""The gradients are the derivatives of the loss, by two independent ways of differentiating."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.interpreter import registers, run
from rnn_core.model import Params
from rnn_core.program import program
from rnn_core.recorder import record
from rnn_core.updates import Options
from tests.core.cases import MATRICES_AND_BIASES, random_params, random_sequence

PARAMETERS_AND_STATE = (*MATRICES_AND_BIASES, "h0")


def the_run(reduction):
    params = random_params(h0=True)
    sequence = random_sequence(6, absent=0.3, seed=4)
    assert 0 < sequence.target_count < 6
    options = Options(reduction=reduction)
    trace = record(params, sequence, options)
    found = {name: getattr(trace.gradients, name) for name in MATRICES_AND_BIASES} | {"h0": trace.dh_next[0]}
    return params, sequence, options, found


def shifted(params, name, index, step):
    arrays = {name: np.array(getattr(params, name)) for name in PARAMETERS_AND_STATE}
    arrays[name][index] += step
    return Params(**arrays)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("name", PARAMETERS_AND_STATE)
def test_central_differences_of_the_loss_are_the_gradient(name, reduction):
    params, sequence, options, found = the_run(reduction)
    step = 1e-5

    def loss(index, by):
        return record(shifted(params, name, index, by), sequence, options).loss

    expected = np.zeros_like(found[name])
    for index in np.ndindex(expected.shape):
        expected[index] = (loss(index, step) - loss(index, -step)) / (2 * step)
    assert np.linalg.norm(found[name] - expected) <= 1e-8 * np.linalg.norm(expected)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("name", PARAMETERS_AND_STATE)
def test_a_complex_step_through_the_interpreter_is_the_gradient(name, reduction):
    """f(x + iε) has the derivative in its imaginary part, without a difference to lose digits in."""
    params, sequence, options, found = the_run(reduction)
    listing, step = program(options), 1e-40
    expected = np.zeros_like(found[name])
    for index in np.ndindex(expected.shape):
        r = registers(params, sequence, options)
        moved = np.array(getattr(params, name), dtype=np.complex128)
        moved[index] += 1j * step
        if name == "h0":
            r.h[0] = moved
        else:
            setattr(r, name, moved)
        run(listing, r, len(sequence), 0, listing.borders(len(sequence))[1])
        expected[index] = r.loss.imag / step
    assert np.linalg.norm(found[name] - expected) <= 1e-13 * np.linalg.norm(expected)


def test_the_mean_is_the_sum_divided_by_the_number_of_targets():
    _, sequence, _, sums = the_run("sum")
    _, _, _, means = the_run("mean")
    for name in PARAMETERS_AND_STATE:
        assert np.allclose(means[name] * sequence.target_count, sums[name], rtol=1e-13, atol=0)


def test_both_reductions_show_the_same_mean_loss():
    params, sequence = random_params(), random_sequence(6, absent=0.3, seed=4)
    one, two = (record(params, sequence, Options(reduction=reduction)) for reduction in ("sum", "mean"))
    assert one.mean_loss == pytest.approx(two.mean_loss, rel=1e-14)
    assert one.loss == pytest.approx(two.loss * sequence.target_count, rel=1e-14)
