"""What a review answers, as data, as lines of text, and as JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnn_core.review.source import Source

RIGHT, WRONG, UNSURE = "right", "wrong", "unsure"
STATUS = {RIGHT: 0, WRONG: 1, UNSURE: 2}


@dataclass(frozen=True)
class Fault:
    """One wrong place in their code."""

    line: int
    columns: tuple[int, int]
    """Of the wrong part in its line, from 1, the end not included; (0, 0) where the line as a whole is meant."""
    phase: str
    t: int
    """The timestep at which it shows first, from 1; 0 where it belongs to none."""
    says: str
    cause: str
    why: str
    link: str
    theirs: Any = None
    ours: Any = None
    proven: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Report:
    """The verdict, and what was found on the way."""

    source: Source
    verdict: str
    says: str
    faults: tuple[Fault, ...] = ()
    identified: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    line: int = 0
    """The line that an answer without a fault speaks of: that of an exception; 0 for none."""

    @property
    def status(self) -> int:
        return STATUS[self.verdict]


def at_time(text: str, t: int) -> str:
    """`h[t-1]` as h[6] for t = 7."""
    if t < 1:
        return text

    def number(found: re.Match[str]) -> str:
        return f"[{t + int(found[1] or 0)}]"

    return re.sub(r"\[t([+-]\d+)?\]", number, text)


def as_json(report: Report, every: bool = False) -> dict[str, Any]:
    """The fields of `--json`."""
    first = report.faults[0] if report.faults else None
    line = first.line if first else report.line
    place = report.source.place(line) if line else None
    out: dict[str, Any] = {
        "verdict": report.verdict,
        "line": line or None,
        "columns": list(first.columns) if first and first.columns != (0, 0) else None,
        "phase": first.phase if first else None,
        "t": first.t or None if first else None,
        "says": first.says if first else report.says,
        "theirs": first.theirs if first else None,
        "ours": first.ours if first else None,
        "identified": report.identified,
        "proven": bool(first and first.proven),
        "cause": first.cause if first else None,
        "why": first.why if first else None,
        "link": first.link if first else None,
        "notes": list(report.notes),
    }
    if report.source.cells:
        out["cell"], out["cell_line"] = place if place else (None, None)
    if every:
        out["faults"] = [
            {
                "line": f.line,
                "columns": list(f.columns) if f.columns != (0, 0) else None,
                "phase": f.phase,
                "t": f.t or None,
                "says": f.says,
                "cause": f.cause,
                "why": f.why,
                "theirs": f.theirs,
                "ours": f.ours,
                "proven": f.proven,
            }
            for f in report.faults
        ]
    return out


def lines(report: Report) -> list[str]:
    """The answer as a person reads it."""
    out: list[str] = []
    for fault in report.faults:
        place = report.source.place(fault.line)
        head = f"cell {place[0]}, line {place[1]} (line {fault.line} of the code)" if place else f"line {fault.line}"
        text = report.source.line(fault.line)
        indent = len(text) - len(text.lstrip())
        out += [f"{report.source.path.name}, {head}", f"    {text.strip()}"]
        if fault.columns != (0, 0):
            start = fault.columns[0] - 1 - indent
            out.append("    " + " " * start + "^" * max(1, fault.columns[1] - fault.columns[0]))
        out.append(f"  {fault.says}")
        if fault.theirs is not None:
            out.append(f"  theirs {shown(fault.theirs)}")
        if fault.ours is not None:
            out.append(f"  right  {shown(fault.ours)}")
        shows = f"shows first at t = {fault.t} of the {fault.phase} pass" if fault.t else f"shows in the {fault.phase}"
        sure = "proven: with the right value put in there, every gradient is right" if fault.proven else "not proven"
        out += [f"  {shows}; {sure}", f"  why: {fault.why} ({fault.link})", ""]
    if report.identified:
        names = report.identified.get("names", {})
        if names:
            out.append("identified: " + ", ".join(f"{theirs} = {ours}" for ours, theirs in names.items()))
        extras = [f"{key} {value}" for key, value in report.identified.items() if key not in {"names", "orientation"}]
        turned = [f"{name} {how}" for name, how in report.identified.get("orientation", {}).items() if how != "as ours"]
        if extras or turned:
            out.append("            " + ", ".join([*extras, *turned]))
    out += [f"note: {note}" for note in report.notes]
    out.append(f"{report.verdict}: {report.says}")
    return out


def shown(value: Any, most: int = 6) -> str:
    """A number or the first few of many."""
    if isinstance(value, list):
        flat = np.asarray(value, dtype=float).reshape(-1)
        text = "  ".join(f"{v:+.4g}" for v in flat[:most])
        return f"[{text}{' …' if flat.size > most else ''}]"
    return f"{value:+.6g}" if isinstance(value, float) else str(value)
