"""The listing as the screen shows it: which line ran last, which runs next, which phase is current."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal as OneOf

from rnn_core.program import PHASES, Instruction, Phase, Program
from rnn_core.records import dataclass
from rnn_core.trace import Trace

NOT_RUN = "not run: window ends"
"""What stands in place of a line's expression where a truncation window ends."""

Kind = OneOf["heading", "line", "blank", "folded"]


@dataclass(frozen=True)
class ListingRow:
    """One row: a phase's heading with its timestep, one instruction, or several folded into one row."""

    kind: Kind
    phase: Phase
    text: str = ""
    instruction: Instruction | None = None
    current: bool = False
    """Whether the cursor is in this phase."""
    ran: bool = False
    """The line that ran last."""
    next: bool = False
    """The line about to run."""
    cut: bool = False
    """The line does not run at this timestep: a truncation window begins there."""


def timestep_in(trace: Trace, k: int, phase: Phase) -> int:
    """The timestep that a phase's heading shows: that of its last line run, else that of its first line; 0 if none."""
    _, backward, update, _ = trace.program.borders(len(trace))
    if phase == "update":
        return 0
    start, stop = (0, backward) if phase == "forward" else (backward, update)
    place = trace.program.place(min(max(k, start + 1), stop), len(trace))
    return place.t


def listing(trace: Trace, k: int, rows: int) -> tuple[ListingRow, ...]:
    """All phases where `rows` allow, the update folded first; else the current phase alone."""
    ran = trace.place(k)
    following = trace.place(k + 1) if k < trace.end else None
    current = (ran or following or trace.program.place(1, len(trace))).phase
    last, coming = (place and place.instruction.name for place in (ran, following))
    phases = {
        phase: _phase(trace.program, phase, timestep_in(trace, k, phase), current,
                      last if ran and ran.phase == phase else None,
                      coming if following and following.phase == phase else None)
        for phase in PHASES
    }  # fmt: skip
    whole = [row for phase in PHASES for row in (*phases[phase], _blank(phase))][:-1]
    if len(whole) <= rows:
        return tuple(whole)
    folded = [
        row
        for phase in PHASES
        for row in (
            *(phases[phase] if phase != "update" or current == "update" else _fold(trace, phase)),
            _blank(phase),
        )
    ][:-1]
    if len(folded) <= rows:
        return tuple(folded)
    if current == "update":
        forward, backward = _fold(trace, "forward"), _fold(trace, "backward")
        for before in (phases["backward"], backward):
            if len(before) + len(phases["update"]) + len(forward) + 2 <= rows:
                return (*forward, _blank("forward"), *before, _blank("backward"), *phases["update"])
    return _around_the_cursor(phases[current], rows)


def _around_the_cursor(phase: tuple[ListingRow, ...], rows: int) -> tuple[ListingRow, ...]:
    """The heading, and as many lines as there is room for, the one about to run in their middle."""
    heading, lines, room = phase[:1], phase[1:], max(rows - 1, 0)
    at = next((i for i, row in enumerate(lines) if row.next), len(lines) - 1)
    start = min(max(at - room // 2, 0), max(len(lines) - room, 0))
    return (*heading[:rows], *lines[start : start + room])


def _blank(phase: Phase) -> ListingRow:
    return ListingRow("blank", phase)


def _fold(trace: Trace, phase: Phase) -> tuple[ListingRow, ...]:
    slots = trace.options.optimiser.slots
    update = "   ".join(" ".join((*(f"{slot}{name}" for slot in slots), name)) for name in "UW")
    text = {
        "forward": "a h z p loss",
        "backward": "dz … dh_next",
        "update": f"{update}   …" if slots else "U W V b c  -= lr·d…",
    }[phase]
    return ListingRow("heading", phase, phase), ListingRow("folded", phase, text)


@lru_cache(maxsize=64)
def _phase(
    program: Program, phase: Phase, t: int, current: Phase, ran: str | None, following: str | None
) -> tuple[ListingRow, ...]:
    """A phase's heading and lines at timestep t, with its lines that ran last and run next."""
    heading = ListingRow("heading", phase, f"{phase}  t = {t}" if t else phase, current=phase == current)
    lines = []
    for instruction in program.phase(phase):
        cut = program.is_cut(instruction.name, t)
        lines.append(
            ListingRow(
                "line",
                phase,
                f"{instruction.target}  {NOT_RUN}" if cut else str(instruction),
                instruction,
                current=phase == current,
                ran=instruction.name == ran,
                next=instruction.name == following,
                cut=cut,
            )
        )
    return (heading, *lines)
