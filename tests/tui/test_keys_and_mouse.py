"""Keys, clicks and the wheel run their commands; the screen follows."""

from __future__ import annotations

import pytest
from textual.events import MouseScrollDown

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.effects import performing
from rnn_core.views.options import Cell
from rnn_tui.bindings import command_line
from rnn_tui.panels.base import Panel
from tests.debugger.sessions import demo, made, run, same
from tests.tui.screens import driven

SCREEN_KEYS = {"?", "g", "o", "x", "q", "ctrl+p", "/", ":", "y", "R", "O"}
"""Keys that open something or end; they have tests of their own."""

NAMES = {"?": "question_mark", "+": "plus", "-": "minus", "=": "equals_sign", "]": "right_square_bracket",
         "[": "left_square_bracket"}  # fmt: skip


async def test_every_key_does_what_its_command_does():
    keys = [(key, command) for command in COMMANDS for key in command.keys if key.context == "anywhere"]
    async with driven() as screen:
        for key, _command in keys:
            if key.name in SCREEN_KEYS or key.name in "[]w":
                continue
            screen.debugger.session = demo().at(20)
            await screen.press(NAMES.get(key.name, key.name))
            outcome = COMMANDS.execute(demo().at(20), command_line(key.name, in_panel=False))
            for effect in outcome.effects:  # a search for a stop
                outcome = performing.perform(effect, outcome.session)
            assert same(screen.session, outcome.session), key.name


async def test_brackets_run_the_neighbouring_sequences_round_the_dataset():
    async with driven() as screen:
        seen = []
        for _ in range(4):
            await screen.press("right_square_bracket")
            seen.append((screen.session.index, len(screen.session.trace)))
        assert seen == [(1, 5), (2, 2), (3, 4), (0, 3)]
        await screen.press("left_square_bracket")
        assert screen.session.index == 3
        assert "sequence 4/4" in screen.panel("header")


async def test_keys_in_a_row_are_each_answered_in_their_order():
    async with driven() as screen:
        await screen.press(*"sssnSfFNs")
        expected = run(demo(), *["s", "s", "s", "n"], "back", "finish", "rfinish", "rnext", "step")
        assert same(screen.session, expected)


async def test_arrows_move_the_cell_while_a_panel_has_the_focus_and_escape_gives_them_back():
    async with driven(demo().at(30)) as screen:
        await screen.press("tab", "tab", "tab")
        assert screen.session.view.panel == "gradients"
        await screen.press("down", "right", "right")
        assert screen.session.view.pinned == Cell("dW", (0, 2))
        assert "dW[0,2]" in screen.panel("step")
        assert screen.k == 30
        await screen.press("s")
        assert screen.k == 31
        await screen.press("escape", "right")
        assert screen.k == 32


async def test_a_copied_value_has_every_digit():
    async with driven(run(demo().at(47), "select dW[2,4]")) as screen:
        await screen.press("y")
        assert float(screen.app.clipboard) == demo().trace.gradients.W[2, 4]


async def test_q_leaves_with_status_zero():
    async with driven() as screen:
        await screen.press("q")
    assert not screen.app.return_code


# -- mouse ----------------------------------------------------------------------------------------------------


async def click(screen, panel: str, x: int, y: int) -> None:
    await screen.pilot.click(f"#{panel}", offset=(x, y))
    await screen.pilot.pause()


def find(screen, panel: str, text: str) -> tuple[int, int]:
    """Where a panel shows a text."""
    rows = screen.panel(panel).splitlines()
    y = next(y for y, row in enumerate(rows) if text in row)
    return rows[y].index(text), y


async def test_a_click_on_a_line_goes_to_it():
    async with driven(demo().at(30)) as screen:
        await click(screen, "listing", *find(screen, "listing", "outer(da, x[t])"))
        assert screen.k == 30  # dU of t = 2 is line 31: right before it
        await click(screen, "listing", *find(screen, "listing", "softmax"))
        assert screen.k == 3
        await click(screen, "listing", *find(screen, "listing", "lr·dV"))
        assert screen.k == 44


async def test_a_click_on_the_timeline_goes_there():
    async with driven() as screen:
        x, _ = find(screen, "timeline", "backward")
        await click(screen, "timeline", x, 1)
        assert screen.k in (15, 16)
        await click(screen, "timeline", 1, 1)
        assert screen.k == 0
        await click(screen, "timeline", 118, 1)
        assert screen.k == 47


async def test_a_click_on_a_number_has_it_explained():
    async with driven(demo().at(47)) as screen:
        x, y = find(screen, "hidden", " -2.53")  # h[1][2] is -0.0253 by the notebook
        await click(screen, "hidden", x + 2, y)
        assert screen.session.view.pinned == Cell("h", (1, 2))
        assert "h[1][2] = -0.0253 = tanh(" in screen.panel("step")


async def test_every_click_on_a_panel_is_a_command_that_runs():
    for size, session in (((120, 40), demo().at(30)), ((80, 24), made(hidden=40, classes=12).at(40))):
        async with driven(session, size) as screen:
            for panel in screen.debugger.query(Panel):
                if not panel.size:
                    continue
                for x in range(0, panel.size.width, 3):
                    for y in range(panel.size.height):
                        for line in (panel.click(session, x, y), panel.wheel(session, x > 30)):
                            if line:
                                said = COMMANDS.execute(session, line)
                                assert not said.failed, (panel, x, y, line, said.message)


async def test_the_wheel_steps_on_the_listing_and_by_timesteps_on_the_timeline():
    async with driven() as screen:
        listing, timeline = (screen.debugger.query_one(f"#{name}", Panel) for name in ("listing", "timeline"))
        assert (listing.wheel(screen.session, True), listing.wheel(screen.session, False)) == ("step", "back")
        assert (timeline.wheel(screen.session, True), timeline.wheel(screen.session, False)) == ("next", "rnext")
        await screen.pilot._post_mouse_events([MouseScrollDown], "#listing", offset=(5, 5))
        await screen.pilot.pause()
        assert screen.k == 1


# -- playing --------------------------------------------------------------------------------------------------


async def test_playing_runs_line_by_line_into_the_next_update_until_paused():
    async with driven(run(demo(), "goto 45")) as screen:
        await screen.press("p")
        await screen.until(lambda: screen.session.cursor.u == 1 and screen.k > 1)
        assert screen.session.view.playing
        await screen.press("p")
        assert not screen.session.view.playing
        assert screen.debugger._ticking is None


@pytest.mark.parametrize("key", ["s", "home", "escape"])
async def test_a_motion_pauses_playing(key):
    async with driven(run(demo(), *["slower"] * 20)) as screen:
        await screen.press("p")
        assert screen.session.view.playing
        await screen.press(key)
        assert screen.session.view.playing == (key == "escape")
