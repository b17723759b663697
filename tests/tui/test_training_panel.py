"""The training panel: its picture, what a click means, and what it says before there is anything to draw."""

from __future__ import annotations

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Size

from rnn_core.training.metrics import Metrics
from rnn_core.views.options import View
from rnn_tui.panels.training import TrainingPanel
from rnn_tui.render.canvas import Canvas
from rnn_tui.render.palette import DARK, LIGHT, palette
from rnn_tui.render.plot import dots


class Alone(TrainingPanel):
    """The panel without a screen around it: a size and a theme are all that it needs."""

    size = Size(0, 0)
    colours = palette("plain")

    def __init__(self, width: int, height: int, theme: str = "plain") -> None:
        self.size, self.colours = Size(width, height), palette(theme)

    def picture(self, session) -> str:
        """The panel's rows as text."""
        canvas = Canvas(self.size.width, self.size.height, self.colours.base)
        self.paint(canvas, session)
        rows = canvas.strips()
        assert all(row.cell_length == self.size.width for row in rows)
        return "\n".join(row.text.rstrip() for row in rows)


def looking(loss, u=0, *, length=1, other=None, **view):
    """As much of a session as the panel looks at."""

    def run(numbers):
        numbers = np.array(numbers, dtype=np.float64)
        with np.errstate(over="ignore"):
            five = np.abs(np.where(np.isfinite(numbers), numbers, 1.0))[:, None] * [1.0, 0.1, 2.0, 0.5, 3.0]
        return Metrics(0, length, numbers, np.full(len(numbers), 0.5), five, np.ones_like(five), five * 1e-3)

    return SimpleNamespace(
        metrics=run(loss),
        compared_metrics=None if other is None else run(other),
        cursor=SimpleNamespace(u=u, k=0),
        view=View(**view),
        reached=len(loss),
        compared="",
    )


FALLING = [4.0, 3.0, 2.0, 1.0, 0.0]
PICTURE = """\
─ training · loss ───────── update 2 of 5
 ━ loss 2.0000
     4 ⠉⠒⠢⢄⣀┈┈┈┈┈┈┈┈┈┈┈│┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈
            ⠉⠑⠒⠤⢄⡀     │
                 ⠈⠉⠒⠢⠤⣀│
     2 ┈┈┈┈┈┈┈┈┈2.0000┈●⠑⠒⠤⢄⣀┈┈┈┈┈┈┈┈┈┈┈
                       │     ⠉⠑⠒⠤⢄⣀
     0 ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈│┈┈┈┈┈┈┈┈┈┈┈⠉⠑⠢⠤⣀
       0       1       2       3       4"""
"""A straight line from 4 at update 0 to 0 at update 4."""


def test_a_falling_loss_is_a_falling_line():
    assert Alone(41, 9).picture(looking(FALLING, u=2)) == PICTURE


@pytest.mark.parametrize("size", [(78, 14), (40, 12), (150, 25), (78, 8)])
@pytest.mark.parametrize("theme", ["plain", "dark", "light"])
@pytest.mark.parametrize("chart", ["loss", "gradients", "ratio", "accuracy"])
def test_every_size_shows_the_chart_its_name_and_where_the_cursor_is(size, theme, chart):
    picture = Alone(*size, theme).picture(looking(np.geomspace(4.0, 0.1, 400), 17, length=4, chart=chart))
    title, *rest = picture.split("\n")
    assert f"training · {chart}" in title
    assert "update 17 of 400" in title
    assert sum(row.count("│") + row.count("●") for row in rest) >= 4
    assert " 17 " in rest[-1] + rest[-2]


def test_where_the_cursor_is_is_never_cut_off_or_run_into_the_title():
    for width in range(34, 60):
        title = Alone(width, 12).picture(looking(np.geomspace(4.0, 0.1, 16_900), 16_900)).split("\n")[0]
        assert title.startswith("─ training · loss ")
        assert " update 16,900" in title
        assert title.endswith("16,900")


@given(
    st.lists(st.floats() | st.floats(0.1, 5.0), max_size=50),
    st.integers(0, 60),
    st.integers(1, 90),
    st.integers(1, 20),
    st.booleans(),
    st.sampled_from(["loss", "gradients", "ratio", "accuracy"]),
    st.none() | st.lists(st.floats(), max_size=9),
)
def test_nothing_that_a_run_can_leave_behind_breaks_the_panel(losses, u, width, height, log, chart, other):
    session = looking(losses, u, length=3, other=other, chart=chart, log_curves=log)
    panel = Alone(width, height)
    panel.picture(session)
    for x in range(0, width, 7):
        for y in range(height):
            assert panel.click(session, x, y).split()[0] in ("goto", "chart", "panel")


def test_before_the_first_update_it_says_which_key_begins():
    assert "T trains the run; curves appear here" in Alone(78, 14).picture(looking([]))


def test_what_is_not_finite_is_marked_above_and_what_a_logarithm_has_no_place_for_below():
    picture = Alone(78, 14).picture(looking([1.0, 2.0, np.inf, 3.0, 0.0, 1.0], 1, log_curves=True))
    assert picture.count("!") == 1
    assert picture.count("▾") == 1
    assert "log" in picture.split("\n")[0]


def test_the_legend_says_the_numbers_at_the_cursor():
    picture = Alone(78, 14).picture(looking([4.0, 2.0, 1.0, 3.0, 5.0], u=1, length=2, other=[7.0, 6.0]))
    assert "━ loss 2.0000  ━ epoch mean 3.0000  ┅ compared 6.5000" in picture


def test_lines_that_colour_tells_apart_carry_their_names_as_well():
    rows = Alone(78, 14).picture(looking([5.0, 4.0, 3.0], chart="gradients")).split("\n")
    assert [row[-2:] for row in rows if row[-3:-2] == " " and row[-2:-1] == "d"] == ["dc", "dV", "dU", "db", "dW"]


def test_the_usual_ratio_has_a_line_of_its_own_where_it_is_in_sight():
    picture = Alone(78, 14).picture(looking([5.0, 4.0, 0.5], chart="ratio", log_curves=True))
    assert any(row.split()[0] == "0.001" and "╌" in row for row in picture.split("\n") if row.strip())


def test_clicking_the_plot_goes_to_the_update_under_the_pointer():
    session, panel = looking(np.linspace(4.0, 1.0, 400), u=17, length=4), Alone(78, 14)
    rows = panel.picture(session).split("\n")
    line = next(row for row in rows if "│" in row)
    clicked = int(panel.click(session, line.index("│"), 6).split()[-1])
    assert abs(clicked - 17) <= 400 // 68
    assert panel.click(session, 9, 6) == "goto update 0"


def test_clicking_a_name_chooses_that_chart_and_the_wheel_walks():
    session, panel = looking(FALLING), Alone(78, 14)
    names = panel.picture(session).split("\n")[1]
    for name in ("loss", "gradients", "ratio", "accuracy"):
        assert panel.click(session, names.index(name), 1) == f"chart {name}"
    assert (panel.wheel(session, True), panel.wheel(session, False)) == ("update", "rupdate")


# -- dots --------------------------------------------------------------------------------------------------------


def lines(codes) -> str:
    return "\n".join("".join(chr(0x2800 + code) for code in row) for row in codes.tolist())


def test_a_line_is_drawn_from_the_upper_left_to_the_lower_right():
    shares = np.linspace(1.0, 0.0, 8)
    assert lines(dots(shares, shares, 2)) == "⠑⢄⠀⠀\n⠀⠀⠑⢄"


def test_a_jump_is_joined_and_a_gap_is_not():
    assert lines(dots(*[np.array([0.0, 1.0, np.nan, 1.0])] * 2, 1)) == "⡜⠈"


def test_an_extent_is_filled():
    assert lines(dots(np.array([0.0, 1.0]), np.array([1.0, 1.0]), 1)) == "⡏"


# -- colours -----------------------------------------------------------------------------------------------------

SEEN = {
    "all colours": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Machado, Oliveira and Fernandes 2009, severity 1: linear RGB as seen without one kind of cone."""


def lab(colour: str, seen) -> np.ndarray:
    """CIELAB (D65) of a colour as somebody sees it."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = matrix @ np.clip(np.array(seen) @ linear, 0.0, 1.0) / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("seen", SEEN.values(), ids=SEEN)
@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_the_five_curves_stay_apart_for_every_kind_of_colour_vision(colours, seen):
    five = [getattr(colours, f"line_{name}") for name in "uwvbc"]
    for one, other in combinations([*five, colours.background], 2):
        assert np.linalg.norm(lab(one, seen) - lab(other, seen)) > 25
