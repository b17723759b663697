"""What a person waits for before the first screen: only the modules that it needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rnn_core.debugger.persistence import opening
from rnn_core.recipe import Recipe
from rnn_tui.app import RnnApp
from rnn_tui.screens.debugger import DebuggerScreen

ROOT = Path(__file__).parents[2]
FIRST_SCREEN = """
import asyncio, json, sys
from rnn_tui import cli  # as the command line comes to it
from rnn_tui.app import RnnApp
from rnn_core.debugger.persistence import opening
from rnn_core.recipe import Recipe

async def main():
    app = RnnApp(opening.open_session(Recipe()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()

asyncio.run(main())
ours = {name: module for name, module in sys.modules.items() if name.split(".")[0] in ("rnn_core", "rnn_tui")}
made = {value for module in ours.values() for value in vars(module).values() if isinstance(value, type)}
compiled = [kind.__name__ for kind in made if kind.__module__ in ours and "__dataclass_params__" in vars(kind)]
print(json.dumps([sorted(ours), compiled]))
"""
NEEDED = {
    "rnn_core.alongside": set(),
    "rnn_core.debugger.effects": {"estimates", "performing"},
    "rnn_core.debugger.expressions": set(),
    "rnn_core.debugger.persistence": {"digests", "opening"},
    "rnn_core.debugger.scripts": {"transcript"},
    "rnn_core.debugger.whatif": {"compared"},
    "rnn_core.diagnostics": {"findings"},
    "rnn_core.editing": set(),
    "rnn_core.formats": {"files", "models", "sequences", "state"},
    "rnn_core.formats.models": set(),
    "rnn_core.formats.sequences": {"fit"},
    "rnn_core.hunts": {"hunt"},
    "rnn_core.loops": {"loop", "rnn"},
    "rnn_core.mistakes": set(),
    "rnn_core.review": set(),
    "rnn_core.sweeps": set(),
    "rnn_tui.screens": {"background", "debugger", "painting", "performing", "placing", "turns"},
}
"""Rooms most of which are for later, and the modules of them that the first screen imports."""


@pytest.fixture(scope="module")
def start():
    """The modules that the first screen imports, and the classes that were made by compiling."""
    done = subprocess.run(
        [sys.executable, "-c", FIRST_SCREEN],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.mark.parametrize("room", NEEDED)
def test_a_room_is_imported_only_as_far_as_the_first_screen_needs_it(start, room):
    modules = {name.removeprefix(f"{room}.") for name in start[0] if name.startswith(f"{room}.")}
    assert {name for name in modules if "." not in name} <= NEEDED[room]


def test_no_record_of_the_start_is_made_by_compiling(start):
    assert start[1] == []


@pytest.mark.parametrize("at", ["__init__", "compose"])
async def test_a_signal_before_the_first_screen_ends_the_program_without_a_word(monkeypatch, capsys, at):
    app = RnnApp(opening.open_session(Recipe()))
    then = getattr(DebuggerScreen, at)

    def leave(*given):
        app.leave(130)
        return then(*given)

    monkeypatch.setattr(DebuggerScreen, at, leave)
    await app.run_async(headless=True, size=(120, 40))
    assert app.return_code == 130
    assert capsys.readouterr().err == ""
