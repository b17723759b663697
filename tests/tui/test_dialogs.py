"""Dialogs: go to, open, export, help, palette. A mistake is shown in the dialog, and the session stays."""

from __future__ import annotations

import json

import numpy as np
from textual.widgets import Input

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.recipe import Recipe
from rnn_tui.command_palette import CommandProvider
from rnn_tui.screens.debugger import DebuggerScreen
from rnn_tui.screens.help import HelpScreen, help_text
from rnn_tui.screens.prompt import ChoiceScreen, ConfirmScreen, PromptScreen
from tests.debugger.sessions import demo, same
from tests.tui.screens import driven


async def enter(screen, text: str) -> None:
    """Fill in the dialog's line and confirm it."""
    screen.app.screen.query_one(Input).value = text
    await screen.press("enter")


async def test_go_to_asks_for_a_place_and_goes_there():
    async with driven() as screen:
        await screen.press("g")
        assert "Go to" in screen.text
        await screen.type("42")
        await screen.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, DebuggerScreen))
        assert screen.k == 42


async def test_letters_typed_into_a_dialog_do_not_step():
    async with driven() as screen:
        await screen.press("g", "s", "n", "question_mark", "q")
        assert screen.app.screen.query_one(Input).value == "sn?q"
        assert screen.k == 0
        await screen.press("escape", "s")
        assert screen.k == 1


async def test_a_mistake_is_shown_in_the_dialog_and_the_session_stays():
    async with driven() as screen:
        await screen.press("g")
        await enter(screen, "t=9")
        await screen.until(lambda: "no timestep 9" in screen.text)
        assert isinstance(screen.app.screen, PromptScreen)
        assert same(screen.session, demo())
        await enter(screen, "t=2")
        await screen.until(lambda: isinstance(screen.app.screen, DebuggerScreen))
        assert screen.k == 5


async def test_a_file_that_cannot_be_opened_is_told_and_the_old_session_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the dialog breaks long paths anywhere
    (tmp_path / "bad.json").write_text('{"inputs": [[1, 2], [3]]}')
    async with driven() as screen:
        await screen.press("s", "o")
        for name, told in (("bad.json", "bad.json, inputs[1]"), ("missing.csv", "missing.csv: no such file")):
            await enter(screen, name)
            await screen.until(lambda told=told: told in screen.text.partition("Open a sequence")[2])
            assert isinstance(screen.app.screen, PromptScreen)
        await screen.press("escape")
        assert screen.session.trace is demo().trace
        assert screen.k == 1


async def test_a_file_of_one_s_own_is_opened(tmp_path):
    (tmp_path / "mine.json").write_text(json.dumps({"inputs": [[1.0, 0.5], [0.25, -1.0]], "targets": [0, 1]}))
    async with driven() as screen:
        await screen.press("o")
        await enter(screen, str(tmp_path / "mine.json"))
        await screen.until(lambda: screen.session.dataset.name.startswith("mine"))
        assert screen.session.trace.sequence.x.tolist() == [[1.0, 0.5], [0.25, -1.0]]
        assert "mine" in screen.panel("header")
        assert "opened mine" in screen.text


async def test_exporting_asks_before_it_overwrites(tmp_path):
    file = tmp_path / "trace.npz"
    file.write_bytes(b"old")
    async with driven() as screen:
        await screen.press("x")
        await enter(screen, str(file))
        await screen.until(lambda: isinstance(screen.app.screen, ConfirmScreen))
        assert "Overwrite" in screen.text
        await screen.press("n")
        assert file.read_bytes() == b"old"
        await enter(screen, str(file))
        await screen.until(lambda: isinstance(screen.app.screen, ConfirmScreen))
        await screen.press("y")
        await screen.until(lambda: isinstance(screen.app.screen, DebuggerScreen))
        with np.load(file) as written:
            assert np.array_equal(written["dW"], demo().trace.gradients.W)


async def test_a_file_in_the_home_folder_is_asked_about_too(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "trace.npz").write_bytes(b"old")
    async with driven() as screen:
        await screen.press("x")
        await enter(screen, "~/trace.npz")
        await screen.until(lambda: isinstance(screen.app.screen, ConfirmScreen))


async def test_an_export_that_cannot_be_written_is_told_in_the_dialog(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with driven() as screen:
        await screen.press("x")
        await enter(screen, "no such folder/trace.npz")
        await screen.until(lambda: 'no folder "no such folder"' in screen.text.partition("Export")[2])
        assert isinstance(screen.app.screen, PromptScreen)
        await enter(screen, "trace.xyz")
        await screen.until(lambda: 'no trace format for "trace.xyz"' in screen.text.partition("Export")[2])
        assert same(screen.session, demo())


async def test_help_opens_scrolls_and_closes():
    async with driven() as screen:
        await screen.press("question_mark")
        assert isinstance(screen.app.screen, HelpScreen)
        assert "Moving" in screen.text
        assert "Run one line" in screen.text
        await screen.press("down", "down", "q")
        assert isinstance(screen.app.screen, DebuggerScreen)
        assert screen.k == 0


def test_the_help_names_every_key_and_keeps_its_brackets():
    text = help_text().plain
    for command in COMMANDS:
        if command.keys and not command.hidden:
            assert command.help in text
    assert "h[t]" in text
    assert help_text("step").plain.startswith("step [N]\n")
    assert "no command" in help_text("nothing").plain


async def test_the_palette_offers_every_command_that_runs_without_words():
    async with driven() as screen:
        provider = CommandProvider(screen.app.screen)
        offered = [hit.text or str(hit.display) async for hit in provider.discover()]
        expected = [
            command.name
            for command in COMMANDS
            if not command.hidden and not any(argument.required for argument in command.arguments)
        ]
        assert [text.partition(":")[0] for text in offered] == expected
        (best, *_rest) = sorted([hit async for hit in provider.search("finish")], key=lambda hit: -hit.score)
        best.command()
        await screen.pilot.pause()
        assert screen.k == 15


async def test_ctrl_p_opens_the_palette():
    async with driven() as screen:
        await screen.press("ctrl+p")
        assert type(screen.app.screen).__name__ == "CommandPalette"
        await screen.press("escape")
        assert isinstance(screen.app.screen, DebuggerScreen)


async def test_a_file_that_may_be_read_in_two_ways_is_asked_about_and_opens_as_answered(tmp_path):
    (tmp_path / "t.csv").write_text("a;b\n1,234;2\n1,500;3\n")
    async with driven() as screen:
        await screen.press("o")
        await enter(screen, str(tmp_path / "t.csv"))
        await screen.until(lambda: isinstance(screen.app.screen, ChoiceScreen))
        assert "1  1.234  (--decimal comma)" in screen.text
        await screen.press("3")  # there are two
        assert isinstance(screen.app.screen, ChoiceScreen)
        await screen.press("escape")
        assert isinstance(screen.app.screen, PromptScreen)
        await enter(screen, str(tmp_path / "t.csv"))
        await screen.until(lambda: isinstance(screen.app.screen, ChoiceScreen))
        await screen.press("2")
        await screen.until(lambda: isinstance(screen.app.screen, DebuggerScreen))
        assert screen.session.trace.sequence.x.tolist() == [[1234, 2], [1500, 3]]


async def test_what_was_assumed_is_on_the_first_screen_and_in_the_console():
    session = open_session(Recipe(path="tests/data/brought/axes/tn.npz"))
    async with driven(session) as screen:
        assert "1 thing assumed: info source" in screen.text
        await screen.press("slash")
        assert "6 sequences of 4 timesteps: inputs (6, 4, 3) is taken as (N, T, I)" in screen.text
