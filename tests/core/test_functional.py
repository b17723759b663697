"""The functional face takes and gives what a teaching notebook's own functions do."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from rnn_core import functional
from rnn_core.errors import ShapeError
from tests.core import notebook

T, TARGETS = 4, [0, 2, 1, 0]


@pytest.fixture
def parameters():
    rng = np.random.RandomState(1)
    return [30.0 * parameter for parameter in notebook.weights(rng)]


@pytest.fixture
def inputs():
    return list(np.random.RandomState(2).randn(T, 5, 1))


def test_the_signatures_are_the_notebook_s():
    expected = {
        functional.softmax: "x",
        functional.forward: "inputs U W V b c",
        functional.backward: "inputs outputs hidden_states targets U W V b c",
        functional.train_step: "inputs targets U W V b c learning_rate",
    }
    for function, names in expected.items():
        assert list(inspect.signature(function).parameters) == names.split()


def test_forward_gives_columns_and_states(parameters, inputs):
    outputs, hidden_states = functional.forward(inputs, *parameters)
    ps, hs = notebook.forward(inputs, *parameters)
    assert isinstance(outputs, list)
    assert [output.shape for output in outputs] == [(3, 1)] * T
    assert hidden_states.shape == (T + 1, 10, 1)
    assert not hidden_states[0].any()
    assert np.allclose(outputs, ps, rtol=1e-13)
    assert np.allclose(hidden_states, hs, rtol=1e-13)


@pytest.mark.parametrize("as_given", [list, np.array], ids=["list of columns", "one array"])
def test_backward_gives_the_sums_over_time(parameters, inputs, as_given):
    ps, hs = notebook.forward(inputs, *parameters)
    found = functional.backward(as_given(inputs), ps, np.array(hs), TARGETS, *parameters)
    expected = notebook.backward(inputs, ps, hs, TARGETS, *parameters)
    assert [d.shape for d in found] == [(10, 5), (10, 10), (3, 10), (10, 1), (3, 1)]
    for ours, theirs in zip(found, expected, strict=True):
        assert np.allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_backward_works_from_the_outputs_and_states_it_is_given(parameters, inputs):
    """A student's own forward pass may be wrong; its backward pass is still judged on what it left."""
    rng = np.random.RandomState(9)
    ps = [rng.rand(3, 1) for _ in inputs]
    hs = 0.9 * rng.rand(T + 1, 10, 1)
    found = functional.backward(inputs, ps, hs, TARGETS, *parameters)
    expected = notebook.backward(inputs, ps, hs, TARGETS, *parameters)
    for ours, theirs in zip(found, expected, strict=True):
        assert np.allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_train_step_gives_new_parameters_and_the_mean_loss(parameters, inputs):
    *found, loss = functional.train_step(inputs, TARGETS, *parameters, 0.1)
    expected, _, their_loss = notebook.train_step(inputs, TARGETS, *parameters, 0.1)
    assert isinstance(loss, float)
    assert loss == pytest.approx(their_loss, rel=1e-6)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.shape == theirs.shape
        assert np.allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_what_it_gives_back_can_be_changed(parameters, inputs):
    outputs, hidden_states = functional.forward(inputs, *parameters)
    gradients = functional.backward(inputs, outputs, hidden_states, TARGETS, *parameters)
    *new, _ = functional.train_step(inputs, TARGETS, *parameters, 0.1)
    for array in (*outputs, hidden_states, *gradients, *new):
        array += 1.0


def test_it_changes_nothing_it_is_given(parameters, inputs):
    before = [parameter.copy() for parameter in parameters]
    functional.train_step(inputs, TARGETS, *parameters, 0.1)
    assert all(np.array_equal(one, two) for one, two in zip(before, parameters, strict=True))


def test_softmax_keeps_the_shape_of_a_column():
    p = functional.softmax(np.array([[1.0], [1.0], [1e4]]))
    assert p.tolist() == [[0.0], [0.0], [1.0]]


@pytest.mark.parametrize("absent", [None, -1, -100])
def test_a_missing_target_adds_nothing(parameters, inputs, absent):
    ps, hs = functional.forward(inputs, *parameters)
    all_missing = functional.backward(inputs, ps, hs, [absent] * T, *parameters)
    assert all(not d.any() for d in all_missing)
    *_, loss = functional.train_step(inputs, [absent, 2, absent, absent], *parameters, 0.1)
    assert loss == pytest.approx(-np.log(ps[1][2, 0]), rel=1e-12)


def test_mistaken_shapes_are_named(parameters, inputs):
    U, W, V, b, c = parameters
    ps, hs = functional.forward(inputs, *parameters)
    mistakes = [
        lambda: functional.forward(inputs, W, W, V, b, c),
        lambda: functional.forward([], U, W, V, b, c),
        lambda: functional.train_step(inputs, [0, 1], U, W, V, b, c, 0.1),
        lambda: functional.train_step(inputs, [0, 1, 2, 3], U, W, V, b, c, 0.1),
        lambda: functional.backward(inputs, ps[:-1], hs, TARGETS, U, W, V, b, c),
        lambda: functional.backward(inputs, ps, hs[:-1], TARGETS, U, W, V, b, c),
    ]
    for mistake in mistakes:
        with pytest.raises(ShapeError) as refused:
            mistake()
        assert "\n" not in str(refused.value)


def test_backward_answers_min_char_rnns_dicts(parameters, inputs):
    ps, hs = notebook.forward(inputs, *parameters)
    xs = dict(enumerate(inputs))
    expected = notebook.backward(inputs, ps, hs, TARGETS, *parameters)
    states = {t - 1: h for t, h in enumerate(hs)}
    found = functional.backward(xs, dict(enumerate(ps)), states, dict(enumerate(TARGETS)), *parameters)
    for ours, theirs in zip(found, expected, strict=True):
        assert np.allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_states_in_a_dict_without_their_start_are_refused(parameters, inputs):
    ps, hs = notebook.forward(inputs, *parameters)
    with pytest.raises(ShapeError, match=r"hidden_states: no timestep -1 \(give every timestep from -1 to 3\)"):
        functional.backward(inputs, ps, dict(enumerate(hs)), TARGETS, *parameters)


def test_states_whose_start_stands_last_are_refused_and_the_advice_works(parameters, inputs):
    ps, hs = notebook.forward(inputs, *parameters)
    states = [*hs[1:], hs[0]]
    with pytest.raises(ShapeError, match=r"h\[0\] stands last \(put it first: \[hs\[-1\], \*hs\[:-1\]\]"):
        functional.backward(inputs, ps, states, TARGETS, *parameters)
    found = functional.backward(inputs, ps, [states[-1], *states[:-1]], TARGETS, *parameters)
    expected = notebook.backward(inputs, ps, hs, TARGETS, *parameters)
    assert all(np.allclose(ours, theirs, rtol=1e-12, atol=1e-14) for ours, theirs in zip(found, expected, strict=True))
