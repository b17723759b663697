"""One thread trains while another looks back: both get what each would get alone."""

from __future__ import annotations

import math
import random
import sys
import threading

import pytest

from rnn_core.training import history
from tests.training.runs import chain, little_memory, random_run, same_bits

UPDATES = 400


@pytest.fixture
def often():
    """Threads that take turns so often that a race would show."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_traces_asked_for_while_a_run_learns_are_those_of_a_run_alone(often, optimiser):
    run = random_run(optimiser=optimiser, learning_rate=0.02)
    plain = chain(run, UPDATES + 1)
    wrong, over = [], threading.Event()

    def learn():
        try:
            run.learn(UPDATES)
        except BaseException as error:
            wrong.append(error)
        over.set()

    def look_back(seed):
        draw, rounds = random.Random(seed), 0
        try:
            while not over.is_set() or rounds < 20:
                update = draw.randrange(max(1, run.reached))
                if not same_bits(run.trace(update), plain[update]):
                    wrong.append(update)
                losses = run.metrics.loss
                expected = [trace.mean_loss for trace in plain[: len(losses)]]
                if losses.tolist() != expected:
                    wrong.append(("losses", len(losses)))
                rounds += 1
        except BaseException as error:
            wrong.append(error)

    with little_memory(rows=3, block=5):
        threads = [threading.Thread(target=learn), *(threading.Thread(target=look_back, args=(i,)) for i in range(2))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert not wrong
    assert run.reached == UPDATES
    assert same_bits(run.trace(UPDATES), plain[UPDATES])


def test_two_threads_that_learn_to_the_same_update_learn_no_further(often):
    run = random_run()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "BLOCK", 2)
        threads = [threading.Thread(target=run.learn, args=(101,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert run.reached == 101
    assert same_bits(run.trace(100), chain(run, 101)[100])


def test_who_looks_back_comes_before_the_next_block_of_who_learns():
    """A plain lock goes back to the thread that has just let it go: looking back then takes many blocks of learning."""
    run, asks, answered, begun = random_run(), threading.Event(), threading.Event(), []
    run.learn(10)
    line, real = run.history._next, history.History._block

    def block(self, *given):
        begun.append(answered.is_set())
        asks.set()
        while not (line.locked() or answered.is_set()):
            threading.Event().wait(1e-3)  # until the other one stands in line for what this one holds
        real(self, *given)

    def look_back():
        asks.wait(60)
        run.history.row(3)
        answered.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "BLOCK", 4)
        patch.setattr(history, "BLOCK_SECONDS", math.inf)
        patch.setattr(history.History, "_block", block)
        threads = [threading.Thread(target=look_back), threading.Thread(target=run.learn, args=(90,))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert len(begun) == 20
    assert begun.count(False) <= 2, "the one under way, and one that may begin before the answer is told of"
