"""Commands that stop a run: breakpoints, watchpoints, logpoints, and running to the next or the last stop."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rnn_core.debugger.outcome import Outcome, Search
from rnn_core.debugger.position.places import Location
from rnn_core.debugger.registry import Argument, Command, Key, count
from rnn_core.debugger.session import Session
from rnn_core.debugger.stops.breakpoints import Breakpoint, compiled, template
from rnn_core.errors import UsageError, quoted

_IF = r"\bif\b"
_LOG = r"""\blog\s+(?P<quote>["'])(?P<message>.*)(?P=quote)\s*$"""


def _parts(text: str) -> tuple[str, str, str]:
    """`PLACE if CONDITION log "MESSAGE"` in its three parts; the last two may be empty."""
    log = ""
    if match := re.search(_LOG, text):
        text, log = text[: match.start()].strip(), match["message"]
        if not log:
            raise UsageError("the log message is empty", fix='log "dh norm {norm(dh)}"')
    found = re.split(_IF, text, maxsplit=1)
    place = found[0].strip()
    condition = found[1].strip() if len(found) > 1 else ""
    if len(found) > 1 and not condition:
        raise UsageError("if needs a condition", fix="for example if norm(dh) < 1e-6")
    return place, condition, log


def _next_number(session: Session) -> int:
    return max((point.number for point in session.breakpoints), default=0) + 1


def _added(session: Session, point: Breakpoint) -> Outcome:
    compiled(session.trace, point)
    return Outcome(replace(session, breakpoints=(*session.breakpoints, point)), f"{point.kind} {point.number}: {point}")


def _break(*, temporary: bool) -> Callable[[Session, str], Outcome]:
    def run(session: Session, text: str) -> Outcome:
        place, condition, log = _parts(text)
        if place:
            location = Location.parse(place, session.trace.program)
        elif session.following:
            _, t, line = session.following
            location = Location(line.name, None, t or None)
        else:
            raise UsageError("no line is about to run", fix="name one: break dh")
        point = Breakpoint(_next_number(session), location, condition=condition, temporary=temporary, log=log)
        return _added(session, point)

    return run


def _watch(session: Session, text: str) -> Outcome:
    watch, condition, log = _parts(text)
    return _added(session, Breakpoint(_next_number(session), watch=watch, condition=condition, log=log))


def _log(session: Session, text: str) -> Outcome:
    """`log 2 "…"` makes breakpoint 2 a logpoint; `log dh "…"` makes a new one."""
    match = re.fullmatch(r"""(?P<place>[^"']*?)\s*(?P<quote>["'])(?P<message>.*)(?P=quote)""", text.strip())
    if not match or not match["place"]:
        raise UsageError("log needs a place and a message", fix='log dh "dh norm {norm(dh)}"')
    message = match["message"]
    if match["place"].isascii() and match["place"].isdigit():
        template(message, session.trace)
        say = f'writes "{message}" and goes on' if message else "stops"
        return _changed(session, match["place"], say, log=message)
    place, condition, message = _parts(f'{match["place"]} log "{message}"')
    location = Location.parse(place, session.trace.program)
    return _added(session, Breakpoint(_next_number(session), location, condition=condition, log=message))


def _numbered(session: Session, text: str) -> Breakpoint:
    for point in session.breakpoints:
        if str(point.number) == text:
            return point
    numbers = " ".join(str(point.number) for point in session.breakpoints)
    raise UsageError(f"no breakpoint {quoted(text)}", fix=f"one of {numbers}" if numbers else "there are none")


def _changed(session: Session, which: str, say: str, **changes: Any) -> Outcome:
    points = session.breakpoints if which in ("", "all") else (_numbered(session, which),)
    if not points:
        return Outcome(session, "there are no breakpoints")
    changed = {point.number: replace(point, **changes) for point in points}
    kept = tuple(changed.get(point.number, point) for point in session.breakpoints)
    names = ", ".join(f"{point.kind} {point.number}" for point in changed.values())
    return Outcome(replace(session, breakpoints=kept), f"{names}: {say}")


def _enable(session: Session, which: str) -> Outcome:
    return _changed(session, which, "on", enabled=True, offered="")


def _disable(session: Session, which: str) -> Outcome:
    return _changed(session, which, "off", enabled=False)


def _ignore(session: Session, which: str, times: int) -> Outcome:
    return _changed(session, which, f"leaves out its first {'hit' if times == 1 else f'{times} hits'}", ignore=times)


def _delete(session: Session, which: str) -> Outcome:
    if which in ("", "all"):
        total = len(session.breakpoints)
        return Outcome(replace(session, breakpoints=()), f"deleted {total}" if total else "there are no breakpoints")
    point = _numbered(session, which)
    kept = tuple(other for other in session.breakpoints if other is not point)
    return Outcome(replace(session, breakpoints=kept), f"deleted {point.kind} {point.number}: {point}")


def _toggle(session: Session, line: str) -> Outcome:
    """A breakpoint at a line, at every timestep: set where there is none, deleted where there is."""
    if not line:
        place = session.following or session.ran
        assert place is not None  # a run has at least one line
        line = place.instruction.name
    location = Location(session.trace.program.instruction(line).name)
    for point in session.breakpoints:
        if point.location == location and not point.condition and not point.log:
            return _delete(session, str(point.number))
    return _added(session, Breakpoint(_next_number(session), location))


def _continue(direction: int) -> Callable[[Session], Outcome]:
    def run(session: Session) -> Outcome:
        if direction < 0 and session.cursor == (0, 0):
            return Outcome(session, "already at the start of the run")
        return Outcome(session, effects=(Search(direction),))

    return run


def _until(direction: int) -> Callable[[Session, str], Outcome]:
    def run(session: Session, place: str) -> Outcome:
        Location.parse(place, session.trace.program)
        return Outcome(session, effects=(Search(direction, place),))

    return run


def whole(text: str) -> int:
    """A whole number, 0 or more."""
    return 0 if text == "0" else count(text)


PLACE = (Argument("place", str, default="", rest=True),)
SYNTAX = (
    ("break PLACE", "a line, a phase, t=3, or several: dh backward t=3; nothing for the line about to run"),
    ("… if CONDITION", "stops where the condition holds before the line runs: if norm(dh_next) < 1e-3"),
    ('… log "MESSAGE"', "writes instead of stopping, and goes on; {values} are filled in"),
)
"""What a breakpoint's line is made of. A temporary one and a watchpoint take the same endings."""
WHICH = (Argument("number", str, default=""),)
COMMANDS = (
    Command(
        name="continue",
        run=_continue(+1),
        help="Run to the next stop, or the end of the update.",
        example="continue",
        group="stops",
        aliases=("c",),
        keys=(Key("c"),),
        reverse="rcontinue",
        label="continue",
    ),
    Command(
        name="rcontinue",
        run=_continue(-1),
        help="Run back to the last stop, or the start of the update.",
        example="rcontinue",
        group="stops",
        aliases=("rc", "reverse-continue"),
        keys=(Key("C"),),
        reverse="continue",
    ),
    Command(
        name="until",
        run=_until(+1),
        help="Run to a place, or a stop before it.",
        example="until dh t=2",
        group="stops",
        aliases=("u",),
        arguments=(Argument("place", str, required=True, rest=True),),
        reverse="runtil",
    ),
    Command(
        name="runtil",
        run=_until(-1),
        help="Run back to a place, or a stop before it.",
        example="runtil dz",
        group="stops",
        aliases=("reverse-until",),
        arguments=(Argument("place", str, required=True, rest=True),),
        reverse="until",
    ),
    Command(
        name="break",
        run=_break(temporary=False),
        help="Stop before a line, phase or timestep, if a condition holds.",
        example='break dh t=3 if norm(dh_next) < 1e-3 log "carried {norm(dh_next)}"',
        group="stops",
        aliases=("b",),
        arguments=PLACE,
        syntax=SYNTAX,
    ),
    Command(
        name="tbreak",
        run=_break(temporary=True),
        help="Stop there once.",
        example="tbreak backward",
        group="stops",
        aliases=("tb",),
        arguments=PLACE,
        syntax=(("tbreak PLACE", SYNTAX[0][1]), *SYNTAX[1:3]),
    ),
    Command(
        name="watch",
        run=_watch,
        help="Stop when a value changes, or when a condition becomes true.",
        example="watch norm(dh_next) < 1e-6",
        group="stops",
        aliases=("w",),
        arguments=(Argument("expression", str, required=True, rest=True),),
        syntax=(
            ("watch VALUE", "stops after a line that changed it: dW, dW[2,4], norm(dh)"),
            ("watch CONDITION", "stops where it becomes true: norm(dh_next) < 1e-6"),
            ("… if CONDITION", "stops only where this holds as well"),
            SYNTAX[2],
        ),
    ),
    Command(
        name="log",
        run=_log,
        help="Write a message with {values} instead of stopping.",
        example='log dh "dh norm {norm(dh)}"',
        group="stops",
        syntax=(
            ('log PLACE "MESSAGE"', "a new logpoint: PLACE as for break, with if CONDITION where wanted"),
            ('log NUMBER "MESSAGE"', 'breakpoint NUMBER writes and goes on; with "" it stops again'),
        ),
        arguments=(Argument("place message", str, required=True, rest=True),),
    ),
    Command(
        name="toggle",
        run=_toggle,
        help="Set or delete a breakpoint at a line; the one about to run.",
        example="toggle dh",
        group="stops",
        arguments=(Argument("line", str, default=""),),
        keys=(Key("b"),),
        label="break",
    ),
    Command(
        name="ignore",
        run=_ignore,
        help="Leave out the first N hits of a breakpoint.",
        example="ignore 1 3",
        group="stops",
        arguments=(Argument("number", str, required=True), Argument("n", whole, required=True)),
    ),
    Command(
        name="enable",
        run=_enable,
        help="Switch a breakpoint on, or all.",
        example="enable 1",
        group="stops",
        arguments=WHICH,
        reverse="disable",
    ),
    Command(
        name="disable",
        run=_disable,
        help="Switch a breakpoint off, or all.",
        example="disable 1",
        group="stops",
        arguments=WHICH,
        reverse="enable",
    ),
    Command(
        name="delete",
        run=_delete,
        help="Delete a breakpoint, or all.",
        example="delete 1",
        group="stops",
        arguments=WHICH,
    ),
)
