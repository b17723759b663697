"""What-if on the screen: differences in every panel, and numbers that are written over where they stand."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from rnn_core.debugger.session import Session
from rnn_core.views.options import Cell
from rnn_tui.panels.base import Panel
from rnn_tui.screens.cell import CellScreen
from tests.debugger.test_forks import did, fresh
from tests.tui.screens import Driven, driven

PANELS = ("step", "hidden", "outputs", "gradients", "inputs")


def compared() -> Session:
    """A fork with another W, at the last line but one of the backward phase, against the run that it was made of."""
    return did(fresh(), "goto 41", "set W[2,3] = 0.5", "diff")


async def settled(screen: Driven) -> None:
    """Wait until work that was asked for is done."""
    await screen.until(lambda: not screen.debugger.working)
    await screen.pilot.pause()


async def test_every_panel_says_that_it_shows_a_difference_and_the_header_of_what():
    async with driven(compared()) as screen:
        for name in PANELS:
            assert "minus main" in screen.panel(name).splitlines()[0], name
        assert "set-W − main" in screen.panel("header")
        await screen.press("tab", "tab", "tab", "tab")
        assert "minus main" in screen.panel("weights")
        assert "W[2,3]" in screen.panel("step") or screen.session.view.panel


async def test_one_key_shows_the_difference_and_takes_it_away():
    async with driven(did(fresh(), "goto 41", "set W[2,3] = 0.5")) as screen:
        assert "minus" not in screen.text
        await screen.press("D")
        await settled(screen)
        assert screen.session.compared == "main"
        assert "minus main" in screen.panel("gradients")
        await screen.press("D")
        assert "minus" not in screen.panel("gradients")
        assert "set-W" in screen.panel("header")


async def test_one_key_goes_to_where_the_runs_part_and_one_goes_back_to_the_parent():
    session = did(fresh(), "goto 41", "set x[2] = 1")
    async with driven(session) as screen:
        await screen.press("P")
        await settled(screen)
        assert screen.session.ran.instruction.name == "a"
        assert screen.session.ran.t == 2
        assert "a differs first from main" in screen.text
        await screen.press("z")
        await settled(screen)
        assert screen.session.branch == "main"
        assert screen.k == session.branches[0].run.trace(0).program.number("forward", 2, "a", 3)


async def test_without_colour_a_difference_has_its_sign():
    async with driven(compared(), plain=True) as screen:
        assert "+" in screen.panel("hidden")
        await screen.press("v", "v")
        assert "minus main" in screen.panel("gradients")


async def test_what_the_other_run_has_not_is_said_and_nothing_is_guessed():
    session = did(fresh(), "update 1", "sequence 1", "diff main")
    async with driven(session) as screen:
        for name in PANELS:
            assert "not there in main" in screen.panel(name), name


async def test_at_the_smallest_size_the_header_says_what_is_shown():
    async with driven(did(compared(), "end"), size=(80, 24)) as screen:
        assert "set-W − main" in screen.panel("header")
        assert "minus main" in screen.panel("step")
        assert "minus main" in screen.panel("gradients")


# -- editing in place ------------------------------------------------------------------------------------------

PLACES = [("weights", "W[2,3]"), ("weights", "b[1]"), ("weights", "V[2,9]"), ("hidden", "h[0][4]"),
          ("inputs", "x[1][2]"), ("weights", "U[9,4]"), ("weights", "c[2]")]  # fmt: skip


def field(screen: Driven) -> Input:
    assert isinstance(screen.app.screen, CellScreen)
    return screen.app.screen.query_one(Input)


@pytest.mark.parametrize(("panel", "cell"), PLACES)
@pytest.mark.parametrize("mode", ["numbers", "heatmap"])
async def test_the_input_stands_over_the_number_with_all_of_it_selected(panel, cell, mode):
    session = did(fresh(), f"view {mode}", f"select {cell}", *((f"panel {panel}",) if panel != "inputs" else ()))
    async with driven(session) as screen:
        pinned = screen.session.view.pinned
        await screen.press("enter")
        box = screen.debugger.query_one(f"#{panel}", Panel)
        x, y = box.place_of(screen.session, pinned)
        inside = field(screen).region
        assert inside.y == box.region.y + y
        assert inside.x == min(box.region.x + x, 120 - inside.width)
        assert field(screen).selected_text == field(screen).value
        name = cell.replace("h[0]", "h0")
        value = screen.session.trace.value(name.split("[")[0], 0)
        index = (
            pinned.index if pinned.name not in ("x", "h") else (pinned.index[0] - (pinned.name == "x"), pinned.index[1])
        )
        if pinned.name == "h":
            value, index = value, index[1:]
        assert float(field(screen).value) == value[index]
        await screen.press("escape")
        assert len(screen.session.branches) == 1


async def test_enter_sets_the_number_which_makes_a_fork_and_keeps_the_cell():
    async with driven(did(fresh(), "goto 20", "panel weights", "select W[2,3]")) as screen:
        await screen.press("enter")
        await screen.type("0.25")
        await screen.press("enter")
        await screen.until(lambda: not isinstance(screen.app.screen, CellScreen))
        await screen.pilot.pause()
        session = screen.session
        assert session.params.W[2, 3] == 0.25
        assert (session.branch, session.branches[-1].edit, session.k) == ("set-W", "set W[2,3] = 0.25", 20)
        assert session.view.pinned == Cell("W", (2, 3))


async def test_a_clicked_input_can_be_edited():
    async with driven(did(fresh(), "goto 1")) as screen:
        box = screen.debugger.query_one("#inputs", Panel)
        x, y = box.place_of(screen.session, Cell("x", (1, 2)))
        await screen.pilot.click(box, offset=(x, y))
        await screen.press("enter")
        await screen.type("3")
        await screen.press("enter")
        await screen.until(lambda: len(screen.session.branches) == 2)
        assert screen.session.trace.x[0, 2] == 3.0


async def test_a_mistake_is_told_and_the_input_stays_open():
    async with driven(did(fresh(), "panel weights", "select W[2,3]")) as screen:
        await screen.press("enter")
        await screen.type("two")
        await screen.press("enter")
        await screen.pilot.pause()
        assert 'no name "two"' in screen.text
        assert isinstance(screen.app.screen, CellScreen)
        assert len(screen.session.branches) == 1
        await screen.press("escape")
        assert not isinstance(screen.app.screen, CellScreen)


async def test_a_number_left_as_it_is_makes_no_fork():
    async with driven(did(fresh(), "panel weights", "select W[2,3]")) as screen:
        await screen.press("enter", "enter")
        assert not isinstance(screen.app.screen, CellScreen)
        assert len(screen.session.branches) == 1


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (("goto 41", "select dW[2,3]"), "dW[2,3] is computed (edit W, x or y)"),
        (("goto 41", "select h[2][3]"), "h[2][3] is computed (edit h[0], W or x)"),
        (("goto 41",), "no number is selected"),
    ],
)
async def test_what_cannot_be_edited_answers_in_one_line(lines, says):
    async with driven(did(fresh(), *lines)) as screen:
        await screen.press("enter")
        assert says in screen.panel("footer")
        assert not isinstance(screen.app.screen, CellScreen)


async def test_a_target_is_edited_beside_its_bar():
    async with driven(did(fresh(), "goto 15", "select y[2]")) as screen:
        await screen.press("enter")
        assert field(screen).value == "1"
        await screen.type("none")
        await screen.press("enter")
        await screen.until(lambda: len(screen.session.branches) == 2)
        assert screen.session.trace.y.tolist() == [0, -1, 2]


async def test_why_there_is_no_difference_is_read_to_its_end_in_every_panel():
    async with driven(did(fresh(), "update 2", "sequence 2", "diff main", "finish")) as screen:
        for name in ("step", "hidden", "outputs", "gradients", "inputs"):
            said = " ".join(screen.panel(name).split("\n", 1)[1].split())
            assert said == "not there in main: its sequence has 2 timesteps here, not 5"
