"""A trace as CSV in long form, a row for each number: k, phase, t, line, name, index, value.

What is given stands first, at k = 0. Of the gradients each line writes the norm of what it adds, and the last the
whole sum. Numbers that are not finite are nan, inf and -inf.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, BinaryIO

from rnn_core.data import NO_TARGET
from rnn_core.formats.traces.records import CHUNK_NUMBERS, records
from rnn_core.formats.traces.request import Progress, Request, given
from rnn_core.formats.traces.trace_format import TraceFormat
from rnn_core.trace import Trace

COLUMNS = ("k", "phase", "t", "line", "name", "index", "value")

_PLACE = "\0"
"""Stands for k, phase, t and line in a template of rows; no name or number contains it."""


def write(stream: BinaryIO, trace: Trace, request: Request, progress: Progress) -> None:
    """Write the given values and the rows of every record; constant memory."""
    stream.write(f"{','.join(COLUMNS)}\n".encode())
    _given(stream, trace)
    for record in records(trace, request.every, request.stop, progress):
        place = f"{record.k},{record.phase},{record.t},{record.line}"
        rows = [_rows(place, name, value) for name, value in record.writes.items()]
        rows += [_rows(place, f"{name}_added_norm", norm) for name, norm in record.added_norm.items()]
        stream.write("".join(rows).encode("ascii"))


def _given(stream: BinaryIO, trace: Trace) -> None:
    for name, array in given(trace).items():
        stream.write(_rows("0,given,0,", name, array.tolist()).encode("ascii"))
    chunk = max(1, CHUNK_NUMBERS // trace.sizes.inputs)
    for start in range(0, len(trace), chunk):
        x, y = trace.x[start : start + chunk].tolist(), trace.y[start : start + chunk].tolist()
        for t, (inputs, target) in enumerate(zip(x, y, strict=True), start=start + 1):
            place = f"0,given,{t},"
            rows = _rows(place, "x", inputs)
            if isinstance(target, list):
                rows += _rows(place, "y", target)
            else:
                rows += f"{place},y,,{'' if target == NO_TARGET else target}\n"
            stream.write(rows.encode("ascii"))


def _rows(place: str, name: str, value: Any) -> str:
    """The rows of one value: a number, a vector or a matrix."""
    if not isinstance(value, list):
        return f"{place},{name},,{value!r}\n"
    if not isinstance(value[0], list):
        return (_template(name, len(value)) % tuple(value)).replace(_PLACE, place)
    flat = tuple(number for row in value for number in row)
    return (_template(name, len(value), len(value[0])) % flat).replace(_PLACE, place)


@lru_cache(maxsize=64)
def _template(name: str, rows: int, columns: int = 0) -> str:
    """The rows of a vector or a matrix with holes for place and numbers: filling it is one call for all of them."""
    if not columns:
        return "".join(f"{_PLACE},{name},{i},%r\n" for i in range(rows))
    return "".join(f'{_PLACE},{name},"{i},{j}",%r\n' for i in range(rows) for j in range(columns))


FORMAT = TraceFormat("csv", (".csv",), write, "a row for each number")
