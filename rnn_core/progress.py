"""How long work says how far it has come."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float], None]
"""Gets the share that is done, 0 to 1; it may raise, `Cancelled` above all, to stop the work."""


def silent(_share: float) -> None:
    """Progress that is not shown."""
