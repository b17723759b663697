"""A trace as JSON Lines: a header in line 0 of the file, and in line k the record of line k of the run.

Numbers are written so that reading them gives the same bits; those that JSON cannot write are the strings "nan",
"inf" and "-inf".
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from rnn_core.formats.traces.records import Record, records
from rnn_core.formats.traces.request import Progress, Request, described, given
from rnn_core.formats.traces.trace_format import TraceFormat
from rnn_core.json_values import spelled
from rnn_core.trace import Trace

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def write(stream: BinaryIO, trace: Trace, request: Request, progress: Progress) -> None:
    """Write the header and the records; constant memory."""
    stream.write(_line(header(trace, request)))
    for record in records(trace, request.every, request.stop, progress):
        stream.write(_line(_fields(record)))


def header(trace: Trace, request: Request) -> dict[str, Any]:
    """The metadata, and what the run begins with as `given`."""
    held = {name: array.tolist() for name, array in given(trace).items()}
    return {"k": 0, "every": request.every, **described(trace, request), "given": held}


def _fields(record: Record) -> dict[str, Any]:
    fields: dict[str, Any] = {"k": record.k, "phase": record.phase, "t": record.t, "line": record.line}
    if record.reads:
        fields["reads"] = record.reads
    fields["writes"] = record.writes
    if record.adds:
        fields["adds"] = record.adds
        fields["added_norm"] = record.added_norm
    return fields


def _line(fields: dict[str, Any]) -> bytes:
    try:
        text = _encode(fields)
    except ValueError:  # only records that hold such a number pay for its spelling
        text = _encode(spelled(fields))
    return f"{text}\n".encode("ascii")


FORMAT = TraceFormat("jsonl", (".jsonl", ".ndjson"), write, "a record for each line run")
