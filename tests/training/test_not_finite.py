"""A run stops at the first update that leaves the finite numbers, at the line that wrote the first such number."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.debugger.session import Session
from rnn_core.training.finite import first_not_finite
from rnn_core.training.run import Run
from rnn_core.updates import Clip, Options
from tests.training.runs import after, chain, does, little_memory, random_run, same_params, with_inputs

UPDATES = 12


def by_looking_everywhere(trace):
    """The first position at which a register holds a number that is not finite, by reading each after each line."""
    for k in range(1, trace.end + 1):
        for name in trace.place(k).instruction.writes:
            value = trace.value(name, k)
            if value is not None and not np.isfinite(value).all():
                return k
    return trace.end if trace.halted else None


def with_params(run, **changes):
    """The same run with some parameters replaced by what a function makes of them."""
    five = {name: getattr(run.params, name) for name in ("U", "W", "V", "b", "c")}
    five |= {name: change(np.array(five[name])) for name, change in changes.items()}
    return Run(run.dataset, type(run.params)(**five), run.options, run.order)


def at_largest(array):
    """Numbers so large that a sum of two overflows."""
    return np.full_like(array, 1.5e308)


def barely_reading(run, V=2.0):
    """Weights to which an input of 1e308 is a number like any other, so that the gradient of U is as large as it."""
    return with_params(run, U=lambda U: U * 1e-308, V=lambda array: V * array)


RUNS = {
    "nothing wrong": random_run,
    "targets absent": lambda: random_run((3, -2, 4), absent=0.5, reduction="mean"),
    "a huge learning rate": lambda: random_run(learning_rate=1e6),
    "a learning rate that overflows": lambda: random_run(learning_rate=1e308),
    "overflowing late": lambda: random_run(learning_rate=3e307, optimiser="momentum:0.9"),
    "W huge": lambda: with_params(random_run(), W=at_largest),
    "dh_next overflows at the first timestep": lambda: with_params(
        random_run((1, 1)), W=at_largest, V=lambda V: 20 * V, U=lambda U: 0.01 * U
    ),
    "V huge": lambda: with_params(random_run((2, 4)), V=at_largest),
    "c huge both ways": lambda: with_params(random_run(), c=lambda c: np.array([1.5e308, -1.5e308, 0.0])),
    "U infinite": lambda: with_params(random_run(), U=lambda U: U * np.inf),
    "a is infinite and nothing after it": lambda: with_inputs(
        with_params(random_run((2, 3)), U=lambda U: np.full_like(U, 9.0)), 1, lambda x: np.full_like(x, 1e308)
    ),
    "x huge": lambda: with_inputs(barely_reading(random_run((2, 3), learning_rate=0.0), V=9.0), 1, at_largest),
    "only the second moment overflows": lambda: with_inputs(
        barely_reading(random_run((2, 3), optimiser="adagrad", learning_rate=1e-310)), 1, lambda x: x * 1e200
    ),
    "Adam's second moment overflows": lambda: with_inputs(
        barely_reading(random_run((2, 3), optimiser="adam", learning_rate=1e-310)), 1, lambda x: x * 1e200
    ),
    "clipped by a norm that is not finite": lambda: with_inputs(
        barely_reading(random_run((3, 2), clip="norm:1"), V=9.0), 0, at_largest
    ),
    "clipped by a norm that overflows": lambda: with_inputs(
        barely_reading(random_run((1, 2), hidden=32, clip="norm:1"), V=1.0), 0, at_largest
    ),
}


@pytest.fixture(params=RUNS)
def run(request):
    """Each of them anew."""
    return RUNS[request.param]()


def places_not_finite(run):
    """Update and position of every update's first number that is not finite, from the plain chain of traces."""
    found = ((trace.update, by_looking_everywhere(trace)) for trace in chain(run, UPDATES))
    return [(update, k) for update, k in found if k is not None]


def test_the_runs_meet_every_way_of_leaving_the_finite_numbers():
    places = {name: places_not_finite(make()) for name, make in RUNS.items()}
    assert [name for name in RUNS if not places[name]] == ["nothing wrong", "targets absent", "a huge learning rate"]
    lines = {name: RUNS[name]().trace(found[0][0]).place(found[0][1]) for name, found in places.items() if found}
    assert {line.instruction.name for line in lines.values()} == {"a", "z", "loss", "dU", "dh_next", "vU"}


def test_the_first_line_that_writes_such_a_number_is_found(run):
    for trace in chain(run, UPDATES):
        assert first_not_finite(trace) == by_looking_everywhere(trace)


@pytest.mark.parametrize(("block", "large"), [(1, False), (5, False), (256, False), (5, True), (256, True)])
def test_learning_stops_through_the_first_update_that_leaves_the_finite_numbers(run, block, large):
    places = places_not_finite(run)
    with little_memory(block=block, large=large):
        assert run.learn(UPDATES) == (places[0][0] if places else None)
        assert run.reached == (places[0][0] + 1 if places else UPDATES)
        expected = chain(run, run.reached + 1)[-1].params
        assert same_params(run.train_state(run.reached).params, expected)


@pytest.mark.parametrize("learnt", [0, 7, UPDATES])
def test_training_stops_at_each_place_in_turn_whether_it_was_learnt_before_or_not(run, learnt):
    places, session = places_not_finite(run), Session.of(run)
    run.learn(learnt, stop=False)
    stops = []
    while (said := does(session, f"train {UPDATES}")).stop:
        session = said.session
        if session.cursor.u >= UPDATES:
            break
        stops.append(tuple(session.cursor))
        assert "not finite" in said.stop or "the gradient norm is inf" in said.stop
        assert f"update {session.cursor.u} " in said.stop
    assert stops == places


def test_nonfinite_go_trains_on_to_the_end_and_nonfinite_stop_stops_again(run):
    places = places_not_finite(run)
    epochs = UPDATES // run.epoch_length
    session = after(Session.of(run), "nonfinite go", f"train {epochs}")
    assert session.cursor == (epochs * run.epoch_length, 0)
    session = after(session, "restart", "nonfinite stop", f"train {epochs}")
    assert session.cursor == (places[0] if places and places[0][0] < epochs * run.epoch_length else session.cursor)


def test_the_line_is_named():
    said = does(Session.of(RUNS["a is infinite and nothing after it"]()), "train 1")
    assert said.stop.startswith("update 1 · the line a of forward t=1 wrote a number that is not finite")


def test_a_breakpoint_before_that_line_stops_first_and_one_behind_it_does_not():
    session = Session.of(RUNS["x huge"]())
    (update, k), *_ = places_not_finite(session.run)
    line = session.run.trace(update).place(k)
    early = does(after(session, f"tbreak {line.instruction.name} if update == {update}"), "train 2")
    assert early.session.cursor == (update, k - 1)
    late = does(after(session, "break update if update == 1", f"goto update {update}"), "train 2")
    assert late.session.cursor == (update, k)


def test_clipping_by_a_norm_that_is_not_finite_makes_no_update():
    run = RUNS["clipped by a norm that is not finite"]()
    halted = run.trace(0)
    assert halted.halted
    assert halted.end == 3 * 14
    for name in ("U", "W", "V", "b", "c"):
        assert getattr(run.trace(1).params, name).tobytes() == getattr(run.params, name).tobytes()
    session = after(Session.of(run), "end", "step")
    assert session.cursor == (1, 0)
    assert after(session, "back").cursor == (0, halted.end)


def test_a_norm_that_overflows_while_every_number_is_finite_is_told_as_that():
    session = Session.of(RUNS["clipped by a norm that overflows"]())
    places = places_not_finite(session.run)
    said = does(session, "train 4")
    assert said.session.cursor == places[0]
    assert said.stop.startswith("update 0 · the gradient norm is inf")


def test_a_run_with_weights_that_are_not_numbers_is_learnt_and_rewound_without_a_warning():
    run = RUNS["U infinite"]()
    with little_memory():
        run.learn(20, stop=False)
        assert not run.metrics.finite.any()
        assert np.isnan(run.trace(9).params.U).all()
    assert run.options == Options(0.1, "sum", Clip.parse("off"), run.options.optimiser, 0)
