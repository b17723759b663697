"""What only a real terminal shows: the whole command in a pseudo-terminal, keys in, screen out."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

from tests.tui.terminal import PROGRAM, Terminal, started

pytestmark = pytest.mark.usefixtures("usual_signals")


def position(text: str) -> int:
    """The position that the timeline names."""
    found = re.search(r"position ([\d,]+) of", text)
    return int(found[1].replace(",", "")) if found else -1


def test_keys_step_and_step_back():
    with started() as terminal:
        terminal.press("s")
        terminal.wait("position 1 of 47")
        terminal.press("n", "right", "space")
        terminal.wait("position 7 of 47")
        terminal.press("S", "left", "N")
        terminal.wait("position 0 of 47")
        terminal.press("end")
        terminal.wait("end · position 47 of 47")
        terminal.press("home", "down", "up", "f")
        terminal.wait("position 15 of 47")
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.assert_left_clean()


def test_two_thousand_fast_keys_land_at_exactly_their_position():
    with started("--text", "to be or not to be, that is the question " * 5) as terminal:
        terminal.press("s" * 2000)
        terminal.wait("position 2,000 of")
        terminal.press("S" * 1999)
        terminal.wait("position 1 of")
        terminal.press("sssSSSn")
        terminal.wait("position 5 of")


def test_resizing_to_too_small_and_back_keeps_the_session():
    with started() as terminal:
        terminal.press("n", "s", "s")
        before = terminal.wait("position 7 of 47")
        terminal.resize(20, 5)
        terminal.wait("rnn-tui needs 80×24")
        terminal.press("s")
        terminal.resize(80, 24)
        terminal.wait(lambda text: "this step" in text and "? help" in text)
        terminal.press("S")
        terminal.resize(120, 40)
        terminal.wait(lambda text: text == before)


ENDINGS = {"SIGTERM": 143, "SIGHUP": 129, "SIGQUIT": 131}


@pytest.mark.parametrize("name", ENDINGS)
def test_a_signal_ends_the_program_and_leaves_the_terminal_clean(name):
    with started() as terminal:
        terminal.child.kill(getattr(signal, name))
        assert terminal.ended() == ENDINGS[name]
        terminal.assert_left_clean()


def test_ctrl_c_ends_the_program_as_an_interrupted_one():
    with started() as terminal:
        terminal.press("s")
        terminal.wait("position 1 of")
        terminal.press("ctrl+c")
        assert terminal.ended() == 130
        terminal.assert_left_clean()


CRASHING = """
import sys
from rnn_tui import cli
from rnn_tui.screens.debugger import DebuggerScreen

def broken(self, line):
    raise ZeroDivisionError("a bug in " + line)

DebuggerScreen.run_line = broken
sys.exit(cli.main([]))
"""


def test_a_crash_restores_the_terminal_then_shows_its_traceback_and_fails():
    with started(program=(sys.executable, "-c", CRASHING)) as terminal:
        terminal.press("s")
        status = terminal.ended()
        assert status not in (0, 130)
        terminal.assert_left_clean()
        said = terminal.output[terminal.output.rindex(b"\x1b[?1049l") :].decode()
        assert "ZeroDivisionError" in said
        assert "a bug in step" in said


def test_without_a_terminal_one_line_names_the_way_without_a_screen():
    done = subprocess.run(PROGRAM, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "rnn-tui export" in done.stderr


def test_data_through_a_pipe_while_the_keyboard_is_the_terminal(tmp_path):
    file = tmp_path / "data.json"
    file.write_text(json.dumps({"inputs": [[1.0, 0.5], [0.25, -1.0]], "targets": [0, 1]}))
    program = " ".join(PROGRAM)
    with started(program=("/bin/sh", "-c", f"cat '{file}' | {program} -")) as terminal:
        terminal.press("s")
        terminal.wait("position 1 of 33")  # T = 2: 2·14 + 5
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.assert_left_clean()


@pytest.mark.parametrize(("key", "status"), [("escape", 130), ("ctrl+c", 130)])
def test_a_long_recording_shows_its_progress_and_can_be_cancelled(tmp_path, key, status):
    np.save(tmp_path / "long.npy", np.zeros((20_000, 1)))
    with Terminal(str(tmp_path / "long.npy"), "--hidden", "1024") as terminal:
        shown = terminal.wait(lambda text: "Esc cancels" in text and "%" in text)
        assert "opening" in shown
        terminal.press(key)
        assert terminal.ended() == status
        terminal.assert_left_clean()
        assert terminal.output.rstrip().endswith(b"rnn-tui: cancelled")


@pytest.mark.parametrize(("key", "status"), [("q", 0), ("ctrl+q", 0)])
def test_leaving_while_training_goes_on_does_not_wait_for_its_end(key, status):
    with started("--epochs", "1000000") as terminal:
        terminal.press("T")
        terminal.wait("Esc stops")
        terminal.press(key)
        assert terminal.ended() == status
        terminal.assert_left_clean()


def test_a_file_that_cannot_be_read_is_one_line_and_no_screen(tmp_path):
    (tmp_path / "bad.json").write_text("{")
    with Terminal(str(tmp_path / "bad.json")) as terminal:
        assert terminal.ended() == 1
        assert b"\x1b[?1049h" not in terminal.output
        assert terminal.output.count(b"\n") == 1


# -- terminals without colour ----------------------------------------------------------------------------------

COLOURLESS = {
    "NO_COLOR": {"NO_COLOR": "1"},
    "16 colours": {"TERM": "xterm", "COLORTERM": ""},
    "dumb": {"TERM": "dumb", "COLORTERM": ""},
}


@pytest.mark.parametrize("env", COLOURLESS.values(), ids=COLOURLESS)
def test_without_colour_every_cell_still_carries_its_sign(env):
    with started("--hidden", "30", env=env) as terminal:
        terminal.press("f")
        terminal.wait("position 15 of 47")
        terminal.press("n", "n", "v")
        text = terminal.wait(lambda text: "position 33 of 47" in text and "cells: heatmap" in text)
        picture = text[text.index("gradients · ") :].partition("\n")[2]  # below the legend
        assert set("▁▂▃▄▅▆▇█") & set(picture)
        cells = re.findall(r"([-+])[▁▂▃▄▅▆▇█]", picture)
        assert {"+", "-"} <= set(cells)
        assert len(cells) == len(re.findall(r"[▁▂▃▄▅▆▇█]", picture))  # no block without its sign
        ran = next(line for line in text.splitlines() if "▶" in line)
        assert ran.strip()
