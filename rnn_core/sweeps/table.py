"""The result of a sweep as a CSV file that grows, run by run, and that a later sweep goes on with.

Rules this file keeps:
- Lines stand in the order of the grid, whoever has computed them: the same sweep writes the same bytes.
- A resumed file is that of a sweep that was never interrupted. The last run in it is computed again to see that it is
  of the same sweep. A file of another one is refused and stays as it is.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Sequence

from rnn_core.errors import InputError
from rnn_core.formats import files
from rnn_core.formats.growing import Growing
from rnn_core.sweeps.grid import Grid, Point
from rnn_core.sweeps.measuring import COLUMNS

Line = tuple[str, ...]


class Table:
    """A result that is being written. Every method raises OutputError where the system refuses."""

    def __init__(self, path: str, *, overwrite: bool = False) -> None:
        self.lines, self._file = list[Line](), Growing(path, overwrite=overwrite)
        self._write([COLUMNS])

    @classmethod
    def resumed(cls, path: str, grid: Grid, measured: Callable[[Grid, Point], list[Line]]) -> Table:
        """The result of the runs that are done, to be gone on with. Raises InputError for another file."""
        if not os.path.exists(path):
            return cls(path)
        kept, size = _kept(path, grid, measured)
        table = object.__new__(cls)
        table.lines, table._file = kept, Growing(path, kept=size)
        return table

    def add(self, lines: Sequence[Line]) -> None:
        """Write the lines of one run; they are in the file when this returns."""
        self.lines += lines
        self._write(lines)

    def close(self) -> None:
        """Have all of it on the disk."""
        self._file.settle()
        self._file.close()

    def _write(self, lines: Sequence[Line]) -> None:
        self._file.write([_encoded(lines)])
        self._file.flush()


def _encoded(lines: Sequence[Line]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue().encode()


def _kept(path: str, grid: Grid, measured: Callable[[Grid, Point], list[Line]]) -> tuple[list[Line], int]:
    """The lines of the runs that are whole in a file, and the bytes up to their end. Raises InputError."""
    with files.opened(path) as (file, _):
        whole = [line for line in file if line.endswith(b"\n")]
    other = InputError("is not the result of this sweep", where=path, fix="give another name, or --force")
    try:
        rows = [tuple(row) for row in csv.reader(io.StringIO(b"".join(whole).decode(), newline=""))]
    except (csv.Error, UnicodeDecodeError):
        raise other from None
    if not rows or rows[0] != COLUMNS:
        raise other
    width, points = len(grid.dataset.sequences), grid.points
    done = (len(rows) - 1) // width
    if done > len(points):
        raise other
    kept = rows[1 : 1 + done * width]
    if done and kept[-width:] != measured(grid, points[done - 1]):
        raise other
    return kept, len(_encoded([COLUMNS, *kept]))
