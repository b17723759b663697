"""The formats that a trace is written in, and the one way out.

A new format is one file and one line in the table of `rnn_core.choices`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import PurePath
from typing import Any, BinaryIO, get_args

from rnn_core import choices
from rnn_core.errors import UsageError, quoted
from rnn_core.formats.traces.request import Every, Progress, Request
from rnn_core.formats.traces.trace_format import TraceFormat
from rnn_core.formats.writing import Target, opened
from rnn_core.trace import Trace

TRACE_FORMATS: tuple[TraceFormat, ...] = tuple(
    import_module(f"rnn_core.formats.traces.{name}_file").FORMAT for name in choices.TRACES
)
WITH_RECORDS = tuple(entry.name for entry in TRACE_FORMATS if entry.records)


def find_format(name: str = "", path: str = "") -> TraceFormat:
    """The format called `name`, else the one that the suffix of `path` means. Raises UsageError."""
    suffix = PurePath(path).suffix.lower()
    for entry in TRACE_FORMATS:
        if name == entry.name or (not name and suffix in entry.suffixes):
            return entry
    known = ", ".join(choices.TRACES)
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
        what = f"{chosen.name} holds whole arrays, not one record for every {every}"
        raise UsageError(what, fix=f"use {choices.either(WITH_RECORDS)}")
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
