"""What the flow panel shows: windows, chosen losses, colours by powers of ten; and its picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.cells import cell
from rnn_core.data import Dataset, Sequence
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.commands.flow import timestep_at
from rnn_core.debugger.session import Session
from rnn_core.flow.lattice import whole
from rnn_core.model import Params
from rnn_core.recorder import record
from rnn_core.training.run import Run
from rnn_core.updates import Options
from rnn_core.views.flow import chosen, flow, heights, levels_of, window
from rnn_core.views.scale import LEVELS
from rnn_tui.panels.flow import FlowPanel
from tests.debugger.sessions import made
from tests.tui.painted import alone


def tenth(timesteps=3, *, last=True):
    """A linear unit at 0 between two classes: ‖local‖ is 1 at each target, and a tenth of it is left a timestep."""
    params = Params(np.array([[1.0]]), np.array([[0.1]]), np.array([[1.0], [-1.0]]), np.zeros(1), np.zeros(2),
                    cell=cell("rnn", "identity"))  # fmt: skip
    y = np.array([-1] * (timesteps - 1) + [0]) if last else np.zeros(timesteps, dtype=int)
    return Session.of(Run(Dataset((Sequence(np.zeros((timesteps, 1)), y),)), params, Options()))


@given(timesteps=st.integers(1, 3000), t=st.integers(1, 3000), most=st.integers(2, 200))
def test_a_window_has_the_cursor_in_it_and_as_many_timesteps_as_fit(timesteps, t, most):
    t = min(t, timesteps)
    first, last = window(timesteps, t, most)
    assert 0 <= first <= t <= last <= timesteps
    assert last - first + 1 == min(most, timesteps + 1)


def test_a_window_stays_while_the_cursor_moves_a_little():
    assert len({window(1000, t, 80) for t in range(500, 540)}) <= 2


@given(seed=st.integers(0, 50), most=st.integers(2, 30), t=st.integers(1, 40))
def test_losses_have_targets_and_the_cursor_s_and_the_last_are_among_them(seed, most, t):
    trace = made(40, absent=0.3, seed=seed % 5).trace
    first, last = window(40, t, 25)
    losses = chosen(trace, first, last, t, most)
    targets = np.flatnonzero(trace.sequence.has_target) + 1
    assert list(losses) == sorted(set(losses))
    assert set(losses) <= set(targets.tolist())
    assert len(losses) <= most
    assert t in losses or t not in targets
    assert targets[-1] in losses


def test_each_colour_is_a_third_of_a_power_of_ten():
    levels = levels_of(np.array([0.0, -1.0, -7.999, -30.0, -np.inf, np.nan]), 0)
    assert levels.tolist() == [LEVELS, LEVELS - 3, 1, 1, 0, LEVELS + 1]


def test_heights_count_powers_of_ten_below_the_top():
    assert heights(np.array([1.0, 1e-4, 1e-20, 0.0]), 0).tolist() == pytest.approx([1.0, 0.5, 1e-3, 0.0])
    assert np.isnan(heights(np.array([np.inf]), 0)).all()


def test_what_is_shown_is_what_was_measured():
    trace = made(30).trace
    shown, full = flow(trace, 12, 20, 6), whole(trace)
    for row, t in enumerate(shown.losses):
        for column, k in enumerate(range(shown.first, shown.last + 1)):
            size = shown.lattice[row, column]
            assert np.isnan(size) if k > t else size == pytest.approx(full.at(t, k), rel=1e-12)
    np.testing.assert_allclose(shown.total[1:], np.linalg.norm(trace.dh, axis=1)[shown.first : shown.last])


def test_a_loss_far_beyond_the_window_has_its_row():
    trace = tenth(60).trace
    shown = flow(trace, 5, 20, 4)
    assert shown.losses == (60,)
    np.testing.assert_allclose(shown.lattice[0], np.arange(shown.first, shown.last + 1) - 60.0, rtol=1e-9)


PICTURE = """\
─ flow · t=3 · ‖dh‖ 1 · local 1 · carried 0 ───────────────── █ carried  ● local
      1e0 ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈●┈┈┈┈
     1e-1 ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈████████     ┊
     1e-2 ┈┈┈┈┈┈┈┈┈█████████████████     ┊
     1e-3 ██████████████████████████     ┊"""


def test_the_picture_of_a_gradient_of_which_a_tenth_is_left_a_timestep():
    session = COMMANDS.execute(tenth(), "panel flow").session
    rows = [strip.text.rstrip() for strip in alone(FlowPanel, session, 80, 24, "plain")._strips]
    text = "\n".join(rows)
    assert rows[0] == PICTURE.splitlines()[0]
    assert [row.split()[0] for row in rows[1:9]] == [f"1e{power}".replace("1e-0", "1e0") for power in range(0, -8, -1)]
    # of L[3] 1e-3 reaches h[0], 0.01 h[1], 0.1 h[2]: the numbers of one row, divided by the power in the caption
    caption = next(row for row in rows if "lattice" in row)
    assert "×1e" not in caption, "1 is the largest: nothing is divided"
    loss = next(row for row in rows if row.strip().startswith("L[3]"))
    assert [float(number) for number in loss.split()[1:]] == pytest.approx([1e-3, 1e-2, 0.1, 1.0])
    factors = next(row for row in rows if row.strip().startswith("Wᵀ"))
    assert factors.split()[1:5] == ["·", "×0.1", "×0.1", "×0.1"]
    assert factors.rstrip().endswith("×0.001 in all")
    assert "1 dW is exactly zero: h[t-1] is 0 wherever a gradient arrives" in text


@pytest.mark.parametrize("theme", ["dark", "light", "plain"])
@pytest.mark.parametrize("size", [(40, 13), (79, 18), (80, 27), (160, 48), (20, 5), (1, 1)])
@pytest.mark.parametrize("timesteps", [1, 3, 12, 200])
def test_it_fits_into_any_box(theme, size, timesteps):
    session = COMMANDS.execute(tenth(timesteps, last=False), "panel flow").session
    panel = alone(FlowPanel, session, *size, theme)
    assert [strip.cell_length for strip in panel._strips] == [size[0]] * size[1]
    assert "Error" not in "\n".join(strip.text for strip in panel._strips)


def test_arrows_move_along_the_timesteps_and_clicks_go_to_them():
    session = COMMANDS.execute(tenth(12, last=False), "panel flow").session
    moved = COMMANDS.execute(session, "move left 3").session
    assert (moved.following.instruction.name, moved.following.t) == ("dh", 9)
    assert COMMANDS.execute(moved, "move up").session.following.t == 1
    panel = alone(FlowPanel, session, 80, 27, "plain")
    axis = next(y for y, strip in enumerate(panel._strips) if strip.text.split()[:2] == ["t", "0"])
    x = panel._strips[axis].text.index("4")
    assert panel.click(session, x, axis) == "goto dh t=4"


def test_it_looks_the_same_at_every_line_of_a_timestep():
    session = COMMANDS.execute(tenth(3, last=False), "panel flow").session
    panel = alone(FlowPanel, session, 80, 27, "plain")
    for k in range(session.trace.end + 1):
        here = session.at(k)
        assert timestep_at(session.at(panel.moment(here))) == timestep_at(here)


def test_a_finding_is_gone_to_with_a_click():
    session = COMMANDS.execute(tenth(12), "panel flow").session
    panel = alone(FlowPanel, session, 80, 27, "plain")
    rows = [strip.text for strip in panel._strips]
    y, row = next((y, row) for y, row in enumerate(rows) if "the gradient vanishes" in row)
    number = row.split()[0]
    assert panel.click(session, 5, y) == f"findings {number}"
    assert "the gradient vanishes" in COMMANDS.execute(session, f"findings {number}").message


def test_a_run_that_is_not_finite_is_shown_all_the_same():
    params = Params(np.array([[1.0]]), np.array([[1e300]]), np.array([[1.0], [-1.0]]), np.ones(1), np.zeros(2),
                    cell=cell("rnn", "identity"))  # fmt: skip
    trace = record(params, Sequence(np.ones((5, 1)), np.zeros(5, dtype=int)))
    session = Session.of(Run(Dataset((trace.sequence,)), params, Options()))
    text = "\n".join(strip.text for strip in alone(FlowPanel, session, 100, 30, "dark")._strips)
    assert "!" in text
    assert "leaves the finite numbers" in text
