"""What a review answers, as data, as lines of text, and as JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnn_core.errors import RnnError
from rnn_core.mistakes.oracle import Ran
from rnn_core.model import Array
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
    run: Ran | None = field(default=None, compare=False, repr=False)
    """The numbers that the mistake makes, where it is one of the catalogue."""
    event: int = field(default=-1, compare=False, repr=False)
    """Of the recording that shows it."""
    wanted: Array | None = field(default=None, compare=False, repr=False)
    """What should stand there."""


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


def refused(error: RnnError) -> dict[str, Any]:
    """The fields of `--json` for a file that is not even run."""
    says = dict.fromkeys(_FAULT) | {"says": str(error), "proven": False, "line": getattr(error, "line", None)}
    return {"verdict": UNSURE, **says, "identified": {}, "notes": []}


_FAULT = ("line", "columns", "phase", "t", "says", "cause", "why", "link", "theirs", "ours", "proven")


def _fault(fault: Fault) -> dict[str, Any]:
    """A fault as JSON; what it has not is null."""
    columns = list(fault.columns) if fault.columns != (0, 0) else None
    return {name: getattr(fault, name) for name in _FAULT} | {"columns": columns, "t": fault.t or None}


def as_json(report: Report, every: bool = False) -> dict[str, Any]:
    """The fields of `--json`."""
    first = report.faults[0] if report.faults else None
    line = first.line if first else report.line
    place = report.source.place(line) if line else None
    named = _fault(first) if first else dict.fromkeys(_FAULT) | {"says": report.says, "proven": False}
    named["line"] = line or None
    out = {"verdict": report.verdict, **named, "identified": report.identified, "notes": list(report.notes)}
    if report.source.cells:
        out["cell"], out["cell_line"] = place if place else (None, None)
    if every:
        names = ("line", "columns", "phase", "t", "says", "cause", "why", "theirs", "ours", "proven")
        out["faults"] = [{name: found[name] for name in names} for found in map(_fault, report.faults)]
    return out


def lines(report: Report) -> list[str]:
    """The answer as a person reads it."""
    out: list[str] = []
    for fault in report.faults:
        place = report.source.place(fault.line)
        head = report.source.told(fault.line) + (f" (line {fault.line} of the code)" if place else "")
        text = report.source.line(fault.line)
        indent = len(text) - len(text.lstrip())
        out += [f"{report.source.path.name}, {head}", f"    {text.strip()}"]
        if fault.columns != (0, 0):
            start = fault.columns[0] - 1 - indent
            out.append("    " + " " * start + "^" * max(1, fault.columns[1] - fault.columns[0]))
        out.append(f"  {fault.says}")
        if fault.theirs is not None and fault.ours is not None:
            theirs, ours = compared(fault.theirs, fault.ours)
            out += [f"  theirs {theirs}", f"  right  {ours}"]
        where = f"{fault.phase} pass" if fault.phase in {"forward", "backward"} else fault.phase
        shows = f"shows first at t = {fault.t} of the {where}" if fault.t else f"shows in the {where}"
        sure = "proven: with the right value put in there, every gradient is right" if fault.proven else "not proven"
        out.append(f"  {shows}; {sure}")
        out += [f"  why: {fault.why} ({fault.link})"] if fault.why else []
        out.append("")
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


def compared(theirs: Any, ours: Any, most: int = 6) -> tuple[str, str]:
    """Two values side by side: of arrays a few elements from the first that differs, in the digits that show it."""
    if not (isinstance(theirs, list) and isinstance(ours, list)):
        return _shown(theirs, 0, most, 6), _shown(ours, 0, most, 6)
    one, other = (np.asarray(value, dtype=float).reshape(-1) for value in (theirs, ours))
    if one.size != other.size:
        return _shown(theirs, 0, most, 4), _shown(ours, 0, most, 4)
    apart = np.abs(one - other)
    finite = np.nan_to_num(apart, nan=np.inf)
    start = int(np.argmax(finite > 1e-6 * max(1e-300, float(np.max(np.abs(other), initial=0.0)))))
    pairs = ((_shown(theirs, start, most, digits), _shown(ours, start, most, digits)) for digits in (4, 8, 12, 17))
    return next(
        (pair for pair in pairs if pair[0] != pair[1]), (_shown(theirs, 0, most, 17), _shown(ours, 0, most, 17))
    )


def _shown(value: Any, start: int, most: int, digits: int) -> str:
    """A number, or a few of many from an element on."""
    if isinstance(value, list):
        flat = np.asarray(value, dtype=float).reshape(-1)
        text = "  ".join(f"{v:+.{digits}g}" for v in flat[start : start + most])
        return f"[{'… ' if start else ''}{text}{' …' if flat.size > start + most else ''}]"
    return f"{value:+.{digits}g}" if isinstance(value, float) else str(value)
