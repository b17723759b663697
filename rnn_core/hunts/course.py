"""The course: twenty hunts, from what is missing to what is subtle; each line of the backward pass comes up."""

from __future__ import annotations

from rnn_core.hunts.hunt import COURSE_LENGTH
from rnn_core.hunts.levels import level_of, named

COURSE = (
    "dW: never added",
    "dh_next: zero",
    "dz: p",
    "a: no carry",
    "slope: none",
    "dh: carried",
    "dV: assigned",
    "dW: da, h[t]",
    "dc: dc",
    "db: dh[t] in place of da[t]",
    "dz: y[t-1]",
    "slope: h[t-1]",
    "dV: dz, h[t-1]",
    "dU: da, x[t-1]",
    "dz: sign",
    "dh_next: dh",
    "slope: h",
    "dW: averaged",
    "slope: inverse",
    "dh_next: W",
)
"""The mistakes, by their names in the catalogue."""
assert len(COURSE) == COURSE_LENGTH


def level_of_course(number: int) -> int:
    """The level of a hunt of the course, counted from 1."""
    return level_of(named(COURSE[number - 1]))
