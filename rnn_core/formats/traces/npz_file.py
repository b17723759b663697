"""A trace as NPZ: every array under its listing name, and `meta`, a JSON text. `np.load` opens it without pickles.

The zip is stored, not compressed: compressing took thirty times as long and saved little. Its timestamps are fixed, so
the same run gives the same bytes.
"""

from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from rnn_core.errors import InputError
from rnn_core.formats import archives, files
from rnn_core.formats.arrays import Archive
from rnn_core.formats.files import Source
from rnn_core.formats.traces.request import Progress, Request, described
from rnn_core.formats.traces.trace_format import TraceFormat
from rnn_core.trace import Trace

PIECE = 2**24
"""Bytes written between two calls of `progress`."""


def write(stream: BinaryIO, trace: Trace, request: Request, progress: Progress) -> None:
    """Write all arrays as they are at the position asked for; rows not yet written are NaN."""
    meta = np.array(json.dumps(described(trace, request)))
    total, done = max(sum(array.nbytes for array in trace.arrays().values()), 1), 0
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, array in (("meta", meta), *arrays(trace, request.stop)):
            for size in archives.write_member(archive, name, array, PIECE):
                done += size
                progress(min(done / total, 1.0))


def is_trace(source: Source) -> bool:
    """Whether a file is an exported trace. One that cannot be opened is none."""
    with contextlib.suppress(InputError, zipfile.BadZipFile, OSError), files.opened(source) as (file, _):
        return {"meta.npy", "x.npy", "loss.npy"} <= set(zipfile.ZipFile(file).namelist())
    return False


def held(source: Source) -> dict[str, NDArray[Any]]:
    """The arrays of an exported trace by name, as they were written. Raises InputError."""
    with files.opened(source) as (file, size):
        name = files.base_name(source)
        files.check_size(name, size, files.ARRAY_FILE_LIMIT)
        archive = Archive(files.Content(name, file.read()))
    return {name: archive.array(name) for name in archive.headers if name != "meta"}


def arrays(trace: Trace, stop: int) -> Iterator[tuple[str, NDArray[Any]]]:
    """The arrays of the trace by name, as they are after `stop` lines; what is not computed yet is NaN."""
    _, _, update, _ = trace.program.borders(len(trace))
    for name, array in trace.arrays().items():
        if stop == trace.end or array is None:
            yield name, array
        elif name in trace.program.series:
            yield name, _written(trace, name, stop)
        elif name in (*trace.program.sums, "loss"):
            # In the update a gradient may be clipped already; the file keeps both, this one is the raw sum.
            yield name, _or_nan(trace.value(name, min(stop, update)), array)
        elif name == "clip_norm" or name.endswith("_clipped"):
            yield name, _or_nan(array if trace.program.times_run("clip", stop, len(trace)) else None, array)
        elif name.endswith("_new"):
            ran = trace.program.times_run(name.removesuffix("_new"), stop, len(trace))
            yield name, _or_nan(array if ran else None, array)
        else:
            yield name, array


def _written(trace: Trace, name: str, stop: int) -> NDArray[Any]:
    series = trace.series(name, stop)
    return np.where(series.mask.reshape(-1, *[1] * (series.rows.ndim - 1)), series.rows, np.nan)


def _or_nan(value: NDArray[Any] | None, like: NDArray[Any]) -> NDArray[Any]:
    return np.full_like(like, np.nan) if value is None else value


FORMAT = TraceFormat("npz", (".npz",), write, "every array under its name", binary=True, records=False)
