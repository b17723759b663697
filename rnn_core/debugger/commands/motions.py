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


_UPDATE = re.compile(r"(?P<unit>update|epoch)\s+(?P<number>[0-9]{1,12})\b\s*(?P<place>.*)", re.DOTALL)


def _goto(session: Session, place: str) -> Outcome:
    if not place:
        return Outcome(session, effects=(Ask("goto"),))
    if place.startswith("@"):
        mark = next((mark for mark in session.marks if mark.name == place[1:]), None)
        if mark is None:
            raise UsageError(f"no mark {quoted(place[1:])}", fix="marks lists them")
        if mark[1:] == session.cursor:
            return Outcome(session.seen(playing=False), "already there")
        return _to(session, mark.u, mark.k)
    if named := _UPDATE.fullmatch(place):
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
    Command("step", _lines(+1), "Run one line, or N.", "step 3", "motion", ("s",), N,
            (Key("s"), Key("right"), Key("space")), "back", "step"),
    Command("next", _boundaries(motion.timestep_boundary, +1), "Run to the end of the timestep, N times.", "next",
            "motion", ("n",), N, (Key("n"), Key("down")), "rnext", "timestep"),
    Command("finish", _boundaries(motion.phase_boundary, +1), "Run to the end of the phase.", "finish",
            "motion", ("f",), N, (Key("f"),), "rfinish", "phase"),
    Command("back", _lines(-1), "Step back one line, or N: the exact inverse of step.", "back 3", "motion",
            ("rstep", "rs", "reverse-step"), N, (Key("S"), Key("left")), "step", "back"),
    Command("rnext", _boundaries(motion.timestep_boundary, -1), "Back to the start of the timestep, N times.",
            "rnext", "motion", ("rn", "reverse-next"), N, (Key("N"), Key("up")), "next"),
    Command("rfinish", _boundaries(motion.phase_boundary, -1), "Back to the start of the phase.", "rfinish",
            "motion", ("reverse-finish",), N, (Key("F"),), "finish"),
    Command("start", _start, "To the start of the update.", "start", "motion", (), (), (Key("home"),), "end"),
    Command("end", _end, "To the end of the update.", "end", "motion", (), (), (Key("end"),), "start"),
    Command("goto", _goto, "Go to a position, a timestep, phase or line, an update.", "goto t=3 backward",
            "motion", ("g",), (Argument("place", str, default="", rest=True),), (Key("g"),), "", "go to"),
    Command("wrong", _wrong(+1), "To the next wrong prediction.", "wrong", "motion", ("e",), (), (Key("e"),),
            "rwrong"),
    Command("rwrong", _wrong(-1), "To the wrong prediction before.", "rwrong", "motion", (), (), (Key("E"),),
            "wrong"),
    Command("restart", _restart, "Back to the start of the whole run: update 0.", "restart", "motion", ("r",), (),
            (Key("r"),)),
    Command("tick", _tick, "One line of playing.", "tick", "motion", hidden=True),
)  # fmt: skip
