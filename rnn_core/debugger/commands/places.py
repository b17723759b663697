"""Commands that find places: marks, where a value was or will be written, what made it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import replace

from rnn_core import views
from rnn_core.debugger import expressions
from rnn_core.debugger.outcome import Outcome
from rnn_core.debugger.position.cells import parse_cell
from rnn_core.debugger.position.places import place_text
from rnn_core.debugger.registry import Argument, Command, count
from rnn_core.debugger.session import Mark, Session
from rnn_core.errors import UsageError, quoted
from rnn_core.trace import Trace
from rnn_core.views.cells import cell_text, cell_value, first_timestep
from rnn_core.views.numbers import signed

SHOWN = 10
WITHOUT_PARTS = {
    "dz": "has no target",
    "clip_norm": "is the norm of all gradients",
}


def _mark(session: Session, name: str) -> Outcome:
    if not re.fullmatch(r"[A-Za-z_][\w-]{0,39}", name, re.ASCII):
        raise UsageError(f"{quoted(name)} is not a name", fix="letters, digits, _ and -, beginning with a letter")
    mark = Mark(name, *session.cursor)
    others = {other.name: other for other in session.marks}
    marks = tuple({**others, name: mark}.values())
    return Outcome(replace(session, marks=marks), f"@{name}: {_mark_at(session, mark)}")


def _marks(session: Session) -> Outcome:
    lines = [f"@{mark.name}: {_mark_at(session, mark)}" for mark in session.marks]
    return Outcome(session, "\n".join(lines) or "there are no marks: mark NAME makes one")


def _mark_at(session: Session, mark: Mark) -> str:
    if mark.u != session.cursor.u or mark.k > session.trace.end:
        return f"update {mark.u}, position {mark.k}"
    return (f"update {mark.u}, " if mark.u else "") + _at(session.trace, mark.k)


def _at(trace: Trace, k: int) -> str:
    return f"position {k}, {place_text(trace, k)}"


_WRITTEN = (
    r"([A-Za-z_]\w*)\s*(?:\[\s*([0-9]{1,9})\s*(?:,[^\[\]]*)?\]\s*(?:\[[^\[\]]*\])?|\[[^\[\]]*\]\s*(?:\[[^\[\]]*\])?)?"
)
"""A name, its first index where that is a number, and whatever indices follow."""


def writes(trace: Trace, text: str) -> list[range]:
    """The positions right after each write of `dW`, `dh[3]` (timestep 3), `h[3][2]` or `h[3,2]`, as ranges.

    Raises UsageError.
    """
    match = re.fullmatch(_WRITTEN, text.strip())
    if not match or match[1] not in expressions.registers(trace):
        raise UsageError(f"{quoted(text)} is not a value", fix="for example dW or dh[3]")
    name, program, timesteps = match[1], trace.program, len(trace)
    lines = expressions.writers(program, name)
    if not lines:
        raise UsageError(f"no line of this run writes {name}")
    found = []
    for line in lines:
        phase = program.instruction(line).phase
        first = program.number(phase, timesteps if phase == "backward" else 1, line, timesteps)
        if phase == "update":
            found.append(range(first, first + 1))
        elif match[2] and name in program.series:
            t = int(match[2]) + (1 if name in program.carries else 0)
            if not (first_timestep(trace, name) <= int(match[2]) <= timesteps and 1 <= t <= timesteps):
                raise UsageError(f"no line writes {name}[{match[2]}]", fix="timesteps count from 1")
            at = program.number(phase, t, line, timesteps)
            found.append(range(at, at + 1))
        else:
            every = len(program.phase(phase))
            found.append(range(first, first + (timesteps - 1) * every + 1, every))
    return found


def _write(direction: int) -> Callable[[Session, str], Outcome]:
    def run(session: Session, text: str) -> Outcome:
        k, end = session.k, session.trace.end
        near = []
        for places in writes(session.trace, text):
            at = bisect_right(places, k) if direction > 0 else bisect_left(places, k) - 1
            if 0 <= at < len(places) and places[at] <= end:
                near.append(places[at])
        if not near:
            when = "again" if direction > 0 else "before"
            return Outcome(session, f"{text} is not written {when} in this update")
        return Outcome(session.at(min(near) if direction > 0 else max(near)))

    return run


_NUMBERED = r"(?s)(?P<cell>.+?)(?:(?<=[\]\w])\s+(?P<number>[0-9]{1,12}))?"
"""`dW[2,4]`, `dW[2, 4]`, `dW[2,4] 3`."""


def _why(session: Session, text: str) -> Outcome:
    trace = session.trace
    match = re.fullmatch(_NUMBERED, text.strip())
    assert match is not None  # the registry asks for a text
    number = count(match["number"]) if match["number"] else None
    cell = parse_cell(trace, match["cell"], session.k)
    value = cell_value(trace, session.k, cell)
    if value is None:
        raise UsageError(f"{cell_text(trace, cell)} is not computed yet")
    made = views.contributions.contributions(trace, session.k, cell)
    parts = made.parts
    if not parts and not made.zeros:
        return Outcome(session, f"{cell_text(trace, cell)} {_without_parts(trace, cell.name)}")
    if number is not None:
        if number > len(parts):
            raise UsageError(f"no part {number}", fix=f"1 to {len(parts)}")
        part = parts[number - 1]
        message = f"{number} of {len(parts)}: {part.what} {signed(part.value)}"
        return Outcome(session.at(part.k), message) if part.k != session.k else Outcome(session, message)
    if made.function:
        lines = [f"{cell_text(trace, cell)} = {made.function} = {signed(value)}"]
    else:
        lines = [f"{cell_text(trace, cell)} = {signed(value)}, {_counted(len(parts))}"]
    for i, part in enumerate(parts[:SHOWN], start=1):
        lines.append(f"{i:>3}  {signed(part.value):>10}  {part.what}  (position {part.k})")
    if len(parts) > SHOWN:
        rest = sum(part.value for part in parts[SHOWN:])
        if made.function:
            lines.append(f"                 {len(parts) - SHOWN} more")
        else:
            lines.append(f"     {signed(rest):>10}  {len(parts) - SHOWN} more")
    if made.zeros:
        lines.append(f"     {'0':>10}  {made.zeros} more that {'is' if made.zeros == 1 else 'are'} exactly zero")
    lines.append(f"why {cell_text(trace, cell)} N goes to the Nth")
    return Outcome(session, "\n".join(lines))


def _without_parts(trace: Trace, name: str) -> str:
    return WITHOUT_PARTS.get("dz" if name == trace.program.output.timestep_loss else name, "is given")


def _counted(parts: int) -> str:
    return f"made of {parts} parts, the largest first" if parts > 1 else "made of one part"


NAME = (Argument("name", str, required=True),)
COMMANDS = (
    Command(
        name="mark",
        run=_mark,
        help="Name this position; goto @NAME comes back.",
        example="mark here",
        group="places",
        arguments=NAME,
    ),
    Command(name="marks", run=_marks, help="List the marks.", example="marks", group="places"),
    Command(
        name="last",
        run=_write(-1),
        help="Go back to where a value was last written before.",
        example="last dW",
        group="places",
        arguments=(Argument("value", str, required=True, rest=True),),
        reverse="next-write",
    ),
    Command(
        name="next-write",
        run=_write(+1),
        help="Go to where a value is written next.",
        example="next-write dh[3]",
        group="places",
        arguments=(Argument("value", str, required=True, rest=True),),
        reverse="last",
    ),
    Command(
        name="why",
        run=_why,
        help="What made a number, the largest part first; with N, go there.",
        example="why dW[2,4]",
        group="places",
        arguments=(Argument("value [n]", str, required=True, rest=True),),
    ),
)
