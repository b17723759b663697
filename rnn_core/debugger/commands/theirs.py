"""Commands for a person's own code beside ours: whose numbers are shown, whose lines are stepped, where it is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rnn_core.debugger.outcome import Outcome, Review
from rnn_core.debugger.registry import Argument, Command, Key, count
from rnn_core.debugger.session import NONE, By, Session, Side
from rnn_core.errors import UsageError
from rnn_core.views.cells import axes, line_cell
from rnn_core.views.options import Units

if TYPE_CHECKING:  # who opens no code of their own does not wait for it
    from rnn_core.alongside.run import Alongside

SIDES: tuple[Side, ...] = ("theirs", "ours", "difference")
_SHOWN = {"theirs": "their numbers", "ours": "the right numbers", "difference": "theirs minus the right ones"}


def _code(session: Session) -> Alongside:
    if session.alongside is None:
        raise UsageError("there is no code of your own here", fix="rnn-tui my_rnn.py opens it")
    if session.beside is None:
        raise UsageError("this is not what your code ran: another update, fork or sequence", fix="restart, fork main")
    return session.alongside


def _shows(side: Side) -> Callable[[Session], Outcome]:
    def run(session: Session) -> Outcome:
        _code(session)
        return Outcome(replace(session, side=side), f"every panel shows {_SHOWN[side]}")

    return run


def _side(session: Session) -> Outcome:
    return _shows(SIDES[(SIDES.index(session.side) + 1) % len(SIDES)])(session)


def _by(session: Session, by: By) -> Outcome:
    run = _code(session)
    if by == "ours":
        return Outcome(replace(session, by=by, stop=NONE), "s and S step our lines")
    stop = session.stopped
    skipped = int(np.count_nonzero(run.stops.folded))
    folded = "; a loop or call without a line of ours is one step" if skipped else ""
    return Outcome(replace(session, by=by, stop=stop), f"s and S step the statements of your code{folded}")


def _fault(session: Session) -> Outcome:
    run = _code(session)
    fault = run.fault
    if fault is None:
        return Outcome(session, f"{run.verdict}: {run.says}")
    message = f"line {run.label(fault.spot.line)}  {fault.told}"
    numbers = run.numbers_at(fault.spot.line)
    own = [
        int(k)
        for k in numbers
        if session.trace.program.place(int(k), len(session.trace)).instruction.name == fault.name
    ]
    wrong = [k for k in own or numbers.tolist() if run.differs[k]]
    if wrong or own or len(numbers):
        there = session.at(int((wrong or own or numbers)[0]))
        return Outcome(replace(there, view=replace(there.view, units=_most_wrong(run, there))), message)
    at = np.flatnonzero(run.stops.lines == fault.spot.line)
    if len(at):
        return Outcome(replace(session.at_stop(int(at[0]) + 1), by="theirs"), message)
    return Outcome(replace(session, look=fault.spot.line), message)


def _most_wrong(run: Alongside, session: Session) -> Units:
    """The units at which what ran last differs most from ours, so that the number that is looked at is a wrong one."""
    trace, units = session.trace, session.view.units
    cell = line_cell(trace, session.ran, units)
    if cell is None:
        return units
    from rnn_core.alongside.theirs import theirs

    mine, own = trace.value(cell.name, session.k), theirs(run, trace).value(cell.name, session.k)
    if mine is None or own is None or np.shape(mine) != np.shape(own) or not np.ndim(mine):
        return units
    apart = np.nan_to_num(np.abs(own - mine), nan=0.0)
    kinds = [axis for axis in axes(trace, cell.name) if axis != "t"]
    here = tuple(getattr(units, axis) for axis in kinds)
    if len(here) != apart.ndim or apart[here] >= 0.5 * apart.max():
        return units
    return units._replace(**dict(zip(kinds, map(int, np.unravel_index(apart.argmax(), apart.shape)), strict=True)))


def _look(session: Session, line: int) -> Outcome:
    run = _code(session)
    if line > len(run.lines):
        raise UsageError(f"the file has no line {line}", fix=f"1 to {len(run.lines)}")
    return Outcome(replace(session, look=line))


def _review(session: Session) -> Outcome:
    if session.alongside is None:
        _code(session)
    return Outcome(session, effects=(Review(),))


def _word(text: str) -> str:
    return text


COMMANDS = (
    Command(
        name="fault",
        run=_fault,
        help="To the wrong line of your own code.",
        example="fault",
        group="code",
        aliases=("X",),
        keys=(Key("X"),),
    ),
    Command(
        name="side",
        run=_side,
        help="Show theirs, ours, the difference, one after another.",
        example="side",
        group="code",
        keys=(Key("i"),),
    ),
    *(
        Command(name=side, run=_shows(side), help=f"Every panel shows {_SHOWN[side]}.", example=side, group="code")
        for side in SIDES
    ),
    Command(
        name="look",
        run=_look,
        help="Show a line of your file, without going there.",
        example="look 12",
        group="code",
        arguments=(Argument("line", count, required=True),),
    ),
    Command(
        name="review",
        run=_review,
        help="Run and review your code as it is now.",
        example="review",
        group="code",
    ),
    Command(
        name="by",
        run=_by,
        help="Step by our lines, or by the statements of your own code.",
        example="by theirs",
        group="code",
        arguments=(Argument("lines", _word, required=True, choices=("ours", "theirs")),),
    ),
)
