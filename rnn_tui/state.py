"""The folder in which the program remembers things between runs: `$XDG_STATE_HOME/rnn-tui`, else in ~/.local/state.

Rules this file keeps:
- What is remembered is for the person's eyes alone: the folder is made 0700, files 0600.
- A file appears whole or not at all; a folder that cannot be written, or a file that cannot be read, is no trouble.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

LAST_SESSION = "last-session.json"


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
    place = path(name)
    if place is None:
        return False
    beside = place.with_name(f".{place.name}-{secrets.token_hex(6)}.part")
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, place)
    except (OSError, ValueError):
        return False
    finally:
        with contextlib.suppress(OSError, ValueError):
            os.unlink(beside)
    return True
