"""What a person has solved of the course, kept in the program's own folder.

Rule this file keeps: what cannot be read is nothing solved, and what cannot be written is no trouble.
"""

from __future__ import annotations

import json

from rnn_core.formats import state
from rnn_core.hunts.hunt import COURSE_LENGTH, Hunt
from rnn_core.records import dataclass

FILE = "hunts.json"
_MOST = 1 << 20


@dataclass(frozen=True)
class Solved:
    """How a hunt of the course was solved, the best time of several."""

    seconds: float
    hints: int
    answers: int

    def __str__(self) -> str:
        hints = f"{self.hints} hint{'s' * (self.hints != 1)}" if self.hints else "no hint"
        return f"{duration(self.seconds)}, {hints}, {self.answers} answer{'s' * (self.answers != 1)}"


def duration(seconds: float) -> str:
    """Minutes and seconds: 2:31."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def read() -> dict[int, Solved]:
    """What is solved, by its number."""
    try:
        held = json.loads(state.read(FILE, _MOST) or b"{}")
        found = {
            int(number): Solved(float(s["seconds"]), int(s["hints"]), int(s["answers"])) for number, s in held.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
    return {number: solved for number, solved in sorted(found.items()) if 1 <= number <= COURSE_LENGTH}


def note(hunt: Hunt, seconds: float) -> None:
    """Write down that a hunt is solved; of two ways the better one: fewer hints, then less time."""
    if not hunt.number:
        return
    known, now = read(), Solved(seconds, hunt.hints, hunt.answers)
    before = known.get(hunt.number)
    if before is None or (now.hints, now.seconds) < (before.hints, before.seconds):
        known[hunt.number] = now
    held = {str(n): {"seconds": s.seconds, "hints": s.hints, "answers": s.answers} for n, s in sorted(known.items())}
    state.write(FILE, json.dumps(held, indent=1).encode())


def following(solved: dict[int, Solved]) -> int:
    """The first hunt that is not solved; the first of all where none is left."""
    return next((n for n in range(1, COURSE_LENGTH + 1) if n not in solved), 1)
