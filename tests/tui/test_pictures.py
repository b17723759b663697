"""What the panels show, as pictures made of characters; odd sizes and odd numbers; a panel that fails."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rnn_core.data import Dataset, Sequence
from rnn_core.debugger.session import Session
from rnn_core.model import Params
from rnn_core.training.run import Run
from rnn_core.updates import Clip, Options
from rnn_tui.panels.step import StepPanel
from tests.core import notebook
from tests.debugger.sessions import demo, made, run, spoiled, with_params
from tests.tui.screens import driven

# -- by hand --------------------------------------------------------------------------------------------------


def by_hand() -> Session:
    """One unit, U = 1, W = 0.5, b = 0, V = (1, -1): small enough to be worked out on paper.

    x = 1, 0 with targets 0, 1:  a[1] = 1, h[1] = tanh 1 = 0.7616, z = ±0.7616, p = (0.8210, 0.1790).
    Then a[2] = 0.5·0.7616 = 0.3808, h[2] = tanh 0.3808 = 0.3634, z = ±0.3634, p = (0.6741, 0.3259).
    """
    params = Params(U=np.array([[1.0]]), W=np.array([[0.5]]), V=np.array([[1.0], [-1.0]]), b=np.zeros(1), c=np.zeros(2))
    sequence = Sequence(x=np.array([[1.0], [0.0]]), y=np.array([0, 1]))
    return Session.of(Run(Dataset((sequence,), name="paper"), params))


def lines(text: str, *, start: int = 0) -> list[str]:
    """The rows of a panel without their titles' rules, and without blank ones at the end."""
    return text.rstrip().splitlines()[start:]


async def test_the_hidden_states_of_a_run_worked_out_on_paper():
    async with driven(run(by_hand(), "end")) as screen:
        assert lines(screen.panel("hidden"), start=1) == [
            "      t=0   t=1   t=2",
            " 0      0 +0.76 +0.36",
        ]


async def test_the_hidden_states_fill_up_to_the_cursor():
    async with driven(by_hand().at(2)) as screen:
        assert lines(screen.panel("hidden"), start=2) == [" 0      0 +0.76     ·"]


async def test_without_colour_a_heatmap_shows_sign_and_size():
    """0.3634 / 0.7616 is 0.48 of the scale: the fourth of eight heights. dV has both signs, at the full height."""
    async with driven(run(by_hand(), "end", "view heatmap"), plain=True) as screen:
        assert lines(screen.panel("hidden"), start=2) == [" 0  ·+█+▄"]
        assert "+█" in screen.panel("gradients")
        assert "-█" in screen.panel("gradients")
    async with driven(run(by_hand(), "end", "view heatmap")) as screen:
        assert lines(screen.panel("hidden"), start=2) == [" 0"]  # colour alone


async def test_this_step_of_a_run_worked_out_on_paper():
    async with driven(by_hand().at(6)) as screen:  # a of t = 2: 1·0 + 0.5·0.7616 + 0
        assert lines(screen.panel("step"), start=1) == [
            " a[2][0] = +0.3808 = +0 input  +0.3808 recurrent  +0 bias",
            " input     = 1.0000·0",
            " recurrent = 0.5000·0.7616",
        ]
    async with driven(by_hand().at(11)) as screen:  # dz of t = 2, first class: 0.6741 - 0
        assert lines(screen.panel("step"), start=1)[0] == " dz[2][0] = +0.6741 = +0.6741 - 0"


async def test_the_outputs_of_a_run_worked_out_on_paper():
    async with driven(run(by_hand(), "end")) as screen:
        first, second = lines(screen.panel("outputs"), start=2)
    # log(1 + e^-1.52319) = 0.19722, log(1 + e^0.72680) = 1.12117: the first is right, the second is not.
    assert first.split() == ["t=1", "0.82", "0.18", "✓", "0", "0.1972"]
    assert second.split() == ["t=2", "0.67", "0.33", "✗", "1", "1.1212"]


async def test_the_gradients_of_a_run_worked_out_on_paper():
    """dV = Σ dz·h: dz[2] = (0.6741, -0.6741), dz[1] = (-0.1790, 0.1790): ±(0.6741·0.3634 - 0.1790·0.7616) = ±0.1087."""
    async with driven(run(by_hand(), "end")) as screen:
        text = screen.panel("gradients")
    assert "+0.11" in text
    assert "-0.11" in text
    assert "dV ‖0.154‖" in text  # 0.1087·√2 = 0.1537


async def test_the_demo_shows_the_notebook_s_numbers():
    rng = np.random.RandomState(0)
    U, W, V, b, c = notebook.weights(rng)
    xs, targets = notebook.sequences(rng)[0]
    _, (dU, _dW, dV, db, dc), _ = notebook.train_step(xs, targets, U, W, V, b, c, 0.01)
    _, hs = notebook.forward(xs, U, W, V, b, c)
    async with driven(demo().at(42)) as screen:
        hidden, gradients = screen.panel("hidden"), screen.panel("gradients")
    rows = [[float(n) for n in row.split()[1:]] for row in lines(hidden, start=2)]
    assert "×1e-2" in hidden
    shown = np.array(rows) / 100
    assert np.allclose(shown, np.array(hs)[:, :, 0].T, atol=5.1e-5)
    for name, gradient in (("dU", dU), ("dV", dV), ("db", db), ("dc", dc)):
        assert f"{name} ‖{np.linalg.norm(gradient):.3g}‖" in gradients


# -- sizes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (80, 60), (100, 30), (110, 34), (120, 40), (250, 80)])
@pytest.mark.parametrize("lines", [(), ("finish",), ("finish", "step 4"), ("end",)], ids=str)
async def test_every_size_shows_the_step_and_the_keys(size, lines):
    async with driven(run(demo(), *lines), size) as screen:
        rows = screen.text.splitlines()
        assert len(rows) == size[1]
        assert max(map(len, rows)) <= size[0]
        assert "step" in rows[-1]
        assert "? help" in rows[-1]
        assert "Error" not in screen.text


async def test_a_screen_too_small_says_so_and_the_session_goes_on():
    async with driven() as screen:
        await screen.press("n")
        await screen.pilot.resize_terminal(60, 20)
        await screen.pilot.pause()
        assert screen.text.startswith("rnn-tui needs 80×24, this is 60×20")
        await screen.press("s")
        await screen.pilot.resize_terminal(120, 40)
        await screen.pilot.pause()
        assert screen.k == 6
        assert "position 6 of 47" in screen.text


ODD = {
    "one of everything": lambda: made(timesteps=1, hidden=1, inputs=1, classes=1),
    "512 units": lambda: made(timesteps=3, hidden=512, inputs=300, classes=60),
    "nan": lambda: spoiled(math.nan, hidden=6),
    "inf": lambda: spoiled(math.inf, "U", hidden=6),
    "no targets": lambda: made(absent=1.0),
    "halted": lambda: with_params(spoiled(math.nan), spoiled(math.nan).params, Options(clip=Clip.parse("norm:1"))),
    "100000 timesteps": lambda: made(timesteps=100_000, hidden=2, inputs=1, classes=2),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=str)
async def test_odd_sessions_are_shown_without_an_error_in_any_panel(odd, size):
    session = ODD[odd]()
    async with driven(session, size) as screen:
        for key in ("s", "n", "f", "n", "v", "v", "m", "m", "d", "tab", "down", "right", "tab", "down", "tab", "down",
                    "escape", "f", "end", "S", "e", "home"):  # fmt: skip
            await screen.press(key)
            text = screen.text
            assert "Error" not in text, (key, text)
            assert "Warning" not in text
            assert max(map(len, text.splitlines())) <= size[0]


async def test_not_finite_numbers_stand_out():
    session = spoiled(math.nan, "b", hidden=6)
    async with driven(session.at(2)) as screen:
        assert "nan" in screen.panel("hidden")
        await screen.press("v")
        assert "!!" in screen.panel("hidden")


async def test_a_panel_that_fails_shows_its_error_in_its_own_box(monkeypatch):
    def broken(self, canvas, session):
        raise ZeroDivisionError("a bug in this panel")

    async with driven() as screen:
        monkeypatch.setattr(StepPanel, "paint", broken)
        await screen.press("s")
        assert screen.panel("step").split() == ["ZeroDivisionError:", "a", "bug", "in", "this", "panel"]
        assert "▶" in screen.panel("listing")
        await screen.press("n")
        assert screen.k == 5


async def test_brackets_are_shown_as_they_are():
    async with driven() as screen:
        assert "h[t]" in screen.panel("listing")
        assert "p[t][y[t]]" in screen.panel("listing")
        await screen.press("s", "s")
        assert "h[1][0]" in screen.text
