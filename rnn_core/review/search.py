"""Where no mistake of the catalogue explains the numbers: the stores themselves are put to the proof.

A store that does not keep to a line of ours gets the right values of the lines that it may be. The first one in time
that makes every gradient right is the fault.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from rnn_core.mistakes import GRADIENTS
from rnn_core.model import Array
from rnn_core.review.found import Found, Judged
from rnn_core.review.proof import Prover
from rnn_core.review.suspicion import Place
from rnn_core.review.turns import BIASES, GIVEN, SUMS, Lines, Order, Store, suspected
from rnn_core.review.verdict import Judgement, factors

TRIED = 36
ROLES_TRIED = 6
"""Of the lines that a store may be, so many are tried: those it resembles most."""


@dataclass(frozen=True, eq=False)
class Hit:
    """A store that is proven, and which of our lines it should be."""

    place: Place
    line: str
    whole: bool
    phase: str = "backward"
    order: Order = ()
    """Of the turns of its store; empty where it is a value over all of time."""
    store: Store | None = None
    scale: float = 1.0


def search(found: Found, judged: Judged, judgement: Judgement, prover: Prover, lines: Lines) -> Hit | None:
    """The first store that mends the gradients; None where none of those tried does."""
    partial: Hit | None = None
    own, begun = _parts(found, judged, lines.factors), _begun(found, judged, lines.factors)
    offers: list[tuple[tuple[bool, int], Hit]] = []
    for store in suspected(found, judged, lines):
        fitting, wrong = _offers(found, judgement, lines, store), store.wrong
        if len(store.events) == 1 and judged.net.T > 2:
            fitting = [*fitting[: ROLES_TRIED // 2], *_whole_offers(found, judgement, lines, store)]
        fitting = [hit for hit in fitting if not _vacuous(found, judged, hit, own, begun)]
        offers += [((store.site.kind == "see", wrong), offer) for offer in fitting[:ROLES_TRIED]]
    offers.sort(key=lambda offer: offer[0])
    for _, offer in offers[:TRIED]:
        whole, mended = prover.mended(found, judged, offer.place.swaps, *lines.factors)
        name = offer.line.removeprefix("sum of ")[1:]
        if mended and not prover.reaches(judged, name):
            continue
        if whole:
            return offer
        if partial is None and mended > set(judgement.present) and len(judgement.missing) > 1:
            partial = replace(offer, whole=False)
    return partial


def known_factors(judged: Judged, judgement: Judgement) -> list[float]:
    """The factors that their loss may have."""
    return [judgement.factor] if judgement.present else [value for value, _ in factors(judged, 1) if value > 0]


def _wanted(found: Found, judgement: Judgement, line: str) -> bool:
    """Whether a wrong line can explain the gradients that are missing, and no other."""
    letters = set("".join(judgement.missing))
    name = line.removeprefix("sum of ")[1:]
    if line in {"h_prev", "x"} or line == "square":
        return not letters & {"V", "c"}
    if line in {"local", "dh", "slope", "da", "dh_next"}:
        return not letters <= {"V", "c"}
    return name not in {"U", "W", "V", "b", "c"} or (name in letters and not found.pieces[name].stacked)


def _offers(found: Found, judgement: Judgement, lines: Lines, store: Store) -> list[Hit]:
    """The lines that a store may be, those first that it keeps to at most of its turns, or resembles most."""
    shown = {int(found.recording.values[event]) for event in store.events}
    given = shown <= lines.given and any(found.recording.arrays[number].any() for number in shown)
    rated: list[tuple[bool, int, float, Hit]] = []
    for (line, order), kept in store.kept.items():
        if all(kept) or not _wanted(found, judgement, line) or given != (line in GIVEN):
            continue
        if line in SUMS and store.site.kind in {"add", "see"}:
            continue
        hit = placed(found, lines, store, line, order)
        if hit is not None:
            rated.append((line not in lines.taken, sum(kept), _likeness(found, hit), hit))
    rated.sort(key=lambda offer: offer[:3], reverse=True)
    different: dict[tuple[bytes, ...], Hit] = {}
    for *_, hit in rated:
        different.setdefault(tuple(right.tobytes() for right in hit.place.swaps.values()), hit)
    return list(different.values())


def placed(found: Found, lines: Lines, store: Store, line: str, order: Order) -> Hit | None:
    """A store with the right values of a line at each of its turns; None where they are there."""
    recording = found.recording
    series = lines.series(line, order)
    scale = _scale(found, store.events[0], line, series[0], lines.factors)
    swaps: dict[tuple[int, int], Array] = {}
    first: tuple[int, Array, int] | None = None
    for event, (_, r), row in zip(store.events, order, series, strict=True):
        theirs = recording.array(event)
        if theirs is None or theirs.size not in {row.size, 1}:
            return None
        if theirs.size < row.size and not _reduced(float(theirs.reshape(-1)[0]), row * scale):
            return None
        right = laid(row * scale, theirs if theirs.size == row.size else found.sequences[0].stored[line[1:]])
        swaps[store.site.id, int(np.searchsorted(found.events.of_site[store.site.id], event))] = right
        if first is None and not (theirs.shape == right.shape and found.values.close(theirs, right)):
            first = event, right, r
    if first is None:
        return None
    event, right, r = first
    return Hit(Place(store.site, event, r, swaps, right), line, True, order=order, store=store, scale=scale)


def _reduced(number: float, row: Array) -> bool:
    """Whether a number is all of a row summed or averaged: other numbers have nothing to do with it."""
    return bool(np.isclose([row.sum(), row.mean()], number, rtol=1e-6).any())


def laid(row: Array, theirs: Array) -> Array:
    """A row of ours in the layout of theirs."""
    if row.ndim == 2 and theirs.ndim == 2 and row.shape != theirs.shape and row.T.shape == theirs.shape:
        row = row.T
    return row.reshape(theirs.shape)


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


def _vacuous(found: Found, judged: Judged, hit: Hit, own: dict[int, str], begun: bool) -> bool:
    """Whether the right value there would make anything right, and so proves nothing.

    So it is behind a dz that is nowhere right, and where theirs is another gradient's own part. It is, too, where the
    targets are a guess. The same holds where theirs is a multiple of our dz at each timestep: a
    weighted loss does that.
    """
    line, site = hit.line, hit.place.site.id
    if line in {"dV", "dc", "db", "dU", "dW"} and own.get(site, line) != line:
        return True
    if line != "dz":
        return not begun
    if judged.guessed or hit.store is None or judged.net.V.shape[0] < 3:  # the errors of two classes are all parallel
        return judged.guessed
    rows = judged.right.rows["dz"]
    pairs = [(found.recording.array(e), rows[r]) for e, (_, r) in zip(hit.store.events, hit.order, strict=False)]
    times = [_multiple(one, row) for one, row in pairs if one is not None and one.size == row.size]
    return len(times) > 2 and min(times) > 0


def _multiple(one: Array, other: Array) -> float:
    """By which number `other` is multiplied where that makes `one`; 0 where none does."""
    flat, base = one.reshape(-1), other.reshape(-1)
    factor = float(flat @ base / (base @ base)) if base.any() else 0.0
    return factor if np.abs(flat - factor * base).max() <= 1e-6 * np.abs(flat).max() else 0.0


def _likeness(found: Found, hit: Hit) -> float:
    """How much what stands there resembles what is put in: the cosine between the two."""
    theirs = found.recording.array(hit.place.event)
    assert theirs is not None
    assert hit.place.right is not None
    one, other = theirs.reshape(-1), hit.place.right.reshape(-1)
    if one.shape != other.shape:
        return 0.0
    with np.errstate(all="ignore"):
        cosine = float(one @ other / np.sqrt((one @ one) * (other @ other)))
    return cosine if np.isfinite(cosine) else 0.0


def _scale(found: Found, event: int, line: str, row: Array, known: list[float]) -> float:
    """The loss's factor, unless more of what stands there is right without it: it may be divided only later."""
    theirs = found.recording.array(event)
    if line in {"slope", "square", *GIVEN}:
        return 1.0
    if known == [1.0] or theirs is None or theirs.size != row.size or not row.any():
        return known[0]
    flat, near = np.sort(theirs.reshape(-1)), np.sort(row.reshape(-1))
    agree = {scale: int(np.isclose(flat, np.sort(near * scale), rtol=1e-6).sum()) for scale in (*known, 1.0)}
    return max(agree, key=lambda scale: agree[scale])


def _whole_offers(found: Found, judgement: Judgement, lines: Lines, store: Store) -> list[Hit]:
    """The lines whose values over all of time, or whose sum, a store may be."""
    rated = []
    every = lines.orders(lines.T)[0][::-1]
    for line in ("dz", "local", "dh", "slope", "da", "dh_next", "dV", "dc", "db", "dU", "dW"):
        if not _wanted(found, judgement, line):
            continue
        form = np.array(lines.series(line, every))
        scale = _scale(found, store.events[0], line, form, lines.factors)
        hit = _whole(found, store, line, form * scale)
        if hit is not None:
            rated.append((_likeness(found, hit), replace(hit, scale=scale)))
    rated.sort(key=lambda offer: offer[0], reverse=True)
    return [hit for _, hit in rated]


def _whole(found: Found, store: Store, line: str, form: Array) -> Hit | None:
    """A line's right values for all timesteps at once, in the order of axes that is nearest to theirs; or their sum."""
    site, event = store.site, store.events[0]
    theirs = found.recording.array(event)
    if theirs is None or not theirs.any():
        return None
    total = form.sum(axis=0) if line in GRADIENTS else form[:0]
    if theirs.size == 1 < total.size:
        if line not in BIASES or not _reduced(float(theirs.reshape(-1)[0]), total):
            return None
        right = laid(total, found.sequences[0].stored[line[1:]])
    elif theirs.size == total.size and theirs.shape in {total.shape, total.T.shape, (total.size,)}:
        right = total if theirs.shape == total.shape else total.T.reshape(theirs.shape)
    elif theirs.size == form.size and theirs.size > total.size:
        orders = [form.transpose(axes) for axes in permutations(range(form.ndim))]
        orders.sort(
            key=lambda one: (one.shape == theirs.shape, int(np.isclose(one.reshape(theirs.shape), theirs).sum()))
        )
        right = orders[-1].reshape(theirs.shape)
        if not np.isclose(right, theirs).any():
            return None
    else:
        return None
    if theirs.shape == right.shape and found.values.close(theirs, right):
        return None
    count = int(np.searchsorted(found.events.of_site[site.id], event))
    return Hit(Place(site, event, -1, {(site.id, count): right}, right), line, True, store=store)
