"""Training on the screen: one key, curves, keys that go on meanwhile, Esc, and the panel's own keys."""

from __future__ import annotations

import numpy as np

from rnn_core.debugger.persistence.opening import open_session
from rnn_core.debugger.session import Cursor, Session
from rnn_core.recipe import Recipe
from tests.tui.screens import driven

LONG = "train 2000000"
"""More epochs of the demo than a test has time for."""


def fresh() -> Session:
    """The demo, of which nothing is known yet."""
    return open_session(Recipe())


async def test_one_key_trains_the_demo_for_100_epochs_and_shows_how_the_loss_falls():
    async with driven(fresh()) as screen:
        await screen.press("T")
        assert screen.session.cursor == Cursor(400, 0)
        losses = screen.session.metrics.loss
        assert abs(losses[:4].mean() - 1.0986) < 0.01
        assert losses[-4:].mean() < 0.9
        assert "training · loss" in screen.panel("training")
        assert "update 400 of 400" in screen.panel("training")
        assert "update 400 · 100 epochs · mean loss" in screen.text


async def test_on_a_small_screen_the_curves_are_the_one_panel_at_the_start_of_an_update():
    async with driven(fresh(), size=(80, 24)) as screen:
        await screen.press("T")
        assert "training · loss" in screen.text
        await screen.press("s")
        assert "training · loss" not in screen.text
        await screen.press("S")
        assert "training · loss" in screen.text


async def test_keys_step_on_while_training_goes_on_and_esc_stops_it_where_it_is():
    async with driven(fresh()) as screen:
        screen.debugger.run_line(LONG)
        await screen.until(lambda: screen.debugger.training and screen.session.reached > 2000)
        await screen.press("s", "s")
        assert screen.session.cursor == Cursor(0, 2)
        await screen.until(lambda: "Esc stops" in screen.panel("header"))
        await screen.press("escape")
        await screen.until(lambda: screen.debugger.training is None)
        assert screen.session.cursor == Cursor(0, 2), "whoever has stepped on meanwhile stays there"
        reached = screen.session.reached
        assert f"stopped at update {reached} " in screen.debugger.message
        assert f"(goto update {reached} 0)" in screen.debugger.message
        assert "Esc stops" not in screen.panel("header")


async def test_whoever_has_not_moved_meanwhile_is_taken_to_where_training_has_come():
    async with driven(fresh()) as screen:
        screen.debugger.run_line(LONG)
        await screen.until(lambda: screen.debugger.training and screen.session.reached > 500)
        await screen.press("v")
        await screen.press("escape")
        await screen.until(lambda: screen.debugger.training is None)
        assert screen.session.cursor == Cursor(screen.session.reached, 0)
        assert screen.session.trace.update == screen.session.cursor.u
        assert screen.session.view.cells != "both", "what was pressed meanwhile holds"


async def test_a_second_training_waits_for_nobody_and_is_refused():
    async with driven(fresh()) as screen:
        screen.debugger.run_line(LONG)
        await screen.until(lambda: screen.debugger.training is not None)
        screen.debugger.run_line(LONG)
        assert "training goes on: Esc stops it" in screen.debugger.message
        await screen.press("ctrl+c")
        await screen.until(lambda: screen.debugger.training is None)
        assert screen.app.is_running, "Ctrl-C stops the training, not the program"


async def test_the_arrows_walk_along_the_curves_while_their_panel_has_the_focus():
    async with driven(fresh()) as screen:
        await screen.press("T")
        screen.debugger.run_line("panel training")
        await screen.press("left", "left")
        assert screen.session.cursor == Cursor(398, 0)
        await screen.press("up")
        assert screen.session.cursor == Cursor(394, 0)
        await screen.press("right")
        assert screen.session.cursor == Cursor(395, 0)
        await screen.press("s")
        assert screen.session.cursor == Cursor(395, 1)


async def test_a_watchpoint_stops_a_training_at_its_line_in_its_update():
    async with driven(fresh()) as screen:
        screen.debugger.run_line("watch norm(V) > 1")
        screen.debugger.run_line("train")
        await screen.until(lambda: screen.session.cursor.u > 0 and screen.debugger.training is None)
        session = screen.session
        assert session.ran.instruction.name == "V"
        assert np.linalg.norm(session.trace.value("V", session.k)) > 1
        assert np.linalg.norm(session.trace.params.V) <= 1, "it is the first of the run"


async def test_a_folded_console_gives_the_keys_back():
    async with driven(fresh()) as screen:
        await screen.press("slash")
        await screen.type("fold")
        await screen.press("enter", "s")
        assert screen.k == 1


async def test_what_was_opened_meanwhile_stays_open_when_training_ends(tmp_path):
    (tmp_path / "mine.csv").write_text("x1,x2,target\n0.1,-0.3,0\n0.0,1.0,1\n")
    async with driven(fresh()) as screen:
        screen.debugger.run_line(LONG)
        await screen.until(lambda: screen.debugger.training is not None)
        screen.debugger.run_line(f"open {tmp_path / 'mine.csv'}")
        await screen.until(lambda: screen.session.dataset.name == "mine.csv")
        await screen.press("escape")
        await screen.until(lambda: screen.debugger.training is None)
        assert screen.session.dataset.name == "mine.csv"
        assert screen.session.trace.sizes.inputs == 2
        assert screen.session.cursor == Cursor(0, 0)
