"""The map of a run: the ticks, strip and scrubbing of the timeline, the marks of the listing, watches, and stops."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.debugger.persistence import opening
from rnn_core.debugger.session import Session
from rnn_core.debugger.stops.hits import hits
from rnn_core.recipe import Recipe
from rnn_core.views.timeline import timeline
from tests.debugger.sessions import demo, made, run
from tests.docs.documents import ROOT
from tests.tui.screens import Driven, driven
from tests.tui.terminal import started
from tests.tui.test_keys_and_mouse import click, find
from tests.tui.test_terminal import position


def long() -> Session:
    """The README's long sequence, whose gradient vanishes."""
    return opening.open_session(
        Recipe(path=str(ROOT / "docs" / "examples" / "long.csv"), init="xavier", hidden=8, classes=2)
    )


def row(screen: Driven, panel: str, text: str) -> str:
    """The row of a panel with a text in it."""
    return next(row for row in screen.panel(panel).splitlines() if text in row)


# -- the listing's margin --------------------------------------------------------------------------------------


async def test_b_sets_a_breakpoint_at_the_line_about_to_run_and_deletes_it_again():
    async with driven(demo().at(18)) as screen:
        assert row(screen, "listing", "dh      =").startswith(" ▶ dh")
        await screen.press("b")
        assert row(screen, "listing", "dh      =").startswith("●▶ dh")
        await screen.press("s")
        assert row(screen, "listing", "dh      =").startswith("●  dh")
        await screen.press("S", "b")
        assert row(screen, "listing", "dh      =").startswith(" ▶ dh")
        assert not screen.session.breakpoints


async def test_a_click_in_the_margin_does_the_same_and_does_not_go_there():
    async with driven(demo().at(3)) as screen:
        _, y = find(screen, "listing", "outer(da, x[t])")
        await click(screen, "listing", 0, y)
        assert row(screen, "listing", "outer(da, x[t])").startswith("●  dU")
        assert (screen.k, [str(point) for point in screen.session.breakpoints]) == (3, ["dU"])
        await click(screen, "listing", 0, y)
        assert row(screen, "listing", "outer(da, x[t])").startswith("   dU")


@pytest.mark.parametrize("plain", [False, True])
async def test_each_kind_of_stop_has_its_mark(plain):
    session = run(demo().at(20), "break dh t=2", "break da", "disable 2", 'log db "{t}"', "watch norm(dU)")
    async with driven(session, plain=plain) as screen:
        marks = {row[3:].split()[0]: row[0] for row in screen.panel("listing").splitlines()[1:] if row[3:].split()}
        assert {line: mark for line, mark in marks.items() if mark != " "} == {"dh": "●", "da": "○", "db": "◆"}
        shown = [row.split()[0] for row in screen.panel("watches").splitlines()[1:]]
        assert shown == ["●", "○", "◆", "●"]


# -- the timeline ----------------------------------------------------------------------------------------------


def ticked(screen: Driven) -> set[int]:
    """The columns of the bar that carry a tick."""
    return {x - 1 for x, ch in enumerate(screen.panel("timeline").splitlines()[1]) if ch == "╋"}


async def test_ticks_stand_where_enabled_breakpoints_stop():
    session = run(demo(), "break dh", "watch norm(dh) > 0.001", 'log db "x"')
    async with driven(session) as screen:
        line = timeline(session.trace, 0, 118)
        stops = {line.column(k) for point in session.breakpoints[:2] for k in hits(session.trace, point)}
        assert ticked(screen) == stops
        await screen.press("slash")
        screen.debugger.type("disable")
        await screen.press("enter")
        assert ticked(screen) == set()


@pytest.mark.parametrize("size", [(120, 40), (200, 50)])
async def test_the_strip_of_the_gradient_is_filled_only_as_far_as_the_cursor(size):
    session = long()
    span = timeline(session.trace, 0, size[0] - 2).spans[1]

    def filled(screen):
        strip = screen.panel("timeline").splitlines()[3:] or [""]
        return [x - 1 for x, ch in enumerate(strip[0]) if ch != " " and x > span.x]  # left of it stand its ends

    async with driven(session, size) as screen:
        assert filled(screen) == []
        for k in (span.start, span.start + 4, span.start + 180, span.stop - 9, span.stop):
            screen.debugger.run_line(f"goto {k}")
            await screen.pilot.pause()
            ran = session.trace.program.times_run("dh", k, len(session.trace))
            columns = sum(x * len(session.trace) // span.width < ran for x in range(span.width)) if ran else 0
            assert filled(screen) == list(range(span.x, span.x + columns)), k
        heights = [ord(ch) for ch in screen.panel("timeline").splitlines()[3][span.x + 1 :].strip()]
        assert heights == sorted(heights, reverse=True)  # this gradient shrinks all the way back
        assert heights[0] > heights[-1]


async def test_dragging_on_the_timeline_scrubs_until_the_button_is_let_go():
    async with driven(long()) as screen:
        await screen.pilot.mouse_down("#timeline", offset=(10, 1))
        await screen.pilot.pause()
        seen = [screen.k]
        for x, panel in ((30, "#timeline"), (70, "#timeline"), (50, "#listing"), (20, "#timeline")):
            await screen.pilot.hover(panel, offset=(x if panel == "#timeline" else 5, 1))
            await screen.pilot.pause()
            seen.append(screen.k)
        assert seen[0] < seen[1] < seen[2] > seen[3]
        assert len(set(seen)) >= 4
        await screen.pilot.mouse_up("#timeline", offset=(20, 1))
        here = screen.k
        await screen.pilot.hover("#timeline", offset=(80, 1))
        await screen.pilot.pause()
        assert screen.k == here


# -- stops -----------------------------------------------------------------------------------------------------


async def test_c_and_capital_c_stop_and_say_which_breakpoint_and_which_values():
    async with driven(run(long(), "watch norm(dh_next) < 1e-6", "watch saturated(h) > 0")) as screen:
        await screen.press("end", "C")
        assert screen.session.ran[:2] == ("backward", 24)
        assert screen.debugger.message == "watchpoint 2: norm(dh_next) < 1e-6 · norm(dh_next) = 9.13e-7"
        assert screen.debugger.message in screen.text
        await screen.press("C", "C", "C")
        assert screen.session.ran[:2] == ("forward", 7)
        assert "watchpoint 3: saturated(h) > 0 · saturated(h) = 0.2500" in screen.text
        await screen.press("C")
        assert screen.k == 0
        assert "no stop before the start" in screen.text
        await screen.press("c")
        assert screen.session.ran[:2] == ("forward", 7)


# -- watches ---------------------------------------------------------------------------------------------------


async def test_a_display_shows_its_value_its_change_and_its_course():
    async with driven(run(demo(), "display norm(dU)", "display t").at(20)) as screen:
        values = set()
        for _ in range(9):
            await screen.press("s")
            shown = row(screen, "watches", "norm(dU)")
            values.add(shown.split()[1])
        assert len(values) >= 2
        assert set(shown.split()[-1]) <= set("▁▂▃▄▅▆▇█")
        assert row(screen, "watches", " t ").split()[1] == "2"


async def test_the_last_row_says_how_many_there_are_where_not_all_fit():
    names = ("a", "h", "z", "p", "dz", "da", "dh", "dU", "dW", "dV")
    session = run(demo(), *(f"display norm({name})" for name in names))
    async with driven(session) as screen:
        rows = screen.panel("watches").splitlines()
        assert f"{len(rows) - 1} of 10" in rows[0]
        assert all(row.strip().startswith("norm(") for row in rows[1:])


async def test_capital_w_folds_the_watches_away_and_back():
    async with driven(run(demo(), "display norm(dU)")) as screen:
        assert "─ watches" in screen.text
        await screen.press("W")
        assert "─ watches" not in screen.text
        await screen.press("W")
        assert "─ watches" in screen.text


async def test_an_offer_is_off_until_it_is_accepted():
    async with driven(long()) as screen:
        offer = row(screen, "watches", "norm(dh_next)")
        assert offer.split()[0] == "○"
        assert offer.endswith("enable 1?")
        await screen.press("c")
        assert "end" in row(screen, "timeline", "position")  # it stopped nowhere
        screen.debugger.run_line("enable 1")
        await screen.pilot.pause()
        assert row(screen, "watches", "norm(dh_next)").split()[0] == "●"
        assert "enable" not in row(screen, "watches", "norm(dh_next)")
        await screen.press("C")
        limit = 1e-6 * np.linalg.norm(long().trace.dh, axis=1).max()
        assert f"watchpoint 1: norm(dh_next) < {float(f'{limit:.2g}'):g}" in screen.text


async def test_without_colour_the_map_still_says_everything():
    session = run(long(), "break dh t=9", "display t").at(500)
    async with driven(session, plain=True) as screen:
        bar = screen.panel("timeline").splitlines()[1]
        assert {"━", "─", "●", "╋"} <= set(bar)
        assert screen.panel("timeline").splitlines()[3].strip()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_nothing_is_lost_at_any_size(size):
    session = run(made(timesteps=30), "break dh t=9", "watch norm(dW)", "display norm(dW)").at(300)
    async with driven(session, size) as screen:
        assert "╋" in screen.panel("timeline")
        assert "Error" not in screen.text


# -- a real terminal -------------------------------------------------------------------------------------------


def test_the_mouse_of_a_real_terminal_scrubs_and_sets_breakpoints():
    with started(str(ROOT / "docs" / "examples" / "long.csv"), "--hidden", "8") as terminal:
        terminal.press("\x1b[<0;20;4M")  # down on the bar, column 20 of row 4
        terminal.wait(lambda text: position(text) > 0)
        first = position(terminal.text)
        for x in range(21, 81):
            terminal.press(f"\x1b[<32;{x};4M")  # moved, the button held
        terminal.press("\x1b[<0;80;4m")
        terminal.wait(lambda text: position(text) > first + 300)
        row = next(y for y, line in enumerate(terminal.text.splitlines(), start=1) if "dU     +=" in line)
        terminal.press(f"\x1b[<0;1;{row}M\x1b[<0;1;{row}m")
        terminal.wait(lambda text: "●  dU" in text and "╋" in text)
