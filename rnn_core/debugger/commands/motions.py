"""Commands that move the cursor: by line, timestep, phase, to a place, to a wrong prediction."""

from __future__ import annotations

from collections.abc import Callable

from rnn_core.debugger import motion
from rnn_core.debugger.outcome import Ask, Outcome
from rnn_core.debugger.registry import Argument, Command, Key, count
from rnn_core.debugger.session import Session
from rnn_core.errors import UsageError, quoted

END, START = "the end: S N F step back", "the start: s n f step on"


def _moved(session: Session, k: int, nowhere: str) -> Outcome:
    return Outcome(session.at(k)) if k != session.k else Outcome(session.seen(playing=False), nowhere)


def _edge(direction: int) -> str:
    return END if direction > 0 else START


def _lines(direction: int) -> Callable[[Session, int], Outcome]:
    def run(session: Session, times: int) -> Outcome:
        return _moved(session, motion.by_lines(session.trace, session.k, direction * times), _edge(direction))

    return run


def _boundaries(boundary: motion.Boundary, direction: int) -> Callable[[Session, int], Outcome]:
    def run(session: Session, times: int) -> Outcome:
        k = motion.by_boundaries(session.trace, session.k, direction * times, boundary)
        return _moved(session, k, _edge(direction))

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
        return Outcome(session.seen(playing=False), END)
    return Outcome(session.at(session.k + 1).seen(playing=True))


def _goto(session: Session, place: str) -> Outcome:
    if not place:
        return Outcome(session, effects=(Ask("goto"),))
    if place.startswith("@"):
        k = dict(session.marks).get(place[1:])
        if k is None:
            raise UsageError(f"no mark {quoted(place[1:])}", fix="marks lists them")
        return _moved(session, k, "already there")
    return _moved(session, motion.locate(session.trace, place, session.k), "already there")


def _start(session: Session) -> Outcome:
    return _moved(session, 0, "already at the start")


def _end(session: Session) -> Outcome:
    return _moved(session, session.trace.end, "already at the end")


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
    Command("start", _start, "To the start of the run.", "start", "motion", (), (), (Key("home"),), "end"),
    Command("end", _end, "To the end of the run.", "end", "motion", (), (), (Key("end"),), "start"),
    Command("goto", _goto, "Go to a position, or right before a timestep, phase or line.", "goto t=3 backward",
            "motion", ("g",), (Argument("place", str, default="", rest=True),), (Key("g"),), "", "go to"),
    Command("wrong", _wrong(+1), "To the next wrong prediction.", "wrong", "motion", ("e",), (), (Key("e"),),
            "rwrong"),
    Command("rwrong", _wrong(-1), "To the wrong prediction before.", "rwrong", "motion", (), (), (Key("E"),),
            "wrong"),
    Command("restart", _start, "Start the run again with the same weights.", "restart", "motion", ("r",), (),
            (Key("r"),)),
    Command("tick", _tick, "One line of playing.", "tick", "motion", hidden=True),
)  # fmt: skip
