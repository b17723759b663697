"""A file that grows while work goes on, and that later work goes on with: a training's log, a sweep's table.

Unlike what `writing` makes, it is there from the start: what is in it when the work is interrupted is kept.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from rnn_core.formats import writing


class Growing:
    """An open file, begun anew, or gone on with after its first `kept` bytes. Every method raises OutputError where the
    system refuses."""

    def __init__(self, path: str, *, overwrite: bool = False, kept: int = 0) -> None:
        writing.check_target(path, overwrite=overwrite or kept > 0)
        self.path = path
        with self._told():
            self._file: BinaryIO = open(path, "r+b" if kept else "wb")  # noqa: SIM115  # open as long as the work goes on
            if kept:
                self._file.truncate(kept)
                self._file.seek(kept)

    def write(self, pieces: Iterable[bytes]) -> None:
        """Add these bytes."""
        with self._told():
            self._file.writelines(pieces)

    def flush(self) -> None:
        """Have what is written in the file."""
        with self._told():
            self._file.flush()

    def settle(self) -> None:
        """Have it on the disk."""
        self.flush()
        with self._told(), contextlib.suppress(OSError):  # a pipe or a device
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Write what is left, and close."""
        with self._told():
            self._file.close()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            raise writing.explained(self.path, error) from None
