"""Commands that load and write: another sequence, another file, the trace."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rnn_core.choices import TRACES, either
from rnn_core.debugger.outcome import Ask, Export, Open, Outcome, RunSequence
from rnn_core.debugger.registry import Argument, Command, Key, count
from rnn_core.debugger.session import Session
from rnn_core.errors import UsageError, quoted
from rnn_core.reading import ModelReading, Reading
from rnn_core.run_options import BY_FLAG

_READING = {flag: option for flag, option in BY_FLAG.items() if option.part in ("reading", "model_reading")}
_FLAG = r"(?:^|(?<=\s))(--[a-z-]+)"


def _neighbour(direction: int) -> Callable[[Session], Outcome]:
    def run(session: Session) -> Outcome:
        total = len(session.dataset.sequences)
        if total == 1:
            return Outcome(session, "this dataset has one sequence")
        return Outcome(session, effects=(RunSequence((session.index + direction) % total),))

    return run


FORK = "fork"
"""A word after the number: whatever was done with the run before, it is kept."""


def _sequence(session: Session, number: int, word: str = "") -> Outcome:
    total = len(session.dataset.sequences)
    if number > total:
        raise UsageError(f"no sequence {number}", fix=f"1 to {total}")
    return Outcome(session, effects=(RunSequence(number - 1, forks=word == FORK),))


def _open(session: Session, text: str) -> Outcome:
    path, reading, of_model = told(text)
    return Outcome(session, effects=(Open(path, reading, of_model) if path else Ask("open"),))


def told(text: str) -> tuple[str, Reading, ModelReading]:
    """A path, and the options after it that say how a file of sequences or of weights is read. Raises UsageError."""
    import shlex  # the start does not wait for it

    start = next((found.start() for found in re.finditer(_FLAG, text) if found[1] in _READING), len(text))
    try:
        words = shlex.split(text[start:])
    except ValueError:  # a quote that never closes
        raise UsageError(f"{quoted(text[start:].strip())} cannot be read", fix="close the quotes") from None
    parts: dict[str, dict[str, Any]] = {"reading": {}, "model_reading": {}}
    rest = iter(words)
    for word in rest:
        flag, sign, value = word.partition("=")
        option = _READING.get(flag)
        if option is None:
            raise UsageError(f"open: no option {quoted(flag)}", fix=f"there are {' '.join(_READING)}")
        given = parts[option.part]
        if not (option.metavar or option.choices):
            given[option.name] = True
            continue
        value = value if sign else next(rest, "")
        if not value or (option.choices and value not in option.choices):
            takes = " or ".join(option.choices) or option.metavar
            example = option.choices[0] if option.choices else {"N": "10"}.get(option.metavar, "a,b")
            raise UsageError(f"open: {flag} takes {takes}, not {quoted(value)}", fix=f"for example {flag} {example}")
        given[option.name] = option.read(value)
    return text[:start].strip(), Reading(**parts["reading"]), ModelReading(**parts["model_reading"])


def _export(session: Session, path: str) -> Outcome:
    force = path.endswith(" --force")
    path = path.removesuffix(" --force").strip()
    return Outcome(session, effects=(Export(path, overwrite=force) if path else Ask("export"),))


COMMANDS = (
    Command(
        name="sequence",
        run=_sequence,
        help="Run another sequence with the same weights.",
        reveals=True,
        example="sequence 2",
        group="files",
        arguments=(Argument("n", count, required=True), Argument(FORK, str, default="", choices=(FORK,))),
    ),
    Command(
        name="following",
        run=_neighbour(+1),
        help="The next sequence, run with the same weights; trains nothing.",
        reveals=True,
        example="following",
        group="files",
        keys=(Key("]"),),
        reverse="previous",
        label="sequence",
    ),
    Command(
        name="previous",
        run=_neighbour(-1),
        help="The sequence before.",
        reveals=True,
        example="previous",
        group="files",
        keys=(Key("["),),
        reverse="following",
    ),
    Command(
        name="open",
        run=_open,
        help="Open a sequence of your own, or a model; options say how it is read.",
        reveals=True,
        example="open data.csv",
        group="files",
        aliases=("o",),
        arguments=(Argument("path", str, default="", rest=True),),
        keys=(Key("o"),),
        label="open",
    ),
    Command(
        name="export",
        run=_export,
        help=f"Write the trace as {either(map(str.upper, TRACES))}; --force overwrites.",
        example="export trace.npz",
        group="files",
        aliases=("x",),
        arguments=(Argument("path", str, default="", rest=True),),
        keys=(Key("x"),),
        label="export",
    ),
)
