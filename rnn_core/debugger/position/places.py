"""Places in a run: the one grammar in which a person names them, which positions they are, what a position is called.

    PLACE     [line] NAME · forward, backward, update · t=N      each at most once, in any order: dh t=3, t=3 backward
    POSITION  PLACE · K lines have run · start · end             what `goto` takes

Rules this file keeps:
- Breakpoints, `until` and `goto` read a place alike; a place is right before what it names runs.
- What a place leaves open matches all of it for a breakpoint, and is taken from the position for `goto`.
"""

from __future__ import annotations

import re

from rnn_core.errors import UsageError, quoted
from rnn_core.program import PHASES, Phase, Program
from rnn_core.records import dataclass
from rnn_core.trace import Trace

_SEPARATORS = r"[\s,]+"
_NAMED = r"[A-Za-z_]"
_TIMESTEP = r"t\s*=\s*([0-9]+)"
_MOST_DIGITS = 12
FIX = "a line, a phase or a timestep: dh t=3"


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
        found: dict[str, str] = {}
        words = [word for word in re.split(_SEPARATORS, re.sub(_TIMESTEP, r"t=\1", text)) if word]
        for word, following in zip(words, [*words[1:], ""], strict=False):
            if word == "line" and re.match(_NAMED, following):
                continue
            kind = "t" if timestep(word) is not None else "phase" if word in PHASES else "line"
            if kind in found:
                what = "two lines" if kind == "line" else "two places"
                raise UsageError(f"{quoted(text)} names {what}", fix="for example dh t=3")
            if word.isdigit() and len(words) > 1:
                raise UsageError(f"{quoted(text)} mixes a position with a place", fix="give one of them")
            if kind == "line" and (word == "line" or not re.match(_NAMED, word)):
                raise UsageError(f"{quoted(text)} is not a place", fix=FIX)
            found[kind] = program.instruction(word).name if kind == "line" else word
        if not found:
            raise UsageError(f"{quoted(text)} is not a place", fix=FIX)
        line = program.instruction(found["line"]) if "line" in found else None
        phase = next((known for known in PHASES if known == found.get("phase")), None)
        if line and phase not in (None, line.phase):
            raise UsageError(f"the line {line.name} is in the {line.phase} phase")
        if "t" in found and "update" in (phase, line.phase if line else ""):
            raise UsageError("the update has no timesteps")
        return cls(line.name if line else "", phase, timestep(found["t"]) if "t" in found else None)

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

    def seen_from(self, trace: Trace, k: int) -> int:
        """The one position that is meant from position k. Raises UsageError where there is no such timestep."""
        here = trace.place(min(k + 1, trace.end))
        line = trace.program.instruction(self.line) if self.line else None
        phase: Phase = line.phase if line else self.phase or (here.phase if here else "forward")
        if phase == "update" and self.t is not None:
            phase = "backward"  # the update has no timesteps; the ones right before it are meant
        t = self.t
        if t is None:
            stays = line is not None and here is not None and here.phase == phase
            t = here.t if here and stays else {"forward": 1, "backward": len(trace), "update": 0}[phase]
        name = line.name if line else trace.program.phase(phase)[0].name
        return min(trace.program.number(phase, t, name, len(trace)) - 1, trace.end)


def timestep(text: str) -> int | None:
    """The timestep that `t=N` names; None for anything else. Raises UsageError for what no run could have."""
    match = re.fullmatch(_TIMESTEP, text)
    if match is None:
        return None
    if len(match[1]) > _MOST_DIGITS:
        raise UsageError(f"no timestep {match[1][:_MOST_DIGITS]}…")
    return int(match[1])


def locate(trace: Trace, text: str, k: int) -> int:
    """The position that `text` names: `120`, `t=7`, `t=7 backward`, `dh`, `line dh`, `dh t=3`, `start`, `end`.

    What the text leaves open is taken from the position k. Raises UsageError.
    """
    word = text.strip()
    if word in ("start", "end"):
        return 0 if word == "start" else trace.end
    if word.isascii() and word.isdigit():
        if len(word) > _MOST_DIGITS or int(word) > trace.end:
            raise UsageError(f"no position {word[:_MOST_DIGITS]}", fix=f"0 to {trace.end}")
        return int(word)
    return Location.parse(text, trace.program).seen_from(trace, k)


def place_text(trace: Trace, position: int) -> str:
    """The line about to run at a position, or the end."""
    if position >= trace.end:
        return "end"
    phase, t, instruction = trace.program.place(position + 1, len(trace))
    return f"{phase} t={t} {instruction.name}" if t else f"{phase} {instruction.name}"
