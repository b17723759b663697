"""What a real terminal does to the program besides keys: strange bytes, signals, pastes, being stopped."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import rnn_tui
from rnn_core.debugger.scripts.script import LONGEST
from rnn_tui.terminal.glyphs import plain
from tests.tui.terminal import Terminal, started
from tests.tui.test_terminal import position

SLOW = "watch sigma_max(dW) + rank(prev(dW)) < 0"
"""Never true, and slow to look at."""


@pytest.fixture
def long(tmp_path):
    """A file whose search for a stop takes long."""
    np.save(tmp_path / "long.npy", np.random.default_rng(0).standard_normal((20_000, 8)))
    return str(tmp_path / "long.npy")


def send(terminal: Terminal, data: bytes) -> None:
    """Write bytes without waiting for them to be read: a pseudo-terminal holds only some thousands."""
    threading.Thread(target=os.write, args=(terminal.child.child_fd, data), daemon=True).start()


def searching(terminal: Terminal) -> None:
    """Have it search for long, with the bar shown."""
    terminal.press("c")
    terminal.wait("Esc cancels")


BYTES = [b"\xe9", b"\xff", b"\xc3a", b"\x1b[1;1:3A", b"\x1b[97;5;1114112u", b"\x1b[48;40;120;0;0t\x1b[<35;5;5M"]


@pytest.mark.parametrize("data", BYTES, ids=repr)
def test_bytes_that_are_no_keys_change_nothing(data):
    with started() as terminal:
        os.write(terminal.child.child_fd, data)
        terminal.press("n", "s")
        terminal.wait("position 6 of 47")
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.assert_left_clean()


BROKEN = "def broken(*_): raise ZeroDivisionError('a bug')"
CRASHES = {
    "where bytes are read": "from rnn_tui.terminal.driver import Reader as Place; Place.feed = broken",
    "where work is done": "from rnn_core.debugger.effects import performing as place; place.perform = broken",
    "where a timer ticks": "from rnn_tui.screens.debugger import DebuggerScreen as Place; Place._tick = broken",
}


@pytest.mark.parametrize("where", CRASHES)
def test_a_crash_anywhere_ends_with_a_clean_terminal_and_status_1(where):
    code = f"import sys\n{BROKEN}\n{CRASHES[where]}\nfrom rnn_tui import cli\nsys.exit(cli.main([]))"
    with started(program=(sys.executable, "-c", code)) as terminal:
        terminal.press("p", "/", "check", "enter")
        assert terminal.ended() == 1
        terminal.assert_left_clean()
        assert b"ZeroDivisionError" in terminal.output[terminal.output.rindex(b"\x1b[?1049l") :]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_signal_is_obeyed_while_ten_thousand_letters_are_typed(name):
    with started() as terminal:
        terminal.press("/")
        terminal.wait("Esc folds")
        send(terminal, b"x" * 10_000)
        terminal.child.kill(getattr(signal, name))
        assert terminal.ended() == 128 + getattr(signal, name)
        terminal.assert_left_clean()


@pytest.mark.parametrize("milliseconds", range(0, 400, 40))
def test_a_signal_at_any_moment_of_the_start_leaves_the_terminal_as_it_was(milliseconds):
    with Terminal() as terminal:
        stop = threading.Timer(milliseconds / 1000, terminal.child.kill, [signal.SIGTERM])
        stop.start()
        assert terminal.ended() == 143
        if b"\x1b[?1049h" in terminal.output:
            terminal.assert_left_clean()


def test_ctrl_c_while_modules_are_imported_is_one_line():
    code = (
        "import os, signal, sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'rnn_tui.commandline': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from rnn_tui.__main__ import main\n"
        "sys.argv = ['rnn-tui', '--version']; sys.exit(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "rnn-tui: interrupted\n")


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP])
def test_after_it_was_stopped_everything_is_painted_anew(number):
    with started() as terminal:
        terminal.press("n", "s")
        # the whole frame, not a part that has come so far: two readings agree
        before = terminal.wait(lambda text: "position 6 of 47" in text and text == terminal.text)
        terminal.child.kill(number)
        os.waitid(os.P_PID, terminal.child.pid, os.WSTOPPED | os.WNOWAIT)
        terminal.screen.reset()  # others have had the terminal
        terminal.child.kill(signal.SIGCONT)
        terminal.wait(lambda text: text == before)
        terminal.press("s")
        terminal.wait("position 7 of 47")
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.assert_left_clean()


# -- while work goes on ----------------------------------------------------------------------------------------


def test_what_is_typed_while_a_bar_is_up_runs_in_its_turn(long):
    with started(long, "--hidden", "64", "-e", SLOW) as terminal:
        searching(terminal)
        terminal.press("n", "n", "/", "p 4200+42", "enter")
        terminal.press("escape")  # cancels, and takes back what waits
        text = terminal.wait("cancelled")
        assert position(text) == 0
        terminal.press("u", "s", "/", "p 4200+42", "enter")  # the next update takes longer than a moment
        assert position(terminal.wait("4242")) == 1
        terminal.press("escape")  # with another key right behind it, it would be Alt
        terminal.wait(lambda text: "Esc folds" not in text)
        terminal.press("q")
        assert terminal.ended() == 0


def test_a_key_that_opens_something_never_overtakes_one_that_waits(long):
    """`DuplicateIds` once: the palette opened over the work, and the help then over the palette."""
    with started(long, "--hidden", "64") as terminal:
        terminal.press("u", "?", "ctrl+p")
        terminal.wait("A debugger whose program")
        terminal.press("ctrl+p", "escape")
        terminal.wait(lambda text: "A debugger whose program" not in text)
        terminal.press("ctrl+p")
        terminal.wait("Search for commands")
        terminal.press("escape")
        terminal.wait(lambda text: "Run one line" not in text and "this step" in text)
        terminal.press("s")
        terminal.wait("position 1 of")
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.assert_left_clean()


@pytest.mark.parametrize(("how", "status"), [("q", 0), ("ctrl+q", 0), (signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_whoever_leaves_waits_for_no_work(long, how, status):
    with started(long, "--hidden", "64", "-e", SLOW) as terminal:
        searching(terminal)
        if isinstance(how, str):
            terminal.press("\x11" if how == "ctrl+q" else how)
        else:
            terminal.child.kill(how)
        assert terminal.ended() == status
        terminal.assert_left_clean()


def test_a_pasted_script_is_run_whole_and_can_be_cancelled():
    with started() as terminal:
        terminal.press("/")
        terminal.wait("Esc folds")
        script = b"".join(b"goto %d; p k\r" % (i % 40) for i in range(3000))
        send(terminal, b"\x1b[200~" + script + b"p 4200+42\r\x1b[201~")
        assert position(terminal.wait("4242")) == 2999 % 40
        send(terminal, b"\x1b[200~" + script + b"p 40+4\r\x1b[201~\x03")
        text = terminal.wait("commands were not run")
        assert "44.0" not in text


def test_too_long_a_paste_is_refused_and_nothing_of_it_is_run():
    with started() as terminal:
        terminal.press("/")
        terminal.wait("Esc folds")
        send(terminal, b"\x1b[200~" + b"step\n" * (LONGEST // 5 + 9) + b"\x1b[201~")
        text = terminal.wait("and a script at most 1,048,576")
        assert position(text) == 0


# -- terminals of other encodings --------------------------------------------------------------------------------


def test_a_terminal_without_our_glyphs_gets_plain_ones_in_their_places():
    with started(env={"PYTHONIOENCODING": "ascii"}) as terminal, started() as usual:
        for one in (terminal, usual):
            one.press("f", "n")
            one.wait("position 24 of 47")
        assert terminal.output.isascii()
        for row, full in zip(terminal.screen.display, usual.screen.display, strict=True):
            same = [a == b for a, b in zip(row, full, strict=True) if b.isascii()]
            assert all(same), (row, full)


def test_every_character_that_we_write_has_a_stand_in_of_its_own():
    root = Path(rnn_tui.__file__).parent
    for path in (*root.rglob("*.py"), *(root.parent / "rnn_core" / "views").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                odd = [ch for ch in node.value if not ch.isascii() and plain(ch) == "?" and ch != "\ufffd"]
                assert not odd, (path, node.lineno, odd)


def test_a_terminal_that_has_gone_ends_the_program():
    """Without a signal: a terminal that reads no more and has gone, as under a supervisor that ignores SIGHUP."""
    ignoring = "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    code = f"{ignoring}; from rnn_tui import cli; sys.exit(cli.main([]))"
    with started(program=(sys.executable, "-c", code)) as terminal:
        pid = terminal.child.pid
        os.close(terminal.child.child_fd)
        terminal.child.ptyproc.closed = True
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 129
        terminal.child.ptyproc.terminated = terminal.child.terminated = True
