"""Each way of drawing the first weights keeps what its name promises."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.errors import UsageError
from rnn_core.model import INITIALISATIONS, Sizes, initialise
from tests.core.cases import MATRICES_AND_BIASES

SIZES = Sizes(inputs=4, hidden=30, classes=6)
SHAPES = {"U": (30, 4), "W": (30, 30), "V": (6, 30), "b": (30,), "c": (6,)}


@pytest.mark.parametrize("kind", INITIALISATIONS)
def test_shapes_fit_and_the_seed_decides_everything(kind):
    one, again, other = (initialise(kind, SIZES, seed=seed) for seed in (3, 3, 4))
    for name, shape in SHAPES.items():
        assert getattr(one, name).shape == shape
        assert np.array_equal(getattr(one, name), getattr(again, name))
    assert not np.array_equal(one.U, other.U)


@pytest.mark.parametrize("kind", sorted(set(INITIALISATIONS) - {"uniform"}))
def test_biases_start_at_zero(kind):
    params = initialise(kind, SIZES)
    assert not params.b.any()
    assert not params.c.any()


def test_normal_draws_as_the_teaching_notebook_does():
    """The legacy generator, U then W then V, each times 0.01."""
    rng = np.random.RandomState(11)
    params = initialise("normal", SIZES, seed=11)
    for name in "UWV":
        assert np.array_equal(getattr(params, name), rng.randn(*SHAPES[name]) * 0.01)


def test_normal_is_the_notebook_s_own_global_seed():
    state = np.random.get_state()
    try:
        np.random.seed(7)
        expected = np.random.randn(30, 4) * 0.01
    finally:
        np.random.set_state(state)
    assert np.array_equal(initialise("normal", SIZES, seed=7).U, expected)


def test_orthogonal_keeps_every_length():
    W = initialise("orthogonal", SIZES, seed=1).W
    assert np.allclose(W.T @ W, np.eye(30), atol=1e-13)
    assert not np.allclose(W, np.eye(30))


def test_orthogonal_is_the_one_rotation_with_a_positive_diagonal_left_over():
    """Of all W with N = W·R, R upper triangular, it is the one whose R has a positive diagonal (Mezzadri 2007)."""
    rng = np.random.RandomState(1)
    rng.randn(*SHAPES["U"])
    R = initialise("orthogonal", SIZES, seed=1).W.T @ rng.randn(30, 30)
    assert np.allclose(np.tril(R, -1), 0.0, atol=1e-12)
    assert (np.diag(R) > 0.0).all()


def test_identity_starts_from_the_identity():
    assert np.array_equal(initialise("identity", SIZES).W, np.eye(30))


def test_xavier_stays_within_its_bound_and_comes_near_it():
    params = initialise("xavier", SIZES, seed=2)
    for name in "UWV":
        bound = np.sqrt(6.0 / sum(SHAPES[name]))
        largest = np.abs(getattr(params, name)).max()
        assert 0.9 * bound < largest <= bound


def test_uniform_draws_everything_within_one_over_root_h():
    params = initialise("uniform", SIZES, seed=2)
    bound = 1.0 / np.sqrt(30)
    for name in MATRICES_AND_BIASES:
        assert 0.5 * bound < np.abs(getattr(params, name)).max() <= bound


@pytest.mark.parametrize("kind", INITIALISATIONS)
def test_scale_multiplies_the_matrices_and_leaves_the_biases(kind):
    plain, scaled = initialise(kind, SIZES, seed=5), initialise(kind, SIZES, seed=5, scale=3.0)
    for name in "UWV":
        assert np.array_equal(getattr(scaled, name), 3.0 * getattr(plain, name))
    for name in "bc":
        assert np.array_equal(getattr(scaled, name), getattr(plain, name))


def test_an_unknown_kind_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match="normal, xavier, orthogonal, identity, uniform"):
        initialise("glorot", SIZES)
