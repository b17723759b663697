"""A person's code in a process of its own: started, asked for runs, and ended with all that it started.

Their code has their rights; what is limited is time, memory and how much is recorded.
"""

from __future__ import annotations

import atexit
import contextlib
import glob
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from rnn_core.errors import RnnError
from rnn_core.model import Array
from rnn_core.review.child import GRACE
from rnn_core.review.recording import Recording, load
from rnn_core.review.source import Source

_CHILD = Path(__file__).with_name("child.py")
MEMORY = 4 << 30
RECORDED = 400 << 20
"""Bytes of distinct values that one run may leave."""

_living: dict[int, str] = {}
"""The processes that run somebody's code now, each with its mark: none may outlive this one, however it ends."""

_MARK = "RNN_TUI_REVIEW"
"""The variable in the environment of all that their code starts, by which it is found again."""


@atexit.register
def _end_all() -> None:
    for pid, mark in tuple(_living.items()):
        _end(pid, mark)


def _end(pid: int, mark: str) -> None:
    """End a process, its session, and what left that session: a daemon keeps the environment it was given."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    for _ in range(20):  # what starts others while it is looked for is met the next time
        strays = _marked(f"{_MARK}={mark}".encode())
        for stray in strays:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(stray, signal.SIGKILL)
        if not strays:
            return


def _marked(entry: bytes) -> list[int]:
    """The processes with an entry in their environment, where the system tells it: Linux does."""
    found = []
    for path in glob.iglob("/proc/[0-9]*/environ"):
        with contextlib.suppress(OSError), open(path, "rb") as environment:
            if entry in environment.read().split(b"\0"):
                found.append(int(path.split("/")[2]))
    return found


_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONIOENCODING": "utf-8",
}


@dataclass
class Process:
    """`with Process(source) as process: process.run(events, seconds)`, as often as wanted."""

    source: Source
    runs: int = 0
    after: str = ""
    """Code that is run after theirs, in its names: the call of functions that nothing calls."""
    _folder: tempfile.TemporaryDirectory[str] = field(init=False)
    _child: subprocess.Popen[bytes] = field(init=False)

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="rnn-review-")
        self._text = os.path.join(self._folder.name, "code.txt")
        Path(self._text).write_text(self.source.text, encoding="utf-8")
        self._child = subprocess.Popen(
            [sys.executable, "-P", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_ENVIRONMENT, _MARK: self._folder.name},
            start_new_session=True,
            close_fds=True,
        )
        _living[self._child.pid] = self._folder.name
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        _end(self._child.pid, self._folder.name)
        for stream in (self._child.stdin, self._child.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
        self._child.wait()
        _living.pop(self._child.pid, None)
        with contextlib.suppress(OSError):
            self._folder.cleanup()

    def run(
        self,
        events: int,
        seconds: float,
        swaps: dict[tuple[int, int], Array] | None = None,
        text: str = "",
        light: bool = False,
    ) -> Recording:
        """One run of the code (or of `text` in its place), up to so many events; `light` leaves out what is only read.

        Raises RnnError where the process itself fails.
        """
        self.runs += 1
        out = os.path.join(self._folder.name, str(self.runs))
        if text:
            Path(f"{out}.txt").write_text(text, encoding="utf-8")
        job: dict[str, Any] = {
            "path": str(self.source.path.absolute()),
            "text": f"{out}.txt" if text else self._text,
            "out": out,
            "events": events,
            "seconds": seconds,
            "bytes": RECORDED,
            "memory": MEMORY,
            "after": self.after,
            "light": light,
        }
        if swaps:
            job["swaps"] = f"{out}-swaps.npz"
            np.savez(job["swaps"], **{f"{site}_{count}": value for (site, count), value in swaps.items()})  # type: ignore[arg-type]  # its stubs take the arrays for allow_pickle
        status = self._ask(job, seconds + GRACE + 8)
        return load(out, status, job["path"])

    def _ask(self, job: dict[str, Any], seconds: float) -> int:
        stdin, stdout = self._child.stdin, self._child.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps(job).encode() + b"\n")
            stdin.flush()
            ready, _, _ = select.select([stdout], [], [], seconds)
            answer = stdout.readline() if ready else b""
        except OSError:
            answer = b""
        if not answer:
            raise RnnError("the process that runs it ended or hangs", where=str(self.source.path))
        return int(answer)
