"""What a format of traces is."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from rnn_core.formats.traces.request import Progress, Request
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
