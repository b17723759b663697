"""The listing as the screen shows it: which line ran last, which runs next, which phase is awake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

from rnn_core.program import PHASES, Instruction, Phase
from rnn_core.trace import Trace

Kind = OneOf["heading", "line", "blank", "folded"]


@dataclass(frozen=True)
class ListingRow:
    """One row: a phase's heading with its timestep, one instruction, or several folded into one row."""

    kind: Kind
    phase: Phase
    text: str = ""
    instruction: Instruction | None = None
    awake: bool = False
    """Whether the cursor is in this phase."""
    ran: bool = False
    """The line that ran last."""
    next: bool = False
    """The line about to run."""


def timestep_in(trace: Trace, k: int, phase: Phase) -> int:
    """The timestep that a phase's heading shows: that of its last line run, else that of its first line; 0 if none."""
    _, backward, update, _ = trace.program.borders(len(trace))
    if phase == "update":
        return 0
    start, stop = (0, backward) if phase == "forward" else (backward, update)
    place = trace.program.place(min(max(k, start + 1), stop), len(trace))
    return place.t


def listing(trace: Trace, k: int, rows: int) -> tuple[ListingRow, ...]:
    """All phases where `rows` allow, the sleeping update folded first; else the phase that is awake alone."""
    ran = trace.place(k)
    following = trace.place(k + 1) if k < trace.end else None
    awake = (ran or following or trace.program.place(1, len(trace))).phase
    phases = {phase: _phase(trace, k, phase, awake) for phase in PHASES}
    whole = [row for phase in PHASES for row in (*phases[phase], _blank(phase))][:-1]
    if len(whole) <= rows:
        return tuple(whole)
    folded = [
        row
        for phase in PHASES
        for row in (*(phases[phase] if phase != "update" or awake == "update" else _fold(phase)), _blank(phase))
    ][:-1]
    if len(folded) <= rows:
        return tuple(folded)
    if awake == "update" and len(phases["backward"]) + len(phases["update"]) + len(_fold("forward")) + 2 <= rows:
        return (*_fold("forward"), _blank("forward"), *phases["backward"], _blank("backward"), *phases["update"])
    return phases[awake][:rows]


def _blank(phase: Phase) -> ListingRow:
    return ListingRow("blank", phase)


def _fold(phase: Phase) -> tuple[ListingRow, ...]:
    text = {"forward": "a h z p loss", "backward": "dz … dh_next", "update": "U W V b c  -= lr·d…"}[phase]
    return ListingRow("heading", phase, phase), ListingRow("folded", phase, text)


def _phase(trace: Trace, k: int, phase: Phase, awake: Phase) -> tuple[ListingRow, ...]:
    ran = trace.place(k)
    following = trace.place(k + 1) if k < trace.end else None
    t = timestep_in(trace, k, phase)
    heading = ListingRow("heading", phase, f"{phase}  t = {t}" if t else phase, awake=phase == awake)
    lines = (
        ListingRow(
            "line",
            phase,
            str(instruction),
            instruction,
            awake=phase == awake,
            ran=ran is not None and ran.instruction is instruction,
            next=following is not None and following.instruction is instruction,
        )
        for instruction in trace.program.phase(phase)
    )
    return (heading, *lines)
