"""Any update of a run is, bit for bit, what running from the start leaves, whatever was looked at before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.errors import UsageError
from rnn_core.training.learner import Learner
from rnn_core.training.order import Order
from tests.core.cases import small_constants
from tests.training.runs import OPTIMISERS, any_run, chain, little_memory, random_run, same_bits, same_params

MOST = 14
visits = st.lists(st.integers(0, MOST - 1), min_size=1, max_size=8)


@settings(max_examples=120)
@given(any_run, visits, st.integers(2, 5), st.integers(1, 5))
def test_updates_visited_in_any_order_are_those_of_a_run_from_the_start(run, visited, rows, block):
    plain = chain(run, max(visited) + 1)
    with little_memory(rows=rows, block=block):
        for update in visited:
            params, state, carried = run.train_state(update)
            before = plain[update]
            assert same_params(params, before.params)
            assert state.steps == before.state.steps
            for name in run.listing.kept:
                assert state.kept(name).tobytes() == before.state.kept(name).tobytes()
            assert carried is None or carried["h0"].tobytes() == before.h0.tobytes()
            assert same_bits(run.trace(update), before)


@settings(max_examples=30)
@given(any_run)
def test_each_update_begins_with_what_the_one_before_has_left(run):
    with little_memory():
        run.learn(8, stop=False)
        for update in range(7, 0, -1):
            one, next_one = run.trace(update - 1), run.trace(update)
            assert same_params(one.updated, next_one.params)
            if run.carries(update):
                assert one.h[-1].tobytes() == next_one.h0.tobytes()


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("truncation", [0, 40])
def test_a_wide_network_whose_sums_have_many_strips_and_blocks_is_rewound_as_exactly(optimiser, truncation):
    # 70 inputs and 64 hidden units are more than one strip, 130 timesteps more than one block, 64 more than narrow.
    run = random_run(
        (130, 7, 64), 70, 64, 9, optimiser=optimiser, truncation=truncation, clip="norm:1", absent=0.3,
        learning_rate=0.01,
    )  # fmt: skip
    plain = chain(run, 6)
    with little_memory():
        assert all(same_bits(run.trace(update), plain[update]) for update in (5, 0, 3, 4, 1, 2))


@settings(max_examples=25)
@given(any_run, visits)
def test_so_it_is_where_small_networks_are_cut_into_strips_and_blocks_too(run, visited):
    with small_constants(narrow=2), little_memory():
        plain = chain(run, max(visited) + 1)
        assert all(same_bits(run.trace(update), plain[update]) for update in visited)


@settings(max_examples=25)
@given(any_run, st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_learning_in_portions_leaves_the_same_numbers_as_learning_at_once(run, portions):
    other = random_like(run)
    at_once = run.history
    run.learn(sum(portions), stop=False)
    reached = 0
    with little_memory():
        for portion in portions:
            reached += portion
            other.learn(reached, stop=False)
    assert other.reached == run.reached == sum(portions)
    assert other.history.row(reached).tobytes() == at_once.row(reached).tobytes()
    for name in ("loss", "accuracy", "gradients", "weights", "changes"):
        assert getattr(run.metrics, name).tobytes() == getattr(other.metrics, name).tobytes()


def random_like(run):
    """The same run, with nothing remembered of it."""
    return type(run)(run.dataset, run.params, run.options, run.order)


def test_an_update_that_was_interrupted_has_not_happened():
    run, plain = random_run(optimiser="adam"), chain(random_run(optimiser="adam"), 9)
    real, calls = Learner.update, []

    def fails(self, *given):
        calls.append(1)
        z = real(self, *given)
        if len(calls) in (3, 8):
            raise KeyboardInterrupt
        return z

    with pytest.MonkeyPatch.context() as patch, little_memory(block=8):
        patch.setattr(Learner, "update", fails)
        with pytest.raises(KeyboardInterrupt):
            run.learn(9)
        assert run.reached == 0
        with pytest.raises(KeyboardInterrupt):
            run.learn(9)
        patch.undo()
        run.learn(9)
        assert all(same_bits(run.trace(update), plain[update]) for update in (8, 3, 5))


def test_looking_back_that_was_interrupted_spoils_nothing():
    run, plain = random_run(), chain(random_run(), 9)
    real, calls = Learner.update, []

    def fails(self, *given):
        calls.append(1)
        z = real(self, *given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return z

    with little_memory(rows=2):
        run.learn(9)
        run.history.row(2)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Learner, "update", fails)
            with pytest.raises(KeyboardInterrupt):
                run.trace(7)
        assert all(same_bits(run.trace(update), plain[update]) for update in (7, 6, 8))


def test_there_is_no_update_before_the_first():
    with pytest.raises(UsageError, match="no update -1"):
        random_run().trace(-1)


# -- the order ------------------------------------------------------------------------------------------------


@given(st.integers(0, 5), st.integers(1, 7), st.booleans(), st.integers(0, 6))
def test_every_epoch_takes_each_sequence_once(seed, count, shuffled, first):
    order = Order(shuffled, seed, first)
    for epoch in range(4):
        taken = [order.sequence(epoch * count + i, count) for i in range(count)]
        assert sorted(taken) == list(range(count))
        if not shuffled:
            assert taken == [(first + i) % count for i in range(count)]


def test_shuffled_epochs_differ_and_are_the_same_for_the_same_seed():
    epochs = [[Order(True, 3).sequence(epoch * 20 + i, 20) for i in range(20)] for epoch in range(3)]
    assert epochs[0] != epochs[1] != epochs[2]
    assert epochs[1] == np.random.RandomState([3, 1]).permutation(20).tolist()


@given(st.booleans(), st.integers(0, 40), st.integers(1, 7), st.data())
def test_an_order_can_be_turned_so_that_an_update_takes_a_given_sequence(shuffled, update, count, data):
    index = data.draw(st.integers(0, count - 1))
    turned = Order(shuffled, 5).with_sequence_at(update, index, count)
    assert turned.sequence(update, count) == index


def test_the_chunks_of_a_text_cannot_be_shuffled():
    run = random_run(carried=True)
    with pytest.raises(UsageError, match="cannot be shuffled"):
        type(run)(run.dataset, run.params, run.options, Order(True))
