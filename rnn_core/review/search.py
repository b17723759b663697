"""Where no mistake of the catalogue explains the numbers: the stores themselves are put to the proof.

A store that runs once a timestep and has the size of one of our lines gets that line's right values. The first one in
time that makes every gradient right is the fault.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from rnn_core.mistakes.oracle import running
from rnn_core.model import Array
from rnn_core.review.found import Found, Judged
from rnn_core.review.instrument import Site
from rnn_core.review.proof import Prover
from rnn_core.review.suspicion import Place
from rnn_core.review.verdict import Judgement, factors

TRIED = 36
ROLES_TRIED = 4
"""Of the lines that a store may be, so many are tried: those it resembles most."""
_ROLES = ("dz", "local", "dh", "slope", "da", "dh_next")


@dataclass(frozen=True, eq=False)
class Hit:
    """A store that is proven, and which of our lines it should be."""

    place: Place
    line: str
    whole: bool
    phase: str = "backward"


def search(found: Found, judged: Judged, judgement: Judgement, prover: Prover) -> Hit | None:
    """The first store that mends the gradients; None where none of those tried does."""
    known = [judgement.factor] if judgement.present else [value for value, _ in factors(judged, 1) if value > 0]
    order = judged.right.times
    letters = set("".join(judgement.missing))
    roles: list[tuple[str, Array]] = []
    rows = judged.right.rows
    for line in _ROLES:
        if line != "dz" and letters <= {"V", "c"}:
            continue
        roles.append((line, rows[line]))
    for name in ("V", "c", "b", "U", "W"):
        if name in letters and found.pieces[name].stacked is False:
            parts = rows[f"d{name}"]
            if found.pieces[name].turned:
                parts = parts.transpose(0, 2, 1)
            roles.append((f"d{name}", parts))
    partial: Hit | None = None
    offers: list[tuple[bool, int, Site, str, _Placed]] = []
    if not _begun(found, judged, known):  # what follows from another error is no fault of its own
        roles = [role for role in roles if role[0] == "dz"]
    given, own = _given(found, judged), _parts(found, judged, known)
    for site, events in _candidates(found, judged):
        if all(int(found.recording.values[event]) in given for event in events):
            continue
        counts = [int(np.searchsorted(found.events.of_site[site.id], e)) for e in events]
        fitting: list[tuple[float, str, _Placed]] = []
        for line, series in roles:
            for form in _forms(line, series, order, site):
                scale = _scale(found, site, events[0], line, form, order, known)
                if len(events) == 1 and judged.net.T > 2:
                    placed = _whole(found, site, events[0], counts[0], form * scale)
                else:
                    placed = _placed(found, site, events, counts, form * scale, order)
                if placed is not None and not _vacuous(found, judged, line, events, own.get(site.id, "")):
                    fitting.append((_likeness(found, placed), line, placed))
        fitting.sort(key=lambda offer: -offer[0])
        offers += [(site.kind == "see", placed[1], site, line, placed) for _, line, placed in fitting[:ROLES_TRIED]]
    offers.sort(key=lambda offer: offer[:2])
    for _, _, site, line, (swaps, first, right, r) in offers[:TRIED]:
        whole, mended = prover.mended(found, judged, swaps, *known)
        if whole:
            return Hit(Place(site, first, r, swaps, right), line, True)
        if partial is None and mended > set(judgement.present) and len(judgement.missing) > 1:
            partial = Hit(Place(site, first, r, swaps, right), line, False)
    return partial


_Placed = tuple[dict[tuple[int, int], Array], int, Array, int]
"""(what is put in, the event that shows it first, what belongs there, the row of its timestep)"""


def _given(found: Found, judged: Judged) -> set[int]:
    """The values that the forward pass gives: where only they stand, nothing is computed wrongly."""
    rows = [*judged.right.states, *judged.net.x, *judged.right.p, judged.right.p, judged.right.states[1:], judged.net.x]
    return {number for row in (*rows, *judged.stored.values()) for number in found.values.alike(row)}


def _begun(found: Found, judged: Judged, known: list[float]) -> bool:
    """Whether the right dz stands there, of each timestep or of all at once."""
    rows, scales = judged.right.rows["dz"], {*known, 1.0}
    if any(found.values.alike(rows * sign * scale) for scale in scales for sign in (1, -1)):
        return True
    return all(
        any(found.values.alike(row * sign * scale) for scale in scales for sign in (1, -1)) for row in rows if row.any()
    )


def _parts(found: Found, judged: Judged, known: list[float]) -> dict[int, str]:
    """The sites at which the right parts of a gradient stand, at every timestep: each is that gradient's own."""
    recording, stop = found.recording, judged.episode.stop
    out: dict[int, str] = {}
    for line in ("dV", "dc", "db", "dU", "dW"):
        shown: dict[int, int] = {}
        for row in judged.right.rows[line]:
            numbers = {n for scale in {*known, 1.0} for n in found.values.alike(row * scale)} if row.any() else set()
            events = np.flatnonzero(np.isin(recording.values[:stop], list(numbers)))
            for site in {int(recording.sites[event]) for event in events}:
                shown[site] = shown.get(site, 0) + 1
        out.update({site: line for site, count in shown.items() if count == judged.net.T})
    return out


def _vacuous(found: Found, judged: Judged, line: str, events: list[int], own: str) -> bool:
    """Whether the right value there would make anything right, and so proves nothing.

    So it is where theirs is another gradient's own part, where the targets are a guess, and where theirs is a multiple
    of our dz at each timestep, as that of a loss with weights is.
    """
    if own and own != line and line in {"dV", "dc", "db", "dU", "dW"}:
        return True
    if line != "dz" or judged.guessed:
        return line == "dz"
    pairs = [
        (found.recording.array(e), judged.right.rows["dz"][r]) for e, r in zip(events, judged.right.times, strict=False)
    ]
    times = [_multiple(one, row) for one, row in pairs if one is not None and one.size == row.size]
    # The errors of two classes are all parallel.
    return len(times) > 2 and judged.net.V.shape[0] > 2 and min(times) > 0


def _multiple(one: Array, other: Array) -> float:
    """By which number `other` is multiplied where that makes `one`; 0 where none does."""
    flat, base = one.reshape(-1), other.reshape(-1)
    factor = float(flat @ base / (base @ base)) if base.any() else 0.0
    return factor if np.abs(flat - factor * base).max() <= 1e-6 * np.abs(flat).max() else 0.0


def _likeness(found: Found, placed: _Placed) -> float:
    """How much what stands there resembles what is put in: the cosine between the two."""
    theirs = found.recording.array(placed[1])
    assert theirs is not None
    one, other = theirs.reshape(-1), placed[2].reshape(-1)
    if one.shape != other.shape:
        return 0.0
    with np.errstate(all="ignore"):
        cosine = float(one @ other / np.sqrt((one @ one) * (other @ other)))
    return cosine if np.isfinite(cosine) else 0.0


def _scale(
    found: Found, site: Site, event: int, line: str, form: Array, order: tuple[int, ...], known: list[float]
) -> float:
    """The loss's factor, unless more of what stands there is right without it: it may be divided only later."""
    theirs = found.recording.array(event)
    row = form if len(found.events.of_site[site.id]) == 1 else form[order[0]]
    if line == "slope":
        return 1.0
    if known == [1.0] or theirs is None or theirs.size != row.size or not row.any():
        return known[0]
    flat, near = np.sort(theirs.reshape(-1)), np.sort(row.reshape(-1))
    agree = {scale: int(np.isclose(flat, np.sort(near * scale), rtol=1e-6).sum()) for scale in (*known, 1.0)}
    return max(agree, key=lambda scale: agree[scale])


def _whole(found: Found, site: Site, event: int, count: int, form: Array) -> _Placed | None:
    """A line's right values for all timesteps at once, in the order of axes that is nearest to theirs; or their sum."""
    theirs = found.recording.array(event)
    if theirs is None or not theirs.any() or site.loops:
        return None
    total = form.sum(axis=0)
    if theirs.size == total.size and theirs.shape in {total.shape, total.T.shape, (total.size,)}:
        right = total if theirs.shape == total.shape else total.T.reshape(theirs.shape)
    elif theirs.size == form.size and theirs.size > total.size:
        orders = [form.transpose(axes).reshape(theirs.shape) for axes in permutations(range(form.ndim))]
        right = max(orders, key=lambda one: int(np.isclose(one, theirs).sum()))
        if not np.isclose(right, theirs).any():
            return None
    else:
        return None
    return None if found.values.close(theirs, right) else ({(site.id, count): right}, event, right, -1)


def _forms(line: str, series: Array, order: tuple[int, ...], site: Site) -> list[Array]:
    if line in {"dU", "dW", "dV", "db", "dc"} and site.kind != "add":
        return [series, running(series, order)]
    return [series]


def _candidates(found: Found, judged: Judged) -> list[tuple[Site, list[int]]]:
    """Stores of the backward pass that run once a timestep, in time."""
    recording = found.recording
    start, stop = judged.episode.steps[-1].done - 2, judged.episode.stop
    by_site: dict[int, list[int]] = {}
    for event in range(max(start, 0), stop):
        site = found.code.sites[int(recording.sites[event])]
        if site.kind in {"store", "add", "return", "see", "base"} and recording.values[event] >= 0:
            by_site.setdefault(site.id, []).append(event)
    T = judged.net.T
    got = []
    for site_id, events in by_site.items():
        site = found.code.sites[site_id]
        if len(events) not in {T, T - 1, 1} or (site.kind == "see" and not _computes(site)):
            continue
        if site.kind == "base" and not isinstance(site.node, ast.Name):
            continue  # only a name of the function's own can be given another value
        got.append((site, events))
    got.sort(key=lambda pair: (pair[0].kind == "see", pair[1][0]))
    return got


def _computes(site: Site) -> bool:
    return isinstance(site.node, ast.Call) and site.parent >= 0


def _placed(
    found: Found, site: Site, events: list[int], counts: list[int], form: Array, order: tuple[int, ...]
) -> _Placed | None:
    """The swaps that put a line's right values in at a site; None where it does not fit, or where they are."""
    recording = found.recording
    swaps: dict[tuple[int, int], Array] = {}
    first: tuple[int, Array, int] | None = None
    for event, count, r in zip(events, counts, order, strict=False):
        theirs = recording.array(event)
        if theirs is None or theirs.size != form[r].size:
            return None
        right = form[r]
        if right.ndim == 2 and theirs.ndim == 2 and right.shape != theirs.shape and right.T.shape == theirs.shape:
            right = right.T
        right = right.reshape(theirs.shape)
        swaps[site.id, count] = right
        if first is None and not found.values.close(theirs, right):
            first = event, right, r
    if first is None:
        return None
    return swaps, first[0], first[1], first[2]
