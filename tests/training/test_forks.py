"""A fork shares everything before it with its parent, bit for bit, and goes on as a run of its own."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.model import Params
from rnn_core.optimisers import Optimiser
from rnn_core.training.order import Order
from rnn_core.training.run import Run
from rnn_core.updates import Clip, Options
from tests.core.cases import random_params
from tests.training.runs import any_run, chain, little_memory, random_run, same_bits


def changes_of(run, kind):
    """What a fork is made with, by its name."""
    sizes = run.params.sizes
    return {
        "nothing": {},
        "parameters": {"params": random_params(sizes.inputs, sizes.hidden, sizes.classes, seed=99)},
        "learning rate": {"options": Options(0.5, run.options.reduction, optimiser=run.options.optimiser)},
        "clip": {"options": Options(0.1, "sum", Clip("norm", 0.1), run.options.optimiser, 2)},
        "optimiser": {"options": Options(0.05, "mean", optimiser=Optimiser("adam"))},
        "order": {"order": Order(run.order.shuffled, 5, 1)},
    }[kind]


KINDS = st.sampled_from(["nothing", "parameters", "learning rate", "clip", "optimiser", "order"])


@settings(max_examples=80)
@given(any_run, st.integers(0, 7), KINDS, st.booleans())
def test_before_a_fork_is_its_parent_and_from_there_on_the_chain_from_what_it_was_given(run, begins, kind, learnt):
    with little_memory():
        if learnt:
            run.learn(10, stop=False)
        fork = run.fork(begins, **changes_of(run, kind))
        for update in range(begins):
            assert same_bits(fork.trace(update), run.trace(update))
        plain = chain(fork, 5, begins, fork.params, fork.state, fork.carried)
        for i in (4, 0, 2, 3, 1):
            assert same_bits(fork.trace(begins + i), plain[i])
        fork.learn(begins + 5, stop=False)
        assert len(fork.metrics) == begins + 5
        assert fork.metrics.first == 0
        for name in ("loss", "accuracy", "gradients", "weights", "changes"):
            mine, theirs = getattr(fork.metrics, name), getattr(run.metrics, name)
            assert mine[:begins].tobytes() == theirs[:begins].tobytes()
        assert np.array([trace.mean_loss for trace in plain]).tobytes() == fork.metrics.loss[begins:].tobytes()


@settings(max_examples=40)
@given(any_run, st.integers(0, 6))
def test_a_fork_with_nothing_changed_is_its_parent_for_ever(run, begins):
    fork = run.fork(begins)
    for update in (begins + 6, 0, begins, begins + 2):
        assert same_bits(fork.trace(update), run.trace(update))
    assert fork.metrics.loss[: begins + 2].tobytes() == run.metrics.loss[: begins + 2].tobytes()


@settings(max_examples=40)
@given(any_run, st.integers(1, 6), st.integers(0, 9))
def test_a_fork_of_a_fork_shares_with_each_what_lies_before_it(run, first, second):
    """Also one that is made, from the younger run, before the elder one's fork."""
    one = run.fork(first, **changes_of(run, "parameters"))
    two = one.fork(second, **changes_of(run, "learning rate"))
    for update in range(second):
        elder = run if update < first else one
        assert two.owner(update) is elder
        assert same_bits(two.trace(update), elder.trace(update))
    assert two.owner(second) is two
    two.learn(second + 3, stop=False)
    losses = [two.trace(update).mean_loss for update in range(second + 3)]
    assert np.array(losses).tobytes() == two.metrics.loss.tobytes()


def test_the_parent_is_as_it_was():
    run, untouched = random_run(optimiser="adam"), random_run(optimiser="adam")
    fork = run.fork(4, params=Params(**{name: 0 * getattr(run.params, name) for name in ("U", "W", "V", "b", "c")}))
    fork.learn(9)
    for update in (3, 4, 5, 8):
        assert same_bits(run.trace(update), untouched.trace(update))


def test_another_optimiser_begins_with_nothing_kept_and_the_same_one_keeps_on():
    run = random_run(optimiser="adam")
    assert run.fork(3, options=Options(0.5, optimiser=Optimiser("adam"))).trace(3).state.steps == 3
    fresh = run.fork(3, options=Options(optimiser=Optimiser("momentum"))).trace(3).state
    assert fresh.steps == 0
    assert not any(np.any(array) for array in fresh.m.values())


def test_a_chunk_that_nothing_is_carried_into_begins_as_a_text_begins():
    """A fork that turns the order to a later chunk, where the chunk replaced was the first of the text."""
    run = random_run((3, 3, 3), carried=True, model_h0=True)
    turned = Run(run.dataset, run.params, run.options, Order(first=2))
    assert turned.sequence_index(1) == 0
    fork = turned.fork(1, order=Order(first=1))
    assert fork.sequence_index(1) == 2
    assert np.array_equal(fork.trace(1).h0, run.params.h0)
    plain = chain(fork, 1, 1, fork.params, fork.state)
    assert same_bits(fork.trace(1), plain[0])
    fork.learn(2)
    assert np.array(plain[0].mean_loss).tobytes() == fork.metrics.loss[1].tobytes()
