"""A real terminal for the tests: the program runs in a pseudo-terminal, and its screen is read back as text.

There are no sleeps: a test waits until the screen shows what it expects, and fails with the screen when it does not.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import termios
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

import pexpect
import pyte

PROGRAM = (sys.executable, "-m", "rnn_tui")
PATIENCE = 10.0
"""Seconds after which a screen that does not come is a failure."""

QUIET = 0.03
"""Seconds without output after which a frame counts as complete."""

KEYS = {
    "enter": "\r", "escape": "\x1b", "tab": "\t", "backtab": "\x1b[Z", "space": " ", "up": "\x1b[A", "down": "\x1b[B",
    "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F", "ctrl+c": "\x03", "ctrl+p": "\x10",
}  # fmt: skip

LEFT_CLEAN = {
    "25": "h", "1049": "l", "1000": "l", "1002": "l", "1003": "l", "1006": "l", "1015": "l", "1004": "l", "2004": "l",
    "2048": "l",
}  # fmt: skip
"""Private modes as a shell expects them: cursor shown; alternate screen, mouse, focus and paste reports off."""

_MODE = re.compile(rb"\x1b\[\?(\d+)([hl])")


class Terminal:
    """One program in a pseudo-terminal; a context manager that ends it."""

    def __init__(
        self,
        *arguments: str,
        size: tuple[int, int] = (120, 40),
        program: tuple[str, ...] = PROGRAM,
        env: dict[str, str] | None = None,
    ) -> None:
        columns, rows = size
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        for name in ("NO_COLOR", "COLUMNS", "LINES"):
            environment.pop(name, None)
        command = [*program, *arguments]
        self.child: Any = pexpect.spawn(
            command[0], command[1:], dimensions=(rows, columns), env={**environment, **(env or {})}, timeout=PATIENCE
        )
        self.child.delaybeforesend = None
        self.child.ptyproc.delayafterclose = 0.0
        self.before = termios.tcgetattr(self.child.child_fd)
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.output = b""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self.child.isalive():
            self.child.kill(signal.SIGKILL)
            self.child.wait()
        self.child.close()

    # -- reading ---------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The screen as lines of text."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def read(self, timeout: float = 0.05) -> bool:
        """Take what the program has written; False once it has closed the terminal."""
        try:
            data = self.child.read_nonblocking(65536, timeout)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.output += data
        for sequence in re.split(rb"(?=\x1b)", data):  # what follows one that pyte does not bear is not lost with it
            try:
                self._stream.feed(sequence)
            except TypeError:
                self._stream = pyte.ByteStream(self.screen)
        return True

    def wait(self, wanted: str | Callable[[str], bool], timeout: float = PATIENCE) -> str:
        """Wait until the screen shows `wanted`, or until it is as the function says; the screen's text is returned."""
        shows = (lambda text: wanted in text) if isinstance(wanted, str) else wanted
        stop = time.monotonic() + timeout
        while not shows(self.text):
            if time.monotonic() > stop:
                raise AssertionError(f"the screen never showed {wanted!r}:\n{self.text}")
            if not self.read():
                raise AssertionError(f"the program ended before it showed {wanted!r}:\n{self.text}")
        written = len(self.output)
        while self.read(QUIET) and len(self.output) > written:  # the rest of the frame
            written = len(self.output)
        return self.text

    def ended(self, timeout: float = PATIENCE) -> int:
        """Wait for the end; the exit status as a shell reports it (128 + signal where one ended it)."""
        stop = time.monotonic() + timeout
        while self.read():
            assert time.monotonic() < stop, f"the program did not end:\n{self.text}"
        self.child.wait()
        return 128 + self.child.signalstatus if self.child.signalstatus else int(self.child.exitstatus)

    def colours(self) -> set[str]:
        """Every foreground and background colour on the screen."""
        cells = (self.screen.buffer[y][x] for y in range(self.screen.lines) for x in range(self.screen.columns))
        return {colour for cell in cells for colour in (cell.fg, cell.bg)}

    # -- doing -----------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys: names of `KEYS`, or text as it is typed."""
        self.child.send("".join(KEYS.get(key, key) for key in keys))

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the terminal."""
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    # -- afterwards ------------------------------------------------------------------------------------------

    def assert_left_clean(self) -> None:
        """What a shell needs: its own screen, a cursor, no mouse reports, echo and line editing as before."""
        modes = {mode.decode(): state.decode() for mode, state in _MODE.findall(self.output)}
        assert "1049" in modes, "the screen was never shown"
        assert {mode: modes.get(mode, state) for mode, state in LEFT_CLEAN.items()} == LEFT_CLEAN
        after = termios.tcgetattr(self.child.child_fd)
        assert after[:4] == self.before[:4], "the line discipline is not as it was"


def started(*arguments: str, **options: Any) -> Terminal:
    """The program with its first screen shown, ready for keys."""
    terminal = Terminal(*arguments, **options)
    terminal.wait("? help")
    return terminal
