"""Commands that look: none changes a number, each cycles through its modes; selecting and moving the cell."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.debugger.outcome import Copy
from rnn_core.debugger.selection import home, neighbours, selected
from rnn_core.views.cells import axes, cell_text
from rnn_core.views.options import FOCUSES, PANELS, SPEEDS, TRAINING, Cell, CellMode, ScaleMode, SumsMode, Theme
from tests.debugger.sessions import answer, demo, made, run, same
from tests.listing import NAMES

VIEW_LINES = [
    "play", "faster", "slower", "view", "scale", "sums", "theme", "panel next", "panel outputs", "stepping",
    "select dW[1,2]", "select h[2][1]", "move up", "move right 2", "scroll hidden down", "copy", "select loss",
    "curves", "chart", "log-curves", "watches",
]  # fmt: skip


@given(st.integers(0, 47), st.lists(st.sampled_from(VIEW_LINES), max_size=10))
def test_commands_that_look_change_no_number_and_no_position(k, lines):
    before = demo().at(k)
    after = before
    for line in lines:
        if after.view.panel == TRAINING and line.startswith("move"):
            continue  # there it is the update that is moved
        after = run(after, line)
    assert after.trace is before.trace
    assert after.params is before.params
    assert after.dataset is before.dataset
    assert after.cursor == before.cursor


@pytest.mark.parametrize(
    ("line", "field", "modes"),
    [
        ("view", "cells", get_args(CellMode)),
        ("scale", "scale", get_args(ScaleMode)),
        ("sums", "sums", get_args(SumsMode)),
        ("theme", "theme", get_args(Theme)),
    ],
)
def test_a_mode_key_walks_through_all_modes_and_comes_round(line, field, modes):
    session, seen = demo(), []
    for _ in modes:
        session = run(session, line)
        seen.append(getattr(session.view, field))
    assert sorted(seen) == sorted(modes)
    assert same(session, demo())
    for mode in modes:
        assert getattr(run(demo(), f"{line} {mode}").view, field) == mode


def test_tab_walks_through_the_panels_and_back_to_stepping():
    session, seen = demo(), []
    for _ in range(len(FOCUSES) + 1):
        session = run(session, "panel next")
        seen.append(session.view.panel)
    assert seen == [*FOCUSES, ""]
    assert run(demo(), "panel previous").view.panel == FOCUSES[-1]
    assert same(run(demo(), "panel next", "panel previous"), demo())


def test_in_the_training_panel_left_and_right_go_by_updates_and_up_and_down_by_epochs():
    session = run(demo(), "curves", "panel training")
    assert run(session, "move right 3").cursor == (3, 0)
    assert run(session, "move right 3", "move left").cursor == (2, 0)
    assert run(session, "move down 2").cursor == (8, 0)
    assert run(session, "move down 2", "move up").cursor == (4, 0)
    assert run(session, "move right", "move up").cursor == (0, 0)
    assert answer(session, "move left").message == "already at the start of the run"


def test_the_speeds_end_at_both_ends():
    assert run(demo(), *["faster"] * 30).view.speed == SPEEDS[-1]
    assert run(demo(), *["slower"] * 30).view.speed == SPEEDS[0]
    assert same(run(demo(), "faster", "slower"), demo())


def test_playing_stops_by_a_motion_and_by_a_second_p_and_goes_on_over_the_end_of_an_update():
    assert run(demo(), "play").view.playing
    assert not run(demo(), "play", "play").view.playing
    assert not run(demo(), "play", "step").view.playing
    playing = run(demo().at(46), "play", "tick")
    assert playing.k == 47
    over = run(playing, "tick")
    assert over.cursor == (1, 0)
    assert over.view.playing


def test_ticks_go_through_every_line_once():
    session = run(demo(), "play")
    for k in range(1, 48):
        session = run(session, "tick")
        assert session.k == k
        assert session.view.playing


@pytest.mark.parametrize("name", NAMES)
def test_every_name_can_be_selected_explained_and_unselected(name):
    session = made(clip="norm:1").at(30)
    index = tuple(1 if axis == "t" else 0 for axis in axes(session.trace, name))
    said = answer(session, f"select {cell_text(session.trace, Cell(name, index))}")
    assert said.message == ""
    assert said.session.view.pinned == Cell(name, index)
    assert run(said.session, "stepping").view.pinned is None


def test_a_series_without_its_timestep_means_the_latest_one():
    # k = 30 is line 6 of backward t = 2 (15 + 9 + 6): dh has been written at t = 3 and t = 2.
    assert run(demo().at(30), "select dh[4]").view.pinned == Cell("dh", (2, 4))
    assert run(demo().at(30), "select h[4]").view.pinned == Cell("h", (3, 4))


@pytest.mark.parametrize(
    "cell", ["dW", "dW[1]", "dW[10,0]", "h[4][0]", "h[1][10]", "x[0][0]", "p[1][3]", "nothing", "h[-1]", "dW[1,2,3]",
             "dW[1.5,2]", "__import__", "h[" + "9" * 400 + "]", "loss[0]"],
)  # fmt: skip
def test_a_cell_that_does_not_exist_is_answered_and_nothing_is_selected(cell):
    said = answer(demo(), f"select {cell}")
    assert said.session is not None
    assert same(said.session, demo())
    assert said.message


def test_copy_gives_every_digit_of_the_selected_value():
    session = run(demo().at(47), "select dW[2,4]")
    said = answer(session, "copy")
    (copied,) = said.effects
    assert isinstance(copied, Copy)
    assert float(copied.text) == demo().trace.gradients.W[2, 4]
    assert "nothing" in answer(demo(), "copy").message
    assert not answer(demo(), "copy").effects


@given(
    st.integers(0, 47),
    st.sampled_from(PANELS),
    st.lists(st.tuples(st.sampled_from(["up", "down", "left", "right"]), st.integers(1, 12)), max_size=30),
)
def test_the_cell_cursor_never_leaves_its_panel_or_the_tables(k, panel, moves):
    session = run(demo().at(k), f"panel {panel}")
    for direction, times in moves:
        session = run(session, f"move {direction} {times}")
        cell = session.view.pinned
        assert session.view.panel == panel
        assert home(session.trace, cell.name).panel == panel
        assert same(run(session, f"select {cell_text(session.trace, cell)}"), session)


def test_every_edge_of_a_table_leads_to_a_table_of_the_same_panel():
    trace = demo().trace
    for (name, _), neighbour in neighbours(trace).items():
        assert home(trace, name).panel == home(trace, neighbour).panel


def test_without_a_selection_the_number_that_the_last_line_wrote_is_the_selected_one():
    assert selected(demo()) is None
    assert selected(demo().at(2)) == Cell("h", (1, 0))
    assert selected(demo().at(22)) == Cell("dU", (0, 0))
    assert selected(demo().at(24)) == Cell("dh_next", (2, 0))


def test_a_selected_unit_stays_selected_while_stepping():
    session = run(demo().at(20), "select dW[3,5]", "step")
    assert session.view.pinned is None
    assert (session.view.units.hidden, session.view.units.column) == (3, 5)
    assert selected(run(session, "goto dW t=1", "step")) == Cell("dW", (3, 5))


def test_in_a_panel_without_cells_nothing_moves():
    session = demo().at(20).seen(panel="of somebody's own")
    assert answer(session, "move down").message == "this panel has no cells to move in"
    assert run(session, "move down") == session
