"""Grading: the line and the cause that a person names, beside those that are.

Rule this file keeps: whatever makes the same numbers is right. A cause is one of the catalogue, in its words, or the
line as it is.
"""

from __future__ import annotations

import re

from rnn_core.errors import UsageError, quoted
from rnn_core.hunts.exercise import Exercise
from rnn_core.hunts.levels import is_exercise
from rnn_core.mistakes import MISTAKES, Mistake
from rnn_core.mistakes.programs import line_read, program_of, right_line
from rnn_core.program import Program, program
from rnn_core.records import dataclass


@dataclass(frozen=True)
class Grade:
    """What is right of an answer."""

    line: bool
    cause: bool

    @property
    def right(self) -> bool:
        """Both."""
        return self.line and self.cause


def lines() -> tuple[str, ...]:
    """The lines in which something may be wrong."""
    listing = program()
    return tuple(line.name for line in (*listing.forward, *listing.backward) if line.name != "loss")


def causes(line: str) -> tuple[str, ...]:
    """What may be wrong with a line, in the catalogue's words."""
    found = (mistake.cause for mistake in _of(line))
    return tuple(dict.fromkeys(found))


def _of(line: str) -> list[Mistake]:
    listing = program()
    return [
        mistake
        for mistake in MISTAKES
        if is_exercise(mistake) and (right := right_line(mistake, listing)) is not None and right.name == line
    ]


def grade(exercise: Exercise, line: str, cause: str) -> Grade:
    """How an answer is. Raises UsageError for a line that is none, and for a cause that cannot be read."""
    named = program().instruction(line).name
    candidates = _programs(named, cause)
    return Grade(named == exercise.line, any(exercise.makes(listing) for listing in candidates))


def _programs(line: str, cause: str) -> list[Program]:
    """The programs that a cause stands for. Raises UsageError."""
    if not cause.strip():
        return []
    wanted = _plain(cause)
    known = _of(line)
    exact = [m for m in known if wanted in {_plain(m.cause), _plain(m.name), _plain(m.replaced), _plain(m.computes)}]
    found = exact or [mistake for mistake in known if _plain(mistake.cause).startswith(wanted)]
    if len({mistake.cause for mistake in found}) == 1 or exact:
        return [made for mistake in found if (made := program_of(mistake, program())) is not None]
    operator, right = program().instruction(line).op, program().instruction(line).text
    fix = f"Tab offers causes; or write what the line computes, such as {right}"
    if found:
        raise UsageError(f"{quoted(cause)}: several causes begin so", fix=fix)
    try:
        return [line_read(cause if "=" in cause else f"{line} {operator} {cause}", line)]
    except UsageError:
        raise UsageError(f"{quoted(cause)} is no cause of the catalogue, and no line", fix=fix) from None


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()
