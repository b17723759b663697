"""Where in the code a mistake can stand: the first event that shows the mistake's own numbers is it."""

from __future__ import annotations

import ast
from dataclasses import replace

import numpy as np

from rnn_core.mistakes import GRADIENTS, oracle
from rnn_core.mistakes.oracle import Ran
from rnn_core.model import Array
from rnn_core.review.found import Found, Judged
from rnn_core.review.gathering import ascending, gathered_places, loop_places
from rnn_core.review.instrument import Site
from rnn_core.review.suspects import simulate
from rnn_core.review.suspicion import Place, Suspicion
from rnn_core.review.swaps import added_values, forms, laid_out, permuted, right_values, sister_of


def places(found: Found, judged: Judged, suspicion: Suspicion) -> list[Place]:
    """Where the mistake can stand: the likeliest place first."""
    mistake = suspicion.mistake
    if mistake.line == "loop":
        return loop_places(found, judged, suspicion)
    if mistake.forward is not None:
        return _where(
            found, judged, suspicion, mistake.line, _forward_series(suspicion.run), _forward_series(judged.right)
        )
    if mistake.gathered is not None:
        return _together(found, judged, suspicion)
    tries = {"slope": ("slope", "da"), "local": ("local", "dh")}.get(mistake.line, (mistake.line,))
    if mistake.name.startswith("slope: cache"):
        got = _where(found, judged, suspicion, "slope", suspicion.run.rows, judged.right.rows)
        got = got or _where(found, judged, suspicion, "da", suspicion.run.rows, judged.right.rows)
        return [] if mistake.name.endswith("T+1-t") and got and ascending(found, got[0].event) else got
    if mistake.line == "slope" and mistake.operand is not None:  # its square is computed before, perhaps elsewhere
        got = _where(
            found, judged, suspicion, "square", _squares(suspicion, judged), {"square": judged.right.states[1:] ** 2}
        )
        if any(place.r >= 0 for place in got):
            return got
    found_last: list[Place] = []
    sums_only = mistake.line not in GRADIENTS
    for line in (*tries, *(("da",) if mistake.name == "dh: local" else ())):
        got = _where(found, judged, suspicion, line, suspicion.run.rows, judged.right.rows)
        if sums_only and got and all(place.site.kind == "add" for place in got):
            got = _one_timestep(found, judged, suspicion, line) or got
        if any(place.r >= 0 for place in got) or (got and line in GRADIENTS and _loopless(found, got[0])):
            return (
                [*(place for place in got if place.r >= 0), *(place for place in got if place.r < 0)]
                if mistake.is_other
                else got
            )
        found_last = found_last or got
    for line in tries:
        got = _one_timestep(found, judged, suspicion, line)
        if got:
            return got
    return found_last


def _together(found: Found, judged: Judged, suspicion: Suspicion) -> list[Place]:
    """Where gradients are gathered; several of them where one line does it for all."""
    letters = suspicion.letters
    line = suspicion.mistake.line
    if len(letters) < 2 or any(piece.stacked for n, piece in found.pieces.items() if n in letters):
        return gathered_places(found, judged, suspicion)
    at: dict[int, list[Place]] = {}
    for letter in letters:
        alone = replace(suspicion, mistake=replace(suspicion.mistake, line=f"d{letter}"))
        for place in gathered_places(found, judged, alone):
            at.setdefault(found.code.origin(place.site), []).append(place)
    whole = [own for own in at.values() if len(own) == len(letters)]
    got = [replace(own[0], swaps={k: v for place in own for k, v in place.swaps.items()}) for own in whole]
    got.sort(key=lambda place: (bool(place.swaps), -len(place.swaps), place.event))
    return got or gathered_places(found, judged, replace(suspicion, mistake=replace(suspicion.mistake, line=line)))


def _squares(suspicion: Suspicion, judged: Judged) -> dict[str, Array]:
    """h² as the mistake has it, at each timestep that it visits."""
    operand, moments = suspicion.mistake.operand, suspicion.run.moments
    assert operand is not None
    rows = judged.right.states[1:] ** 2
    for r, moment in moments.items():
        value = np.asarray(operand(moment))
        rows[r] = value**2 if value.shape == rows[r].shape else rows[r]
    return {"square": rows}


def _loopless(found: Found, place: Place) -> bool:
    """Whether a place computes for itself: no call of a function of the file's own."""
    node = place.site.node
    names = {getattr(function, "name", "") for function in found.code.functions}
    if place.site.kind == "return" or not isinstance(node, ast.Call):
        return place.site.kind != "return"
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return called not in names


def _forward_series(run: Ran) -> dict[str, Array]:
    return {"a": run.a, "h": run.states[1:], "z": run.z, "p": run.p}


def _where(
    found: Found, judged: Judged, suspicion: Suspicion, line: str, series: dict[str, Array], right: dict[str, Array]
) -> list[Place]:
    """The sites that show the wrong numbers, in the order in which they first do."""
    rows, should = series[line], right[line]
    order = suspicion.run.times or tuple(range(judged.net.T))
    differs = [r for r in order if not found.values.close(rows[r], should[r])]
    differs = [r for r in differs if rows[r].any()] or differs
    if not differs:
        return []
    if line == "z":  # there may be an output at the last timestep alone
        differs = [r for r in differs if found.values.alike(rows[r])] or differs
    if line == "p":  # p may stand there as its logarithm alone
        with np.errstate(all="ignore"):
            logs = np.log(rows), np.log(should)
        if _shown(found, logs[0]) < _shown(found, rows):
            rows, should = logs
    wrong_forms = forms(found, judged, line, rows, series, order)
    right_forms = forms(found, judged, line, should, right, tuple(range(judged.net.T - 1, -1, -1)))
    scales = [suspicion.factor] + ([1.0] if suspicion.factor != 1.0 else [])
    hits: dict[int, Place] = {}
    for form, correct in zip(wrong_forms, right_forms, strict=True):
        for scale in scales:
            for r in differs[:2]:
                known = len(hits)
                for number in found.values.alike(form[r] * scale):
                    _note(found, judged, hits, number, r, form * scale, correct * scale, order)
                if len(hits) > known:
                    break
            if len(rows) > 1:
                for whole, good in (
                    (form, correct),
                    (form[-1:] * 0 + form.sum(axis=0), correct[-1:] * 0 + correct.sum(axis=0)),
                ):
                    shown = whole if whole is form else whole[0]
                    truth = good if good is correct else good[0]
                    for number in found.values.alike(shown * scale):
                        _note_whole(found, judged, hits, number, shown * scale, truth * scale)
    got = sorted(hits.values(), key=lambda place: place.event)
    if suspicion.mistake.line == "a" and got:
        made = {int(e) for e in (judged.episode.steps[got[0].r].at,)}
        got.sort(
            key=lambda place: (
                (place.site.kind != "see", -place.event) if place.event <= max(made) else (True, place.event)
            )
        )
    if suspicion.mistake.is_other and suspicion.mistake.forward is None:
        got = _handed_on(found, judged, got)
    if suspicion.mistake.is_other:
        adds = [place for place in got if place.site.kind == "add"]
        stores = [
            place for place in got if place.site.kind in {"store", "return"} and (place.r >= 0 or place is not got[0])
        ]
        first = adds if line in GRADIENTS else sorted([*stores, *adds], key=lambda place: -place.event)
        if all(_unpacked(found, place.site) or place.site.kind == "return" for place in first):
            # It is handed on as an argument: what a call gave was right under the name that it got.
            first = sorted((p for p in got if p.site.kind == "param"), key=lambda place: -place.event) + first
        got = [*first, *(place for place in got if place not in first)]
    return got


def _shown(found: Found, rows: Array) -> int:
    """The first event that shows the last of these rows, or all of them at once; beyond the last where none does."""
    numbers = [*found.values.alike(rows), *found.values.alike(rows[-1])]
    return min((found.recording.first[n] for n in numbers), default=len(found.recording))


def _unpacked(found: Found, site: Site) -> bool:
    """Whether a store takes apart what a call gave."""
    statement = found.code.statements[site.statement]
    return (
        isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.targets[0], ast.Tuple)
    )


def _handed_on(found: Found, judged: Judged, got: list[Place]) -> list[Place]:
    """The places with those of the forward pass last: what is right there is wrong where it is read going back."""
    end = judged.episode.steps[-1].done
    later = [place for place in got if place.event > end]
    if later or not got:
        return [*later, *(place for place in got if place.event <= end)]
    recording = found.recording
    numbers = {int(recording.values[place.event]) for place in got}
    if judged.net.T > 1 and not any(place.site.loops for place in got):
        return got
    for event in range(end + 1, judged.episode.stop):
        site = found.code.sites[int(recording.sites[event])]
        if int(recording.values[event]) in numbers and site.kind == "see" and site.parent >= 0:
            return [replace(got[-1], site=site, event=event), *got]
    return got


def _one_timestep(found: Found, judged: Judged, suspicion: Suspicion, line: str) -> list[Place]:
    """Places in code that goes back from each timestep on its own: its first round is a loss at t = T alone."""
    net = judged.net
    runs: list[tuple[Ran, Ran]] = []
    for t in np.flatnonzero((net.y >= 0).any(axis=1))[::-1]:
        alone = np.where((np.arange(net.T) == t)[:, None], net.y, -1)
        passed = oracle.ran(
            replace(net, y=alone),
            judged.right.a,
            judged.right.states,
            judged.right.z,
            oracle.probabilities(net.head, judged.right.z),
        )
        right = oracle.backward(passed)
        made = next(simulate(passed, right, suspicion.mistake, found, set()), None)
        if made is None:
            return []
        runs.append((made[0], right))
    if not runs:
        return []
    run, right = runs[0]
    got = _where(
        found,
        replace(judged, right=right),
        Suspicion(suspicion.mistake, run, suspicion.factor),
        line,
        run.rows,
        right.rows,
    )
    out = []
    for place in got:
        where = found.events.of_site[place.site.id]
        inside = [k for k, e in enumerate(where) if judged.episode.steps[-1].done <= e < judged.episode.stop]
        times = np.flatnonzero((net.y >= 0).any(axis=1))[::-1]
        rows = [
            (w.rows[line][r], g.rows[line][r]) for (w, g), t in zip(runs, times, strict=True) for r in range(t, -1, -1)
        ]
        swaps = dict(place.swaps)
        if len(rows) == len(inside):
            swaps = {}
            for k, (wrong, good) in zip(inside, rows, strict=True):
                array = found.recording.array(int(where[k]))
                if array is not None and array.size == good.size:
                    swaps[place.site.id, k] = laid_out(found, array, wrong, good)
        out.append(replace(place, swaps=swaps))
    return out


def _note(
    found: Found,
    judged: Judged,
    hits: dict[int, Place],
    number: int,
    r: int,
    wrong: Array,
    right: Array,
    order: tuple[int, ...],
) -> None:
    recording = found.recording
    start, stop = judged.episode.steps[0].at - 2, judged.episode.stop
    if not recording.arrays[number].any():  # zeros show everywhere: only those of the backward pass count
        start = judged.episode.steps[-1].done
    for event in np.flatnonzero(recording.values[start:stop] == number)[:40] + start:
        site = found.code.sites[int(recording.sites[event])]
        if site.kind in {"after", "effect"}:
            other = sister_of(found, site)
            if other is None or other.id in hits:
                continue
            swaps = added_values(found, judged, site, other, wrong, right, order)
            hits[other.id] = Place(other, int(event), r, swaps, right[r])
            continue
        if site.kind not in {"see", "store", "add", "return", "param", "base"} or site.id in hits:
            continue
        if (
            site.kind == "see"
            and isinstance(site.node, ast.Name | ast.Attribute | ast.Subscript)
            and _only_read(found, site)
        ):
            continue
        swaps = right_values(found, judged, site, wrong, right, order)
        hits[site.id] = Place(site, int(event), r, swaps, right[r])


def _only_read(found: Found, site: Site) -> bool:
    """Whether a site reads what was stored before: a slice of a product is computed there as well."""
    if not isinstance(site.node, ast.Subscript):
        return True
    return isinstance(site.node.value, ast.Name | ast.Attribute | ast.Subscript) and not isinstance(
        site.node.slice, ast.Slice
    )


def _note_whole(found: Found, judged: Judged, hits: dict[int, Place], number: int, wrong: Array, right: Array) -> None:
    recording = found.recording
    start, stop = judged.episode.steps[0].at - 2, judged.episode.stop
    for event in np.flatnonzero(recording.values[start:stop] == number)[:6] + start:
        site = found.code.sites[int(recording.sites[event])]
        if site.kind not in {"see", "store", "add", "return", "base"} or site.id in hits:
            continue
        if (
            site.kind == "see"
            and isinstance(site.node, ast.Name | ast.Attribute | ast.Subscript)
            and _only_read(found, site)
        ):
            continue
        array = recording.array(int(event))
        assert array is not None
        k = int(np.searchsorted(found.events.of_site[site.id], event))
        placed = permuted(found, array, wrong, right)
        if placed is not None:
            hits[site.id] = Place(site, int(event), -1, {(site.id, k): placed}, right)
