"""Commands that say how the gradient travels back through time, and what is wrong with a run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rnn_core.debugger.commands.motions import goto
from rnn_core.debugger.outcome import Outcome
from rnn_core.debugger.position.places import locate, timestep
from rnn_core.debugger.registry import Argument, Command, Key, count
from rnn_core.debugger.session import Session
from rnn_core.errors import UsageError, quoted
from rnn_core.remembering import remembered
from rnn_core.trace import Trace

if TYPE_CHECKING:
    from rnn_core.diagnostics.findings.finding import Finding
    from rnn_core.training.run import Run

SHOWN = 12
"""Timesteps that `lattice` prints a triangle of."""


def timestep_at(session: Session) -> int:
    """The cursor's timestep; the last one at the start of the update and in its last lines."""
    place = session.following or session.ran
    return place.t if session.k and place is not None and place.t else len(session.trace)


FAR = 10
"""Timesteps that up and down move along the flow."""


def along(session: Session, direction: str, times: int) -> Session:
    """The session a timestep (or ten) on along the flow panel, before its line dh."""
    by = times * {"left": -1, "right": 1, "up": -FAR, "down": FAR}[direction]
    t = min(max(1, timestep_at(session) + by), len(session.trace))
    return session.at(locate(session.trace, f"dh t={t}", session.k))


def _timestep(session: Session, text: str) -> int:
    """The timestep that is named, else the cursor's. Raises UsageError."""
    if not text:
        return timestep_at(session)
    t = timestep(f"t={text}" if text.isascii() and text.isdigit() else text)
    if t is None or not 1 <= t <= len(session.trace):
        raise UsageError(f"no timestep {quoted(text)}", fix=f"t=1 to t={len(session.trace)}")
    return t


def _flow(session: Session, text: str) -> Outcome:
    from rnn_core.diagnostics import flow  # what takes Jacobians apart is imported when it is asked for

    return Outcome(session, "\n".join(flow.lines(session.trace, _timestep(session, text))))


_PAIR = r"(?:t=)?(?P<t>[0-9]{1,9})(?:\s+(?:k=)?(?P<k>[0-9]{1,9}))?"


def _lattice(session: Session, text: str) -> Outcome:
    from rnn_core.views.flow import row_lines, triangle_lines

    trace = session.trace
    if not text:
        return Outcome(session, "\n".join(triangle_lines(trace, timestep_at(session), SHOWN)))
    match = re.fullmatch(_PAIR, text.strip())
    if match is None:
        raise UsageError(f"lattice: no {quoted(text)}", fix="lattice, lattice t=2, lattice t=2 k=1")
    t = _timestep(session, match["t"])
    k = int(match["k"]) if match["k"] else None
    if k is not None and k > t:
        raise UsageError(f"h[{k}] comes after the loss of t={t}", fix=f"k=0 to k={t}")
    return Outcome(session, "\n".join(row_lines(trace, t, k)))


@remembered
def findings(trace: Trace, run: Run | None, trained: bool) -> tuple[Finding, ...]:
    """What is wrong with an update of a run, most important first; worked out once."""
    from rnn_core.diagnostics.findings.evidence import Evidence
    from rnn_core.diagnostics.findings.registry import found

    return found(Evidence(trace, run, trained=trained))


def of_session(session: Session) -> tuple[Finding, ...]:
    """The findings of the update that the cursor is in."""
    return findings(session.trace, session.run, session.recipe.model is not None)


NEXT = "next"


def _number(text: str) -> int | str:
    return NEXT if text == NEXT else count(text)


def _findings(session: Session, wanted: int | str | None) -> Outcome:
    from rnn_core.diagnostics.findings.report import NOTHING, lines

    found = of_session(session)
    if wanted is None or not found:
        if isinstance(wanted, int):
            raise UsageError(f"no finding {wanted}", fix=NOTHING)
        told = lines(found, "findings")
        if found:  # of several lines a screen without the console shows the last
            told.append(f"{len(found)} found: {', '.join(dict.fromkeys(each.cause or each.rule for each in found))}")
        return Outcome(session, "\n".join(told))
    number = _following(session, found) if isinstance(wanted, str) else wanted
    if number > len(found):
        raise UsageError(f"no finding {number}: there are {len(found)}", fix="findings lists them")
    finding = found[number - 1]
    gone = goto(session, finding.place)
    return Outcome(gone.session, f"{number} of {len(found)}: {finding.says}", gone.effects)


def _following(session: Session, found: tuple[Finding, ...]) -> int:
    """The number of the finding after the one at whose place the cursor is; of the first where it is at none."""
    here = [number for number, finding in enumerate(found, start=1) if _is_at(session, finding.place)]
    return here[-1] % len(found) + 1 if here else 1


def _is_at(session: Session, place: str) -> bool:
    return not place.startswith("update ") and locate(session.trace, place, session.k) == session.k


COMMANDS = (
    Command(
        name="flow",
        run=_flow,
        help="How the gradient travels back: norms, factors, horizons, exponents.",
        reveals=True,
        example="flow t=3",
        group="values",
        arguments=(Argument("timestep", str, default="", rest=True),),
    ),
    Command(
        name="lattice",
        run=_lattice,
        help="How large each loss's gradient is at each timestep before it.",
        reveals=True,
        example="lattice t=2 k=1",
        group="values",
        arguments=(Argument("timestep", str, default="", rest=True),),
        syntax=(
            ("lattice", "the losses around the cursor, as a triangle"),
            ("lattice t=20", "the loss of timestep 20, back to the start"),
            ("lattice t=20 k=5", "the norm of its derivative by h[5], alone"),
        ),
    ),
    Command(
        name="findings",
        run=_findings,
        help="What is wrong, most important first; N or next goes to one.",
        reveals=True,
        example="findings",
        group="values",
        arguments=(Argument("n", _number, offers=(NEXT,)),),
        keys=(Key("I"), Key("J", NEXT)),
    ),
)
