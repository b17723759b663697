"""Moving over the updates of a run: every motion is arithmetic on the row of all positions of all updates."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.effects.performing import perform
from rnn_core.debugger.outcome import Search, Train, Travel
from rnn_core.debugger.position import motion
from rnn_core.debugger.session import Session
from rnn_core.errors import Cancelled, UsageError
from rnn_core.training.order import Order
from rnn_core.training.run import MOST_UPDATES, Run
from rnn_core.updates import Clip, Options
from tests.debugger.sessions import demo, phase_boundaries, same, timestep_boundaries
from tests.training.runs import after, any_run, does, little_memory, random_run

UPDATES = 12


@st.composite
def any_fork(draw):
    """A run, and forks of it at places of their own, whose updates have more lines or fewer and other orders."""
    run = draw(any_run)
    for _ in range(draw(st.integers(0, 2))):
        options = draw(st.sampled_from([Options(), Options(clip=Clip("norm", 0.5)), run.options]))
        order = draw(st.sampled_from([run.order, Order(run.order.shuffled, 9, 1)]))
        run = run.fork(draw(st.integers(0, 6)), options=options, order=order)
    return run


def positions(run, updates=UPDATES):
    """Every (update, position) of the first updates, in order, by the traces themselves."""
    return [(update, k) for update in range(updates) for k in range(run.trace(update).end + 1)]


@settings(max_examples=80)
@given(any_fork(), st.data())
def test_lines_are_counted_as_by_walking_over_every_position(run, data):
    row = positions(run)
    here = data.draw(st.integers(0, len(row) - 1))
    there = data.draw(st.integers(0, len(row) - 1))
    u, k = row[here]
    assert motion.by_lines(run, run.trace(u), k, there - here) == row[there]
    assert motion.by_lines(run, run.trace(u), k, -here - 1 - data.draw(st.integers(0, 999))) == (0, 0)


@settings(max_examples=60)
@given(any_fork(), st.integers(0, 500), st.integers(0, 10**7))
def test_going_far_and_as_far_back_is_no_motion_at_all(run, start, count):
    u, k = motion.by_lines(run, run.trace(0), 0, start)
    far = motion.by_lines(run, run.trace(u), k, count)

    class There:
        """As much of a far trace as counting lines needs."""

        update, end = far[0], motion._lines(run, far[0])

    assert motion.by_lines(run, There, far[1], -count) == (u, k)


@settings(max_examples=30)
@given(any_fork(), st.integers(0, 300), st.integers(1, 200))
def test_n_steps_are_n_times_one_step_and_back_undoes_them(run, start, n):
    session = after(Session.of(run), f"step {start}") if start else Session.of(run)
    walked = session
    for _ in range(n):
        walked = after(walked, "step")
    assert walked.cursor == after(session, f"step {n}").cursor
    assert after(walked, f"back {n}").cursor == session.cursor
    assert after(session, "step", "back").cursor == session.cursor


@settings(max_examples=40)
@given(any_fork(), st.integers(0, 3), st.data())
def test_boundaries_end_at_the_edge_of_an_update_and_from_the_edge_enter_the_next(run, u, data):
    for line, back, boundaries_of in (("next", "rnext", timestep_boundaries), ("finish", "rfinish", phase_boundaries)):
        trace = run.trace(u)
        k = data.draw(st.integers(0, trace.end))
        session, boundaries = Session.of(run).within(trace, k), boundaries_of(trace)
        on = bisect_right(boundaries, k)
        assert after(session, line).cursor == ((u, boundaries[on]) if on < len(boundaries) else (u + 1, 0))
        before = bisect_left(boundaries, k)
        expected = (u, boundaries[before - 1]) if before else (u - 1, run.trace(u - 1).end) if u else (0, 0)
        assert after(session, back).cursor == expected


# -- by updates and epochs -------------------------------------------------------------------------------------


def starts(run, unit, most=60):
    """The updates that an update or an epoch begins with."""
    length = len(run.dataset.sequences) if unit == "epoch" else 1
    return [(update, 0) for update in range(0, most, length)]


@settings(max_examples=60)
@given(any_run, st.integers(0, 9), st.integers(1, 4), st.data())
def test_updates_and_epochs_go_to_the_nth_start_beyond_the_cursor_either_way(run, u, n, data):
    session = Session.of(run).within(run.trace(u), data.draw(st.integers(0, run.trace(u).end)))
    for unit in ("update", "epoch"):
        found = starts(run, unit)
        assert after(session, f"{unit} {n}").cursor == found[bisect_right(found, session.cursor) + n - 1]
        assert after(session, f"r{unit} {n}").cursor == found[max(0, bisect_left(found, session.cursor) - n)]


@settings(max_examples=30)
@given(any_run, st.integers(0, 9), st.integers(1, 3), st.data())
def test_training_without_stops_is_going_by_epochs(run, u, n, data):
    session = Session.of(run).within(run.trace(u), data.draw(st.integers(0, run.trace(u).end)))
    for train, epoch in (("train", "epoch"), ("rtrain", "repoch")):
        one, other = does(session, f"{train} {n}"), does(session, f"{epoch} {n}")
        assert one.session.cursor == other.session.cursor
        assert not one.stop


def test_train_alone_goes_to_the_end_of_the_run_and_from_there_as_many_epochs_on_and_rtrain_to_its_start():
    run = random_run()
    run = Run(run.dataset, run.params, epochs=5)
    session = after(Session.of(run), "step 100", "train")
    assert session.cursor == (15, 0)
    assert after(session, "train").cursor == (30, 0)
    assert after(session, "step", "rtrain").cursor == (0, 0)


def test_training_says_where_it_is_and_the_mean_loss_of_the_last_epoch():
    run = random_run((3, -2, 4))
    said = does(Session.of(run), "train 4")
    losses = [run.trace(update).mean_loss for update in (9, 11)]  # the one between has no targets
    assert said.message == f"update 12 · 4 epochs · mean loss {sum(losses) / 2:.4f}"
    assert does(after(said.session, "update"), "rtrain 1").message.startswith("update 12 · 4 epochs · mean")
    assert does(said.session, "rtrain").message == "update 0 · 0 epochs"


def test_of_a_run_that_begins_later_the_mean_loss_is_its_own():
    elder = random_run()
    begun = Run(elder.dataset, elder.params, elder.options, begins=6)
    session = Session.of(begun, begun.trace(6)).within(begun.trace(6), 0)
    losses = [begun.trace(update).mean_loss for update in (6, 7, 8)]
    assert does(session, "train 1").message == f"update 9 · 3 epochs · mean loss {sum(losses) / 3:.4f}"


def test_a_mean_loss_beyond_all_measure_is_told_in_a_few_characters():
    session = after(demo(), "nonfinite go", "set lr = 1e300")
    assert re.fullmatch(r"update 12 · 3 epochs · mean loss \d\.\d\de\d{3}", does(session, "train 3").message)


@pytest.mark.parametrize(
    ("line", "cursor"),
    [
        ("goto update 37", (37, 0)),
        ("goto update 37 dW t=1", (37, 5 * 3 + 3 * 9 - 9 + 7)),  # sequence 2 of 4 has T=5; see the next ones
        ("goto update 36 dW t=1", (36, 15 + 18 + 7)),  # sequence 1: T = 3, dW is the eighth line of the backward phase
        ("goto update 36 end", (36, 47)),
        ("goto epoch 5", (16, 0)),
        ("goto epoch 1", (0, 0)),
        ("goto epoch 5 backward", (16, 15)),
        ("goto update 2 t=2", (2, 5)),
        ("restart", (0, 0)),
    ],
)
def test_an_update_or_an_epoch_is_gone_to_and_a_place_in_it(line, cursor):
    if line == "goto update 37 dW t=1":
        cursor = (37, 25 + 36 + 7)  # T = 5: 25 lines forward, four timesteps of nine lines back
    assert after(demo(), "step 200", line).cursor == cursor


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("goto epoch 0", "epochs count from 1"),
        ("goto update 999999999999", "too far"),
        ("goto epoch 999999999999", "too far"),
        ("update 999999999999", "too far"),
        ("train 999999999999", "too far"),
        ("step 999999999999", "too far"),
        ("goto update 3 t=9", "1 to 4"),
        ("goto update 3 nonsense", "no line"),
    ],
)
def test_a_place_that_does_not_exist_in_a_run_is_refused_in_one_line(line, part):
    said = COMMANDS.execute(demo(), line)
    message = said.message
    if not said.failed:
        (effect,) = said.effects
        with pytest.raises(UsageError) as refused:
            perform(effect, said.session)
        message = str(refused.value)
    assert part in message
    assert "\n" not in message
    assert demo().run.reached < MOST_UPDATES


def test_at_the_start_of_the_run_going_back_says_so_and_moves_nothing():
    for line in ("back", "rnext", "rfinish", "rupdate", "repoch", "rtrain", "rcontinue", "restart", "start"):
        said = does(demo(), line)
        assert said.session.cursor == (0, 0)
        assert "start" in said.message
        assert not COMMANDS.execute(demo(), line).effects


# -- marks ------------------------------------------------------------------------------------------------------


def test_a_mark_holds_its_update_and_is_gone_to_from_any_other():
    session = after(demo(), "step 60", "mark here")
    assert session.cursor == (1, 12)
    for there in ("restart", "train 2", "end", "step 3"):
        assert after(session, there, "goto @here").cursor == (1, 12)
    assert does(session, "goto @here").message == "already there"
    assert "update 1, position 12" in does(after(session, "restart"), "marks").message
    assert "@here: update 1, position 12" in does(after(session, "restart"), "info marks").message


def test_a_mark_beyond_the_lines_of_an_update_is_gone_to_as_far_as_it_has_lines():
    session = after(demo(), "end", "mark far")
    session = after(session, "start")
    shorter = session.within(session.run.fork(0, order=Order(first=2)).trace(0), 0)
    assert shorter.trace.end < 47
    assert after(shorter, "goto @far").cursor == (0, shorter.trace.end)


# -- playing, looking -------------------------------------------------------------------------------------------


def test_playing_goes_on_into_the_next_update():
    session = after(demo(), "end").seen(playing=True)
    session = after(session, "tick")
    assert session.cursor == (1, 0)
    assert session.view.playing
    assert after(session, "tick").cursor == (1, 1)


def test_the_position_names_update_and_epoch_once_there_is_more_than_one():
    fresh = Session.of(random_run())
    assert does(fresh, "info position").message.startswith("position 0 of")
    later = after(fresh, "goto update 4")
    assert does(later, "info position").message.startswith("update 4 (epoch 2) · position 0 of")
    assert does(after(later, "restart"), "info position").message.startswith("update 0 (epoch 1) · position 0 of")


def test_any_way_to_a_place_gives_the_same_session_as_going_there_at_once():
    run = random_run(optimiser="adam", shuffled=True)
    walked = after(Session.of(run), "train 3", "back 40", "rfinish", "rnext 2", "epoch", "back 9")
    at_once = after(Session.of(run), f"goto update {walked.cursor.u}", f"goto {walked.k}")
    assert walked.cursor == at_once.cursor
    assert walked.trace.arrays().keys() == at_once.trace.arrays().keys()
    assert all(one.tobytes() == other.tobytes() for one, other in
               zip(walked.trace.arrays().values(), at_once.trace.arrays().values(), strict=True))  # fmt: skip


# -- stopping on the way ----------------------------------------------------------------------------------------


class Stopped:
    """Progress that is cancelled when it is told something for the nth time."""

    def __init__(self, after):
        self.left = after

    def __call__(self, _share):
        self.left -= 1
        if self.left <= 0:
            raise Cancelled


@pytest.mark.parametrize("n", [1, 2, 5])
def test_training_that_is_cancelled_stands_at_the_start_of_the_update_it_has_come_to(n):
    session = after(Session.of(random_run()), "step 30")
    with little_memory(block=2):
        said = perform(Train(30), session, Stopped(n))
    assert said.session.cursor == (session.run.reached, 0)
    assert session.cursor < said.session.cursor < (30, 0)
    assert said.message.startswith("stopped at update")


@pytest.mark.parametrize("target", [0, 30])
@pytest.mark.parametrize("n", [1, 2, 4])
def test_with_a_breakpoint_awake_it_stands_where_it_has_looked_so_far(target, n):
    session = after(Session.of(random_run()), "goto update 9", "step 10", "break dh if loss < 0")
    said = perform(Train(target), session, Stopped(n))
    # One more share is told before each update: n - 1 of them were looked at.
    whole = n - 1
    expected = session.cursor if not whole else (9 + whole, 0) if target else (10 - whole, 0)
    assert said.session.cursor == expected
    assert said.message.startswith("stopped")


def test_a_journey_that_is_cancelled_moves_nothing_and_what_was_learnt_stays():
    session = Session.of(random_run())
    with little_memory(block=2), pytest.raises(Cancelled):
        perform(Travel(30), session, Stopped(3))
    assert session.run.reached == 6
    assert same(after(session, "update", "rupdate"), session)


def test_looking_for_a_stop_at_the_first_edge_of_the_run_finds_none_and_stays():
    said = perform(Search(-1, "dh"), demo())
    assert said.session.cursor == (0, 0)
    assert said.message == "no stop before the start"
