"""How hard a mistake is to find: 1 something is missing, 2 a wrong operand or timestep, 3 a factor or a formula.

Rules this file keeps:
- A hunt's mistake is one thing wrong in one line that the interpreter runs.
- What cannot be seen in small numbers is no exercise.
"""

from __future__ import annotations

import re

from rnn_core.mistakes import MISTAKES, Mistake

_NO_EXERCISE = re.compile(r"clipped|no max| and | part |by p$|square$|log$")
_MISSING = re.compile(
    r"never|missing|left out|forgotten|not added|not applied|only one|assigned|not multiplied|never added"
)
_SUBTLE = re.compile(
    r"half|twice|averaged|times T|multiplied|mean|once more|tanh' is|transposed|added up|\bsign\b|derivative|divided|"
    r"softmax is taken|normalised|subtracted, not|bracket|0.5|wrong way"
)


def is_exercise(mistake: Mistake) -> bool:
    """Whether a hunt may have it."""
    return bool(mistake.replaced) and not _NO_EXERCISE.search(f"{mistake.name} {mistake.cause}")


def level_of(mistake: Mistake) -> int:
    """1 to 3."""
    if _SUBTLE.search(mistake.cause):
        return 3
    return 1 if _MISSING.search(mistake.cause) else 2


def pool(level: int) -> tuple[Mistake, ...]:
    """The mistakes of a level, in the catalogue's order."""
    return tuple(mistake for mistake in MISTAKES if is_exercise(mistake) and level_of(mistake) == level)


def named(name: str) -> Mistake:
    """The mistake of that name."""
    return next(mistake for mistake in MISTAKES if mistake.name == name)
