"""The console: typed lines are answered, completed and remembered, and it never does more than it was told."""

from __future__ import annotations

import pytest
from textual import events

from rnn_core.debugger.commands import help as helping
from rnn_core.debugger.persistence import opening
from rnn_core.debugger.scripts import playing
from rnn_core.debugger.scripts.script import parse
from rnn_core.recipe import Recipe
from rnn_tui import typed_lines
from rnn_tui.panels.console import ConsoleInput, ConsolePanel
from rnn_tui.screens.progress import ProgressScreen
from tests.debugger.sessions import demo, made, run, same
from tests.tui.screens import Driven, driven
from tests.tui.terminal import started

SLOW = "sigma_max(dW) + rank(prev(dW)) < 0"
"""A watch that is never true and takes a while to look at, everywhere."""


@pytest.fixture(autouse=True)
def _own_history(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def enter(screen: Driven, *lines: str) -> None:
    """Open the console where it is not, and enter lines (put there at once: a press for each letter takes its time)."""
    if not screen.debugger.typing:
        await screen.press("slash")
    for line in lines:
        screen.debugger.type(line)
        await screen.press("enter")


def said(screen: Driven) -> list[str]:
    """The transcript."""
    return screen.debugger.query_one(ConsolePanel).lines


def typed(screen: Driven) -> str:
    """The line that is being typed."""
    return screen.debugger.query_one(ConsoleInput).value


@pytest.mark.parametrize("key", ["slash", "colon"])
async def test_it_opens_by_either_key_and_escape_gives_the_letters_back(key):
    async with driven() as screen:
        await screen.press(key)
        assert "Esc folds" in screen.text
        await screen.type("s")
        assert (typed(screen), screen.k) == ("s", 0)
        await screen.press("escape", "s", "s")
        assert "Esc folds" not in screen.text
        assert screen.k == 2
        await screen.press(key)
        assert typed(screen) == "s"  # what was being typed is still there


async def test_a_line_is_answered_under_it():
    async with driven() as screen:
        await enter(screen, "step 3", "p T * 2")
        assert screen.k == 3
        assert said(screen) == ["(rnn) step 3", "(rnn) p T * 2", "6"]
        assert " (rnn) p T * 2\n 6" in screen.panel("console")


async def test_several_commands_run_in_their_order_up_to_the_first_that_is_refused():
    async with driven() as screen:
        await enter(screen, "step; step; p 1+1  # two", "step; nonsense; step")
        assert screen.k == 3
        assert said(screen)[:4] == ["(rnn) step", "(rnn) step", "(rnn) p 1+1", "2"]
        assert said(screen)[4:6] == ["(rnn) step", "(rnn) nonsense"]
        assert len(said(screen)) == 7


async def test_commands_after_work_that_fails_are_not_run():
    """`open` takes longer than a moment, so the step waits for it; it must not run after the refusal."""
    async with driven() as screen:
        await enter(screen, "open no-such-file.csv; step 5")
        await screen.until(lambda: not screen.debugger.working)
        assert screen.k == 0
        assert "no-such-file.csv" in said(screen)[1]
        assert len(said(screen)) == 2


@pytest.mark.parametrize("line", ["nonsense", "goto t=9", "p nobody", "p h[", "break nowhere", "watch t +", "help what",
                                  "goto 99999", "open", "display 1/", "undo", "mark", "x" * 99])  # fmt: skip
async def test_a_refusal_moves_nothing_and_is_told(line):
    async with driven(demo().at(20)) as screen:
        await enter(screen, line)
        before, told = demo().at(20), said(screen)
        await screen.press("escape")
        assert screen.k == 20
        assert screen.session.breakpoints == before.breakpoints
        assert line == "open" or len(told) >= 2


async def test_tab_completes_what_is_certain_and_names_the_rest():
    async with driven() as screen:
        await screen.press("slash")
        await screen.type("cont")
        await screen.press("tab")
        assert typed(screen) == "continue "
        await screen.press(*["backspace"] * 20)
        await screen.type("p dh")
        await screen.press("tab")
        assert typed(screen) == "p dh"
        assert said(screen)[-1].split() == ["dh", "dh_next"]
        await screen.type("_")
        await screen.press("tab")
        assert typed(screen).rstrip() == "p dh_next"
        assert screen.session.view.panel == ""  # Tab did not move the focus


async def test_up_and_down_walk_through_what_was_typed_in_this_run_and_in_earlier_ones():
    typed_lines.keep("p earlier")
    async with driven() as screen:
        await enter(screen, "step", "p t")
        await screen.type("dra")
        await screen.press("up")
        assert typed(screen) == "p t"
        await screen.press("up", "up", "up")
        assert typed(screen) == "p earlier"
        await screen.press("down", "down", "down")
        assert typed(screen) == "dra"
    assert typed_lines.load() == ("p earlier", "step", "p t")


async def test_ctrl_r_finds_the_newest_line_that_contains_what_is_typed_and_then_the_one_before():
    async with driven() as screen:
        await enter(screen, "p norm(h)", "step", "p norm(a)", "p t")
        await screen.type("norm")
        await screen.press("ctrl+r")
        assert typed(screen) == "p norm(a)"
        await screen.press("ctrl+r")
        assert typed(screen) == "p norm(h)"
        await screen.press("ctrl+r")
        assert typed(screen) == "p norm(h)"


async def test_help_is_text_here_and_a_dialog_by_its_key():
    async with driven() as screen:
        await enter(screen, "help watch")
        assert said(screen)[1:] == helping.text("watch").splitlines()
        assert screen.app.screen is screen.debugger
        await screen.press("escape", "question_mark")
        assert screen.app.screen is not screen.debugger


async def test_a_long_answer_is_wrapped_and_the_wheel_scrolls_back():
    async with driven(made(hidden=20).at(10), (80, 24)) as screen:
        await enter(screen, "p h")
        rows = screen.panel("console").splitlines()
        assert all(len(row) <= 80 for row in rows)
        shown = " ".join(row.strip() for row in rows)
        assert " ".join(" ".join(said(screen)[1:]).split()) in " ".join(shown.split())
        await enter(screen, "help names")
        console = screen.debugger.query_one(ConsolePanel)
        assert "(rnn) p h" not in screen.panel("console")
        for _ in range(30):
            console._scrolled(_Wheel(), down=False)
        assert "(rnn) p h" in screen.panel("console").splitlines()[1]
        for _ in range(30):
            console._scrolled(_Wheel(), down=True)
        assert "(rnn) p h" not in screen.panel("console")


class _Wheel:
    def stop(self) -> None:
        """As an event does."""


async def test_at_80_by_24_it_takes_the_lower_part_of_the_screen_and_gives_it_back():
    async with driven(size=(80, 24)) as screen:
        before = screen.text
        await enter(screen, "p T")
        assert "─ console" in screen.text
        assert "this step" in screen.text
        assert "─ gradients" not in screen.text
        assert len(screen.text.splitlines()) == 24
        await screen.press("escape")
        assert screen.text.splitlines()[:-2] == before.splitlines()[:-2]


async def test_it_reads_without_colour():
    async with driven(plain=True) as screen:
        await enter(screen, "p T", "nonsense")
        assert "(rnn) p T" in screen.text
        assert "no command" in screen.text


# -- long work -------------------------------------------------------------------------------------------------


async def test_what_is_typed_while_a_search_runs_waits_for_its_turn():
    async with driven(run(made(timesteps=2000), "watch norm(dh_next) < 0")) as screen:
        await screen.press("slash")
        for line in ("continue", "back", "p 1+1"):  # none waits for the one before
            screen.debugger.type(line)
            await screen.debugger.query_one(ConsoleInput).action_submit()
        await screen.until(lambda: said(screen)[-1:] == ["2"])
        assert screen.k == screen.session.trace.end - 1
        assert [line for line in said(screen) if line.startswith("(rnn)")] == [
            "(rnn) continue", "(rnn) back", "(rnn) p 1+1",
        ]  # fmt: skip


async def test_a_long_search_shows_how_far_it_is_and_escape_stops_it_with_nothing_changed():
    slow = run(made(timesteps=60_000), f"watch {SLOW}").at(100)
    async with driven(slow) as screen:
        # The pilot's own `press` waits for the processor to be idle, which it is not before the search is done.
        screen.app.post_message(events.Key("c", "c"))
        await screen.until(lambda: isinstance(screen.app.screen, ProgressScreen))
        await screen.until(lambda: "running to a stop" in screen.text)
        assert "Esc cancels" in screen.text
        screen.app.post_message(events.Key("escape", None))
        await screen.until(lambda: screen.debugger.message == "cancelled")
        assert screen.app.screen is screen.debugger
        assert same(screen.session, slow)
        await screen.press("s")
        assert screen.k == 101


# -- recording -------------------------------------------------------------------------------------------------


async def test_what_is_done_by_keys_clicks_and_lines_replays_to_the_same_session(tmp_path):
    file = tmp_path / "done.rnn"
    async with driven(run(demo(), "break dh if t < 4", "step 3")) as screen:
        await enter(screen, f"record {file}")
        await screen.press("escape", "n", "b", "c", "S", "C", "c", "c", "v", "m", "d", "W")
        await screen.pilot.click("#listing", offset=(0, 12))
        await screen.pilot.click("#timeline", offset=(60, 1))
        await screen.press("tab", "tab", "tab", "down", "right", "escape")
        await enter(screen, "display norm(dh); mark here; nonsense", "rcontinue; step 2", "record off")
        done = screen.session
    session = opening.open_session(Recipe())
    for played in playing.play(session, parse(file.read_text(encoding="utf-8"))):
        assert not played.failed, played.transcript
        session = played.session
    for name in ("k", "breakpoints", "displays", "marks", "index"):
        assert getattr(session, name) == getattr(done, name), name
    assert done.breakpoints
    assert (session.view.cells, session.view.scale, session.view.pinned) == (
        done.view.cells, done.view.scale, done.view.pinned,
    )  # fmt: skip


# -- a real terminal -------------------------------------------------------------------------------------------


def test_lines_typed_faster_than_they_are_answered_stay_lines(tmp_path):
    with started(env={"XDG_STATE_HOME": str(tmp_path)}) as terminal:
        terminal.press("/p T", "enter", "step 3", "enter", "p 1+1", "enter", "p k", "enter")
        text = terminal.wait("(rnn) p k")
        at = text.index(" (rnn) p T\n 3\n (rnn) step 3\n (rnn) p 1+1\n 2\n (rnn) p k\n")
        assert at > 0
        assert "position 3 of 47" in text


async def test_pasted_lines_are_run_one_after_another_and_the_last_waits_for_enter():
    async with driven(demo()) as screen:
        await screen.press("slash")
        screen.debugger.query_one(ConsoleInput).post_message(events.Paste("step 3\r\nset W[0,0] =\t1\nback 2\nstep"))
        await screen.until(lambda: typed(screen) == "step" and screen.session.branch == "set-W" and screen.k == 1)
        lines = [line for line in said(screen) if line.startswith("(rnn)")]
        assert lines == ["(rnn) step 3", "(rnn) set W[0,0] = 1", "(rnn) back 2"]
