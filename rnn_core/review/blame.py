"""From a wrong verdict to the mistake that reproduces their numbers, and to the places in the code where it can stand.

Each mistake of the catalogue is computed; the one whose gradients stand among their values explains them. Its own
intermediate numbers then label their stores, and the first event that shows the replaced line is where it happened.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from rnn_core.model import Array
from rnn_core.review import oracle
from rnn_core.review.found import Found, Judged
from rnn_core.review.instrument import Site
from rnn_core.review.mistakes import GRADIENTS, MISTAKES, Mistake
from rnn_core.review.oracle import LINES, PARAMETERS, Ran
from rnn_core.review.verdict import Judgement, assembled, factors, present

AFFECTED = {"dV": "V", "dc": "c", "dU": "U", "dW": "W", "db": "b"}


@dataclass(eq=False)
class Suspicion:
    """A mistake that explains the numbers, with the run that it makes."""

    mistake: Mistake
    run: Ran
    factor: float


@dataclass(eq=False)
class Place:
    """A site that can be to blame, and the right values to put in there: by occurrence, in their layout."""

    site: Site
    event: int
    """The event that shows it first."""
    r: int
    """The row of the timestep (t - 1) at that event; -1 where it is none."""
    swaps: dict[tuple[int, int], Array]
    right: Array | None = None
    """What should stand at the event."""


def explain(found: Found, judgement: Judgement, partly: bool = False) -> Iterator[Suspicion]:
    """The mistakes whose numbers are theirs, the likeliest first; `partly` asks for those that explain some of them."""
    judged = found.sequences[judgement.sequence]
    right = judged.right
    passed = oracle.ran(judged.net, right.a, right.states, right.z, right.p)
    names = set(judgement.missing)
    offered = [judgement.factor] if judgement.present else [value for value, _ in factors(judged, 1)]
    wanted_right = assembled(found, judged, right.totals)
    for mistake in MISTAKES:
        if mistake.forward is not None or not _possible(mistake, names, wanted_right, partly):
            continue
        for run in simulate(passed, right, mistake, found):
            suspicion = _matched(found, judged, judgement, mistake, run, wanted_right, names, offered, partly)
            if suspicion is not None:
                yield suspicion
                break


def _matched(
    found: Found, judged: Judged, judgement: Judgement, mistake: Mistake, run: Ran, wanted_right: dict[str, Array],
    names: set[str], offered: list[float], partly: bool,
) -> Suspicion | None:  # fmt: skip
    """The suspicion, if a mistake's gradients stand among the values."""
    wanted = assembled(found, judged, run.totals)
    if any(not np.isfinite(array).all() for array in wanted.values()):
        return None
    differing = [n for n in wanted if not found.values.close(wanted[n], wanted_right[n])]
    if not differing or not (set(differing) <= names if partly else set(differing) >= names):
        return None
    if all(not wanted[n].any() for n in differing) and (partly or not _only_zero(mistake)) and not judgement.unmoved:
        return None
    for factor in offered:
        if _explains(found, judged, mistake, run, wanted, differing, factor):
            return Suspicion(mistake, run, factor)
    return None


def ranked(found: Found, judged: Judged, suspicions: list[Suspicion]) -> list[Suspicion]:
    """Those first that explain most of what is computed on the way: equal gradients can come about in several ways."""

    def seen(suspicion: Suspicion) -> int:
        run = suspicion.run
        count = 0
        for line in ("dz", "local", "dh", "slope", "da", "dh_next"):
            for r in (run.times or judged.right.times)[:2]:
                row = run.rows[line][r]
                count += bool(
                    found.values.alike(row * suspicion.factor) or (suspicion.factor != 1 and found.values.alike(row))
                )
        return count

    return sorted(suspicions, key=seen, reverse=True)


def simulate(passed: Ran, right: Ran, mistake: Mistake, found: Found) -> Iterator[Ran]:
    """The backward pass with the mistake in it, in each form that code gives it; none where its shapes do not fit.

    Only what can change is computed. In a stacked matrix the parts have their mistakes together.
    """
    try:
        if mistake.gathered is not None or (mistake.line in GRADIENTS and mistake.rule is not None):
            yield from _one_gradient(right, mistake, found)
            return
        times = mistake.times(right.net.T) if mistake.times is not None else None
        if times is not None and not times:
            return
        run = oracle.backward(passed, {mistake.replaces: mistake.rule} if mistake.rule is not None else None, times)
        if any(run.rows[line].shape != right.rows[line].shape for line in LINES):
            return
        yield run
        if times is not None:  # dV and dc are often made outside of the loop, for all timesteps at once
            totals = {**run.totals, "V": right.totals["V"], "c": right.totals["c"]}
            yield replace(run, totals=totals)
    except (ValueError, IndexError):
        return


def _one_gradient(right: Ran, mistake: Mistake, found: Found) -> Iterator[Ran]:
    name = mistake.line[1:]
    rows: dict[str, Array] = {}
    piece = found.pieces.get(name)
    together = [name]
    if piece is not None and piece.stacked:
        together = [n for n, other in found.pieces.items() if other.stacked and other.site == piece.site]
    with np.errstate(all="ignore"):
        if mistake.gathered is not None:
            totals = {n: mistake.gathered(right.rows[f"d{n}"], right.net.batch) for n in together}
            if all(totals[n].shape == right.totals[n].shape for n in totals):
                yield _with(right, {}, totals)
            return
        rule = mistake.rule
        assert rule is not None
        rows[mistake.line] = np.array([rule(right.moments[r]) for r in range(right.net.T)])
        if rows[mistake.line].shape != right.rows[mistake.line].shape:
            return
        yield _with(right, rows, {name: rows[mistake.line].sum(axis=0)})
        if len(together) > 1 and mistake.left is not None:
            of = {"U": lambda m: m.x(), "W": lambda m: m.h(-1)}
            for n in together:
                parts = [mistake.left(right.moments[r]) for r in range(right.net.T)]
                rows[f"d{n}"] = np.array([
                    part.sum(axis=0) if n == "b" else oracle.outer(part, of[n](right.moments[r])) for r, part in enumerate(parts)
                ])  # fmt: skip
            yield _with(right, rows, {n: rows[f"d{n}"].sum(axis=0) for n in together})


def _with(right: Ran, rows: dict[str, Array], totals: dict[str, Array]) -> Ran:
    return replace(right, rows={**right.rows, **rows}, totals={**right.totals, **totals})


def _possible(mistake: Mistake, missing: set[str], names: dict[str, Array], partly: bool) -> bool:
    """Whether the gradients that are missing can be that mistake's."""
    letters = set("".join(missing))
    if mistake.line in AFFECTED:
        stack = next((n for n in names if AFFECTED[mistake.line] in n), "")
        return set(stack) <= letters if partly else letters == set(stack)
    if mistake.line in {"local", "dh", "slope", "da", "dh_next"}:
        return not letters & {"V", "c"}
    return True


def _only_zero(mistake: Mistake) -> bool:
    return mistake.name.endswith("never added")


def _explains(
    found: Found,
    judged: Judged,
    mistake: Mistake,
    run: Ran,
    wanted: dict[str, Array],
    differing: list[str],
    factor: float,
) -> bool:
    if _only_zero(mistake):
        return _left_at_zero(found, judged, mistake, run) is not None
    if mistake.gathered is not None or mistake.times is not None:
        last = finals(found, judged, run)
        return all(any(number in last for number in found.values.same(wanted[n] * factor)) for n in differing)
    there = present(found, {n: wanted[n] for n in differing}, factor)
    return all(there.values())


def _left_at_zero(found: Found, judged: Judged, mistake: Mistake, run: Ran) -> int | None:
    """The event that reads a gradient that is still 0 after the backward pass; None where there is none."""
    name = mistake.line[1:]
    piece = found.pieces.get(name)
    if piece is None or piece.stacked:
        return None
    recording = found.recording
    later = _moved(found, judged, name)
    if later:
        return None
    shape = judged.stored[name].shape
    end = _loop_end(found, judged, run)
    zeros = {site.name for site in found.code.sites if site.kind == "store"}
    for event in range(end, judged.episode.stop):
        array = recording.array(event)
        site = found.code.sites[int(recording.sites[event])]
        if array is not None and array.shape == shape and not array.any() and site.kind == "see" and isinstance(
            site.node, ast.Name | ast.Attribute | ast.Subscript
        ) and site.id != piece.site and found.name(site.id) in zeros:  # fmt: skip
            value = judged.stored[name]
            if not value.any() and _reads_parameter(found, name, site):
                continue
            return event
    return None


def _reads_parameter(found: Found, name: str, site: Site) -> bool:
    """Whether a site reads the parameter itself, which may be 0 as well."""
    return found.name(site.id) == found.name(found.pieces[name].site)


def _moved(found: Found, judged: Judged, name: str) -> bool:
    k = found.sequences.index(judged)
    if k + 1 >= len(found.sequences):
        return False
    return not np.array_equal(judged.stored[name], found.sequences[k + 1].stored[name])


def finals(found: Found, judged: Judged, run: Ran) -> set[int]:
    """The values that are seen after the backward loop has ended: what becomes of the gradients."""
    end = _loop_end(found, judged, run)
    numbers = found.recording.values[end : judged.episode.stop]
    return set(numbers.tolist())


def _loop_end(found: Found, judged: Judged, run: Ran) -> int:
    """The event after the last one of the loop in which the gradients are made."""
    recording = found.recording
    start, stop = judged.episode.steps[-1].done, judged.episode.stop
    last = _last_gradient(found, judged)
    if last <= start:
        for line in ("da", "dh", "dz"):
            for number in found.values.alike(run.rows[line][run.times[-1]]):
                events = np.flatnonzero(recording.values[start:stop] == number) + start
                last = max(last, int(events[0])) if len(events) else last
    loops = found.code.sites[int(recording.sites[last])].loops
    if not loops:
        return last
    inside = [site.id for site in found.code.sites if loops[-1] in site.loops and site.kind != "enter"]
    events = np.flatnonzero(np.isin(recording.sites[last:stop], inside)) + last
    return int(events[-1]) + 1 if len(events) else last


def _last_gradient(found: Found, judged: Judged) -> int:
    """The event at which the last right gradient is whole."""
    last = judged.episode.steps[-1].done
    for array in assembled(found, judged, judged.right.totals).values():
        if not array.any():
            continue
        scaled = [array * factor for factor, _ in factors(judged, 1)[::2]]
        firsts = [found.recording.first[number] for one in scaled for number in found.values.same(one)]
        inside = [first for first in firsts if judged.episode.steps[-1].done <= first < judged.episode.stop]
        last = max(last, min(inside, default=last))
    return last


def explain_forward(found: Found, judged: Judged) -> Suspicion | None:
    """The mistake in the forward pass whose states, logits and probabilities are theirs."""
    net, theirs = judged.net, judged.episode
    last: tuple[int, Suspicion] | None = None
    h_right = found.values.close(judged.right.states[1:], theirs.h)
    for mistake in MISTAKES:
        if mistake.forward is None:
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
        if series.shape == right.shape and found.values.close(series, right):
            continue
        if mistake.name == "p: z":
            continue
        if found.values.alike(series) or all(found.values.alike(row) for row in series):
            if mistake.line == "z" and judged.z_seen:
                continue
            if mistake.line == "z":
                return Suspicion(mistake, run, 1.0)
            shows: int = max(
                found.recording.first[n] for n in found.values.alike(series) or found.values.alike(series[-1])
            )
            if last is None or shows > last[0]:
                last = shows, Suspicion(mistake, run, 1.0)
    return last[1] if last is not None else None


def division(found: Found, judged: Judged, suspicion: Suspicion) -> Place | None:
    """Where exp(z) is divided by something that is not its sum over the classes; None where it is not divided."""
    if suspicion.mistake.name not in {"p: exp", "p: max"}:
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
        )
        if divided or (
            site.kind == "add" and isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Div)
        ):
            return Place(site, event, 0, {}, None)
    return None


def _carries(found: Found, judged: Judged) -> bool:
    """Whether W is read inside a timestep: then it is multiplied by something, if by 0."""
    piece = found.pieces.get("W")
    if piece is None or judged.net.T < 2:
        return False
    step = judged.episode.steps[1]
    seen = found.recording.values[step.start : step.done + 1]
    return any(int(n) >= 0 and found.recording.arrays[int(n)].shape == judged.stored["W"].shape
               and np.array_equal(found.recording.arrays[int(n)], judged.stored["W"]) for n in np.unique(seen))  # fmt: skip


# -- places -------------------------------------------------------------------------------------------------------


def places(found: Found, judged: Judged, suspicion: Suspicion) -> list[Place]:
    """Where the mistake can stand: the likeliest place first."""
    mistake = suspicion.mistake
    if mistake.line == "loop":
        return _loop(found, judged, suspicion)
    if mistake.forward is not None:
        return _where(
            found, judged, suspicion, mistake.line, _forward_series(suspicion.run), _forward_series(judged.right)
        )
    if mistake.gathered is not None:
        return _gathered(found, judged, suspicion)
    tries = {"slope": ("slope", "da"), "local": ("local", "dh")}.get(mistake.line, (mistake.line,))
    found_last: list[Place] = []
    for line in (*tries, *(("da",) if mistake.name == "dh: local" else ())):
        got = _where(found, judged, suspicion, line, suspicion.run.rows, judged.right.rows)
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


def _forms(
    found: Found, judged: Judged, line: str, rows: Array, all_rows: dict[str, Array], order: tuple[int, ...]
) -> list[Array]:
    """For each row the arrays that can show it: [series over time of parts, … of running sums]."""
    name = line[1:]
    if line in GRADIENTS:
        stacked = next((n for n, piece in found.pieces.items() if n == name and piece.stacked), None)
        if stacked is not None:
            parts = []
            for r in range(len(rows)):
                one = {n: all_rows[f"d{n}"][r] for n in PARAMETERS}
                whole = assembled(found, judged, one)
                parts.append(next(array for n, array in whole.items() if name in n))
            rows = np.array(parts)
        return [rows, oracle.running(rows, order)]
    return [rows]


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
    wrong_forms = _forms(found, judged, line, rows, series, order)
    right_forms = _forms(found, judged, line, should, right, tuple(range(judged.net.T - 1, -1, -1)))
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
    if suspicion.mistake.is_other:
        adds = [place for place in got if place.site.kind == "add"]
        stores = [place for place in got if place.site.kind in {"store", "return"} and place.r >= 0]
        first = adds if line in GRADIENTS else sorted([*stores, *adds], key=lambda place: -place.event)
        got = [*first, *(place for place in got if place not in first)]
    return got


def _one_timestep(found: Found, judged: Judged, suspicion: Suspicion, line: str) -> list[Place]:
    """Places in code that goes back from each timestep on its own: its first round is a loss at t = T alone."""
    net = judged.net
    runs: list[tuple[Ran, Ran]] = []
    for t in np.flatnonzero((net.y >= 0).any(axis=1))[::-1]:
        alone = np.where((np.arange(net.T) == t)[:, None], net.y, -1)
        passed = oracle.ran(
            replace(net, y=alone), judged.right.a, judged.right.states, judged.right.z, oracle.softmax(judged.right.z)
        )
        right = oracle.backward(passed)
        run = next(simulate(passed, right, suspicion.mistake, found), None)
        if run is None:
            return []
        runs.append((run, right))
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
                    swaps[place.site.id, k] = _laid_out(found, array, wrong, good)
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
            sister = _sister(found, site)
            if sister is None or sister.id in hits:
                continue
            swaps = _added(found, judged, site, sister, wrong, right, order)
            hits[sister.id] = Place(sister, int(event), r, swaps, right[r])
            continue
        if site.kind not in {"see", "store", "add", "return", "param", "base"} or site.id in hits:
            continue
        if (
            site.kind == "see"
            and isinstance(site.node, ast.Name | ast.Attribute | ast.Subscript)
            and _only_read(found, site)
        ):
            continue
        swaps = _swaps(found, judged, site, wrong, right, order)
        hits[site.id] = Place(site, int(event), r, swaps, right[r])


def _sister(found: Found, site: Site) -> Site | None:
    """The site of the same statement that shows what went in, for one that shows what came of it."""
    kinds = {"add", "store"} if site.kind == "after" else {"see"}
    for other in found.code.sites:
        if (
            other.statement == site.statement
            and other.kind in kinds
            and (site.kind == "after" or other.node is site.value)
        ):
            return other
    return None


def _added(
    found: Found, judged: Judged, site: Site, sister: Site, wrong: Array, right: Array, order: tuple[int, ...]
) -> dict[tuple[int, int], Array]:
    """What an augmented store must add (or multiply by), so that it leaves what is right."""
    statement = found.code.statements[site.statement]
    if not isinstance(statement, ast.AugAssign):
        return {}
    left = _swaps(found, judged, site, wrong, right, order)
    recording, events = found.recording, found.events.of_site
    swaps: dict[tuple[int, int], Array] = {}
    for (_, k), should in left.items():
        after = int(events[site.id][k])
        before = found.events.last(sister.id, after)
        added, became = recording.array(before) if before >= 0 else None, recording.array(after)
        if added is None or became is None:
            continue
        j = int(np.searchsorted(events[sister.id], before))
        with np.errstate(all="ignore"):
            if isinstance(statement.op, ast.Add):
                swaps[sister.id, j] = added + (should - became)
            elif isinstance(statement.op, ast.Sub):
                swaps[sister.id, j] = added - (should - became)
            elif isinstance(statement.op, ast.Mult):
                swaps[sister.id, j] = added * should / became
            elif isinstance(statement.op, ast.Div):
                swaps[sister.id, j] = added * became / should
    return swaps


def _only_read(found: Found, site: Site) -> bool:
    """Whether a site reads what was stored before: a slice of a product is computed there as well."""
    if not isinstance(site.node, ast.Subscript):
        return True
    return isinstance(site.node.value, ast.Name | ast.Attribute | ast.Subscript) and not isinstance(
        site.node.slice, ast.Slice
    )


def _swaps(
    found: Found, judged: Judged, site: Site, wrong: Array, right: Array, order: tuple[int, ...]
) -> dict[tuple[int, int], Array]:
    """The right values for each time the site runs in this sequence, matched by the wrong ones that it shows."""
    events = found.events.of_site[site.id]
    recording = found.recording
    swaps: dict[tuple[int, int], Array] = {}
    inside = [(k, int(e)) for k, e in enumerate(events) if judged.episode.steps[0].at - 2 <= e < judged.episode.stop]
    left = list(order)
    for k, event in inside:
        array = recording.array(event)
        if array is None:
            continue
        for r in left:
            if array.size == wrong[r].size and found.values.close(
                np.sort(array.reshape(-1)), np.sort(wrong[r].reshape(-1))
            ):
                swaps[site.id, k] = _laid_out(found, array, wrong[r], right[r])
                left.remove(r)
                break
    return swaps


def _laid_out(found: Found, theirs: Array, wrong: Array, right: Array) -> Array:
    """`right` in the layout that `wrong` has in theirs."""
    if wrong.ndim == 2 and theirs.ndim == 2 and theirs.shape != wrong.shape and theirs.shape == wrong.T.shape:
        return right.T if right.shape == wrong.shape else right
    if found.values.close(theirs.reshape(-1), wrong.reshape(-1)) or wrong.ndim != 2:
        return right.reshape(theirs.shape) if right.size == theirs.size else right
    turned = right.T
    return turned.reshape(theirs.shape) if turned.size == theirs.size else turned


def _note_whole(found: Found, judged: Judged, hits: dict[int, Place], number: int, wrong: Array, right: Array) -> None:
    recording = found.recording
    start, stop = judged.episode.steps[0].at - 2, judged.episode.stop
    for event in np.flatnonzero(recording.values[start:stop] == number)[:6] + start:
        site = found.code.sites[int(recording.sites[event])]
        if site.kind not in {"see", "store", "add", "return"} or site.id in hits:
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
        placed = _permuted(found, array, wrong, right)
        if placed is not None:
            hits[site.id] = Place(site, int(event), -1, {(site.id, k): placed}, right)


def _permuted(found: Found, theirs: Array, wrong: Array, right: Array) -> Array | None:
    """`right` in the order of axes that `wrong` has in theirs."""
    if wrong.shape != right.shape:
        return None
    squeezed_wrong, squeezed_right = np.squeeze(wrong), np.squeeze(right)
    from itertools import permutations

    for axes in permutations(range(squeezed_wrong.ndim)):
        if found.values.close(squeezed_wrong.transpose(axes).reshape(-1), theirs.reshape(-1)):
            return squeezed_right.transpose(axes).reshape(theirs.shape)
    return None


def _gathered(found: Found, judged: Judged, suspicion: Suspicion) -> list[Place]:
    """Where a gradient's parts are gathered wrongly: the store of the name that ends with the wrong sum."""
    mistake = suspicion.mistake
    name = mistake.line[1:]
    recording = found.recording
    if _only_zero(mistake):
        event = _left_at_zero(found, judged, mistake, suspicion.run)
        return _made_zero(found, judged, mistake, event) if event is not None else []
    total = assembled(found, judged, suspicion.run.totals)
    good = assembled(found, judged, judged.right.totals)
    key = next(n for n in total if name in n)
    wrong, right = total[key] * suspicion.factor, good[key] * suspicion.factor
    rows = _forms(found, judged, mistake.line, judged.right.rows[mistake.line], judged.right.rows, judged.right.times)
    got: list[Place] = []
    labels = {found.name(int(recording.sites[e])) for number in found.values.same(wrong)
              for e in np.flatnonzero(recording.values == number).tolist()
              if judged.episode.steps[-1].done <= e < judged.episode.stop}  # fmt: skip
    shown_last: dict[int, int] = {}
    for number in found.values.same(wrong):
        for event in np.flatnonzero(recording.values == number).tolist():
            if not judged.episode.steps[-1].done <= event < judged.episode.stop:
                continue
            site = found.code.sites[int(recording.sites[event])]
            if site.kind in {"store", "add", "return", "see"} and not (
                site.kind == "see" and isinstance(site.node, ast.Name | ast.Attribute)
            ):
                shown_last.setdefault(site.id, event)
    for site_id, event in shown_last.items():
        site = found.code.sites[site_id]
        events = found.events.of_site[site_id]
        k = int(np.searchsorted(events, event))
        swaps = {(site_id, k): right}
        got.append(Place(site, event, -1, swaps, right))
    if mistake.name.endswith(("assigned", "order")):
        named = [place for place in got if place.site.kind == "store" and place.site.name in labels]
        named = [p for p in named if _read_after(found, judged, p)] or named
        got = [*named[::-1], *(place for place in got if place not in named)]
        got = [replace(place, swaps=_running_swaps(found, judged, place, rows, suspicion.factor)) for place in got]
        got.sort(key=lambda place: -len(place.swaps))  # the store that runs at every timestep
        return got
    adds = _adds(found, judged, suspicion, labels)
    return [*adds, *sorted(got, key=lambda place: place.event)]


def _read_after(found: Found, judged: Judged, place: Place) -> bool:
    """Whether the name is read again outside its own loop."""
    recording = found.recording
    for event in range(place.event + 1, judged.episode.stop):
        site = found.code.sites[int(recording.sites[event])]
        if site.kind == "see" and site.name == place.site.name and site.loops != place.site.loops:
            return True
    return False


def _running_swaps(
    found: Found, judged: Judged, place: Place, forms: list[Array], factor: float
) -> dict[tuple[int, int], Array]:
    parts, sums = forms[0] * factor, forms[-1] * factor
    swaps = _swaps(found, judged, place.site, parts, sums, judged.right.times)
    return swaps or place.swaps


def _adds(found: Found, judged: Judged, suspicion: Suspicion, labels: set[str]) -> list[Place]:
    """Augmented stores whose parts are right, while their sum is not: added twice, subtracted."""
    line = suspicion.mistake.line
    recording = found.recording
    rows = _forms(found, judged, line, judged.right.rows[line], judged.right.rows, judged.right.times)[0]
    wrong, whole = suspicion.run.totals[line[1:]].reshape(-1), judged.right.totals[line[1:]].reshape(-1)
    scale = float(wrong @ whole / (whole @ whole)) if wrong.shape == whole.shape and whole.any() else 0.0
    if not scale or not found.values.close(wrong, scale * whole):
        return []
    got = []
    seen: set[int] = set()
    for factor in (scale * suspicion.factor, suspicion.factor):
        for number in found.values.alike(rows[-1] * factor):
            for event in np.flatnonzero(recording.values == number):
                site = found.code.sites[int(recording.sites[event])]
                if (
                    not judged.episode.steps[-1].done <= event < judged.episode.stop
                    or site.kind != "add"
                    or site.id in seen
                ):
                    continue
                if factor == suspicion.factor and not _negated(found, site):
                    continue
                seen.add(site.id)
                right = rows * suspicion.factor * (-1.0 if factor == suspicion.factor else 1.0)
                got.append(Place(site, int(event), judged.net.T - 1,
                                 _swaps(found, judged, site, rows * factor, right, judged.right.times), rows[-1]))  # fmt: skip
    return got


def _negated(found: Found, site: Site) -> bool:
    node = found.code.statements[site.statement]
    return isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub)


def _made_zero(found: Found, judged: Judged, mistake: Mistake, event: int) -> list[Place]:
    """The store of the zeros that a gradient still is when it is read."""
    recording = found.recording
    reading = found.code.sites[int(recording.sites[event])]
    name = found.name(reading.id)
    for before in range(judged.episode.steps[-1].done, event):
        site = found.code.sites[int(recording.sites[before])]
        array = recording.array(before)
        if site.kind == "add" and site.name == name and array is not None and not array.any():
            rows = judged.right.rows[mistake.line]
            events = found.events.of_site[site.id]
            k = int(np.searchsorted(events, before))
            swaps = {
                (site.id, k + i): rows[r].reshape(array.shape)
                for i, r in enumerate(judged.right.times)
                if rows[r].size == array.size
            }
            return [Place(site, before, judged.net.T - 1, swaps, rows[-1])]
    number = int(recording.values[event])
    right = assembled(found, judged, judged.right.totals)[mistake.line[1:]]
    got: list[Place] = []
    for before in range(event, -1, -1):
        site = found.code.sites[int(recording.sites[before])]
        if site.kind == "store" and site.name == name and int(recording.values[before]) == number:
            k = int(np.searchsorted(found.events.of_site[site.id], before))
            got.append(Place(site, before, -1, {(site.id, k): right}, right))
            break
    k = int(np.searchsorted(found.events.of_site[reading.id], event))
    return got or [Place(reading, event, -1, {(reading.id, k): right}, right)]


def _loop(found: Found, judged: Judged, suspicion: Suspicion) -> list[Place]:
    """The head of the loop in which da is computed."""
    recording = found.recording
    order = suspicion.run.times
    rows = suspicion.run.rows
    for line in ("da", "dh", "dz"):
        for r in order[1:] or order:
            for number in found.values.alike(rows[line][r] * suspicion.factor) or found.values.alike(rows[line][r]):
                events = np.flatnonzero(recording.values == number)
                events = events[(events >= judged.episode.steps[-1].done) & (events < judged.episode.stop)]
                for event in events[:1]:
                    head = _head_before(found, int(event))
                    if (
                        head is not None
                        and suspicion.mistake.name == "loop: dz left out at t = 1"
                        and len(head.site.loops) > 1
                    ):
                        outer = next(
                            s for s in found.code.sites if s.kind == "round" and s.loops == head.site.loops[:-1]
                        )
                        return [replace(head, site=outer)]
                    if head is not None:
                        return [head]
    return []


def _head_before(found: Found, event: int) -> Place | None:
    """The innermost loop that is running at an event: its head is where the timesteps come from."""
    recording = found.recording
    for before in range(event, -1, -1):
        site = found.code.sites[int(recording.sites[before])]
        if site.kind in {"loop", "round"}:
            return Place(site, before, -1, {})
    return None
