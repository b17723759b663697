"""The gradient check on the screen: typed, performed in a thread, answered in the console and the footer."""

from __future__ import annotations

from tests.debugger.sessions import demo
from tests.tui.screens import driven


async def test_a_check_is_answered_in_the_console_and_moves_nothing():
    async with driven(demo().at(20)) as screen:
        await screen.press("slash")
        await screen.type("check all")
        await screen.press("enter")
        await screen.until(lambda: screen.debugger.message)
        await screen.pilot.pause()
        assert screen.debugger.message.split("\n")[-1].startswith("good: relative error ")
        assert "dh_next[0]  10" in screen.panel("console")
        assert screen.panel("console").count("good: relative error ") == 1
        assert screen.k == 20
