"""Traces that people take away: every number of a run, in formats that other tools read. See docs/formats.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnn_core.lazily import lazily

if TYPE_CHECKING:
    from rnn_core.formats.traces.npz_file import held as held
    from rnn_core.formats.traces.npz_file import is_trace as is_trace
    from rnn_core.formats.traces.registry import TRACE_FORMATS as TRACE_FORMATS
    from rnn_core.formats.traces.registry import WITH_RECORDS as WITH_RECORDS
    from rnn_core.formats.traces.registry import export as export
    from rnn_core.formats.traces.registry import find_format as find_format
    from rnn_core.formats.traces.request import Every as Every
    from rnn_core.formats.traces.request import Progress as Progress
    from rnn_core.formats.traces.request import Request as Request
    from rnn_core.formats.traces.trace_format import TraceFormat as TraceFormat

_HOMES = {
    "TRACE_FORMATS": "registry",
    "Every": "request",
    "Progress": "request",
    "Request": "request",
    "TraceFormat": "trace_format",
    "export": "registry",
    "find_format": "registry",
    "held": "npz_file",
    "is_trace": "npz_file",
    "WITH_RECORDS": "registry",
}
__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazily(__name__, _HOMES)
