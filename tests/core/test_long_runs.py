"""A million timesteps cost memory for their rows and nothing for their positions."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.model import Sizes, initialise
from rnn_core.recorder import record, trace_bytes
from tests.core.cases import close, random_run, random_sequence
from tests.listing import NAMES, SERIES

TIMESTEPS = 1_000_000


@pytest.fixture(scope="module")
def long_run():
    params = initialise("orthogonal", Sizes(2, 4, 2), seed=1)
    return record(params, random_sequence(TIMESTEPS, 2, 2, hidden=4, absent=0.1))


def test_every_name_answers_anywhere(long_run):
    rng = np.random.default_rng(0)
    for k in [0, 1, long_run.end, *rng.integers(0, long_run.end, 12).tolist()]:
        for name in NAMES:
            value = long_run.value(name, k)
            rows, mask = long_run.series(name, k)
            assert len(rows) == len(mask)
            assert value is None or name == "nll" or np.isfinite(value).all()
        long_run.summary("dW", k)
        assert long_run.place(k) is None or long_run.place(k).t <= TIMESTEPS


def test_a_running_sum_deep_inside_is_the_sum_of_its_rows(long_run):
    backward = long_run.program.borders(TIMESTEPS)[1]
    for passed in (1, 77_777, 500_000, 999_999):
        k = backward + 9 * passed
        rows = slice(TIMESTEPS - passed, TIMESTEPS)
        expected = long_run.da[rows].T @ long_run.h[:-1][rows]
        scale = np.sqrt(passed) * np.abs(long_run.da[rows]).max()
        assert close(long_run.value("dW", k), expected, scale, 1e-11)


@pytest.mark.parametrize("sizes", [(2, 8, 2, 50_000), (5, 10, 3, 20_000), (64, 128, 64, 5000)])
def test_a_trace_takes_little_more_than_its_rows(sizes):
    inputs, hidden, classes, timesteps = sizes
    run = record(*random_run(inputs, hidden, classes, timesteps, scale=0.1))
    rows = sum(getattr(run, name).nbytes for name in (*SERIES, "x", "y", "running_loss"))
    assert rows < run.nbytes <= 1.25 * rows
    assert trace_bytes(run.program, run.sizes, timesteps) <= run.nbytes
