"""Commands that move the cursor: by line, timestep, phase, to a place, to a wrong prediction."""

from __future__ import annotations

import re
from collections.abc import Callable

from rnn_core.debugger.outcome import Ask, Outcome, Travel
from rnn_core.debugger.position import motion
from rnn_core.debugger.position.places import locate
from rnn_core.debugger.registry import Argument, Command, Key, count
from rnn_core.debugger.session import Session
from rnn_core.errors import UsageError, quoted

START = "the start of the run: s n f step on"


def _moved(session: Session, k: int, nowhere: str) -> Outcome:
    return Outcome(session.at(k)) if k != session.k else Outcome(session.seen(playing=False), nowhere)


def _to(session: Session, u: int, k: int | None) -> Outcome:
    """To a position of this update, or of another one."""
    if u == session.cursor.u and k is not None:
        k = min(k, session.trace.end)  # a mark may have been made where this update had more lines
        return Outcome(session.at(k)) if k != session.k else Outcome(session.seen(playing=False), START)
    return Outcome(session, effects=(Travel(u, k),))


def _beyond(session: Session, direction: int) -> Outcome:
    """Over the edge of this update: the first position of the next one, or the last of the one before."""
    u = session.cursor.u
    if direction > 0:
        return _to(session, u + 1, 0)
    return _to(session, u - 1, None) if u else Outcome(session.seen(playing=False), START)


def _lines(direction: int) -> Callable[[Session, int], Outcome]:
    def run(session: Session, times: int) -> Outcome:
        if session.by == "theirs" and session.beside is not None:
            stop = min(max(session.stopped + direction * times, 0), len(session.beside.stops))
            if stop != session.stopped:
                return Outcome(session.at_stop(stop))
            return _beyond(session, direction)
        return _to(session, *motion.by_lines(session.run, session.trace, session.k, direction * times))

    return run


def _boundaries(boundary: motion.Boundary, direction: int) -> Callable[[Session, int], Outcome]:
    def run(session: Session, times: int) -> Outcome:
        k = motion.by_boundaries(session.trace, session.k, direction * times, boundary)
        return Outcome(session.at(k)) if k != session.k else _beyond(session, direction)

    return run


def _wrong(direction: int) -> Callable[[Session], Outcome]:
    def run(session: Session) -> Outcome:
        total = len(motion.wrong_predictions(session.trace))
        where = "after" if direction > 0 else "before"
        nowhere = f"no wrong prediction {where} this position ({total} in this sequence)"
        return _moved(session, motion.wrong_prediction(session.trace, session.k, direction), nowhere)

    return run


def _tick(session: Session) -> Outcome:
    if session.k == session.trace.end:
        return Outcome(session, effects=(Travel(session.cursor.u + 1, playing=True),))
    return Outcome(session.at(session.k + 1).seen(playing=True))


_UPDATE = r"(?s)(?P<unit>update|epoch)\s+(?P<number>[0-9]{1,12})\b\s*(?P<place>.*)"


def goto(session: Session, place: str) -> Outcome:
    if not place:
        return Outcome(session, effects=(Ask("goto"),))
    if place.startswith("@"):
        mark = next((mark for mark in session.marks if mark.name == place[1:]), None)
        if mark is None:
            raise UsageError(f"no mark {quoted(place[1:])}", fix="marks lists them")
        if mark[1:] == session.cursor:
            return Outcome(session.seen(playing=False), "already there")
        return _to(session, mark.u, mark.k)
    if named := re.fullmatch(_UPDATE, place):
        return _goto_update(session, named["unit"], int(named["number"]), named["place"])
    return _moved(session, locate(session.trace, place, session.k), "already there")


def _goto_update(session: Session, unit: str, number: int, place: str) -> Outcome:
    if unit == "epoch":
        if not number:
            raise UsageError("no epoch 0", fix="epochs count from 1, updates from 0")
        number = (number - 1) * session.run.epoch_length
    if number == session.cursor.u:
        return _moved(session, locate(session.trace, place, session.k) if place else 0, "already there")
    return Outcome(session, effects=(Travel(number, place=place),))


def _restart(session: Session) -> Outcome:
    if session.cursor == (0, 0):
        return Outcome(session.seen(playing=False), "already at the start")
    return _to(session, 0, 0)


def _start(session: Session) -> Outcome:
    return _moved(session, 0, "already at the start of the update")


def _end(session: Session) -> Outcome:
    return _moved(session, session.trace.end, "already at the end of the update")


N = (Argument("n", count, default=1),)
COMMANDS = (
    Command(
        name="step",
        run=_lines(+1),
        help="Run one line, or N.",
        example="step 3",
        group="motion",
        aliases=("s",),
        arguments=N,
        keys=(Key("s"), Key("right"), Key("space")),
        reverse="back",
        label="step",
    ),
    Command(
        name="next",
        run=_boundaries(motion.timestep_boundary, +1),
        help="Run to the end of the timestep, N times.",
        example="next",
        group="motion",
        aliases=("n",),
        arguments=N,
        keys=(Key("n"), Key("down")),
        reverse="rnext",
        label="timestep",
    ),
    Command(
        name="finish",
        run=_boundaries(motion.phase_boundary, +1),
        help="Run to the end of the phase.",
        example="finish",
        group="motion",
        aliases=("f",),
        arguments=N,
        keys=(Key("f"),),
        reverse="rfinish",
        label="phase",
    ),
    Command(
        name="back",
        run=_lines(-1),
        help="Step back one line, or N: the exact inverse of step.",
        example="back 3",
        group="motion",
        aliases=("rstep", "rs", "reverse-step"),
        arguments=N,
        keys=(Key("S"), Key("left")),
        reverse="step",
        label="back",
    ),
    Command(
        name="rnext",
        run=_boundaries(motion.timestep_boundary, -1),
        help="Back to the start of the timestep, N times.",
        example="rnext",
        group="motion",
        aliases=("rn", "reverse-next"),
        arguments=N,
        keys=(Key("N"), Key("up")),
        reverse="next",
    ),
    Command(
        name="rfinish",
        run=_boundaries(motion.phase_boundary, -1),
        help="Back to the start of the phase.",
        example="rfinish",
        group="motion",
        aliases=("reverse-finish",),
        arguments=N,
        keys=(Key("F"),),
        reverse="finish",
    ),
    Command(
        name="start",
        run=_start,
        help="To the start of the update.",
        example="start",
        group="motion",
        keys=(Key("home"),),
        reverse="end",
    ),
    Command(
        name="end",
        run=_end,
        help="To the end of the update.",
        example="end",
        group="motion",
        keys=(Key("end"),),
        reverse="start",
    ),
    Command(
        name="goto",
        run=goto,
        help="Go to a position, a timestep, phase or line, an update.",
        example="goto t=3 backward",
        group="motion",
        aliases=("g",),
        arguments=(Argument("place", str, default="", rest=True),),
        keys=(Key("g"),),
        label="go to",
    ),
    Command(
        name="wrong",
        run=_wrong(+1),
        help="To the next wrong prediction.",
        example="wrong",
        group="motion",
        aliases=("e",),
        keys=(Key("e"),),
        reverse="rwrong",
    ),
    Command(
        name="rwrong",
        run=_wrong(-1),
        help="To the wrong prediction before.",
        example="rwrong",
        group="motion",
        keys=(Key("E"),),
        reverse="wrong",
    ),
    Command(
        name="restart",
        run=_restart,
        help="Back to the start of the whole run: update 0.",
        example="restart",
        group="motion",
        aliases=("r",),
        keys=(Key("r"),),
    ),
    Command(name="tick", run=_tick, help="One line of playing.", example="tick", group="motion", hidden=True),
)
