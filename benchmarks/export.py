"""Writing a trace: NPZ against NumPy's own writer, and how long the text formats take for a long run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.core import a_run
from benchmarks.table import Row
from benchmarks.timing import seconds, side_by_side
from rnn_core.formats import traces
from rnn_core.model import Sizes
from rnn_core.recorder import record
from rnn_core.trace import Trace

LONG = Sizes(64, 64, 64), 10_000

IN_MEMORY = Path("/dev/shm")
"""Where there is such a folder it is written to: a disk's own moods are larger than what is compared."""


def rows() -> Iterator[Row]:
    """NPZ as a ratio, with the same promise on either side: the bytes are on the disk. JSONL and CSV in seconds."""
    trace = record(*a_run(*LONG))
    size = f"({LONG[0].inputs}, {LONG[0].hidden}, {LONG[0].classes}, {LONG[1]})"
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
        yield Row(f"NPZ export / np.savez, both flushed, {size}", _npz(trace, Path(folder)), 1.2, 1.0, better="less")
        for name in ("jsonl", "csv"):
            path = Path(folder) / f"trace.{name}"
            taken = median(
                seconds(lambda path=path: traces.export(trace, path, overwrite=True))  # type: ignore[misc]  # lambdas infer no path
                for _ in range(3)
            )
            yield Row(f"{name.upper()} export, {size}", taken, 8, 4, "s", "less")


def _npz(trace: Trace, folder: Path) -> float:
    arrays = trace.arrays()

    def savez() -> None:
        with open(folder / "numpy.npz", "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # its stubs take the arrays for allow_pickle
            file.flush()
            os.fsync(file.fileno())

    def export() -> None:
        traces.export(trace, folder / "trace.npz", overwrite=True)

    taken = side_by_side({"export": export, "savez": savez}, rounds=15)
    return taken["export"] / taken["savez"]
