"""A pseudo-terminal to measure in: keys in, bytes out, and when they came.

It says that it knows synchronised updates, as modern terminals do, so that the end of every frame can be seen.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import tempfile
import termios
from pathlib import Path
from time import perf_counter
from types import TracebackType

import pyte

FRAME_END = b"\x1b[?2026l"
ASKED, ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
PATIENCE = 30.0
USUAL = 120, 40
"""Columns and rows."""
TIMELINE = 2
"""The row that says the position, counted from 0."""
COMPILED = tempfile.TemporaryDirectory(prefix="rnn-tui-benchmark-")
"""Where the programs keep their compiled modules; it goes when this process ends."""


class PseudoTerminal:
    """One program in a terminal of its own; a context manager that ends it."""

    def __init__(self, command: list[str], size: tuple[int, int] = USUAL) -> None:
        self.started = perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.execve(command[0], command, _environment())
            finally:
                os._exit(127)
        columns, rows = size
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.output = bytearray()
        self._answered = False

    def __enter__(self) -> PseudoTerminal:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def read(self, timeout: float) -> bool:
        """Take what has been written; False where nothing came within `timeout` seconds."""
        if not select.select([self.fd], [], [], timeout)[0]:
            return False
        self.output += os.read(self.fd, 1 << 16)
        if not self._answered and ASKED in self.output:
            self._answered = True
            os.write(self.fd, ANSWER)
        return True

    def press(self, keys: str) -> float:
        """Type, and forget what came before; when it was done is returned."""
        self.output.clear()
        return self.send(keys)

    def send(self, keys: str) -> float:
        """Type; when it was done is returned."""
        now = perf_counter()
        os.write(self.fd, keys.encode())
        return now

    def until(self, wanted: bytes) -> float:
        """Read until these bytes have come; when they had is returned."""
        stop = perf_counter() + PATIENCE
        while wanted not in self.output:
            if perf_counter() > stop or not self.read(PATIENCE):
                raise TimeoutError(f"{wanted!r} never came; the last bytes were {bytes(self.output[-200:])!r}")
        return perf_counter()

    def settle(self, quiet: float = 0.03) -> None:
        """Read until nothing has come for a while."""
        while self.read(quiet):
            pass

    @property
    def frames(self) -> int:
        """How many frames have ended since the last key."""
        return self.output.count(FRAME_END)

    def cpu_seconds(self) -> float:
        """The processor time of all its threads."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


class Seen:
    """The position that a program's screen shows; only what has changed is written, so what is seen is kept."""

    def __init__(self, program: PseudoTerminal) -> None:
        self._program = program
        self._screen = pyte.Screen(*USUAL)
        self._stream = pyte.ByteStream(self._screen)

    def position(self) -> int:
        """That of the last frame that has been read."""
        self._stream.feed(bytes(self._program.output))
        self._program.output.clear()
        row = "".join(self._screen.buffer[TIMELINE][x].data for x in range(self._screen.columns))
        found = re.search(r"position ([\d,]+) of", row)
        return int(found[1].replace(",", "")) if found else 0

    def until(self, k: int) -> float:
        """Read until this position is painted; when it was is returned."""
        stop = perf_counter() + PATIENCE
        while self.position() != k:
            if perf_counter() > stop or not self._program.read(PATIENCE):
                raise TimeoutError(f"position {k} never came; the screen shows {self.position()}")
        return perf_counter()


def _environment() -> dict[str, str]:
    """Truecolor, and compiled modules as an installed program has them, whatever this process was told."""
    chosen = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_FPS": "240", "LC_ALL": "C.UTF-8"}
    chosen["PYTHONPYCACHEPREFIX"] = COMPILED.name
    left_out = ("NO_COLOR", "COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE")
    return {**{name: value for name, value in os.environ.items() if name not in left_out}, **chosen}
