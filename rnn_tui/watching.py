"""The file of a person's own code, looked at now and then: whether it was saved anew."""

from __future__ import annotations

import os
from typing import NamedTuple

LOOKS = 0.3
"""Seconds between two looks."""


class Saved(NamedTuple):
    """When a file was saved, and how large it is: what an editor changes when it saves."""

    inode: int
    when: int
    size: int


class Watching:
    """One file, and the state of it that is shown; `fresh` says whether that is its state now."""

    def __init__(self, path: str, *, fresh: bool = True) -> None:
        self.path = path
        self._seen = self.now()
        self.shown = self._seen if fresh else None

    def now(self) -> Saved | None:
        """Its state; None while an editor has taken it away."""
        try:
            found = os.stat(self.path)
        except OSError:
            return None
        return Saved(found.st_ino, found.st_mtime_ns, found.st_size)

    def changed(self) -> bool:
        """Whether it was saved anew, and has stayed so since the last look: while it is written it still grows."""
        now, before = self.now(), self._seen
        self._seen = now
        if now is None or now == self.shown or now != before:
            return False
        self.shown = now
        return True
