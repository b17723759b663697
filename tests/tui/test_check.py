"""The gradient check on the screen: typed, performed in a thread, answered in the console and the footer."""

from __future__ import annotations

from dataclasses import replace

from tests.debugger.sessions import demo
from tests.diagnostics.wrong import spoiled
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


async def test_the_map_of_what_is_wrong_is_drawn_in_the_console():
    session = demo()
    wrong = replace(session, trace=spoiled(session.trace, "dh", (1, 9), 1.0))
    async with driven(wrong) as screen:
        await screen.press("slash")
        await screen.type("check all")
        await screen.press("enter")
        await screen.until(lambda: screen.debugger.message)
        await screen.pilot.pause()
        shown = screen.panel("console")
        assert "9 |.0.|" in shown
        assert "wrong: dh[2][9]" in shown
