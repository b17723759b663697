"""Which statements may be wrong, and what they should make: from the first wrong value back to where it comes from.

A statement makes a value that is none of ours. If it makes one of ours with another operand, that operand is wrong,
and now it is known what it should be. The question goes on to the statement that made it, or to the call that handed
it on.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnn_core.mistakes import oracle
from rnn_core.model import Array
from rnn_core.review.found import Found, Judged
from rnn_core.review.origins import argument_of
from rnn_core.review.repair.arithmetic import UnknownError, value_of
from rnn_core.review.repair.explained import Ours
from rnn_core.review.repair.moment import known_at

_MADE = frozenset({"store", "add", "after", "return", "effect", "base"})
_READ = ast.Name | ast.Attribute | ast.Subscript
DEPTH = 5


Seen = tuple[int, Array | None]
"""An event at which somebody saw the mistake, and what should stand there."""


@dataclass(frozen=True, eq=False)
class Question:
    """A statement that may be wrong."""

    statement: int
    event: int
    """Its end, when it went wrong first; -1 where that is not known."""
    wanted: tuple[Array, ...] = ()
    """What it should make then; empty where any value of ours will do."""
    known: dict[str, Any] = field(default_factory=dict)
    """What names held then."""
    fresh: bool = False
    """Whether what it makes is in doubt, ours or not: something else of ours is wanted."""
    near: bool = True
    """Whether the wrong numbers lead there."""


def questions(
    found: Found, judged: Judged, ours: Ours, blamed: list[Seen], missing: tuple[str, ...]
) -> Iterator[Question]:
    """Statements that may be wrong, the likeliest first. `blamed` are events at which somebody saw the mistake."""
    sites, recording = found.code.sites, found.recording
    first = unexplained(found, judged, ours)
    done: set[int] = set()
    letters = [name for group in missing for name in group if name in judged.stored]
    # Where one gradient alone is wrong, all that leads to it is right, and what has its size is looked at first.
    sizes = {judged.stored[name].size for name in letters} if len(letters) == 1 else set()
    wrong = sorted(first.values(), key=lambda event: (_size(found, event) not in sizes, event))
    begins = [event for event, _ in blamed] + wrong[:6]
    for event, right in blamed:
        if right is not None and (theirs := recording.array(event)) is not None:
            for reader in (event, *_readers(found, judged, event, theirs)):
                yield _question(found, reader, (right, right.T))
    for begin in begins:
        for question in _back_from(found, judged, ours, begin):
            if question.statement not in done or question.wanted:
                done.add(question.statement)
                yield question
    yield from _gatherers(found, judged, ours, missing)
    loops = [loop for begin in begins for loop in sites[int(recording.sites[begin])].loops[::-1]]
    for loop in dict.fromkeys(loops):
        yield Question(loop, -1)
    for statement in sorted(first, key=lambda statement: first[statement]):
        if statement not in done:
            done.add(statement)
            yield Question(statement, first[statement], (), known_at(found, first[statement]))
    start, stop = backward_begins(found, judged), judged.episode.stop
    for events in (range(start, stop), range(max(judged.episode.start, 0), start)):
        for event in events:
            statement = sites[int(recording.sites[event])].statement
            if statement >= 0 and statement not in done:
                done.add(statement)
                at = _second(found, judged, statement)
                yield Question(statement, at, (), known_at(found, at) if at >= 0 else {}, False)


def _gatherers(found: Found, judged: Judged, ours: Ours, missing: tuple[str, ...]) -> Iterator[Question]:
    """Stores that hold parts of a gradient that is missing: they should hold the sum so far."""
    recording, sites = found.recording, found.code.sites
    begin, stop = backward_begins(found, judged), judged.episode.stop
    for name in (name for group in missing for name in group if name in found.pieces):
        parts = judged.right.rows[f"d{name}"]
        sums = [one * scale for one in oracle.running(parts, judged.right.times) if one.any() for scale in ours.scales]
        wanted = (*sums, *(one.T for one in sums if one.ndim == 2))
        numbers = {n for scale in ours.scales for row in parts if row.any() for n in found.values.alike(row * scale)}
        stores: dict[int, list[int]] = {}
        for event in range(begin, stop):
            site = sites[int(recording.sites[event])]
            if int(recording.values[event]) in numbers and site.kind in {"store", "after"}:
                stores.setdefault(site.statement, []).append(event)
        for statement, events in stores.items():
            event = events[min(1, len(events) - 1)]
            yield Question(statement, event, wanted, known_at(found, event))


def _second(found: Found, judged: Judged, statement: int) -> int:
    """The second execution of a statement, where nothing is 0 any more."""
    ends = sorted(
        int(e)
        for site in found.code.sites
        if site.statement == statement and site.kind in {"store", "add", "return", "see"} and site.parent < 0
        for e in found.events.of_site.get(site.id, ())
        if judged.episode.start <= e < judged.episode.stop
    )
    return ends[min(1, len(ends) - 1)] if ends else -1


def _back_from(found: Found, judged: Judged, ours: Ours, event: int) -> list[Question]:
    """A wrong statement, then those that its wrong operands come from, then the calls that led to them."""
    sites, recording = found.code.sites, found.recording
    out = [Question(sites[int(recording.sites[event])].statement, event, (), known_at(found, event))]
    level: list[tuple[int, tuple[Array, ...]]] = [(event, ())]
    seen = {event}
    for depth in range(DEPTH):
        following: list[tuple[int, tuple[Array, ...]]] = []
        for at, wanted in level:
            for name, theirs, values in _wrong_operands(found, ours, at, wanted):
                maker = _maker(found, at, name)
                if maker >= 0 and maker not in seen:
                    seen.add(maker)
                    following.append((maker, tuple(values)))
                    out.append(_question(found, maker, tuple(values)))
                elif maker < 0:
                    out += [_question(found, reader, tuple(values)) for reader in _readers(found, judged, at, theirs)]
                    kept = _maker(found, at, name.partition("[")[0])
                    out += [_question(found, kept, (), True)] if kept >= 0 else []
            if not depth:
                makers = [_maker(found, at, name) for name in _names(found, at)]
                out += [_question(found, maker, (), True) for maker in makers if maker >= 0]
        level = following[:8]
    return out


def _question(found: Found, event: int, wanted: tuple[Array, ...], fresh: bool = False) -> Question:
    site = found.code.sites[int(found.recording.sites[event])]
    return Question(site.statement, event, wanted, known_at(found, event), fresh)


def _names(found: Found, event: int) -> list[str]:
    """The plain names that the statement of an event reads."""
    statement = found.code.statements[found.code.sites[int(found.recording.sites[event])].statement]
    root = getattr(statement, "value", None)
    return [part.id for part in ast.walk(root) if isinstance(part, ast.Name)] if root is not None else []


def _readers(found: Found, judged: Judged, event: int, value: Array) -> list[int]:
    """The nearest events of other statements that read a value by a name: one of them may have kept it, or used it."""
    recording, sites = found.recording, found.code.sites
    own = sites[int(recording.sites[event])].statement
    out: dict[int, int] = {}
    for number in found.values.same(value):
        shown = np.flatnonzero(recording.values == number)
        shown = shown[(shown >= judged.episode.start) & (shown < judged.episode.stop)]
        for at in sorted(shown.tolist(), key=lambda at: abs(at - event))[:60]:
            site = sites[int(recording.sites[at])]
            if site.kind == "see" and isinstance(site.node, _READ) and site.statement != own:
                out.setdefault(site.statement, at)
    return list(out.values())[:8]


def _wrong_operands(
    found: Found, ours: Ours, event: int, wanted: tuple[Array, ...]
) -> Iterator[tuple[str, Array, list[Array]]]:
    """Operands of a statement, what they are, and the values of ours with which the statement makes one of ours."""
    sites = found.code.sites
    site = sites[int(found.recording.sites[event])]
    node = found.code.statements[site.statement]
    root = site.node if site.kind == "see" and isinstance(site.node, ast.expr) else getattr(node, "value", None)
    if root is None:
        return
    known = known_at(found, event)
    names = {ast.unparse(part): part for part in ast.walk(root) if isinstance(part, _READ)}
    for name in names:
        theirs = known.get(name)
        if not isinstance(theirs, np.ndarray) or theirs.size < 2:
            continue
        if isinstance(root, _READ) and ast.unparse(root) == name:
            yield name, theirs, list(wanted)
            continue
        right = []
        others = {text: held for text, held in known.items() if not text.startswith((f"{name}.", f"{name}["))}
        for value in ours.like(theirs):
            try:
                made = value_of(root, {**others, name: value})
            except UnknownError:
                break
            if among(made, wanted, ours.tolerance) if wanted else ours.has(made):
                right.append(value)
        if right:
            yield name, theirs, right[:4]


def among(value: Any, wanted: tuple[Array, ...], tolerance: float) -> bool:
    """Whether a value is one of those wanted."""
    array = np.asarray(value)
    return any(
        array.size == one.size
        and array.any()
        and np.abs(array.reshape(-1) - one.reshape(-1)).max() <= tolerance * np.abs(one).max()
        for one in wanted
    )


def _maker(found: Found, event: int, name: str) -> int:
    """The event that gave a name the value that a statement reads: a store, or an argument of a call; -1 for none."""
    recording, sites = found.recording, found.code.sites
    reader = sites[int(recording.sites[event])]
    for before in range(event - 1, max(event - 3000, -1), -1):
        site = sites[int(recording.sites[before])]
        if site.statement == reader.statement and site.kind != "param":
            continue
        if site.kind == "param" and site.function == reader.function and site.name == name:
            return argument_of(found, before, int(recording.values[before]))
        if site.name != name or site.kind not in {"store", "add", "after"}:
            continue
        if site.function == reader.function or "." in name or reader.function >= 0 > site.function:
            return before
    return -1


def unexplained(found: Found, judged: Judged, ours: Ours) -> dict[int, int]:
    """By statement the first event of the backward pass at which it makes a value that is none of ours."""
    recording, sites = found.recording, found.code.sites
    first: tuple[dict[int, int], dict[int, int]] = ({}, {})
    answered: dict[int, bool] = {}
    for event in range(backward_begins(found, judged), judged.episode.stop):
        number = int(recording.values[event])
        site = sites[int(recording.sites[event])]
        made = site.kind in _MADE or (site.kind == "see" and isinstance(site.node, ast.BinOp | ast.Call))
        if number < 0 or not made:
            continue
        array = recording.arrays[number]
        of_its_kind = first[array.size < 2]
        if site.statement in of_its_kind:
            continue
        plain = array.size > 1 and bool((array == array.reshape(-1)[0]).all())
        if recording.whole[number] or plain or not array.any() or recording.first[number] < judged.episode.start:
            continue
        if number not in answered:
            answered[number] = ours.has(array)
        if not answered[number]:
            of_its_kind[site.statement] = event
    return first[0] or first[1]  # of numbers alone, as a loss is one, only where there is nothing else


def _size(found: Found, event: int) -> int:
    array = found.recording.array(event)
    return 0 if array is None else array.size


def backward_begins(found: Found, judged: Judged) -> int:
    """The event after the forward pass, its outputs included."""
    begin, stop = judged.episode.steps[-1].done, judged.episode.stop
    last = judged.right.p[np.flatnonzero(judged.has)[-1]] if judged.has.any() else judged.right.p[-1]
    for number in (*found.values.alike(last), *found.values.alike(judged.right.p)):
        first = found.recording.first[number]
        begin = max(begin, first + 1 if first < stop else begin)
    return begin
