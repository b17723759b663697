"""What the watches show of an expression: its value, its change, and its course over the last writes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rnn_core.data import Sequence
from rnn_core.debugger.expressions.watched import watched
from rnn_core.model import Params
from rnn_core.recorder import record


def halves(timesteps: int):
    """A run whose two classes are equally probable throughout: each timestep adds log 2 to the loss."""
    params = Params(U=[[0.0]], W=[[0.0]], V=[[0.0], [0.0]], b=[0.0], c=[0.0, 0.0])
    return record(params, Sequence(x=np.ones((timesteps, 1)), y=np.zeros(timesteps, dtype=np.int64)))


@pytest.mark.parametrize(("timesteps", "ran", "oldest"), [(20, 20, 9), (20, 13, 2), (20, 12, 1), (20, 3, 1), (5, 5, 1)])
def test_the_course_is_the_last_twelve_writes(timesteps, ran, oldest):
    trace = halves(timesteps)
    course = watched(trace, trace.program.number("forward", ran, "loss", timesteps), "loss").course
    assert course == pytest.approx([math.log(2.0) * t for t in range(oldest, ran + 1)], rel=1e-12)


def test_the_course_of_two_names_follows_the_writes_of_both():
    trace, log2 = halves(20), math.log(2.0)
    course = watched(trace, trace.program.number("forward", 20, "loss", 20), "max(p) + loss").course
    assert course == pytest.approx([0.5 + log2 * (t - before) for t in range(15, 21) for before in (1, 0)], rel=1e-12)


def test_before_the_first_write_there_is_no_course_and_no_change():
    found = watched(halves(3), 0, "loss")
    assert (found.shown, found.change, found.course) == ("not computed yet", None, ())
