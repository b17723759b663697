"""Runs for the tests of training, the plain chain of traces that they must equal, and memory so small that it shows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import strategies as st

from rnn_core.data import Dataset, Sequence
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.effects.performing import perform
from rnn_core.debugger.outcome import Outcome
from rnn_core.debugger.session import Session
from rnn_core.model import PARAMETERS
from rnn_core.optimisers import Optimiser
from rnn_core.recorder import record
from rnn_core.trace import Trace
from rnn_core.training import blocks, checkpoints, history, learner
from rnn_core.training.order import Order
from rnn_core.training.run import Run
from rnn_core.updates import Clip, Options
from tests.core.cases import random_params, random_sequence

OPTIMISERS = ("sgd", "momentum:0.8", "adagrad", "adam")


def random_dataset(lengths=(3, 1, 5), inputs=3, hidden=4, classes=3, *, seed=0, absent=0.0, h0=False, carried=False):
    """Sequences of these lengths; a negative length is that of a sequence without any target."""
    sequences = []
    for i, length in enumerate(lengths):
        share = 1.0 if length < 0 else absent
        sequences.append(
            random_sequence(abs(length), inputs, classes, hidden=hidden, seed=seed + 7 * i, absent=share, h0=h0)
        )
    return Dataset(tuple(sequences), name="random", carried=carried)


def random_run(
    lengths=(3, 1, 5), inputs=3, hidden=4, classes=3, *, seed=0, absent=0.0, own_h0=False, model_h0=False,
    carried=False, optimiser="sgd", clip="off", reduction="sum", truncation=0, shuffled=False, learning_rate=0.1,
) -> Run:  # fmt: skip
    """A run over random sequences; whatever is not said is the simplest there is."""
    dataset = random_dataset(
        lengths, inputs, hidden, classes, seed=seed, absent=absent, h0=own_h0 and not carried, carried=carried
    )
    options = Options(learning_rate, reduction, Clip.parse(clip), Optimiser.parse(optimiser), truncation)
    params = random_params(inputs, hidden, classes, seed=seed, h0=model_h0)
    return Run(dataset, params, options, Order(shuffled and not carried, seed=seed))


any_run = st.builds(
    random_run,
    lengths=st.lists(st.sampled_from([1, 2, 3, 6, -2]), min_size=1, max_size=4).map(tuple),
    seed=st.integers(0, 3),
    absent=st.sampled_from([0.0, 0.5]),
    own_h0=st.booleans(),
    model_h0=st.booleans(),
    carried=st.booleans(),
    optimiser=st.sampled_from(OPTIMISERS),
    clip=st.sampled_from(["off", "norm:0.2", "value:0.05"]),
    reduction=st.sampled_from(["sum", "mean"]),
    truncation=st.sampled_from([0, 2]),
    shuffled=st.booleans(),
)


def chain(run: Run, count: int, begins: int = 0, params=None, state=None, carried=None) -> list[Trace]:
    """The traces of `count` updates from `begins` on by definition: each recorded from what the one before has left."""
    params, traces = params or run.params, []
    for update in range(begins, begins + count):
        index = run.order.sequence(update, len(run.dataset.sequences))
        goes_on = run.dataset.carried and index != 0 and update % len(run.dataset.sequences) != 0
        given = carried if goes_on else None
        traces.append(
            record(params, run.dataset.sequences[index], run.options, state=state, carried=given, update=update)
        )
        params, state, carried = traces[-1].updated, traces[-1].updated_state, {"h0": traces[-1].h[-1]}
    return traces


def same_bits(one: Trace, other: Trace) -> bool:
    """Whether two traces are of one update and hold the same bits, the optimiser's and the initial state too."""
    mine, theirs = one.arrays(), other.arrays()
    return (
        one.update == other.update
        and (one.state.steps, one.updated_state.steps) == (other.state.steps, other.updated_state.steps)
        and mine.keys() == theirs.keys()
        and all(mine[name].tobytes() == theirs[name].tobytes() for name in mine)
    )


def same_params(one, other) -> bool:
    """Whether two sets of parameters hold the same bits."""
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in PARAMETERS)


@contextmanager
def little_memory(*, rows=2, block=3, large=False) -> Iterator[None]:
    """Checkpoints for `rows` updates only, so that their spacing doubles soon, and blocks of `block` updates.

    They are looked at two at a time; `large`, as those of a large network are.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "MOST_BYTES", 0)
        patch.setattr(checkpoints, "LEAST_ROWS", rows)
        patch.setattr(history, "BLOCK", block)
        patch.setattr(history, "BLOCK_SECONDS", math.inf)
        patch.setattr(blocks, "ROWS", 2)
        patch.setattr(learner, "LARGE", 1 if large else learner.LARGE)
        yield


def does(session: Session, line: str) -> Outcome:
    """A command line and all that it asks for, as a script plays it; raises what a script would stop at."""
    said = COMMANDS.execute(session, line)
    assert not said.failed, said.message
    for effect in said.effects:
        said = perform(effect, said.session)
    return said


def after(session: Session, *lines: str) -> Session:
    """The session after these command lines."""
    for line in lines:
        session = does(session, line).session
    return session


def with_inputs(run: Run, index: int, change) -> Run:
    """The same run with the inputs of one sequence changed."""
    sequences = list(run.dataset.sequences)
    old = sequences[index]
    sequences[index] = Sequence(x=change(np.array(old.x)), y=old.y, h0=old.h0)
    dataset = Dataset(tuple(sequences), name=run.dataset.name, carried=run.dataset.carried)
    return Run(dataset, run.params, run.options, run.order)
