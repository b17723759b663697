"""A training log as a file that grows, and that a resumed training goes on with.

Rules this file keeps:
- A resumed log is the log of a training that was never interrupted. What is beyond the interruption is cut off, what
  is missing is written again.
- A file that is not the log of this run is refused and stays as it is.
"""

from __future__ import annotations

import os

from rnn_core.errors import InputError
from rnn_core.formats import files
from rnn_core.formats.growing import Growing
from rnn_core.training.log import lines
from rnn_core.training.run import Run

_BEGINNING = b'{"update": 0, '
AT_ONCE = 256
"""Updates whose lines are made together: the norms of a long run may have to be computed again."""


class Log:
    """A log that is being written. Every method raises OutputError where the system refuses."""

    def __init__(self, path: str, *, overwrite: bool = False) -> None:
        self.written, self._file = 0, Growing(path, overwrite=overwrite)

    @classmethod
    def resumed(cls, path: str, run: Run) -> Log:
        """The log of the updates that are known, to be gone on with. Raises InputError for another file."""
        kept, size = _kept(path, run) if os.path.isfile(path) else (0, 0)
        log = object.__new__(cls)
        log.written, log._file = kept, Growing(path, overwrite=True, kept=size)
        log.write(run)
        return log

    def write(self, run: Run) -> None:
        """Add the updates that are known and not written yet."""
        while self.written < run.reached:
            stop = min(self.written + AT_ONCE, run.reached)
            self._file.write(lines(run.metrics_within(self.written, stop), self.written))
            self.written = stop

    def settle(self) -> None:
        """Have what is written on the disk."""
        self._file.settle()

    def close(self) -> None:
        """Write what is left, and close."""
        self._file.close()


def _kept(path: str, run: Run) -> tuple[int, int]:
    """How many lines of a log are of updates that are known, and their bytes. Raises InputError for another file."""
    kept, size, last = 0, 0, b""
    with files.opened(path) as (file, _):
        ours = _BEGINNING.startswith(file.read(len(_BEGINNING)))
        file.seek(0)
        for line in file if ours else ():
            if kept == run.reached or not line.endswith(b"\n"):
                break
            kept, size, last = kept + 1, size + len(line), line
    if not ours or (kept and last != next(lines(run.metrics_within(kept - 1, kept), kept - 1))):
        raise InputError("is not the log of this run", where=path, fix="give another name")
    return kept, size
