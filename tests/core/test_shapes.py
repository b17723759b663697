"""Arrays that do not fit are refused in one line that says which and how."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core import recorder
from rnn_core.data import Dataset, Sequence
from rnn_core.errors import ShapeError
from rnn_core.model import Params
from rnn_core.recorder import record
from tests.core.cases import MATRICES_AND_BIASES, random_params, random_sequence

GOOD = {name: getattr(random_params(), name) for name in MATRICES_AND_BIASES}
X = np.ones((5, 3))


def refusal(make):
    with pytest.raises(ShapeError) as refused:
        make()
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("field", "array"),
    [
        ("U", np.ones(4)),
        ("U", np.ones((4, 0))),
        ("W", np.ones((4, 3))),
        ("W", np.ones((5, 5))),
        ("V", np.ones((3, 5))),
        ("b", np.ones(5)),
        ("c", np.ones((3, 3))),
        ("h0", np.ones(3)),
        ("W", np.array([["a"] * 4] * 4)),
        ("W", np.ones((4, 4), dtype=complex)),
    ],
)
def test_a_parameter_that_does_not_fit_is_named(field, array):
    assert refusal(lambda: Params(**GOOD | {field: array})).startswith(f"{field} ")


@pytest.mark.parametrize("shape", [(4,), (4, 1), (1, 4)])
def test_a_bias_may_be_a_vector_a_column_or_a_row(shape):
    assert Params(**GOOD | {"b": GOOD["b"].reshape(shape)}).b.shape == (4,)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"x": np.ones(5)}, "x"),
        ({"x": np.ones((0, 3))}, "timesteps"),
        ({"x": np.ones((5, 0))}, "features"),
        ({"x": np.ones((5, 3, 2))}, "x"),
        ({"x": X, "y": np.zeros(4, dtype=int)}, "y"),
        ({"x": X, "y": np.zeros(5)}, "integers"),
        ({"x": X, "y": np.array([0, 0, -2, 0, 0])}, "timestep 3"),
        ({"x": X, "tokens": ("a",)}, "tokens"),
    ],
)
def test_a_sequence_that_does_not_fit_is_named(fields, word):
    assert word in refusal(lambda: Sequence(**fields))


def test_a_sequence_may_be_columns_and_may_lack_targets():
    sequence = Sequence(x=np.ones((5, 3, 1)), y=[0, None, -1, -100, 2])
    assert sequence.x.shape == (5, 3)
    assert sequence.y.tolist() == [0, -1, -1, -1, 2]
    assert sequence.target_count == 2


@pytest.mark.parametrize(
    ("sequence", "word"),
    [
        (Sequence(x=np.ones((5, 2)), y=None), "features"),
        (Sequence(x=X, y=np.array([0, 1, 3, 0, 0])), "timestep 3"),
        (Sequence(x=X, h0=np.ones(5)), "h0"),
    ],
)
def test_a_sequence_and_parameters_that_do_not_fit_each_other_are_refused(sequence, word):
    assert word in refusal(lambda: record(random_params(), sequence))


def test_a_run_too_large_for_memory_is_refused_before_it_starts(monkeypatch):
    monkeypatch.setattr(recorder, "MOST_BYTES", 100)
    assert "GiB" in refusal(lambda: record(random_params(), random_sequence()))


def test_a_dataset_has_one_width_and_at_least_one_sequence():
    refusal(lambda: Dataset(()))
    refusal(lambda: Dataset((Sequence(x=X), Sequence(x=np.ones((5, 2))))))


def test_the_share_done_rises_to_one_and_whoever_watches_may_stop_it():
    shares = []
    record(random_params(), random_sequence(), progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0

    def stop(_share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record(random_params(), random_sequence(), progress=stop)
