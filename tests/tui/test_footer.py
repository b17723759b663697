"""The message row: everything is said whole, or it is said where the rest stands."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from rnn_tui.arrangement import LEAST_WIDTH
from rnn_tui.panels.footer import END, HINT, HINT_OF_MANY, shortened
from tests.debugger.sessions import made
from tests.tui.screens import driven


@pytest.mark.parametrize("text", [HINT, END, HINT_OF_MANY.format(100_000)])
def test_what_a_newcomer_reads_fits_the_narrowest_screen(text):
    assert len(text) <= LEAST_WIDTH - 2


@pytest.mark.parametrize(
    "message", ["", "copied 0.5", "x" * 78, "x" * 79, "a\nb", "x" * 200 + "\n" + "y" * 200, "全" * 60]
)
def test_a_message_never_outgrows_its_row_and_one_that_is_cut_says_where_it_is_whole(message):
    row = shortened(message, 78, unfolded=False)
    assert cell_len(row) <= 78
    assert row == message or "(/ shows" in row


def test_a_message_of_several_lines_is_left_to_an_unfolded_console():
    assert shortened("a\nb", 78, unfolded=True) == ""


async def test_a_message_longer_than_the_row_stands_whole_in_the_console():
    async with driven(size=(80, 24)) as screen:
        long = "goto " + "z" * 30 + " t=3"
        screen.debugger.run_line(long)
        said = screen.debugger.message
        assert len(said) > 78
        assert said in screen.debugger.query_one("#console").lines


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_keys_follow_the_focus(size):
    async with driven(size=size) as screen:

        def keys():
            return screen.text.splitlines()[-1]

        assert "s step" in keys()
        await screen.press("tab")
        assert keys().index("v view") < keys().index("Z zoom")
        assert "↑↓←→ move" in keys() or size[0] == 80
        await screen.press("tab", "tab", "tab", "tab")
        assert "L chart" in keys()
        await screen.press("escape", "slash")
        assert "Tab complete" in keys()
        assert "s step" not in keys()
        await screen.press("escape")
        assert "s step" in keys()


async def test_of_many_sequences_the_first_screen_says_how_they_are_listed():
    async with driven(made(timesteps=1, sequences=100), (80, 24)) as screen:
        assert "100 sequences: O lists them, w runs the worst" in screen.text
    async with driven(size=(80, 24)) as screen:
        assert "O lists" not in screen.text
