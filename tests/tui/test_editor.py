"""The sequence editor on the screen: keys, typing, pasting, errors at their cell, saving, applying."""

from __future__ import annotations

import json

import numpy as np
from textual import events
from textual.widgets import Input

from rnn_core.data import Dataset, Sequence
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.debugger.session import Session
from rnn_core.model import Sizes, initialise
from rnn_core.recipe import Recipe
from rnn_core.training.run import Run
from rnn_tui.screens.debugger import DebuggerScreen
from rnn_tui.screens.editor import EditorScreen
from rnn_tui.screens.sheet import Sheet
from tests.debugger.sessions import demo, fresh, same
from tests.tui.screens import Driven, driven


def lines(screen: Driven) -> list[str]:
    """The rows of the table, without their blanks."""
    return [" ".join(line.split()) for line in screen.text.splitlines()[2:-3] if line.strip()]


def foot(screen: Driven) -> str:
    """The message above the keys."""
    return screen.text.splitlines()[-2].strip()


async def paste(screen: Driven, text: str) -> None:
    """A bracketed paste."""
    await screen.app.on_event(events.Paste(text))
    await screen.pilot.pause()


async def test_i_shows_the_sequence_as_a_table_and_escape_leaves_it():
    async with driven(size=(80, 24)) as screen:
        await screen.press("R")
        assert screen.text.splitlines()[1].split() == ["x0", "x1", "x2", "x3", "x4", "target"]
        assert [line.split()[0] for line in lines(screen)] == ["1", "2", "3"]
        assert [line.split()[-1] for line in lines(screen)] == ["0", "1", "2"]
        await screen.press("escape")
        assert isinstance(screen.app.screen, DebuggerScreen)
        assert same(screen.session, demo())


async def test_a_number_that_is_typed_goes_into_the_cell_and_the_cursor_to_the_next_row():
    async with driven() as screen:
        await screen.press("R", "right")
        await screen.type("7.5")
        await screen.press("enter")
        assert lines(screen)[0].split()[2] == "7.5000"
        assert foot(screen) == "x1 of row 1 = 7.5"
        await screen.press("u")
        assert lines(screen)[0].split()[2] == "-1.3750"


async def test_what_a_cell_cannot_hold_stays_in_its_input_and_nothing_is_applied():
    async with driven() as screen:
        await screen.press("R", "enter")
        screen.app.screen.query_one(Input).value = "a lot"
        await screen.press("enter")
        assert foot(screen) == '"a lot" is not a number (numbers look like -0.5 or 1e-3)'
        field = screen.app.screen.query_one(Input)
        assert field.display
        assert field.has_class("wrong")
        assert lines(screen)[0].startswith("1!")
        await screen.press("escape")
        assert not field.display
        assert "!" not in lines(screen)[0]


async def test_applying_forks_with_the_edited_rows_and_undo_goes_back():
    async with driven(fresh()) as screen:
        await screen.press("R", "o")
        await screen.type("2")
        await screen.press("enter", "a")
        await screen.until(lambda: isinstance(screen.app.screen, DebuggerScreen))
        assert screen.session.branch == "rows-2"
        assert screen.session.trace.x[1].tolist() == [2, 0, 0, 0, 0]
        assert len(screen.session.trace) == 4
        assert "rows-2: a fork of main" in screen.text
        await screen.press("z")
        assert screen.session.branch == "main"
        assert len(screen.session.trace) == 3


async def test_rows_of_a_spreadsheet_are_pasted_and_a_wrong_cell_is_marked():
    async with driven() as screen:
        await screen.press("R")
        await paste(screen, "1\t2\t3\t4\t5\tx\n")
        assert foot(screen).startswith('paste: line 1, target: "x" is not a class index')
        assert lines(screen)[0].startswith("1!")
        await paste(screen, "1\t2\t3\t4\t5\t0\n6\t7\t8\t9\t10\t\n")
        assert foot(screen) == "pasted 2 rows of 6 columns"
        assert lines(screen)[1].split() == ["2•", *(f"{n}.0000" for n in (6, 7, 8, 9)), "10.000", "·"]


async def test_leaving_asks_about_what_is_not_applied():
    async with driven() as screen:
        await screen.press("R", "d", "escape")
        assert "1 change not applied" in screen.text
        await screen.press("n")
        assert isinstance(screen.app.screen, EditorScreen)
        await screen.press("escape", "y")
        assert isinstance(screen.app.screen, DebuggerScreen)
        assert same(screen.session, demo())


async def test_the_rows_are_saved_as_they_are_and_the_run_stays(tmp_path):
    async with driven() as screen:
        await screen.press("R", "d", "s")
        screen.app.screen.query_one(Input).value = str(tmp_path / "mine.json")
        await screen.press("enter")
        await screen.until(lambda: "wrote" in foot(screen))
        held = json.loads((tmp_path / "mine.json").read_text())
        assert held["targets"] == [1, 2]
        assert held["inputs"] == demo().trace.x[1:].tolist()
        assert same(screen.session, demo())
        await screen.press("s")
        screen.app.screen.query_one(Input).value = str(tmp_path / "mine.doc")
        await screen.press("enter")
        await screen.until(lambda: "the suffix says no format" in foot(screen))


async def test_a_text_is_edited_by_its_symbols():
    async with driven(open_session(Recipe(text="hello you")), (80, 24)) as screen:
        await screen.press("R")
        assert lines(screen)[4:6] == ["5 o ␣", "6 ␣ y"]
        assert lines(screen)[-1] == "→ u ·"
        await screen.press("enter")
        screen.app.screen.query_one(Input).value = "z"
        await screen.press("enter")
        assert foot(screen) == '"z" is none of the 7 symbols (one of ␣, e, h, l, o, … y)'


async def test_a_row_far_away_is_gone_to_and_only_what_is_seen_is_painted(monkeypatch):
    long = Sequence(np.zeros((100_000, 2)), np.zeros(100_000, dtype=np.int64))
    session = Session.of(Run(Dataset((long,)), initialise("normal", Sizes(2, 2, 2))))
    async with driven(session, (80, 24)) as screen:
        await screen.press("R")
        painted = []
        line = Sheet._line
        monkeypatch.setattr(Sheet, "_line", lambda self, row, columns: painted.append(row) or line(self, row, columns))
        await screen.press("g")
        await screen.type("54321")
        await screen.press("enter")
        assert "54321" in lines(screen)[-1]
        assert len(set(painted)) < 3 * 24


async def test_the_editor_at_its_smallest_shows_the_cell_that_is_selected():
    wide = Sequence(np.arange(60.0).reshape(2, 30), np.array([0, 1]))
    session = Session.of(Run(Dataset((wide,)), initialise("normal", Sizes(30, 2, 2))))
    async with driven(session, (80, 24)) as screen:
        await screen.press("R", *["right"] * 20)
        assert "x20" in screen.text.splitlines()[1]
        assert screen.text.splitlines()[-3].strip() == "x20 at t=1: 20.0 · column 21 of 31"
        await screen.press("end")
        assert screen.text.splitlines()[1].split()[-1] == "target"
