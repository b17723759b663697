"""What was found of somebody's gradients, in lines for a person and as data for a script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rnn_core.diagnostics.mine.compared import Compared, Item
from rnn_core.diagnostics.mine.relation import named_factor
from rnn_core.diagnostics.mine.reproducing import Explained, Fit
from rnn_core.mistakes import Mistake
from rnn_core.mistakes.programs import program_of, right_line
from rnn_core.views.numbers import magnitude, short

RIGHT, WRONG = "right", "wrong"
MOST_FITS = 4
"""As many mistakes with the same numbers are told one by one."""


def lines(compared: Compared, explanations: Sequence[Explained]) -> list[str]:
    """A table, an array a line, in the order of computing; what explains it; the last line is the verdict."""
    return [*_table(compared), *_factor(compared), *_explained(compared, explanations), verdict(compared, explanations)]


def _table(compared: Compared) -> list[str]:
    table = [("array", "yours", "", "error", "")]
    for item in compared.items:
        word = "agrees" if item.agrees else "differs"
        table.append((item.ours, item.fitted.theirs, word, magnitude(item.error, 2), _more(compared, item)))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    text = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return [*text, f"compared to {tolerance(compared)} of the largest element", ""]


def _more(compared: Compared, item: Item) -> str:
    if item.agrees:
        return ""
    place = f"first at t = {_timestep(compared, item)}: " if item.first >= 0 else ""
    return f"{place}{item.relation}; {_element(compared, item)}"


def tolerance(compared: Compared) -> str:
    """How close is close enough, of each precision that was met."""
    met = sorted({item.fitted.tolerance for item in compared.items})
    return " or ".join(f"{value:.0e}" for value in met)


def _timestep(compared: Compared, item: Item) -> int:
    return item.first + compared.trace.program.registers[item.ours].first_timestep


def _worst(compared: Compared, item: Item) -> tuple[tuple[int, ...], float, float]:
    """The element of the first wrong row (or of the whole) that is furthest off: its index, theirs, ours."""
    theirs, ours = item.fitted.array, compared.scale(item.ours) * item.fitted.right
    at: tuple[int, ...] = ()
    if item.first >= 0:
        begin = item.fitted.rows.start or 0 if item.fitted.rows is not None else 0
        at = (item.first - begin,)
        theirs, ours = np.asarray(theirs[at]), np.asarray(ours[at])
    with np.errstate(all="ignore"):
        apart = np.where(np.isfinite(theirs - ours), np.abs(theirs - ours), np.inf)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(apart)), apart.shape)) if apart.ndim else ()
    return index, float(theirs[index]), float(ours[index])


def _element(compared: Compared, item: Item) -> str:
    index, theirs, ours = _worst(compared, item)
    within = f"[{','.join(map(str, index))}]" if index else ""
    place = f"[{_timestep(compared, item)}]" if item.first >= 0 else ""
    return f"{item.ours}{place}{within} is {short(theirs, 4)}, ours {short(ours, 4)}"


def _factor(compared: Compared) -> list[str]:
    factor = compared.factor
    if compared.common is not None:
        return [f"every gradient of yours is {named_factor(compared.common)} times ours", ""]
    if factor.value == 1:
        return []
    alone = sum(item.ours in compared.trace.program.sums or item.agrees for item in compared.items) < 2
    doubt = "; one array alone does not tell a factor of the loss from a mistake" if alone else ""
    return [f"every gradient of yours is {named_factor(factor.value)} times ours: {factor.words}{doubt}", ""]


def _explained(compared: Compared, explanations: Sequence[Explained]) -> Iterator[str]:
    for each in explanations:
        names = " ".join(each.names)
        distinct = each.distinct
        if not distinct and compared.common is not None:
            return
        if not distinct:
            yield f"{names}: no single replaced line of the listing makes these numbers"
            yield ""
            continue
        if len(distinct) > 1:
            tell = f"; with {each.told_apart_by} in your file they would be told apart" if each.told_apart_by else ""
            yield f"your {names} may be that of {len(distinct)} mistakes{tell}:"
        for fit in distinct[:MOST_FITS]:
            yield from _mistake(compared, names, fit, several=len(distinct) > 1)
            others = [cause for other in each.same_as(fit) if (cause := other.mistake.cause) != fit.mistake.cause]
            if others:
                yield f"    the same     {'; '.join(others[:3])}{' …' if len(others) > 3 else ''}"
        if len(distinct) > MOST_FITS:
            yield f"  … and of {len(distinct) - MOST_FITS} more (--json has all)"
        yield ""


def _mistake(compared: Compared, names: str, fit: Fit, *, several: bool) -> Iterator[str]:
    mistake, listing = fit.mistake, compared.trace.program
    yield f"  {mistake.cause}" if several else f"your {names} is that of: {mistake.cause}"
    line, wrong = right_line(mistake, listing), program_of(mistake, listing)
    if wrong is not None and line is not None:
        yield f"    the listing  {line}"
        yield f"    with it      {wrong.instruction(line.name)}"
    if mistake.why:
        yield f"    why          {mistake.why} ({mistake.link})"


def verdict(compared: Compared, explanations: Sequence[Explained]) -> str:
    """In one line: all agree, or the first that differs and what makes it so."""
    first = compared.first
    names = " ".join(item.ours for item in compared.items)
    if first is None:
        return f"right: {names} agree{_up_to(compared)}"
    fits = next((each.distinct for each in explanations if first.ours in each.names), ())
    if not fits and compared.common is not None:
        return f"wrong: every gradient is {named_factor(compared.common)} times ours, which no loss known here explains"
    at = f" at t = {_timestep(compared, first)}" if first.first >= 0 else ""
    why = fits[0].mistake.cause if len(fits) == 1 else f"one of {len(fits)} mistakes" if fits else first.relation
    return f"wrong: {first.ours} is the first that differs{at}: {why}"


def _up_to(compared: Compared) -> str:
    value = compared.factor.value
    return "" if value == 1 else f", up to the factor {named_factor(value)}"


# -- as data -----------------------------------------------------------------------------------------------------


def as_json(compared: Compared, explanations: Sequence[Explained]) -> dict[str, Any]:
    """The same for scripts."""
    first = compared.first
    return {
        "verdict": RIGHT if compared.agree else WRONG,
        "says": verdict(compared, explanations),
        "factor": {"value": compared.factor.value, "words": compared.factor.words},
        "first": first.ours if first is not None else None,
        "arrays": [_item(compared, item) for item in compared.items],
        "explained": [
            {
                "names": list(each.names),
                "mistakes": [_told(fit.mistake) for fit in each.fits],
                "distinct": [fit.mistake.name for fit in each.distinct],
                "told_apart_by": each.told_apart_by or None,
            }
            for each in explanations
        ],
        "notices": [str(notice) for notice in compared.notices],
    }


def _item(compared: Compared, item: Item) -> dict[str, Any]:
    found: dict[str, Any] = {
        "theirs": item.fitted.theirs,
        "ours": item.ours,
        "agrees": item.agrees,
        "error": _number(item.error),
        "tolerance": item.fitted.tolerance,
    }
    if not item.agrees:
        index, theirs, ours = _worst(compared, item)
        found |= {
            "relation": item.relation,
            "index": list(index),
            "theirs_value": _number(theirs),
            "value": _number(ours),
        }
        found |= {"t": _timestep(compared, item) if item.first >= 0 else None}
    return found


def _number(value: float) -> float | None:
    """JSON has no infinities."""
    return value if np.isfinite(value) else None


def _told(mistake: Mistake) -> dict[str, str]:
    return {
        "name": mistake.name,
        "line": mistake.line,
        "cause": mistake.cause,
        "replaced": mistake.replaced,
        "why": mistake.why,
        "link": mistake.link,
    }
