"""Laws of moving: inverses, boundaries, places, wrong predictions. The oracle walks over every line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.debugger.commands import COMMANDS
from rnn_core.updates import Clip, Options
from tests.debugger.sessions import (
    answer,
    demo,
    made,
    phase_boundaries,
    run,
    same,
    spoiled,
    timestep_boundaries,
    with_params,
)

sessions = st.builds(
    made,
    timesteps=st.integers(1, 6),
    seed=st.integers(0, 2),
    absent=st.sampled_from([0.0, 0.5, 1.0]),
    clip=st.sampled_from(["off", "norm:1", "value:0.1"]),
)


@st.composite
def placed(draw):
    session = draw(sessions)
    return session.at(draw(st.integers(0, session.trace.end)))


def nearest(boundaries, k, direction, times=1):
    """The boundary that is `times` boundaries beyond k, or the last there is."""
    for _ in range(times):
        beyond = [b for b in boundaries if (b - k) * direction > 0]
        if not beyond:
            break
        k = min(beyond) if direction > 0 else max(beyond)
    return k


def beyond_or(boundaries, session, direction, n):
    """The nth boundary beyond, or the edge of the update; from its end, the start of the next one."""
    if direction > 0 and session.k == session.trace.end:
        return 1, 0
    return 0, nearest(boundaries, session.k, direction, n)


@pytest.mark.parametrize("clip", ["off", "norm:1"])
def test_back_undoes_step_and_step_undoes_back_at_every_position(clip):
    session = made(timesteps=3, clip=clip)
    for k in range(session.trace.end + 1):
        here = session.at(k)
        if k < session.trace.end:
            assert same(run(here, "step", "back"), here)
        if k > 0:
            assert same(run(here, "back", "step"), here)


@given(placed(), st.integers(1, 90))
def test_n_steps_are_n_times_one_step_into_the_next_updates_and_back_to_the_start(session, n):
    """Each session has one sequence, so that each update has as many lines."""
    on = divmod(session.k + n, session.trace.end + 1)
    assert run(session, f"step {n}").cursor == run(session, *["step"] * n).cursor == on
    assert run(session, f"back {n}").cursor == run(session, *["back"] * n).cursor == (0, max(session.k - n, 0))


@given(placed(), st.integers(1, 4))
def test_next_and_rnext_reach_the_nearest_timestep_boundary(session, n):
    boundaries = timestep_boundaries(session.trace)
    assert run(session, f"next {n}").cursor == beyond_or(boundaries, session, +1, n)
    assert run(session, f"rnext {n}").cursor == beyond_or(boundaries, session, -1, n)


@given(placed(), st.integers(1, 4))
def test_finish_and_rfinish_reach_the_nearest_phase_boundary(session, n):
    boundaries = phase_boundaries(session.trace)
    assert run(session, f"finish {n}").cursor == beyond_or(boundaries, session, +1, n)
    assert run(session, f"rfinish {n}").cursor == beyond_or(boundaries, session, -1, n)


def test_a_run_halted_before_its_update_ends_where_the_update_would_begin():
    with_nan = spoiled(float("nan"), timesteps=3)
    broken = with_params(with_nan, with_nan.params, Options(clip=Clip.parse("norm:1")))
    assert broken.trace.halted
    assert broken.trace.end == 3 * 14
    assert run(broken, "end").k == 42
    assert run(broken, "finish", "finish").k == 42
    assert run(broken, "end", "finish").cursor == (1, 0)
    assert run(broken, "end", "step", "back").cursor == (0, 42)
    assert run(broken, "end", "rfinish").k == 15
    assert broken.at(42).following is None


MOTIONS = [
    "step", "back", "next", "rnext", "finish", "rfinish", "start", "end", "step 3", "back 2", "next 2", "wrong",
    "rwrong",     "goto t=2", "goto dh", "restart", "goto t=1 backward",
]  # fmt: skip


@given(sessions, st.lists(st.sampled_from(MOTIONS), max_size=12))
def test_any_way_to_a_position_gives_the_same_session_as_going_there_at_once(session, lines):
    walked = run(session, *lines)
    u, k = walked.cursor
    assert same(walked, run(session, f"goto update {u} {k}"))


@given(sessions, st.data())
def test_values_do_not_depend_on_the_way(session, data):
    k = data.draw(st.integers(0, session.trace.end))
    forwards, backwards = run(session, f"step {k}" if k else "start"), run(session, "end", f"goto {k}")
    for name in ("h", "p", "loss", "dW", "dU", "db", "dh", "dh_next", "W"):
        one, other = forwards.trace.value(name, forwards.k), backwards.trace.value(name, backwards.k)
        assert (one is None) == (other is None)
        if one is not None:
            assert one.tobytes() == other.tobytes()


# -- places ---------------------------------------------------------------------------------------------------


@given(sessions, st.data())
def test_every_line_of_the_run_can_be_gone_to_by_its_name_timestep_and_phase(session, data):
    k = data.draw(st.integers(0, session.trace.end - 1))
    place = session.trace.place(k + 1)
    where = f" t={place.t}" if place.t else ""
    start = session.at(data.draw(st.integers(0, session.trace.end)))
    for text in (f"{k}", f"{place.instruction.name}{where}", f"line {place.instruction.name}{where}",
                 f"{place.phase} {place.instruction.name}{where}"):  # fmt: skip
        assert run(start, f"goto {text}").k == k


@pytest.mark.parametrize(
    ("start", "place", "arrives"),
    [
        # T = 3: forward 0…15, backward 15…42 (t=3 at 15, t=2 at 24, t=1 at 33), update 42…47.
        (0, "t=2", 5),
        (0, "t = 3", 10),
        (20, "t=2", 24),
        (20, "t=2 forward", 5),
        (0, "t=1 backward", 33),
        (0, "backward t=1", 33),
        (0, "backward", 15),
        (30, "forward", 0),
        (0, "update", 42),
        (45, "t=2", 24),  # the update has no timesteps; the ones before it are meant
        (47, "t=3", 15),
        (7, "h", 6),  # the line of the current timestep: h is the second line of t = 2
        (7, "dh", 18),  # of another phase: its first timestep, dh is the fourth line
        (30, "dh", 27),
        (0, "line dh t=1", 36),
        (0, "dh t=1 backward", 36),
        (0, "W", 43),
        (9, "start", 0),
        (9, "end", 47),
        (9, "47", 47),
        (9, " 12 ", 12),
    ],
)
def test_a_place_is_gone_to_right_before_it_runs(start, place, arrives):
    assert run(demo().at(start), f"goto {place}").k == arrives


@pytest.mark.parametrize(
    ("place", "part_of_the_answer"),
    [
        ("48", "0 to 47"),
        ("t=0", "1 to 3"),
        ("t=4", "1 to 3"),
        ("zz", 'no line "zz"'),
        ("t=1 update", "no timesteps"),
        ("U t=1", "no timesteps"),
        ("dh forward", "in the backward phase"),
        ("t=1 t=2", "two places"),
        ("3 t=1", "position with a place"),
        ("-1", "not a place"),
        ("3.5", ""),
        ("h[2]", ""),
        ("t=" + "9" * 5000, ""),
        ("9" * 5000, "no position"),
        ("…", "not a place"),
    ],
)
def test_a_place_that_does_not_exist_is_answered_and_nothing_moves(place, part_of_the_answer):
    here = demo().at(9)
    said = answer(here, f"goto {place}")
    assert said.session is here
    assert part_of_the_answer in said.message
    assert said.message
    assert "\n" not in said.message
    assert len(said.message) < 400


# -- wrong predictions ----------------------------------------------------------------------------------------


def wrong_positions(trace):
    """Right after each p line whose largest probability is not the target's, by looking at every timestep."""
    found = []
    for k in range(1, trace.end + 1):
        place = trace.place(k)
        if place.instruction.name == "p" and trace.y[place.t - 1] >= 0:
            p = trace.p[place.t - 1]
            if max(range(len(p)), key=p.__getitem__) != trace.y[place.t - 1]:
                found.append(k)
    return found


@given(sessions)
def test_e_visits_exactly_the_wrong_predictions_and_E_visits_them_backwards(session):
    visited, here = [], session
    while (after := run(here, "wrong")).k != here.k:
        visited.append(after.k)
        here = after
    assert visited == wrong_positions(session.trace)
    visited, here = [], run(session, "end")
    while (after := run(here, "rwrong")).k != here.k:
        visited.append(after.k)
        here = after
    assert visited == wrong_positions(session.trace)[::-1]


def test_the_demo_predicts_the_second_and_third_timestep_wrong():
    # By the notebook: its probabilities are near 1/3 and the largest is that of class 0 (targets 0, 1, 2).
    assert demo().trace.p.argmax(axis=1).tolist() == [0, 0, 0]
    assert run(demo(), "e").k == 9
    assert run(demo(), "e", "e").k == 14


@given(placed())
def test_a_search_that_finds_nothing_leaves_the_session_and_says_so(session):
    for line, positions in (("wrong", lambda k, w: w > k), ("rwrong", lambda k, w: w < k)):
        if not any(positions(session.k, w) for w in wrong_positions(session.trace)):
            said = answer(session, line)
            assert same(said.session, session)
            assert "no wrong prediction" in said.message
            assert f"({len(wrong_positions(session.trace))} in this sequence)" in said.message


@pytest.mark.parametrize("line", ["step", "next", "finish", "tick", "next 3"])
def test_a_motion_at_the_end_enters_the_next_update_and_end_stays(line):
    last = demo().at(47)
    assert run(last, line).cursor == (1, 0)
    said = answer(last, "end")
    assert same(said.session, last)
    assert "end" in said.message


@pytest.mark.parametrize("line", ["back", "rnext", "rfinish", "start", "restart", "back 7"])
def test_a_motion_at_the_start_leaves_the_session_and_says_so(line):
    said = answer(demo(), line)
    assert same(said.session, demo())
    assert "start" in said.message


@given(st.text(max_size=40))
def test_no_text_makes_a_command_line_raise(text):
    for line in (text, *(f"{command.name} {text}" for command in COMMANDS)):
        said = answer(demo().at(20), line)
        assert 0 <= said.session.k <= 47


def test_positions_are_the_interpreters():
    """The register h read at every position of the demo is the row of the timestep whose h line ran last."""
    trace = demo().trace
    for k in range(trace.end + 1):
        rows = sum(1 for i in range(1, k + 1) if trace.place(i).instruction.name == "h")
        assert np.array_equal(trace.value("h", k), trace.h[rows])
