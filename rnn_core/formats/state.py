"""The folder in which the program remembers things between runs: `$XDG_STATE_HOME/rnn-tui`, else in ~/.local/state.

Rules this file keeps:
- What is remembered is for the person's eyes alone: the folder is made 0700, files 0600.
- A file appears whole or not at all; a folder that cannot be written, or a file that cannot be read, is no trouble.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from rnn_core.errors import RnnError


def path(name: str) -> Path | None:
    """Where a file of that name is kept; None where there is no home to keep it in."""
    folder = os.environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(folder):  # the standard has relative ones ignored
        folder = os.path.expanduser("~/.local/state")
    return Path(folder, "rnn-tui", name) if os.path.isabs(folder) else None


def read(name: str, most: int) -> bytes:
    """The first `most` bytes of a file; none where it cannot be read."""
    place = path(name)
    if place is None:
        return b""
    try:
        descriptor = os.open(place, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
        with open(descriptor, "rb") as file:
            return file.read(most) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""
    except (OSError, ValueError):
        return b""


def write(name: str, data: bytes) -> bool:
    """Put these bytes into a file, in place of what was there; whether that was possible."""
    from rnn_core.formats import writing  # who only reads does not wait for it

    place = path(name)
    if place is None:
        return False
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if place.exists() and not place.is_file():
            return False
        with writing.opened(place, overwrite=True, mode=0o600) as file:
            file.write(data)
    except (RnnError, OSError, ValueError):
        return False
    return True
