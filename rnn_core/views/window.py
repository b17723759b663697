"""Which part of something long is shown: whole pages, so that the picture stands still while the cursor walks."""

from __future__ import annotations


def page(total: int, fits: int, at: int) -> range:
    """The page of `fits` places that holds place `at` of `total`; the last page is moved back to be full."""
    if fits <= 0:
        return range(0)
    if total <= fits:
        return range(total)
    start = min(at // fits * fits, total - fits)
    return range(start, start + fits)


def shares(wanted: tuple[int, ...], available: int, least: int = 1) -> tuple[int, ...]:
    """How much of `available` each gets: all it wants where it fits, else the small ones first, the rest equally."""
    granted = [0] * len(wanted)
    left = available
    for remaining, at in zip(
        range(len(wanted), 0, -1), sorted(range(len(wanted)), key=lambda i: wanted[i]), strict=True
    ):
        granted[at] = max(min(wanted[at], left // remaining), min(least, wanted[at]))
        left -= granted[at]
    return tuple(granted)
