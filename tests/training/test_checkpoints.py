"""Checkpoints: within their bytes, and near enough that any update is soon executed again."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.training import checkpoints
from rnn_core.training.checkpoints import Checkpoints
from rnn_core.training.learner import Learner
from tests.training.runs import little_memory, random_run


@given(st.integers(0, 9), st.integers(1, 6), st.lists(st.integers(1, 9), max_size=30))
def test_they_stand_at_every_spacing_and_their_spacing_doubles_and_nothing_else(first, rows, portions):
    """Row u holds the number u, so that a row that stands wrong is seen."""
    with little_memory(rows=rows):
        kept = Checkpoints(first, 1)
        kept.add(first, np.array([[float(first)]]))
        reached = first
        for portion in portions:
            kept.add(reached + 1, np.arange(reached + 1.0, reached + 1.0 + portion)[:, None])
            reached += portion
        assert kept.spacing & (kept.spacing - 1) == 0
        assert list(kept.updates) == list(range(first, reached + 1, kept.spacing))
        assert len(kept.updates) <= rows
        for update in range(first, reached + 1):
            at, row = kept.below(update)
            assert row[0] == at == first + (update - first) // kept.spacing * kept.spacing


@given(st.integers(1, 6), st.integers(1, 30), st.integers(0, 30))
def test_what_is_taken_back_is_kept_again_when_it_comes_again(rows, reached, back):
    with little_memory(rows=rows):
        kept = Checkpoints(0, 1)
        for update in range(reached + 1):
            if update == kept.due:
                kept.add(update, np.array([[float(update)]]))
        back = min(back, reached)
        kept.cut(back)
        assert list(kept.updates) == list(range(0, back + 1, kept.spacing))
        kept.add(back + 1, np.arange(back + 1.0, reached + 1.0)[:, None])
        for update in range(reached + 1):
            at, row = kept.below(update)
            assert row[0] == at == update // kept.spacing * kept.spacing


@pytest.mark.parametrize("most", [0, 3_000, 20_000])
def test_they_take_no_more_bytes_than_allowed_and_any_update_is_one_spacing_away_at_most(most):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "MOST_BYTES", most)
        run = random_run(optimiser="momentum")
        run.learn(300)
        kept = run.history.checkpoints
        a_row = 8 * run.history.row(0).size
        assert kept.nbytes <= max(most, checkpoints.LEAST_ROWS * a_row)
        assert kept.nbytes > max(most, checkpoints.LEAST_ROWS * a_row) / 4
        calls = []
        real = Learner.update
        patch.setattr(Learner, "update", lambda self, *given: (calls.append(1), real(self, *given))[1])
        for update in random.Random(0).sample(range(301), 60):
            calls.clear()
            run.history.row(update)
            assert len(calls) < kept.spacing


def test_going_on_from_where_one_looked_last_costs_the_updates_between_and_no_more():
    with little_memory(rows=2):
        run = random_run()
        run.learn(60)
        calls = []
        with pytest.MonkeyPatch.context() as patch:
            real = Learner.update
            patch.setattr(Learner, "update", lambda self, *given: (calls.append(1), real(self, *given))[1])
            run.history.row(40)
            calls.clear()
            run.history.row(43)
            assert len(calls) == 3
