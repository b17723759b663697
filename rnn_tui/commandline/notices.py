"""What was assumed of the files that a command opened, on standard error."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rnn_core.notices import Notice, assumed

if TYPE_CHECKING:  # it imports NumPy, which --help does without
    from rnn_core.debugger.session import Session


def tell(session: Session) -> None:
    """Print one line for each assumption, unless --quiet was given."""
    _print(session.assumed)


def tell_of(notices: Iterable[Notice]) -> None:
    """The same of other files than the session's."""
    _print(str(notice) for notice in assumed(notices))


def _print(lines: Iterable[str]) -> None:
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError):  # it may be closed
        for line in lines:
            print(f"rnn-tui: {line}", file=sys.stderr)
