"""The real terminal under whatever comes: random bytes, keys, mouse, sizes, pastes and signals, by a seed.

`RNN_TUI_FUZZ=100000 python -m pytest tests/fuzz` sends so many bytes rather than some thousands; `RNN_TUI_SEED=7`
sends others.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from pathlib import Path

import pytest

from tests.tui.terminal import Terminal, started

BYTES = int(os.environ.get("RNN_TUI_FUZZ", "4000"))
SEED = int(os.environ.get("RNN_TUI_SEED", "0"))
ROOT = Path(__file__).parents[2]

ENDS = re.compile(rb"[\x03\x11qQ]")
"""What ends the program, and is left out: Ctrl-C, Ctrl-Q and their like."""
SHOWN = b"\x1b[?1049h"
SEQUENCES = [
    b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[H", b"\x1b[F", b"\x1b[Z", b"\x1b", b"\x1bOP", b"\x1b[5~",
    b"\x1b[I", b"\x1b[O", b"\x1b[200~", b"\x1b[201~", b"\x1b[?1;2c", b"\x1b[1;1:3A", b"\x1b[97;5:1u", b"\x1b[M !!",
    b"\x1b[[A",
    b"\x1b[<", b"\x1b[99999999u", b"\xc3\xa9", b"\xe9", b"\xff\xfe", b"\r", b"\t", b"\x10", b"\x12", b"\x7f",
]  # fmt: skip


def reading(terminal: Terminal, seconds: float) -> None:
    """Take what the program writes for a while, at least until nothing comes."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        assert terminal.read(0.01), f"the program ended:\n{terminal.output[-2000:].decode('utf-8', 'replace')}"


def mouse(rng: random.Random) -> bytes:
    """A report of the mouse: a button, the wheel or a movement, anywhere and also outside."""
    button = rng.choice([0, 1, 2, 32, 35, 64, 65, 66, 0, 35])
    return b"\x1b[<%d;%d;%d%c" % (button, rng.randint(-2, 300), rng.randint(-2, 120), rng.choice(b"Mm"))


def chaos(rng: random.Random) -> bytes:
    """Some bytes that a terminal could send, or a broken one."""
    kind = rng.randrange(6)
    if kind == 0:
        data = rng.randbytes(rng.randint(1, 12))
    elif kind == 1:
        data = bytes(rng.choices(b"snNSfFuUbcCvmdtlLMWZ[]/:?pgoxyzE+-=<>eT 0123456789.;()", k=rng.randint(1, 8)))
    elif kind == 2:
        data = b"".join(rng.choices(SEQUENCES, k=rng.randint(1, 4)))
    elif kind == 3:
        data = mouse(rng)
    elif kind == 4:
        words = rng.choices(
            ["step", "p h", "goto 7", "break da", "nonsense", "é日", "p dW", "\t"], k=rng.randint(1, 30)
        )
        data = b"\x1b[200~" + "\r\n".join(words).encode() + b"\x1b[201~"
    else:
        data = rng.choice([b"/p 1+1\r", b"/step 3\r", b"\x1b", b"/undo\r", b"/break dh if t > 1\r"])
    return ENDS.sub(b"", data)


def disturbed(terminal: Terminal, rng: random.Random, least: tuple[int, int]) -> None:
    """Another size, or a stop and going on."""
    if rng.random() < 0.7:
        terminal.resize(rng.randint(least[0], 200), rng.randint(least[1], 60))
        return
    shown = terminal.output.count(SHOWN)
    terminal.child.kill(signal.SIGTSTP)
    until = time.monotonic() + 10
    while not os.waitid(os.P_PID, terminal.child.pid, os.WSTOPPED | os.WNOWAIT | os.WNOHANG):
        assert time.monotonic() < until, "it did not stop"
        reading(terminal, 0.01)
    terminal.child.kill(signal.SIGCONT)
    while terminal.output.count(SHOWN) == shown:  # until then the terminal echoes what comes, and pyte is no terminal
        assert time.monotonic() < until, "it did not go on"
        reading(terminal, 0.01)


@pytest.fixture
def anywhere(tmp_path, monkeypatch):
    """A folder that may be written to by whatever is typed."""
    monkeypatch.chdir(tmp_path)
    return {"PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path)}


@pytest.mark.timeout(max(120, BYTES // 100))
def test_whatever_comes_it_lives_and_answers_afterwards(anywhere):
    rng, sent = random.Random(SEED), 0
    with started(env=anywhere) as terminal:
        while sent < BYTES:
            data = chaos(rng)
            os.write(terminal.child.child_fd, data)
            sent += len(data)
            if rng.random() < 0.05:
                disturbed(terminal, rng, (1, 1))
            reading(terminal, 0.002)
        terminal.resize(120, 40)
        for _ in range(8):  # whatever is open closes, whatever is going on is cancelled
            terminal.press("escape")
            reading(terminal, 0.3)
        terminal.press("/")
        terminal.wait("Esc folds", timeout=30)
        terminal.press("\x15", "goto 5", "enter")
        terminal.wait("position 5 of", timeout=30)
        terminal.press("\x11")
        assert terminal.ended() == 0
        terminal.assert_left_clean()


# -- the position, by a model of its own -------------------------------------------------------------------------

FORWARD, BACKWARD, END = 3 * 5, 3 * 5 + 3 * 9, 3 * 5 + 3 * 9 + 5
"""The demo: three timesteps, five lines of the forward pass, nine of the backward one, five of the update."""
TIMESTEPS = [*range(0, FORWARD, 5), *range(FORWARD, BACKWARD, 9), BACKWARD, END]
PHASES = [0, FORWARD, BACKWARD, END]

MOTIONS = {
    "s": lambda k: k + 1,
    "S": lambda k: k - 1,
    "n": lambda k: min(place for place in TIMESTEPS if place > k),
    "N": lambda k: max(place for place in TIMESTEPS if place < k),
    "f": lambda k: min(place for place in PHASES if place > k),
    "F": lambda k: max(place for place in PHASES if place < k),
    "home": lambda _k: 0,
    "end": lambda _k: END,
}
NOISE = [
    b"", b"\xff", b"\xe9", b"\x1b[1;1:3A", b"\x1b[?1;2c", b"\x1b[I", b"\x1b[<35;40;20M", b"\x1b[<35;999;999M",
    b"\x1b[97;1:3u", b"\x1b[200~nobody types here\x1b[201~", b"\x1b[48;0;0;0;0t",
]  # fmt: skip


@pytest.mark.timeout(max(120, BYTES // 100))
def test_the_position_is_where_the_keys_lead_whatever_comes_between_them(anywhere):
    rng, sent, k = random.Random(SEED + 1), 0, 0
    with started(env=anywhere) as terminal:
        while sent < BYTES // 2:
            for _ in range(rng.randint(1, 60)):
                allowed = [key for key in MOTIONS if (k < END or key not in "snf") and (k > 0 or key not in "SNF")]
                key, noise = rng.choice(allowed), rng.choice(NOISE)
                os.write(terminal.child.child_fd, noise)
                terminal.press(key)
                sent += len(noise) + 1
                k = MOTIONS[key](k)
                terminal.read(0)
            terminal.wait(f"position {k} of 47")  # a program that is stopped leaves what is typed by then to nobody
            if rng.random() < 0.3:
                disturbed(terminal, rng, (110, 34))
                terminal.wait(f"position {k} of 47")
        terminal.press("q")
        assert terminal.ended() == 0
        terminal.assert_left_clean()
