"""The formats that a trace is written in, and the one way out. A new format is one file and one line in the table."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, BinaryIO, get_args

from rnn_core.errors import UsageError, quoted
from rnn_core.formats.traces import csv_file, jsonl_file, npz_file
from rnn_core.formats.traces.request import Every, Progress, Request
from rnn_core.formats.writing import Target, opened
from rnn_core.records import dataclass
from rnn_core.trace import Trace

Write = Callable[[BinaryIO, Trace, Request, Progress], None]


@dataclass(frozen=True)
class TraceFormat:
    """One format: its name, the suffixes that mean it, who writes it, and a line for the help.

    A `binary` one is not for a terminal; one made of `records` can be written for every line or every timestep.
    """

    name: str
    suffixes: tuple[str, ...]
    write: Write
    about: str
    binary: bool = False
    records: bool = True


TRACE_FORMATS: tuple[TraceFormat, ...] = (
    TraceFormat("npz", (".npz",), npz_file.write, "every array under its name", binary=True, records=False),
    TraceFormat("jsonl", (".jsonl", ".ndjson"), jsonl_file.write, "a record for each line run"),
    TraceFormat("csv", (".csv",), csv_file.write, "a row for each number"),
)


def find_format(name: str = "", path: str = "") -> TraceFormat:
    """The format called `name`, else the one that the suffix of `path` means. Raises UsageError."""
    suffix = PurePath(path).suffix.lower()
    for entry in TRACE_FORMATS:
        if name == entry.name or (not name and suffix in entry.suffixes):
            return entry
    known = ", ".join(entry.name for entry in TRACE_FORMATS)
    if name:
        raise UsageError(f"no trace format {quoted(name)}", fix=f"one of {known}")
    suffixes = ", ".join(entry.suffixes[0] for entry in TRACE_FORMATS)
    raise UsageError(f"no trace format for {quoted(path)}", fix=f"end the name in {suffixes}, or say one of {known}")


def export(
    trace: Trace,
    target: Target | BinaryIO,
    *,
    format: str = "",
    every: Every = "line",
    to: int | None = None,
    overwrite: bool = False,
    meta: Mapping[str, Any] | None = None,
    progress: Progress = lambda _share: None,
) -> int:
    """Write `trace` to a path, to "-" (standard output) or to a binary stream; returns the bytes written.

    `format` follows the suffix of the path unless it is named. `to` stops after that many lines; `every` "timestep"
    joins the records of a timestep. `meta` holds plain JSON values and goes into the file's own metadata.
    `progress` gets the share done, 0 to 1, and may raise to stop: the file at the path is then what it was before.
    Raises UsageError for a format, position or combination that does not exist, OutputError where writing fails;
    a reader who has gone is a BrokenPipeError.
    """
    path = os.fspath(target) if isinstance(target, str | os.PathLike) else ""
    chosen = find_format(format, path)
    if every not in get_args(Every):
        raise UsageError(f"no records for every {quoted(every)}", fix="line or timestep")
    if every != "line" and not chosen.records:
        raise UsageError(f"{chosen.name} holds whole arrays, not one record for every {every}", fix="use jsonl or csv")
    stop = trace.end if to is None else to
    if not 0 <= stop <= trace.end:
        raise UsageError(f"no position {stop}", fix=f"0 to {trace.end}")
    request = Request(stop, every, meta or {})
    if isinstance(target, str | os.PathLike):
        with opened(target, overwrite=overwrite) as stream:
            return _write(chosen, stream, trace, request, progress)
    return _write(chosen, target, trace, request, progress)


def _write(chosen: TraceFormat, stream: BinaryIO, trace: Trace, request: Request, progress: Progress) -> int:
    counted = _Counted(stream)
    progress(0.0)
    chosen.write(counted, trace, request, progress)  # type: ignore[arg-type]  # it has what writers use of a BinaryIO
    progress(1.0)
    return counted.size


class _Counted:
    """A stream that knows how many bytes it has; a zip goes back in it to fill in its headers, where that works."""

    def __init__(self, stream: BinaryIO) -> None:
        self._write, self.flush, self.tell, self._seek = stream.write, stream.flush, stream.tell, stream.seek
        self._at = self.size = 0

    def write(self, data: Any) -> int:
        self._write(data)
        self._at += len(data)
        self.size = max(self.size, self._at)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        before = self.tell()
        after = self._seek(offset, whence)
        self._at += after - before
        return after
