"""Hints, one after another: each says a little more than the one before."""

from __future__ import annotations

import numpy as np

from rnn_core.hunts.exercise import Exercise, numbers
from rnn_core.hunts.hunt import LEVEL_WORDS, Hunt
from rnn_core.program import program
from rnn_core.recorder import record


def hints(exercise: Exercise, hunt: Hunt) -> tuple[str, ...]:
    """All of them; the last one leaves only the words to you."""
    line = program().instruction(exercise.line)
    mistake = exercise.mistake
    reads = " ".join(dict.fromkeys(name.name for name in line.expression.names()))
    return (
        f"level {hunt.level}: {LEVEL_WORDS[hunt.level]}",
        f"the wrong line is in the {line.phase} phase",
        f"right by then: {_right_before(exercise)}",
        f"the line is one that reads {reads}",
        f"the line is {line}",
        f"why it matters: {mistake.why}",
        f"it computes {exercise.wrong.instruction(exercise.line)}",
    )


def _right_before(exercise: Exercise) -> str:
    """The arrays that are right in spite of the mistake."""
    run = exercise.run
    right = numbers(record(run.params, run.sequence(0), run.options))
    found = [name for name, array in numbers(exercise.trace).items() if np.allclose(array, right[name])]
    return " ".join(found) or "nothing: the forward pass is wrong already"
