"""Where things stand: the panels on the screen, the tables in the gradients' box."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.views.gradients import arrange, latest
from rnn_core.views.options import Cell, Units, View
from rnn_tui.arrangement import arrangement, too_small
from tests.debugger.sessions import demo, made, run

SIZES = [(5, 10, 3), (1, 1, 1), (300, 512, 200), (2, 64, 50)]


@pytest.mark.parametrize(("inputs", "hidden", "classes"), SIZES)
@given(data=st.data())
def test_gradient_tables_never_overlap_and_never_leave_their_box(inputs, hidden, classes, data):
    session = made(timesteps=2, inputs=inputs, hidden=hidden, classes=classes)
    width, height = data.draw(st.integers(40, 250)), data.draw(st.integers(8, 70))
    mode = data.draw(st.sampled_from(["heatmap", "numbers", "both"]))
    units = Units(hidden - 1, hidden // 2, classes - 1, inputs - 1)
    taken = set()
    for placed in arrange(session.trace, 15, View(cells=mode, units=units), width, height):
        assert len(placed.rows) or height < 12, placed
        assert len(placed.columns) * placed.cell <= max(placed.width, placed.cell), placed
        cells = {
            (x, y)
            for y in range(placed.y, placed.y + 1 + len(placed.rows))
            for x in range(placed.x, placed.x + len(placed.columns) * placed.cell)
        }
        assert all(0 <= x < width and 0 <= y < height for x, y in cells), (placed, width, height)
        assert not cells & taken, placed
        taken |= cells


@given(st.integers(66, 200), st.integers(12, 60), st.data())
def test_a_click_in_a_table_hits_the_cell_that_is_painted_there(width, height, data):
    tables = arrange(made(timesteps=2, hidden=30).trace, 15, View(), width, height)
    placed = data.draw(st.sampled_from(tables))
    row = data.draw(st.integers(0, len(placed.rows) - 1))
    column = data.draw(st.integers(0, len(placed.columns) - 1))
    within = data.draw(st.integers(0, placed.cell - 1))
    x, y = placed.x + column * placed.cell + within, placed.y + 1 + row
    assert placed.hit(x, y) == (placed.rows[row], placed.columns[column])
    assert placed.hit(placed.x, placed.y) is None
    assert [other.name for other in tables if other.hit(x, y)] == [placed.name]


def test_a_narrow_box_shows_the_table_that_was_written_last_or_is_selected():
    trace = demo().trace
    # Lines 16…24 write dz dV dc dh da db dU dW dh_next; dz stands in the outputs, so the table before it stays.
    expected = {15: "dW", 16: "dW", 17: "dV", 18: "dc", 19: "dh", 20: "da", 21: "db", 22: "dU", 23: "dW"}
    expected |= {24: "dh_next", 25: "dh_next", 26: "dV", 47: "dh_next"}
    assert {k: latest(trace, k) for k in expected} == expected
    assert [placed.name for placed in arrange(trace, 18, View(), 60, 20)] == ["dc"]
    assert [placed.name for placed in arrange(trace, 18, View(pinned=Cell("dU", (0, 0))), 60, 20)] == ["dU"]


@pytest.mark.parametrize(("inputs", "hidden", "classes"), SIZES)
@given(data=st.data())
def test_panels_never_overlap_and_never_leave_the_screen(inputs, hidden, classes, data):
    session = made(timesteps=data.draw(st.sampled_from([1, 2, 30])), inputs=inputs, hidden=hidden, classes=classes)
    lines = data.draw(st.lists(st.sampled_from(["panel next", "end", "finish", "next"]), max_size=3))
    width, height = data.draw(st.integers(80, 320)), data.draw(st.integers(24, 120))
    boxes = arrangement(run(session, *lines), width, height)
    assert {"header", "timeline", "listing", "step", "footer"} <= set(boxes)
    for name, box in boxes.items():
        assert box.width > 0, (name, box)
        assert box.height >= 0, (name, box)
        assert box.x >= 0
        assert box.x + box.width <= width, (name, box)
        assert box.y >= 0
        assert box.y + box.height <= height, (name, box)
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        apart = a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y
        assert apart or not (a.height and b.height), (one, a, other, b)


def test_eighty_by_twenty_four_is_enough_and_less_is_not():
    assert not too_small(80, 24)
    assert too_small(79, 24)
    assert too_small(80, 23)


def test_a_narrow_screen_shows_what_the_phase_fills_unless_a_panel_has_the_focus():
    def panels(session):
        return set(arrangement(session, 80, 24)) & {"hidden", "outputs", "gradients"}

    assert panels(demo()) == panels(demo().at(15)) == {"hidden"}
    assert panels(demo().at(16)) == panels(demo().at(47)) == {"gradients"}
    assert panels(run(demo(), "panel outputs")) == {"outputs"}
    assert panels(demo().at(16)) != panels(run(demo().at(16), "panel hidden"))


def test_a_wide_screen_shows_everything_at_once():
    assert {"hidden", "outputs", "gradients", "inputs"} <= set(arrangement(demo(), 120, 40))
