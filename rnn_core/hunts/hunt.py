"""Which hunt it is and how it stands: plain frozen data, so that nothing is imported before a hunt begins."""

from __future__ import annotations

import re

from rnn_core.errors import UsageError, quoted
from rnn_core.records import dataclass

COURSE_LENGTH = 20
LEVELS = (1, 2, 3)
LEVEL_WORDS = {1: "something is missing", 2: "the wrong operand or timestep", 3: "a factor, a sign or a formula"}
MOST_SEED = 2**32 - 1
_SOURCE = r"hunt (\d{1,10})(?: --level ([123]))?"


@dataclass(frozen=True)
class Hunt:
    """A hunt of the course (by its number), or any other one (by seed and level), and what was done about it."""

    number: int = 0
    """1 to COURSE_LENGTH; 0 for a hunt by its seed."""
    seed: int = 0
    level: int = 1
    began: float = 0.0
    """Seconds since 1970."""
    hints: int = 0
    """How many were asked for."""
    answers: int = 0
    """How many were given, the right one included."""
    solved: bool = False

    @property
    def source(self) -> str:
        """The words behind `rnn-tui` that begin it anew."""
        return f"hunt {self.number}" if self.number else f"hunt {self.seed} --level {self.level}"

    @property
    def title(self) -> str:
        """What a person reads above everything else."""
        return f"{self.name} · level {self.level}"

    @property
    def name(self) -> str:
        """Which one it is, in short."""
        return f"hunt {self.number}/{COURSE_LENGTH}" if self.number else f"hunt {self.seed}"


def named(source: str) -> Hunt:
    """The hunt that `Hunt.source` is the words of. Raises UsageError."""
    found = re.fullmatch(_SOURCE, source)
    if found is None:
        raise UsageError(f"no hunt {quoted(source)}", fix=f"hunt 1 to hunt {COURSE_LENGTH}, or hunt SEED --level 2")
    return asked(int(found[1]), int(found[2]) if found[2] else None)


def asked(number: int, level: int | None) -> Hunt:
    """The hunt that a number means: of the course up to its length where no level is given, else a seed."""
    if number < 1 or number > MOST_SEED:
        raise UsageError(f"no hunt {number}", fix=f"1 to {COURSE_LENGTH}, or a seed up to {MOST_SEED}")
    if level is None and number <= COURSE_LENGTH:
        from rnn_core.hunts.course import level_of_course  # which needs the catalogue

        return Hunt(number, number, level_of_course(number))
    return Hunt(0, number, level or LEVELS[number % len(LEVELS)])
