"""What was assumed of the files that a command opened, on standard error."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it imports NumPy, which --help does without
    from rnn_core.debugger.session import Session


def tell(session: Session) -> None:
    """Print one line for each assumption, unless --quiet was given."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError):  # it may be closed
        for line in session.told:
            print(f"rnn-tui: {line}", file=sys.stderr)
