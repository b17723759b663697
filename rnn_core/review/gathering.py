"""Places of what is made of a gradient's parts: sums that are assigned, never added to, added twice; and loops."""

from __future__ import annotations

import ast
from dataclasses import replace

import numpy as np

from rnn_core.mistakes import Mistake
from rnn_core.model import Array
from rnn_core.review.found import Found, Judged
from rnn_core.review.gradients import assembled
from rnn_core.review.instrument import Site
from rnn_core.review.leaving_out import leaving_out
from rnn_core.review.remains import left_at_zero
from rnn_core.review.suspects import only_zero
from rnn_core.review.suspicion import Place, Suspicion
from rnn_core.review.swaps import forms, right_values


def gathered_places(found: Found, judged: Judged, suspicion: Suspicion) -> list[Place]:
    """Where a gradient's parts are gathered wrongly: the store of the name that ends with the wrong sum."""
    mistake = suspicion.mistake
    name = mistake.line[1:]
    recording = found.recording
    if only_zero(mistake):
        event = left_at_zero(found, judged, mistake, suspicion.run)
        return [*_lost(found, judged, name), *_made_zero(found, judged, mistake, event)] if event is not None else []
    total = assembled(found, judged, suspicion.run.totals)
    good = assembled(found, judged, judged.right.totals)
    key = next(n for n in total if name in n)
    wrong, right = total[key] * suspicion.factor, good[key] * suspicion.factor
    rows = forms(found, judged, mistake.line, judged.right.rows[mistake.line], judged.right.rows, judged.right.times)
    got: list[Place] = []
    labels = {
        found.name(int(recording.sites[e]))
        for number in found.values.same(wrong)
        for e in np.flatnonzero(recording.values == number).tolist()
        if judged.episode.steps[-1].done <= e < judged.episode.stop
    }
    shown_last: dict[int, int] = {}
    if not wrong.any():  # the last part may be 0, as that of W is with h[0] = 0: the store shows the others
        part = assembled(found, judged, {n: rows[judged.right.times[0]] for n, rows in _parts(judged).items()})[key]
        wrong = part * suspicion.factor
    for number in found.values.same(wrong):
        for event in np.flatnonzero(recording.values == number).tolist():
            if not judged.episode.steps[-1].done <= event < judged.episode.stop:
                continue
            site = found.code.sites[int(recording.sites[event])]
            if site.kind in {"store", "add", "return", "see", "base", "effect"} and not (
                site.kind == "see" and isinstance(site.node, ast.Name | ast.Attribute)
            ):
                shown_last.setdefault(site.id, event)
    for event in _left_by_adding(found, judged, wrong):
        site = found.code.sites[int(recording.sites[event])]
        into = next((other for other in found.code.beside(site) if other.kind == "add"), None)
        before = found.events.last(into.id, event) if into is not None else -1
        added, became = (recording.array(before), recording.array(event)) if before >= 0 else (None, None)
        if into is not None and added is not None and became is not None and became.size == right.size:
            k = int(np.searchsorted(found.events.of_site[into.id], before))
            got.append(Place(into, before, -1, {(into.id, k): added + (right.reshape(became.shape) - became)}, right))
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
    lost = leaving_out(found, judged, suspicion) if mistake.name.endswith("left out") else []
    adds = _adds(found, judged, suspicion, labels)
    return [*lost, *adds, *sorted(got, key=lambda place: place.event)]


def _left_by_adding(found: Found, judged: Judged, wrong: Array) -> list[int]:
    """The events at which a statement that adds (+=) has left the wrong sum."""
    recording = found.recording
    return [
        event
        for number in found.values.same(wrong)
        for event in np.flatnonzero(recording.values == number).tolist()
        if judged.episode.steps[-1].done <= event < judged.episode.stop
        and found.code.sites[int(recording.sites[event])].kind == "after"
        and isinstance(
            statement := found.code.statements[found.code.sites[int(recording.sites[event])].statement], ast.AugAssign
        )
        and isinstance(statement.op, ast.Add)
    ][:2]


def _lost(found: Found, judged: Judged, name: str) -> list[Place]:
    """The store that a part of a gradient ends in: a name that nobody reads again."""
    recording = found.recording
    for r in judged.right.times:
        for number in found.values.alike(judged.right.rows[f"d{name}"][r]):
            for event in np.flatnonzero(recording.values == number).tolist():
                site = found.code.sites[int(recording.sites[event])]
                if site.kind != "store" or not isinstance(site.node, ast.Name):
                    continue
                readers = (s for s in found.code.sites if s.kind == "see" and s.function == site.function)
                if not any(s.name == site.name and s.statement != site.statement for s in readers):
                    return [Place(site, event, r, {}, None)]
    return []


def _parts(judged: Judged) -> dict[str, Array]:
    return {name: judged.right.rows[f"d{name}"] for name in judged.right.totals}


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
    swaps = right_values(found, judged, place.site, parts, sums, judged.right.times)
    return swaps or place.swaps


def _adds(found: Found, judged: Judged, suspicion: Suspicion, labels: set[str]) -> list[Place]:
    """Augmented stores whose parts are right, while their sum is not: added twice, subtracted."""
    line = suspicion.mistake.line
    recording = found.recording
    rows = forms(found, judged, line, judged.right.rows[line], judged.right.rows, judged.right.times)[0]
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
                got.append(
                    Place(
                        site,
                        int(event),
                        judged.net.T - 1,
                        right_values(found, judged, site, rows * factor, right, judged.right.times),
                        rows[-1],
                    )
                )
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


def loop_places(found: Found, judged: Judged, suspicion: Suspicion) -> list[Place]:
    """The head of the loop in which da is computed."""
    recording = found.recording
    order = suspicion.run.times
    rows = suspicion.run.rows
    for line in ("da", "dh", "dz"):
        for r in order[1:] or order or judged.right.times:
            if not rows[line][r].any():
                continue
            for number in found.values.alike(rows[line][r] * suspicion.factor) or found.values.alike(rows[line][r]):
                events = np.flatnonzero(recording.values == number)
                events = events[(events >= judged.episode.steps[-1].done) & (events < judged.episode.stop)]
                for event in events[:1]:
                    head = head_before(found, int(event))
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


def ascending(found: Found, event: int) -> bool:
    """Whether the innermost loop that is running at an event counts upwards."""
    head = head_before(found, event)
    if head is None:
        return False
    loop = head.site.loops[-1] if head.site.loops else -1
    for site in found.code.sites:
        if site.kind == "loop" and site.loops and site.loops[-1] == loop:
            events = found.events.of_site.get(site.id)
            if events is None:
                continue
            k = int(np.searchsorted(events, event))
            shown = [found.recording.array(int(e)) for e in events[max(k - 1, 0) : k + 1]]
            if len(shown) == 2 and all(a is not None and a.size == 1 for a in shown):
                return bool(shown[1] > shown[0])  # type: ignore[operator]  # none is None
    return False


def head_before(found: Found, event: int) -> Place | None:
    """The innermost loop that is running at an event: its head is where the timesteps come from."""
    recording = found.recording
    for before in range(event, -1, -1):
        site = found.code.sites[int(recording.sites[before])]
        if site.kind in {"loop", "round"}:
            return Place(site, before, -1, {})
    return None
