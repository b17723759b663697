"""Places in a run: how they are named, which positions they are, and what a position is called."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rnn_core.errors import UsageError, quoted
from rnn_core.program import PHASES, Phase, Program
from rnn_core.trace import Trace


@dataclass(frozen=True)
class Location:
    """A line, a phase, a timestep, or a combination; what is left out matches all."""

    line: str = ""
    phase: Phase | None = None
    t: int | None = None

    def __str__(self) -> str:
        parts = [self.line, self.phase or "", "" if self.t is None else f"t={self.t}"]
        return " ".join(part for part in parts if part)

    @classmethod
    def parse(cls, text: str, program: Program) -> Location:
        """`dh`, `line dh`, `dh t=3`, `backward`, `backward t=3`, `t=3`. Raises UsageError."""
        line, phase, t = "", None, None
        words = re.sub(r"t\s*=\s*", "t=", text.strip()).split()
        for word in words:
            if match := re.fullmatch(r"t=([0-9]{1,9})", word):
                t = int(match[1])
            elif word in PHASES:
                phase = next(known for known in PHASES if known == word)
            elif word != "line" and not line:
                line = program.instruction(word).name
            elif word != "line":
                raise UsageError(f"{quoted(text)} names two lines", fix="for example dh t=3")
        if not (line or phase or t is not None):
            raise UsageError(f"{quoted(text)} is not a place", fix="a line, a phase or a timestep: dh t=3")
        if line and phase and program.instruction(line).phase != phase:
            raise UsageError(f"the line {line} is in the {program.instruction(line).phase} phase")
        if t is not None and "update" in (phase, program.instruction(line).phase if line else ""):
            raise UsageError("the update has no timesteps")
        return cls(line, phase, t)

    def positions(self, trace: Trace) -> list[range]:
        """The positions right before what is named, as ranges. A phase alone is its beginning."""
        program, timesteps = trace.program, len(trace)
        starts = dict(zip(PHASES, program.borders(timesteps), strict=False))
        if not self.line and self.t is None and self.phase:
            return [range(starts[self.phase], starts[self.phase] + 1)]
        phases = [program.instruction(self.line).phase] if self.line else [self.phase or "forward"]
        if not self.line and self.phase is None:
            phases.append("backward")
        found = []
        for phase in phases:
            lines = program.phase(phase)
            name = self.line or lines[0].name
            if phase == "update":
                first = program.number(phase, 0, name, timesteps) - 1
                found.append(range(first, first + 1))
            elif self.t is None:
                first = starts[phase] + [line.name for line in lines].index(name)
                found.append(range(first, first + timesteps * len(lines), len(lines)))
            elif 1 <= self.t <= timesteps:
                first = program.number(phase, self.t, name, timesteps) - 1
                found.append(range(first, first + 1))
        return found


def place_text(trace: Trace, position: int) -> str:
    """The line about to run at a position, or the end."""
    if position >= trace.end:
        return "end"
    phase, t, instruction = trace.program.place(position + 1, len(trace))
    return f"{phase} t={t} {instruction.name}" if t else f"{phase} {instruction.name}"
