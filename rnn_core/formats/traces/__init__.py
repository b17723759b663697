"""Traces that people take away: every number of a run, in formats that other tools read. See docs/formats.md."""

from rnn_core.formats.traces.output import check_target
from rnn_core.formats.traces.registry import TRACE_FORMATS, TraceFormat, export, find_format
from rnn_core.formats.traces.request import Every, Progress, Request

__all__ = ["TRACE_FORMATS", "Every", "Progress", "Request", "TraceFormat", "check_target", "export", "find_format"]
