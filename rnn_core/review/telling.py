"""A fault as it is told: the text of the place, what it computes, what belongs there, and both values."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from rnn_core.errors import one_line
from rnn_core.mistakes import MATHS, RIGHT, WHY
from rnn_core.model import Array
from rnn_core.review import search, update
from rnn_core.review.found import Found
from rnn_core.review.instrument import Site
from rnn_core.review.repair import Edit
from rnn_core.review.report import Fault, at_time
from rnn_core.review.suspicion import Place, Suspicion

GIVEN = {"h": "h[t]", "h_prev": "h[t-1]", "x": "x[t]", "p": "p[t]", "square": "h[t]²"}
"""What the forward pass gives, by the names of lines that a store may keep to."""


def by_shape(found: Found, told: update.Told) -> Fault:
    """A fault that needs no proof by numbers: its shape shows it."""
    site = told.place.site
    says = f"{segment_of(found, site)}: {told.cause}; right is {told.right}"
    return Fault(
        line_of(found, site),
        columns(found, site),
        told.phase,
        0,
        one_line(says),
        told.cause,
        told.why,
        MATHS,
        kind=told.name,
    )


def by_value(found: Found, hit: search.Hit) -> Fault:
    """A fault that no kind of mistake explains: the right value there makes the gradients right."""
    place, line = hit.place, hit.line
    t = place.r + 1
    segment = segment_of(found, place.site)
    sums = line.startswith("sum of ")
    line = line.removeprefix("sum of ")
    text = GIVEN.get(line) or f"{'the sum so far of ' if sums else ''}{RIGHT[line]}"
    right = at_time(text, t)
    says = f"{segment} is not {right}, which belongs there"
    return Fault(
        line_of(found, place.site),
        columns(found, place.site),
        hit.phase,
        t,
        one_line(says),
        f"{line} is not {text}" if line not in GIVEN else f"not {text}",
        WHY.get(line, ""),
        MATHS,
        _data(found.recording.array(place.event)),
        _data(place.right),
        hit.whole,
        f"{line}: other",
        event=place.event,
        wanted=place.right,
    )


def by_kind(found: Found, suspicion: Suspicion, place: Place, proven: bool) -> Fault:
    """A fault of a kind in the table of mistakes, told at a place."""
    mistake = suspicion.mistake
    t = place.r + 1
    segment = segment_of(found, place.site)
    computes, right = at_time(mistake.computes, t), at_time(mistake.right or GIVEN.get(mistake.line, ""), t)
    phase = "forward" if mistake.forward is not None else "backward"
    if mistake.line == "loop":
        says = f"{segment}: {mistake.cause}"
    elif mistake.gathered is not None:
        says = f"{segment}: {mistake.cause}; what is left is {mistake.computes}, "
        says += f"where the sum over t of {mistake.right} belongs"
    else:
        of = (
            f"the gradient of {mistake.line[1:]}"
            if mistake.line in {"dU", "dW", "dV", "db", "dc"}
            else f"{_name(mistake.line)}"
        )
        belongs = f"{of} is {right}" if of else f"{right} belongs there"
        says = f"{segment} computes {computes}; {belongs}: {at_time(mistake.cause, t)}"
    theirs = found.recording.array(place.event)
    return Fault(
        line_of(found, place.site),
        columns(found, place.site),
        phase,
        max(t, 0),
        one_line(says),
        mistake.cause,
        mistake.why,
        mistake.link,
        _data(theirs),
        _data(place.right),
        proven,
        mistake.name,
        suspicion.run,
        place.event,
        place.right,
    )


def by_repair(found: Found, edit: Edit, known: Fault | None) -> Fault:
    """A fault that a change to the text mends; `known` is what was found without it, perhaps somewhere else."""
    says = f"{edit.old or 'this'}: {edit.said}"
    mended = f"with {edit.new} in its place" if edit.new else "without it"
    cause = known.cause if known is not None and not known.kind.endswith(": other") else edit.said
    says = f"{says}; {mended} everything is right"
    text = found.code.lines[edit.line - 1].encode()
    start, end = edit.node.col_offset, edit.node.end_col_offset  # type: ignore[attr-defined]  # an expression has columns
    several = edit.node.end_lineno != edit.line  # type: ignore[attr-defined]
    columns = tuple(
        len(text[:at].decode(errors="ignore")) + 1 for at in (start, len(text.rstrip()) if several else end)
    )
    return Fault(
        edit.line,
        (columns[0], columns[1]),
        known.phase if known is not None else "backward",
        known.t if known is not None else 0,
        one_line(says),
        cause,
        known.why if known is not None else "",
        known.link if known is not None else MATHS,
        None,
        None,
        True,
        known.kind if known is not None else "repair",
        known.run if known is not None else None,
    )


def _name(line: str) -> str:
    return {"slope": "tanh'", "local": "the local gradient"}.get(
        line, f"{line}[t]" if line in {"p", "z", "a", "h"} else line
    ).replace("[t]", "")


def _data(array: Array | None, most: int = 64) -> Any:
    """A value as JSON holds it: its first elements."""
    if array is None:
        return None
    flat = np.asarray(array, dtype=float).reshape(-1)[:most]
    told = [float(v) if np.isfinite(v) else str(v) for v in flat]
    return told[0] if array.size == 1 else told


def line_of(found: Found, site: Site) -> int:
    """The line of a place in their code, from 1."""
    if site.kind in {"see", "loop", "round", "param", "enter"}:
        return site.line
    node: ast.AST = found.code.statements[site.statement]
    return int(getattr(node, "lineno", site.line))


def _node(site: Site) -> ast.AST:
    return site.value if site.kind in {"store", "add", "return"} and site.value is not None else site.node


def segment_of(found: Found, site: Site) -> str:
    """The text of a place in their code."""
    if site.kind in {"loop", "round"}:
        statement = _loop_of(found, site)
        if isinstance(statement, ast.While):
            return f"while {ast.unparse(statement.test)}"
        return f"for {ast.unparse(statement.target)} in {ast.unparse(statement.iter)}" if statement is not None else ""
    text = ast.unparse(_node(site))
    return text if len(text) <= 70 else f"{text[:67]}…"


def _loop_of(found: Found, site: Site) -> ast.For | ast.While | None:
    statement = found.code.statements[site.loops[-1]] if site.loops else None
    return statement if isinstance(statement, ast.For | ast.While) else None


def columns(found: Found, site: Site) -> tuple[int, int]:
    """Its columns, from 1, the end not included; (0, 0) where it stands on another line than its statement."""
    node = _node(site)
    if site.kind in {"loop", "round"} and (loop := _loop_of(found, site)) is not None:
        node = loop.iter if isinstance(loop, ast.For) else loop.test
    line, end = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
    if not line or line != line_of(found, site):
        return 0, 0
    text = found.code.lines[line - 1]
    bytes_of = text.encode()  # Python's tree counts bytes

    def column(offset: int) -> int:
        return len(bytes_of[:offset].decode(errors="ignore")) + 1

    start = column(node.col_offset)  # type: ignore[attr-defined]  # it has a line, so it has columns
    return start, column(node.end_col_offset) if end == line else len(text.rstrip()) + 1  # type: ignore[attr-defined]
