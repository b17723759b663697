"""The story of the README: a long sequence's gradient vanishes, and reverse-continue finds who saturated first.

Told by its block of the README; played in this process, by `rnn-tui run`, in the console, and by keys.
"""

from __future__ import annotations

import os
import re
import subprocess

from docs.examples import long
from rnn_core.debugger.persistence import opening
from rnn_core.debugger.scripts import playing
from rnn_core.debugger.scripts.script import Played, parse
from rnn_core.recipe import Recipe
from rnn_tui.commandline import arguments
from tests.docs.documents import ROOT, blocks
from tests.tui.terminal import PROGRAM, started
from tests.tui.test_terminal import position

FILE = ROOT / "docs" / "examples" / "long.csv"
COMMAND = next(block for block in blocks("README.md", "sh") if "long.csv" in block)
OPTIONS = COMMAND.split()[2:]
(STORY,) = blocks("README.md", "text", "story")
LINES = re.findall(r"^\(rnn\) (.+)$", STORY, re.MULTILINE)


def played(*lines: str) -> list[Played]:
    """The story's session and these lines, in this process."""
    _, words, options = arguments.split(COMMAND.split()[1:], arguments.OPTIONS, ())
    recipe: Recipe = arguments.recipe_of(arguments.Parser("rnn-tui", arguments.OPTIONS).parse(options, words))
    return list(playing.play(opening.open_session(recipe), parse("\n".join(lines))))


def test_the_data_is_what_its_script_makes():
    assert FILE.read_text(encoding="utf-8") == long.text()


def test_the_player_tells_it_as_the_readme_does(monkeypatch):
    monkeypatch.chdir(ROOT)
    told = played(*LINES)
    assert "".join(f"{each.transcript}\n" for each in told) == STORY
    stops = [each.session.ran[:2] for each in told if each.stop and each.session.ran]
    assert stops == [("backward", 24), ("forward", 37), ("forward", 13), ("forward", 7)]


def test_no_unit_saturates_before_the_story_s_first(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert played(*LINES, "rcontinue")[-1].message == "no stop before the start"


def test_run_prints_it_byte_for_byte():
    done = subprocess.run(
        [*PROGRAM, "run", str(FILE), *OPTIONS, "-e", "; ".join(LINES)],
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == STORY.encode()


def test_run_fails_where_the_story_s_property_does_not_hold():
    script = "; ".join([*LINES[:-1], "assert max(abs(h)) < 0.99"])
    done = subprocess.run([*PROGRAM, "run", str(FILE), *OPTIONS, "-e", script], stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60)  # fmt: skip
    assert done.returncode == 1
    assert b"assertion failed at position 32, forward t=7 z" in done.stdout


def test_the_console_shows_it_line_by_line():
    with started(str(FILE), *OPTIONS, size=(109, 60)) as terminal:
        terminal.press("/")
        terminal.wait("Esc folds")
        for line in LINES:
            terminal.press(line, "enter")
        rows = terminal.wait(lambda text: f"(rnn) {LINES[-1]}" in text).splitlines()
        first = rows.index(f" (rnn) {LINES[0]}")
        wanted = STORY.splitlines()
        assert [row.removeprefix(" ") for row in rows[first : first + len(wanted)]] == wanted
        assert position(terminal.text) == 32


def test_the_keys_c_and_capital_c_walk_the_same_way(monkeypatch):
    monkeypatch.chdir(ROOT)
    stops = [(each.session.k, each.stop) for each in played(*LINES) if each.stop]
    with started(str(FILE), *OPTIONS) as terminal:
        for watch, key, times in ((LINES[0], "c", 1), (LINES[3], "C", 3)):
            terminal.press("/")
            terminal.wait("Esc folds")
            terminal.press(watch, "enter")
            terminal.wait(f": {watch.removeprefix('watch ')}")
            terminal.press("escape")
            terminal.wait(lambda text: "Esc folds" not in text)
            for _ in range(times):
                terminal.press(key)
                k, why = stops.pop(0)
                terminal.wait(lambda text, k=k, why=why: position(text) == k and why in text)
    assert not stops
