"""Extreme numbers give the exact answer or say that there is none; never a warning, never a wrong one."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core import functional
from rnn_core.arrays import Arrays
from rnn_core.data import Sequence
from rnn_core.interpreter import registers, run
from rnn_core.language.functions import TANH
from rnn_core.model import Params
from rnn_core.outputs.classes import ClassRows, Targets
from rnn_core.program import NonFiniteNorm, program
from rnn_core.recorder import record
from rnn_core.trace import summarise
from rnn_core.updates import Clip, Options
from tests.core.cases import MATRICES_AND_BIASES, random_params, random_run, random_sequence, small_constants
from tests.listing import GRADIENTS


def with_biases(c):
    """A network whose logits are c, whatever goes in."""
    return Params(U=np.zeros((2, 1)), W=np.zeros((2, 2)), V=np.zeros((len(c), 2)), b=np.zeros(2), c=np.array(c))


@pytest.mark.parametrize(
    ("logits", "target", "nll"),
    [
        ([1e4, -1e4, 0.0], 0, 0.0),
        ([1e4, -1e4, 0.0], 1, 2e4),
        ([1e4, -1e4, 0.0], 2, 1e4),
        ([1e4, 1e4], 0, np.log(2.0)),
        ([-1e4, -1e4], 1, np.log(2.0)),
    ],
)
def test_the_loss_of_logits_of_ten_thousand_is_exact(logits, target, nll):
    params, sequence = with_biases(logits), Sequence(x=np.zeros((1, 1)), y=np.array([target]))
    assert record(params, sequence).loss == nll
    r = run(program(), registers(params, sequence, Options()), 1, 0, 5)
    assert r.loss == nll


@pytest.mark.parametrize("logits", [[1e4, -1e4], [1e308, -1e308, 1e308], [-1e308, -1e308]])
def test_softmax_does_not_overflow(logits):
    p = record(with_biases(logits), Sequence(x=np.zeros((1, 1)), y=np.array([0]))).p[0]
    assert p.sum() == 1.0
    assert p.tolist() == functional.softmax(np.array(logits)).tolist()
    assert p[0] == 1.0 / sum(value == logits[0] for value in logits) or p[0] == 0.0


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan, 1e308])
@pytest.mark.parametrize("name", MATRICES_AND_BIASES)
def test_weights_that_are_not_finite_go_through_without_a_warning(name, bad):
    """pyproject.toml turns every RuntimeWarning into an error; the interpreter must agree on what is NaN."""
    params, sequence = random_run(timesteps=4)
    arrays = {other: np.array(getattr(params, other)) for other in MATRICES_AND_BIASES}
    arrays[name].flat[0] = bad
    params = Params(**arrays)
    with small_constants(block=2, kept_share=0.0):
        trace = record(params, sequence)
        r = registers(params, sequence, Options())
        for k in range(trace.end + 1):
            run(program(), r, 4, max(k - 1, 0), k)
            for other in (*MATRICES_AND_BIASES, *GRADIENTS):
                found, expected = trace.value(other, k), r.latest(other)
                assert (found is None) == (expected is None)
                assert found is None or np.array_equal(np.isfinite(found), np.isfinite(expected))
                assert found is None or np.allclose(found, expected, rtol=1e-10, atol=1e-12, equal_nan=True)
            for gradient in GRADIENTS:
                trace.summary(gradient, k)
        for t in range(1, 5):
            for gradient in GRADIENTS:
                trace.contribution(gradient, t)
    functional.train_step(list(sequence.x[:, :, None]), sequence.y.tolist(), *arrays.values(), 0.1)


def test_a_gradient_that_overflows_part_way_is_infinite_without_a_warning():
    params = random_params(1, 2, 2)
    params = Params(U=np.full((2, 1), 1e-308), W=params.W, V=1e3 * params.V, b=params.b, c=params.c)
    trace = record(params, Sequence(x=np.full((5, 1), 1e308), y=np.array([0, 1, 0, 1, 0])))
    assert np.isinf(trace.gradients.U).any()
    for k in range(trace.end + 1):
        trace.value("dU", k)
        trace.summary("dU", k)
    assert np.isinf([trace.contribution("dU", t) for t in range(1, 6)]).any()


@pytest.mark.parametrize("clip", [Clip("norm", 1.0), Clip("value", 1.0)])
def test_clipping_a_norm_that_is_not_finite_stops_before_the_update(clip):
    params, sequence = random_run()
    arrays = {name: getattr(params, name) for name in MATRICES_AND_BIASES}
    params = Params(**arrays | {"V": np.full_like(params.V, np.nan)})
    trace = record(params, sequence, Options(clip=clip))
    assert "nan" in trace.halted
    assert "\n" not in trace.halted
    assert trace.end == trace.program.borders(5)[2]
    for name in MATRICES_AND_BIASES:
        assert np.array_equal(trace.value(name, trace.end), getattr(params, name), equal_nan=True)
    r = registers(params, sequence, Options(clip=clip))
    with pytest.raises(NonFiniteNorm):
        run(trace.program, r, 5, 0, trace.end + 1)


def test_without_targets_nothing_is_learnt_and_there_is_no_mean_loss():
    params, sequence = random_params(), random_sequence(absent=1.0)
    for reduction in ("sum", "mean"):
        trace = record(params, sequence, Options(reduction=reduction))
        assert np.isnan(trace.mean_loss)
        assert trace.loss == 0.0
        assert all(not gradient.any() for gradient in trace.gradients.values())
        assert np.isnan(trace.nll).all()
        assert np.array_equal(trace.updated.W, params.W)


def test_a_timestep_without_a_target_still_runs_its_lines():
    trace = record(random_params(), random_sequence(absent=1.0))
    assert trace.program.times_run("loss", trace.end, 5) == 5
    assert trace.value("loss", 5) == 0.0
    assert trace.value("dz", trace.end).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("field", ["U", "b", "h0", "x"])
def test_float32_is_widened_and_says_so(field):
    params, x = random_params(h0=True), np.ones((5, 3))
    arrays = {name: getattr(params, name) for name in (*MATRICES_AND_BIASES, "h0")} | {"x": x}
    arrays[field] = arrays[field].astype(np.float32)
    x = arrays.pop("x")
    assert Params(**arrays).widened == (field != "x")
    assert Sequence(x=x).widened == (field == "x")
    assert Params(**arrays).U.dtype == np.float64
    assert Sequence(x=x).x.dtype == np.float64


def test_a_norm_overflows_only_when_it_must():
    huge, tiny = np.full((2, 2), 1e200), np.full((2, 2), 1e-200)
    assert summarise(huge) == pytest.approx((2e200, 1e200))
    assert summarise(tiny) == pytest.approx((2e-200, 1e-200))
    zeros = np.zeros(1)
    assert Arrays({"U": huge, "b": zeros}).norm() == pytest.approx(2e200)
    assert Arrays({"U": tiny, "b": zeros}).norm() == pytest.approx(2e-200)


def test_a_summary_of_numbers_that_are_not_finite_shows_the_largest_that_is():
    assert summarise(np.array([3.0, np.inf, -4.0])) == (np.inf, 4.0)
    norm, peak = summarise(np.array([np.nan, 2.0]))
    assert np.isnan(norm)
    assert peak == 2.0
    assert summarise(np.array([np.nan])).peak == 0.0


def test_each_kernel_stands_beside_its_derivative():
    """The slope of tanh and the error at the logits, by central differences."""
    a, step = np.linspace(-2, 2, 9), 1e-6
    slope = (np.tanh(a + step) - np.tanh(a - step)) / (2 * step)
    assert np.allclose(TANH.slope(np.tanh(a)), slope, rtol=1e-8)
    z, y = np.array([[0.3, -0.2, 0.9]]), np.array([2])

    held = {"z": np.empty((1, 3)), "p": np.empty((1, 3)), "dz": np.empty((1, 3)), "nll": np.empty(1)}
    rows, targets = ClassRows(held), Targets(y, 3, "sum")

    def nll(logits):
        rows.forward({"V": np.eye(3), "c": np.zeros(3)}, logits)
        rows.losses(rows.answer(targets), targets)
        return held["nll"].copy()

    nll(z)
    rows.error(targets)
    error = held["dz"].copy()
    for i in range(3):
        by = np.eye(3)[i] * step
        difference = nll(z + by) - nll(z - by)
        assert error[0, i] == pytest.approx(difference[0] / (2 * step), rel=1e-7)
