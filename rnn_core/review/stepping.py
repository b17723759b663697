"""The statements of a person's code in the order in which they ran, as places to stop at.

Rules this file keeps:
- A stop is one execution of a statement, or the rest of one after the functions that it called have come back.
- A loop that holds no line of ours is one stop; what a function without a line of ours does belongs to its call.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from rnn_core.alongside.run import NONE, Stops
from rnn_core.review.found import Found


class _Run(NamedTuple):
    """Events of one statement after another."""

    first: int
    last: int
    statement: int
    function: int
    loops: tuple[int, ...]


def stops(found: Found, start: int, stop: int, partners: dict[int, int]) -> tuple[Stops, dict[int, int]]:
    """The stops between two events, and the stop of each of our lines. `partners` are events by our line's number."""
    runs = _runs(found, start, stop)
    firsts = [run.first for run in runs]
    of_run = {k: max(0, int(np.searchsorted(firsts, event, side="right")) - 1) for k, event in partners.items()}
    held = set(of_run.values())
    folding = _holding(runs, held)
    lines: list[int] = []
    folded: list[bool] = []
    events: list[list[int]] = []
    stop_at: list[int] = []
    loop: int | None = None
    for i, run in enumerate(runs):
        around = (*run.loops, run.statement) if _is_loop(found, run.statement) else run.loops
        outer = next((each for each in around if each not in folding[0]), None) if i not in held else None
        called = i not in held and outer is None and run.function >= 0 and run.function not in folding[1]
        if lines and ((outer is not None and outer == loop) or called):
            events[-1][1] = run.last + 1
            folded[-1] = True
        else:
            statement = outer if outer is not None else run.statement
            lines.append(int(getattr(found.code.statements[statement], "lineno", 0)) if statement >= 0 else 0)
            folded.append(outer is not None)
            events.append([run.first, run.last + 1])
        loop = outer if not called else loop
        stop_at.append(len(lines) - 1)
    stop_of = {k: stop_at[i] for k, i in of_run.items()}
    ks = np.zeros(len(lines) + 1, dtype=np.int64)
    for k, at in stop_of.items():
        ks[at + 1] = max(ks[at + 1], k)
    np.maximum.accumulate(ks, out=ks)
    pairs = np.asarray(events, dtype=np.int64).reshape(-1, 2)
    return Stops(np.asarray(lines, np.int32), ks, np.asarray(folded, bool), pairs), stop_of


def _runs(found: Found, start: int, stop: int) -> list[_Run]:
    """One run of events after another, each of one statement; what a function is called with belongs to the call."""
    sites, recording = found.code.sites, found.recording
    out: list[_Run] = []
    before, entered = NONE, False
    for event in range(start, stop):
        site = sites[int(recording.sites[event])]
        again = site.kind == "round" and not entered
        entered = site.kind == "enter" or (entered and site.kind != "round" and site.statement == before)
        if (site.kind == "param" and out) or (site.statement == before and not again):
            out[-1] = out[-1]._replace(last=event)
            continue
        loops = site.loops if site.kind != "round" else site.loops[:-1]
        out.append(_Run(event, event, site.statement, site.function, loops))
        before = site.statement
    return out


def _is_loop(found: Found, statement: int) -> bool:
    return statement >= 0 and isinstance(found.code.statements[statement], ast.For | ast.While)


def _holding(runs: list[_Run], held: Iterable[int]) -> tuple[set[int], set[int]]:
    """The loops and the functions inside which, while they ran, a line of ours was computed."""
    counts = np.zeros(len(runs) + 1, dtype=np.int64)
    for i in held:
        counts[i + 1] = 1
    counts = counts.cumsum()
    found: tuple[set[int], set[int]] = set(), set()
    spans: tuple[dict[int, tuple[int, int]], dict[int, tuple[int, int]]] = {}, {}
    for i, run in enumerate(runs):
        for kind, keys in enumerate(((*run.loops, run.statement), (run.function,))):
            for key in keys:
                spans[kind][key] = spans[kind].get(key, (i, i))[0], i
    for kind in range(2):
        for key, (first, last) in spans[kind].items():
            if counts[last + 1] > counts[first]:
                found[kind].add(key)
    return found
