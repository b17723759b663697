"""A sheet of exercises for a class, as Markdown: the numbers of each hunt, two lines for the answer; and its grading.

Rules this file keeps:
- The heading of an exercise is its seed line: the same words behind `rnn-tui` open it on the screen.
- Grading reads nothing of a sheet but headings and answers, so a sheet may be printed, cut and written on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from rnn_core.errors import InputError, RnnError, UsageError
from rnn_core.hunts.exercise import exercise
from rnn_core.hunts.grading import grade
from rnn_core.hunts.hunt import LEVEL_WORDS, LEVELS, Hunt, named
from rnn_core.program import program
from rnn_core.trace import Trace

MOST = 100
_HEADING = re.compile(r"^#+ .*\b(hunt \d{1,10}(?: --level [123])?)\s*$")
_ANSWER = re.compile(r"^[\s*_>-]*(line|cause)[\s*_]*:[\s*_]*(.*?)[\s*_.…]*$", re.IGNORECASE)


def hunts(seed: int, count: int, level: int | None) -> tuple[Hunt, ...]:
    """As many hunts as asked for; without a level they become harder."""
    return tuple(Hunt(0, seed + i, level or LEVELS[i * len(LEVELS) // count]) for i in range(count))


def sheet(of: tuple[Hunt, ...]) -> str:
    """The sheet. Raises UsageError."""
    made = [_head(of)]
    for number, hunt in enumerate(of, start=1):
        made.append("\n".join(_exercise(number, hunt)))
    return "\n\n".join(made) + "\n"


def _head(of: tuple[Hunt, ...]) -> str:
    listing = program()
    lines = map(str, (*listing.forward, *listing.backward))
    return "\n".join((
        f"# Bug hunt: {len(of)} programs", "",
        "Each of these programs trains a small RNN, and in each **one line does not do what it says**.",
        "The numbers are those that it computed. Find the line and what is wrong with it, and write both down.",
        "Forward runs for t = 1 … T, backward for t = T … 1; every sum begins at 0, and so does dh_next.", "",
        "```text", *lines, "```", "",
        "On the screen: `rnn-tui` and the words of a heading, from *hunt* on. Graded by `rnn-tui hunt --grade FILE`.",
    ))  # fmt: skip


def _exercise(number: int, hunt: Hunt) -> Iterator[str]:
    trace = exercise(hunt).trace
    yield f"## {number} · {hunt.source}"
    yield ""
    yield f"Level {hunt.level}: {LEVEL_WORDS[hunt.level]}."
    yield ""
    yield "```text"
    for name in trace.params:
        yield from _array(name, trace.params[name])
    yield from _table(trace, ("x", "y", "h", "a", "z", "p"))
    yield from _table(trace, ("dz", "dh", "da", "dh_next"))
    for name in trace.params:
        yield from _array(f"d{name}", trace.gradients[name])
    yield "```"
    yield ""
    yield "Line:"
    yield ""
    yield "Cause:"


def _array(name: str, array: Any) -> Iterator[str]:
    rows = array if array.ndim == 2 else array[None]
    for at, row in enumerate(rows):
        yield f"{name if not at else '':<8}{_numbers(row)}"


def _table(trace: Trace, names: tuple[str, ...]) -> Iterator[str]:
    """A row for each timestep of each series."""
    for name in names:
        first = 1 if name in ("x", "y") else trace.program.registers[name].first_timestep
        rows = getattr(trace, name)
        for at, row in enumerate(rows):
            yield f"{f'{name}[{at + first}]':<12}{row if name == 'y' else _numbers(row)}"


def _numbers(row: Any) -> str:
    return " ".join(f"{value:>+9.4f}" for value in np.ravel(row))


# -- grading -----------------------------------------------------------------------------------------------------


class Graded(NamedTuple):
    """One answer, and what is right of it."""

    hunt: Hunt
    line: bool
    cause: bool
    remark: str = ""

    @property
    def right(self) -> bool:
        """Both."""
        return self.line and self.cause

    def __str__(self) -> str:
        word = "right" if self.right else "the line is right, the cause is not" if self.line else "wrong"
        return f"{self.hunt.source}: {self.remark or word}"


def graded(text: str, name: str) -> tuple[Graded, ...]:
    """Every exercise of a sheet that was filled in. Raises InputError where there is none."""
    found: list[Graded] = []
    for hunt, answer in _answers(text, name):
        line, cause = answer.get("line", "").strip("` "), answer.get("cause", "").strip("` ")
        if not line:
            found.append(Graded(hunt, False, False, "not answered"))
            continue
        try:
            given = grade(exercise(hunt), line, cause)
        except RnnError as error:
            found.append(Graded(hunt, False, False, str(error)))
        else:
            found.append(Graded(hunt, given.line, given.cause, "" if cause else "no cause is given"))
    if not found:
        raise InputError("no exercises", where=name, fix="give a sheet that rnn-tui hunt --export made")
    return tuple(found)


def _answers(text: str, name: str) -> Iterator[tuple[Hunt, dict[str, str]]]:
    hunt: Hunt | None = None
    answer: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := _HEADING.match(line):
            if hunt is not None:
                yield hunt, answer
            try:
                hunt, answer = named(heading[1]), {}
            except UsageError as error:
                raise InputError(error.what, where=f"{name}, line {number}", fix=error.fix) from None
        elif hunt is not None and (said := _ANSWER.match(line)):
            answer[said[1].lower()] = said[2]
    if hunt is not None:
        yield hunt, answer
