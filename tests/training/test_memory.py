"""What a history remembers, taken over by the same run: nothing is computed again, and everything is the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.errors import ShapeError
from rnn_core.training import checkpoints
from rnn_core.training.learner import Learner
from tests.debugger.sessions import made

CASES = st.fixed_dictionaries(
    {
        "sequences": st.integers(1, 3), "optimiser": st.sampled_from(["sgd", "momentum", "adagrad", "adam"]),
        "absent": st.sampled_from([0.0, 0.5]), "truncation": st.sampled_from([0, 2]),
    }
)  # fmt: skip


def fresh(**case):
    """A run that nothing is remembered of."""
    return made.__wrapped__(**case).run


def same(one, other):
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


@given(CASES, st.integers(0, 40), st.integers(0, 40), st.integers(1, 9), st.data())
def test_a_run_that_remembers_goes_on_as_if_it_had_never_stopped(case, reached, more, kept, data):
    whole, before, after = fresh(**case), fresh(**case), fresh(**case)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "MOST_BYTES", kept * 8 * before.history._layout.length)
        whole.learn(reached + more)
        before.learn(reached)
        after.history.remember(before.history.memory())
        assert after.reached == reached
        after.learn(reached + more)
        assert same(after.history.memory(), whole.history.memory())
        for update in data.draw(st.lists(st.integers(0, reached + more), max_size=5)):
            assert np.array_equal(after.history.row(update), whole.history.row(update))


def test_nothing_is_learnt_again(monkeypatch):
    before, after = fresh(), fresh()
    before.learn(50)
    after.history.remember(before.history.memory())
    monkeypatch.setattr(Learner, "update", None)
    assert same(after.train_state(50).params.U, before.train_state(50).params.U)
    assert len(after.metrics) == 50


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"updates": [0, 1]}, "updates: shape"),
        ({"updates": np.array([0, 1, 2, 4])}, "updates: not evenly spaced from 0 to 3"),
        ({"updates": np.array([1, 2, 3, 4])}, "updates: not evenly spaced from 0 to 3"),
        ({"updates": np.zeros(4, dtype=np.int64)}, "updates: not evenly spaced"),
        ({"rows": np.zeros((4, 2))}, "checkpoints: shape (4, 2), expected (4, "),
        ({"row": np.zeros(3)}, "row: shape (3,), expected"),
        ({"metrics": np.zeros((3, 2))}, "metrics: shape (3, 2), expected (3, "),
        ({"metrics": "shorter"}, "updates: not evenly spaced from 0 to 2"),
        ({"rows": "other"}, "checkpoints: does not begin with what this run begins with"),
    ],
)
def test_what_is_not_of_the_run_is_refused_and_changes_nothing(changes, what):
    run = fresh()
    run.learn(3)
    memory = run.history.memory()
    made_up = {"shorter": memory.metrics[:2], "other": memory.rows + 1.0}
    changed = {name: made_up[value] if isinstance(value, str) else np.array(value) for name, value in changes.items()}
    other = fresh()
    with pytest.raises(ShapeError) as caught:
        other.history.remember(memory._replace(**changed))
    assert str(caught.value).startswith(what)
    assert other.reached == 0
