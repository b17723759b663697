"""The whole sitting in a real terminal: open a wrong file, go to its line, put it right in an editor, see it right."""

from __future__ import annotations

import sys
import time

import pytest

from tests.theirs.programs import text_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no pseudo-terminal")

WRONG, RIGHT = "np.dot(dtanh, hidden_states[t + 1].T)", "np.dot(dtanh, hidden_states[t].T)"
PATIENCE = 60.0
"""Seconds that a review may take where many tests run beside it."""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "my_rnn.py"
    path.write_text(text_of("columns", "dW h[t]"), encoding="utf-8")
    return path


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_a_wrong_file_is_opened_put_right_in_an_editor_and_turns_right(file, size):
    from tests.tui.terminal import Terminal

    with Terminal(str(file), size=size) as terminal:
        shown = terminal.wait("wrong line 46", PATIENCE)
        assert "my_rnn.py" in shown
        terminal.press("X")
        shown = terminal.wait("line 46  dW += np.dot(dtanh", PATIENCE)
        marked = next(row for row in shown.split("\n") if "46" in row and "◂" in row)
        assert "np.dot(dtanh" in marked, "the wrong part of the line is in sight"
        file.write_text(file.read_text("utf-8").replace(WRONG, RIGHT), encoding="utf-8")
        shown = terminal.wait(lambda text: "right" in text.split("\n")[0], PATIENCE)
        assert any("46" in row and "◂" in row for row in shown.split("\n")), "the cursor stays on its line"
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.assert_left_clean()


def test_a_file_that_does_not_parse_for_a_moment_keeps_the_screen_and_says_why(file):
    from tests.tui.terminal import Terminal

    good = file.read_text("utf-8")
    with Terminal(str(file), size=(120, 40)) as terminal:
        terminal.wait("wrong line 46", PATIENCE)
        file.write_text(good.replace("dc += dy", "dc += ("), encoding="utf-8")
        shown = terminal.wait("unsure", PATIENCE)
        assert "does not parse" in shown
        terminal.press("s")
        terminal.wait("position 1 of", PATIENCE)
        file.write_text(good, encoding="utf-8")
        terminal.wait("wrong line 46", PATIENCE)
        terminal.press("q")
        assert terminal.ended() == 0


def test_a_file_without_a_network_is_refused_in_one_line_with_the_status_of_unsure(tmp_path):
    from tests.tui.terminal import Terminal

    path = tmp_path / "hello.py"
    path.write_text("print('hello')\n", encoding="utf-8")
    with Terminal(str(path)) as terminal:
        assert terminal.ended(PATIENCE) == 2
        last = [row for row in terminal.output.decode("utf-8", "replace").split("\n") if "rnn-tui: " in row]
        assert "hello.py: unsure: " in last[-1]
        assert "Traceback" not in terminal.output.decode("utf-8", "replace")


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for yet has."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as told:
            return told.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are looked at in /proc")
def test_leaving_while_their_code_runs_leaves_no_process_behind(tmp_path):
    from tests.tui.terminal import Terminal

    path, told = tmp_path / "endless.py", tmp_path / "pid"
    path.write_text(
        f"import os\nwith open({str(told)!r}, 'w') as f:\n    f.write(str(os.getpid()) + ' ')\nwhile True:\n    pass\n",
        encoding="utf-8",
    )
    with Terminal(str(path)) as terminal:
        terminal.wait(lambda _: told.exists() and " " in told.read_text("utf-8"), PATIENCE)
        terminal.press("ctrl+c")
        assert terminal.ended(PATIENCE) != 0
    pid = int(told.read_text("utf-8"))
    until = time.monotonic() + 10  # sooner than the time that their code may run
    while not gone(pid):
        assert time.monotonic() < until, "their code still runs"
