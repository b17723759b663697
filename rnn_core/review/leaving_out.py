"""The place where one timestep's part of a gradient is lost: the first that shows the part of every other timestep."""

from __future__ import annotations

import numpy as np

from rnn_core.model import Array
from rnn_core.review.found import Found, Judged
from rnn_core.review.suspicion import Place, Suspicion
from rnn_core.review.swaps import forms, laid_out


def leaving_out(found: Found, judged: Judged, suspicion: Suspicion) -> list[Place]:
    """The place with the part put back that is left out; none where no place shows all the others."""
    name, T = suspicion.mistake.line, judged.net.T
    lost = 0 if suspicion.mistake.name.endswith("first left out") else T - 1
    rows = forms(found, judged, name, judged.right.rows[name], judged.right.rows, judged.right.times)[0]
    parts = rows * suspicion.factor
    if T < 3 or not all(part.any() for part in parts):
        return []
    shown = [_events(found, judged, part) for part in parts]
    kept = [shown[r] for r in range(T) if r != lost]
    sites = set.intersection(*(set(events) for events in kept)) - set(shown[lost])
    got = [
        place
        for site in sites
        if found.code.sites[site].kind in {"see", "store", "add", "return"}
        and (place := _place(found, judged, site, [events[site] for events in kept], parts, lost)) is not None
    ]
    return sorted(got, key=lambda place: place.event)


def _events(found: Found, judged: Judged, part: Array) -> dict[int, int]:
    """The first event of each site that shows a part after the forward pass."""
    recording, episode = found.recording, judged.episode
    out: dict[int, int] = {}
    for number in found.values.alike(part):
        for event in np.flatnonzero(recording.values == number).tolist():
            if episode.steps[-1].done <= event < episode.stop:
                out.setdefault(int(recording.sites[event]), event)
    return out


def _place(found: Found, judged: Judged, site: int, kept: list[int], parts: Array, lost: int) -> Place | None:
    """A site with the lost part in its turn, or, where it has no turn then, on top of the part next to it."""
    recording = found.recording
    near = kept[0] if lost == 0 else kept[-1]
    other = parts[1 if lost == 0 else lost - 1]
    theirs = recording.array(near)
    assert theirs is not None
    part = laid_out(found, theirs, other, parts[lost])
    if part.shape != theirs.shape:
        return None
    where = found.events.of_site[site]
    turns = [int(event) for event in where if judged.episode.steps[-1].done <= event < judged.episode.stop]
    idle = [event for event in turns if event not in kept]
    if len(idle) == 1:
        swaps = {(site, int(np.searchsorted(where, idle[0]))): part}
        return Place(found.code.sites[site], idle[0], lost, swaps, part)
    swaps = {(site, int(np.searchsorted(where, near))): theirs + part}
    return Place(found.code.sites[site], near, lost, swaps, part) if not idle else None
