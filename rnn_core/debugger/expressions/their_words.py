"""What a person types in the words of their own code: their names and their line numbers, put into ours.

Rules this file keeps:
- A name that is one of ours, a function or a word of a command means that, whatever theirs calls so.
- What stands in quotes is left as it is.
"""

from __future__ import annotations

import re

from rnn_core.alongside.run import Alongside
from rnn_core.debugger.expressions.functions import FUNCTIONS, PREV
from rnn_core.debugger.expressions.scope import BOOLEANS, NUMBERS
from rnn_core.errors import UsageError
from rnn_core.program import PHASES, Program

_WORDS = frozenset({"if", "log", "line", "and", "or", "not", "start", "end", "all", "update", "epoch", PREV})
"""What a command line may say besides: theirs never takes its place."""
_QUOTED = re.compile(r"""("[^"]*"|'[^']*')""")
_LINE = re.compile(r"\bline\s+(?:\[(?P<cell>[0-9]{1,6})\])?(?P<line>[0-9]{1,7})\b")
_AT = re.compile(r"\s*(?:\[(?P<cell>[0-9]{1,6})\])?(?P<line>[0-9]{1,7})\b")


def in_ours(run: Alongside, program: Program, text: str, *, by_number: bool = False) -> str:
    """The text in our words; with `by_number` a number at its beginning is a line of theirs.

    Raises UsageError for a line of theirs that computes none of ours.
    """
    if by_number and (first := _AT.match(text)):
        text = f"{_named(run, program, first)}{text[first.end() :]}"
    known = {*program.registers, *program.lines, *FUNCTIONS, *NUMBERS, *BOOLEANS, *PHASES, *_WORDS}
    names = {theirs: ours for ours, theirs in run.names.items() if theirs not in known}
    text = "".join(
        part if i % 2 and not _is_name(part, names) else _LINE.sub(lambda found: _named(run, program, found), part)
        for i, part in enumerate(_QUOTED.split(text))
    )
    for theirs in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.'\"]){re.escape(theirs)}(?![\w'\"])", names[theirs], text)
    return text


def _is_name(part: str, names: dict[str, str]) -> bool:
    return any(part in theirs for theirs in names)


def _named(run: Alongside, program: Program, found: re.Match[str]) -> str:
    """Our line that a line of theirs computes first."""
    number = int(found["line"])
    if found["cell"] and run.cells:
        cell = int(found["cell"])
        if not 1 <= cell <= len(run.cells):
            raise UsageError(f"there is no cell {cell}", fix=f"1 to {len(run.cells)}")
        number += run.cells[cell - 1] - 1
    numbers = run.numbers_at(number)
    if not len(numbers):
        with_ours = sorted({int(line) for line in run.stops.lines[run.stop_of[run.stop_of >= 0]]})
        near = sorted(with_ours, key=lambda line: abs(line - number))[:3]
        what = f"line {run.label(number)} of your code computes none of our lines"
        raise UsageError(
            what, fix=f"by theirs steps on it; lines near it that do: {' '.join(map(run.label, sorted(near)))}"
        )
    return program.place(int(numbers[0]), len(run.sequence)).instruction.name
