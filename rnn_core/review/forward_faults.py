"""The mistake in a forward pass whose states, logits and probabilities are not the right ones."""

from __future__ import annotations

import ast
from itertools import permutations

import numpy as np

from rnn_core.mistakes import MISTAKES, oracle
from rnn_core.model import Array
from rnn_core.review.found import Found, Judged
from rnn_core.review.instrument import Site
from rnn_core.review.suspicion import Place, Suspicion


def explain_forward(found: Found, judged: Judged) -> Suspicion | None:
    """The mistake in the forward pass whose states, logits and probabilities are theirs."""
    net, theirs = judged.net, judged.episode
    last: tuple[tuple[bool, int], Suspicion] | None = None
    h_right = found.values.close(judged.right.states[1:], theirs.h)
    for mistake in MISTAKES:
        if mistake.forward is None or (mistake.line == "p" and net.head != "softmax"):
            continue
        try:
            run = oracle.forward(net, {mistake.line: mistake.forward})
        except (ValueError, IndexError):
            continue
        if not all(np.isfinite(part).all() for part in (run.states, run.p)):
            continue
        if mistake.line in {"a", "h"}:
            if mistake.name == "a: no carry" and _carries(found, judged):
                continue
            if h_right or run.states[1:].shape != theirs.h.shape or not found.values.close(run.states[1:], theirs.h):
                continue
            return Suspicion(mistake, run, 1.0)
        if not h_right:
            continue
        series = run.z if mistake.line == "z" else run.p
        right = judged.right.z if mistake.line == "z" else oracle.forward(net).p
        if series.shape != right.shape or found.values.close(series, right):
            continue
        if mistake.name == "p: z":
            continue
        rows = [row for row, has in zip(series, judged.has, strict=True) if has]
        if mistake.name == "z: before" and judged.has.sum() == 1:  # the one output of the last timestep
            rows = [series[-1]]
        if found.values.alike(series) or all(found.values.alike(row) for row in rows):
            if mistake.line == "z" and judged.z_seen:
                continue
            if mistake.line == "z":
                return Suspicion(mistake, run, 1.0)
            shows: int = max(
                found.recording.first[n] for n in found.values.alike(series) or found.values.alike(rows[-1])
            )
            rank = bool(np.ptp(series)), shows  # a row of ones is many a thing
            if last is None or rank > last[0]:
                last = rank, Suspicion(mistake, run, 1.0)
    return last[1] if last is not None else None


def division(found: Found, judged: Judged, suspicion: Suspicion) -> Place | None:
    """Where exp(z) is divided by something that is not its sum over the classes; None where it is not divided."""
    if suspicion.mistake.name not in {"p: exp", "p: exp shifted", "p: max"}:
        return None
    recording, sites = found.recording, found.code.sites
    rows = suspicion.run.p
    numbers = {n for row in (rows[0], rows[-1], rows) for n in found.values.alike(row)}
    if not numbers:
        return None
    begin = max(min(recording.first[n] for n in numbers), judged.episode.steps[0].at)
    size = {recording.arrays[n].size for n in numbers}
    for event in range(begin, min(begin + 80, judged.episode.stop)):
        site = sites[int(recording.sites[event])]
        statement = found.code.statements[site.statement]
        array = recording.array(event)
        if array is None:
            continue
        divided = (
            isinstance(site.node, ast.BinOp)
            and isinstance(site.node.op, ast.Div)
            and site.kind == "see"
            and array.size in size
            and any(int(n) in numbers for n in recording.values[max(begin, event - 12) : event])
        )
        if divided or (
            site.kind == "add" and isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Div)
        ):
            return Place(site, event, 0, _quotients(found, judged, site, event), None)
    return None


def _quotients(found: Found, judged: Judged, site: Site, first: int) -> dict[tuple[int, int], Array]:
    """What a division must give (or divide by, where it is in place) so that the right probabilities come of it."""
    events = found.events.of_site[site.id]
    inside = [(k, int(e)) for k, e in enumerate(events) if first <= e < judged.episode.stop]
    times = [t for t in range(judged.net.T) if judged.has[t]]
    rows = [judged.right.p[t] for t in times] if len(inside) >= len(times) else [judged.right.p]
    after = next((s.id for s in found.code.beside(site) if s.kind == "after"), -1)
    swaps: dict[tuple[int, int], Array] = {}
    for (k, event), row in zip(inside, rows, strict=False):
        divisor = found.recording.array(event)
        made = found.events.next(after, event) if site.kind == "add" else event
        result = found.recording.array(made) if made >= 0 else None
        if divisor is None or result is None or result.size != row.size:
            return {}
        right = _nearest(row, result)
        with np.errstate(all="ignore"):
            swaps[site.id, k] = right if site.kind == "see" else result * divisor / right
    return swaps


def _nearest(right: Array, theirs: Array) -> Array:
    """`right` in the order of axes in which it resembles theirs most."""
    orders = [np.squeeze(right).transpose(axes) for axes in permutations(range(np.squeeze(right).ndim))]
    fitting = [one.reshape(theirs.shape) for one in orders if one.shape == np.squeeze(theirs).shape]
    fitting = fitting or [right.reshape(theirs.shape)]
    return max(fitting, key=lambda one: float(np.vdot(one, theirs) / np.linalg.norm(one)))


def _carries(found: Found, judged: Judged) -> bool:
    """Whether W is read inside a timestep: then it is multiplied by something, if by 0."""
    piece = found.pieces.get("W")
    if piece is None or judged.net.T < 2:
        return False
    step = judged.episode.steps[1]
    seen = found.recording.values[step.start : step.done + 1]
    return any(
        int(n) >= 0
        and found.recording.arrays[int(n)].shape == judged.stored["W"].shape
        and np.array_equal(found.recording.arrays[int(n)], judged.stored["W"])
        for n in np.unique(seen)
    )
