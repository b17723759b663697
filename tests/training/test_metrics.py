"""What is written down of an update is what its trace says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.model import PARAMETERS
from rnn_core.training.metrics import Metrics
from tests.training.runs import any_run, chain, little_memory, random_run


def size(array):
    """√ of the exact sum of squares."""
    return math.sqrt(math.fsum(float(number) ** 2 for number in np.asarray(array).ravel()))


@settings(max_examples=60)
@given(any_run, st.integers(1, 9), st.integers(1, 4), st.booleans())
def test_every_row_is_what_the_trace_of_its_update_says(run, count, block, large):
    with little_memory(block=block, large=large):
        run.learn(count, stop=False)
    metrics = run.metrics
    assert (len(metrics), metrics.first, metrics.epoch_length) == (count, 0, len(run.dataset.sequences))
    for update, trace in enumerate(chain(run, count)):
        assert np.float64(trace.mean_loss).tobytes() == metrics.loss[update].tobytes()
        targets = [(p, y) for p, y in zip(trace.p, trace.y, strict=True) if y >= 0]
        if targets:
            hits = sum(max(range(len(p)), key=p.__getitem__) == y for p, y in targets)
            assert metrics.accuracy[update] == pytest.approx(hits / len(targets), rel=1e-15)
        else:
            assert np.isnan(metrics.accuracy[update])
        for i, name in enumerate(PARAMETERS):
            before, later = getattr(trace.params, name), getattr(trace.updated, name)
            assert metrics.gradients[update, i] == pytest.approx(size(getattr(trace.gradients, name)), rel=1e-12)
            assert metrics.weights[update, i] == pytest.approx(size(before), rel=1e-12)
            assert metrics.changes[update, i] == pytest.approx(size(later - before), rel=1e-12)
        assert metrics.finite[update]
    with np.errstate(all="ignore"):
        assert np.allclose(metrics.ratios, metrics.changes / metrics.weights, rtol=1e-15, equal_nan=True)


@settings(max_examples=20)
@given(any_run, st.booleans())
def test_the_bits_of_every_row_are_the_same_however_the_updates_are_cut_into_blocks(run, large):
    rows = []
    for block in (1, 4, 256):
        again = type(run)(run.dataset, run.params, run.options, run.order)
        with little_memory(block=block, large=large):
            again.learn(9, stop=False)
        rows.append(again.history.memory().metrics.tobytes())
    run.learn(9, stop=False)
    assert rows[0] == rows[1] == rows[2]
    assert large or rows[0] == run.history.memory().metrics.tobytes()


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("size_of_all", [1e-170, 1e90])
def test_norms_neither_vanish_nor_overflow_where_squares_do(size_of_all, large):
    run = random_run(learning_rate=0.0)
    scaled = {name: getattr(run.params, name) * size_of_all for name in PARAMETERS}
    tiny = type(run)(run.dataset, type(run.params)(**scaled), run.options)
    with little_memory(large=large):
        tiny.learn(1)
    for i, name in enumerate(PARAMETERS):
        expected = size(getattr(run.params, name)) * size_of_all
        assert tiny.metrics.weights[0, i] == pytest.approx(expected, rel=1e-12)


def test_rows_that_were_handed_out_never_change():
    run = random_run()
    run.learn(10)
    early = run.metrics
    losses = early.loss.copy()
    run.learn(200)
    assert len(early) == 10
    assert early.loss.tobytes() == losses.tobytes() == run.metrics.loss[:10].tobytes()
    with pytest.raises(ValueError, match="read-only"):
        run.metrics.loss[0] = 1.0


def test_metrics_are_cut_and_joined_by_update():
    whole = random_run()
    whole.learn(9)
    head = whole.metrics.until(4)
    tail = Metrics(4, 3, *(getattr(whole.metrics, name)[4:] for name in
                           ("loss", "accuracy", "gradients", "weights", "changes")))  # fmt: skip
    joined = head.joined(tail)
    assert (len(head), head.first, len(joined), joined.first) == (4, 0, 9, 0)
    assert joined.loss.tobytes() == whole.metrics.loss.tobytes()
    assert len(tail.until(2)) == 0
    assert tail.until(2).joined(tail).first == 4


def test_the_change_of_a_parameter_that_is_all_zeros_has_no_ratio():
    """Nothing can be said of its size: neither 0 nor infinity, which a curve would show."""
    weights, changes = np.array([[2.0, 0.0, 0.0, 4.0, 1.0]]), np.array([[1.0, 0.5, 0.0, 1.0, 0.0]])
    metrics = Metrics(0, 1, np.ones(1), np.ones(1), np.ones((1, 5)), weights, changes)
    np.testing.assert_array_equal(metrics.ratios, [[0.5, np.nan, np.nan, 0.25, 0.0]])


def test_an_update_with_a_number_that_is_none_is_marked_and_one_without_targets_is_not():
    five = np.ones((4, 5))
    spoiled, lost = five.copy(), np.array([1.0, np.nan, np.inf, np.nan])
    spoiled[0, 2] = np.nan
    metrics = Metrics(0, 1, lost, np.array([0.5, 0.5, 0.5, np.nan]), spoiled, five, five)
    assert metrics.finite.tolist() == [False, False, False, True]
