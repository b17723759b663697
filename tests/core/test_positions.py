"""Positions and places are turned into each other by arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.errors import UsageError
from rnn_core.program import program
from rnn_core.recorder import record
from rnn_core.updates import Clip, Options
from tests.core.cases import random_run

LISTINGS = [program(), program(Options(clip=Clip("norm", 1.0)))]


def walked(listing, timesteps):
    """Every line of a run in order, by plain loops: (phase, t, name)."""
    yield from (("forward", t, line.name) for t in range(1, timesteps + 1) for line in listing.forward)
    yield from (("backward", t, line.name) for t in range(timesteps, 0, -1) for line in listing.backward)
    yield from (("update", 0, line.name) for line in listing.update)


@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize("timesteps", [1, 2, 7])
def test_every_position_stands_where_the_loops_of_the_listing_pass(listing, timesteps):
    lines = list(walked(listing, timesteps))
    assert listing.length(timesteps) == len(lines)
    for k, (phase, t, name) in enumerate(lines, start=1):
        place = listing.place(k, timesteps)
        assert (place.phase, place.t, place.instruction.name) == (phase, t, name)
        assert listing.number(phase, t, name, timesteps) == k


@pytest.mark.parametrize("listing", LISTINGS)
def test_a_million_timesteps_are_as_exact(listing):
    timesteps = 10**6
    _, backward, update, end = listing.borders(timesteps)
    rng = np.random.default_rng(5)
    edges = [1, 5, 6, backward, backward + 1, backward + 9, update, update + 1, end]
    for k in [*edges, *rng.integers(1, end + 1, 2000).tolist()]:
        place = listing.place(k, timesteps)
        assert listing.number(place.phase, place.t, place.instruction.name, timesteps) == k
        assert place.phase == ("forward" if k <= backward else "backward" if k <= update else "update")


def test_the_listing_has_fourteen_lines_a_timestep_and_five_of_update():
    assert program().length(1) == 14 + 5
    assert program(Options(clip=Clip("value", 1.0))).length(1000) == 14_000 + 6


@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize("timesteps", [1, 3])
def test_how_often_a_line_has_run_is_how_often_it_was_passed(listing, timesteps):
    lines = [name for _, _, name in walked(listing, timesteps)]
    for k in range(len(lines) + 1):
        for line in listing:
            assert listing.times_run(line.name, k, timesteps) == lines[:k].count(line.name)


def test_the_listing_reads_as_the_textbook_writes_it():
    assert [str(line) for line in program()] == [
        "a = U·x[t] + W·h[t-1] + b",
        "h[t] = tanh(a)",
        "z = V·h[t] + c",
        "p[t] = softmax(z)",
        "loss += -log p[t][y[t]]",
        "dz = p[t] - onehot(y[t])",
        "dV += outer(dz, h[t])",
        "dc += dz",
        "dh = Vᵀ·dz + dh_next",
        "da = (1 - h[t]²) ⊙ dh",
        "db += da",
        "dU += outer(da, x[t])",
        "dW += outer(da, h[t-1])",
        "dh_next = Wᵀ·da",
        "U -= lr·dU",
        "W -= lr·dW",
        "V -= lr·dV",
        "b -= lr·db",
        "c -= lr·dc",
    ]


def test_the_mean_shows_its_divisor_in_the_two_lines_it_changes():
    changed = [str(line) for line in program(Options(reduction="mean")) if str(line) not in map(str, program())]
    assert changed == ["loss += -log p[t][y[t]] / M", "dz = (p[t] - onehot(y[t])) / M"]


def test_places_that_do_not_exist_are_refused_in_one_line():
    run = record(*random_run())
    mistakes = [
        lambda: run.place(-1),
        lambda: run.place(run.end + 1),
        lambda: run.value("dW", run.end + 1),
        lambda: run.value("q", 0),
        lambda: run.series("q", 0),
        lambda: run.window("h", 0),
        lambda: run.summary("h", 0),
        lambda: run.contribution("dW", 0),
        lambda: run.contribution("dW", 6),
        lambda: run.contribution("h", 1),
        lambda: program().place(0, 5),
        lambda: program().number("forward", 6, "a", 5),
        lambda: program().number("forward", 1, "dW", 5),
        lambda: program().instruction("q"),
    ]
    for mistake in mistakes:
        with pytest.raises(UsageError) as refused:
            mistake()
        assert "\n" not in str(refused.value)


def test_nothing_has_run_at_position_0():
    run = record(*random_run())
    assert run.place(0) is None
    assert run.wrote(0) == ()
