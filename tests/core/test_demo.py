"""The built-in demo is the teaching notebook: the same draws, the same training, the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core import functional
from rnn_core.data import DEMO_SIZES, demo_dataset
from rnn_core.model import PARAMETERS, initialise
from rnn_core.recorder import record
from tests.core import notebook

EPOCHS, LEARNING_RATE = 100, 0.01


def assert_same(found, expected):
    """To 1e-12, relative to the largest element."""
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1e-12 * np.abs(expected).max()


@pytest.mark.parametrize("seed", [0, 42])
def test_the_demo_draws_the_notebook_s_weights_and_sequences(seed):
    rng = np.random.RandomState(seed)
    U, W, V, *_ = notebook.weights(rng)
    params = initialise("normal", DEMO_SIZES, seed=seed)
    for ours, theirs in ((params.U, U), (params.W, W), (params.V, V)):
        assert np.array_equal(ours, theirs)
    theirs = notebook.sequences(rng)
    ours = demo_dataset(seed).sequences
    assert len(ours) == len(theirs)
    for sequence, (xs, targets) in zip(ours, theirs, strict=True):
        assert np.array_equal(sequence.x, xs[:, :, 0])
        assert sequence.y.tolist() == targets


@pytest.mark.parametrize("seed", [0, 42])
def test_a_hundred_epochs_of_traces_are_the_notebook_s_training(seed):
    rng = np.random.RandomState(seed)
    theirs = notebook.weights(rng)
    data = notebook.sequences(rng)
    ours = initialise("normal", DEMO_SIZES, seed=seed)
    losses = []
    for _ in range(EPOCHS):
        for sequence, (xs, targets) in zip(demo_dataset(seed).sequences, data, strict=True):
            trace = record(ours, sequence)
            theirs, gradients, loss = notebook.train_step(xs, targets, *theirs, LEARNING_RATE)
            assert trace.mean_loss == pytest.approx(loss, abs=2e-7)
            for found, expected in zip(trace.gradients.values(), gradients, strict=True):
                assert_same(found, expected.reshape(found.shape))
            ours = trace.updated
            losses.append(loss)
    for name, expected in zip(PARAMETERS, theirs, strict=True):
        assert_same(getattr(ours, name), expected.reshape(getattr(ours, name).shape))
    assert np.mean(losses[-4:]) < np.mean(losses[:4])


def test_a_hundred_epochs_of_the_functional_face_are_the_notebook_s_training():
    rng = np.random.RandomState(3)
    theirs = notebook.weights(rng)
    data = notebook.sequences(rng)
    ours = theirs
    for _ in range(EPOCHS):
        for xs, targets in data:
            *ours, our_loss = functional.train_step(list(xs), targets, *ours, LEARNING_RATE)
            theirs, _, loss = notebook.train_step(xs, targets, *theirs, LEARNING_RATE)
            assert our_loss == pytest.approx(loss, abs=2e-7)
    for found, expected in zip(ours, theirs, strict=True):
        assert_same(found, expected)


def test_without_the_notebook_s_epsilon_the_losses_agree_to_the_last_digits(monkeypatch):
    monkeypatch.setattr(notebook, "EPSILON", 0.0)
    rng = np.random.RandomState(0)
    parameters = notebook.weights(rng)
    for xs, targets in notebook.sequences(rng):
        *_, ours = functional.train_step(list(xs), targets, *parameters, LEARNING_RATE)
        *_, theirs = notebook.train_step(xs, targets, *parameters, LEARNING_RATE)
        assert ours == pytest.approx(theirs, rel=1e-14)
