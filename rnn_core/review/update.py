"""Mistakes that only an update, or the second one, shows: signs, memories, what is not begun anew."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rnn_core.mistakes import oracle
from rnn_core.review.calls import Calls, call_of
from rnn_core.review.found import Found, Judged
from rnn_core.review.gradients import assembled, present
from rnn_core.review.stores import left_over, region, stores_of, zeros_of
from rnn_core.review.suspicion import Place
from rnn_core.review.verdict import Judgement

LINK = "docs/maths.md#optimisers"


@dataclass(eq=False)
class Told:
    """A mistake that is not a replaced line of one backward pass."""

    name: str
    cause: str
    computes: str
    right: str
    why: str
    place: Place
    phase: str = "update"
    check: str = "update"
    """How a proof is judged: the update's direction, or the gradients."""


def in_the_loop(found: Found, judged: Judged) -> Told | None:
    """Weights that change while the backward loop still runs."""
    if judged.net.T < 2:
        return None
    recording = found.recording
    put_together = {site.id for site in found.code.gathered.values()}
    start, stop = region(found, judged)
    for name in ("W", "U", "V", "b", "c"):
        piece = found.pieces.get(name)
        if piece is None:
            continue
        old = judged.stored[name]
        by_site: dict[int, list[int]] = {}
        for event in range(start, stop):
            site = found.code.sites[int(recording.sites[event])]
            array = recording.array(event)
            if array is None or array.shape != old.shape or site.kind not in {"after", "store", "add"}:
                continue
            if site.id in put_together:
                continue
            by_site.setdefault(site.id, []).append(event)
        for site_id, events in by_site.items():
            site = found.code.sites[site_id]
            own = {int(recording.objects[e]) for e in found.events.of_site[piece.site]} - {0}  # 0: no object of theirs
            mine = [e for e in events if site.name == found.name(piece.site) or int(recording.objects[e]) in own]
            if site.kind == "add" or len(mine) < judged.net.T or not site.loops:
                continue
            first, last = (recording.arrays[int(recording.values[e])] for e in (mine[0], mine[-1]))
            if found.values.close(first, last) or np.abs(first - old).max() > 0.5 * np.abs(old).max() + 1e-9:
                continue
            site = next((s for s in found.code.beside(site) if s.kind in {"add", "store"}), site)
            calls = Calls(found, start, stop)
            if calls.at(mine[0]).event != calls.at(mine[-1]).event:  # the loop is the caller's
                site = call_of(found, calls.at(mine[0])) or site
            return Told(
                "update in the loop",
                "weights are updated inside the time loop",
                f"{name} changes at every timestep of the backward pass",
                "one update after the whole backward pass",
                "every gradient belongs to the weights that the forward pass used",
                Place(site, mine[0], -1, {}),
            )
    return None


def not_anew(found: Found, judgement: Judgement) -> Told | None:
    """In a later sequence: gradients that still hold the sum of those before, a dh_next that was left over."""
    k = judgement.sequence
    if not k:
        return None
    judged = found.sequences[k]
    names = judgement.missing
    total = {n: np.zeros_like(a) for n, a in judged.right.totals.items()}
    for before in range(k, -1, -1):
        mine = found.sequences[before].right.totals
        if any(mine[n].shape != total[n].shape for n in total):
            break
        total = {n: total[n] + mine[n] for n in total}
        if before == k:
            continue
        wanted = assembled(found, judged, total)
        there = present(found, {n: wanted[n] for n in names}, judgement.factor)
        if names and all(there.values()):
            place = zeros_of(found, judged, wanted[names[0]] * judgement.factor)
            if place is not None:
                ours = "d" + names[0]
                if place.event < found.sequences[before].episode.steps[0].at:  # made once and for all
                    place = _goes_on(found, judged, place) or place
                return Told(
                    "gradients not zeroed",
                    f"{', '.join('d' + n for n in names)}: gradients are not zeroed before the next sequence",
                    f"{ours} of this sequence on top of the sum of those before",
                    f"{ours} of this sequence alone: begin from zeros",
                    "the gradient of an update is that of its own loss",
                    place,
                    "backward",
                    "second",
                )
    previous = found.sequences[k - 1]
    left = previous.right.rows["dh_next"][0] * (judgement.factor or 1.0)
    if left.shape != judged.net.h0.shape:
        left = left[: judged.net.batch]
    if left.shape == judged.net.h0.shape:
        for scale in (1.0, 1.0 / (judgement.factor or 1.0)):
            run = oracle.backward(judged.right, carried=left * scale)
            wanted = assembled(found, judged, run.totals)
            there = present(found, {n: wanted[n] for n in names}, judgement.factor)
            if names and all(there.values()):
                place = left_over(found, judged, left)
                if place is not None:
                    return Told(
                        "dh_next not reset",
                        "dh_next is not reset between sequences: it still holds what the one before left",
                        "the backward pass begins with the carried gradient of another sequence",
                        "dh_next = 0 at t = T",
                        "after the last timestep there is nothing that h[T] is used by, so nothing is carried into it",
                        place,
                        "backward",
                        "second",
                    )
    return None


def _goes_on(found: Found, judged: Judged, place: Place) -> Place | None:
    """Where a sequence first adds to the array that a place has made."""
    recording = found.recording
    for event in range(*region(found, judged)):
        site = found.code.sites[int(recording.sites[event])]
        same = recording.objects[event] == recording.objects[place.event] != 0
        if (site.kind in {"add", "store"} and site.name == place.site.name) or (
            same and site.kind in {"after", "base", "effect"}
        ):
            return Place(site, event, -1, {})
    return None


def never_moved(found: Found, judged: Judged, name: str) -> Told | None:
    """A parameter that no update touches: it is missing where the others are updated."""
    assert judged.later is not None
    last: Place | None = None
    for other, old in judged.stored.items():
        new = judged.later[other]
        if other in name or np.array_equal(old, new):
            continue
        for site, event in stores_of(found, judged, new)[:1]:
            if last is None or event > last.event:
                last = Place(site, event, -1, {})
    if last is None:
        return None
    return Told(
        f"{name} not updated",
        f"{name} is never updated, though d{name} is computed: its line is missing among the updates",
        f"{name} stays as it was",
        f"{name} - lr·d{name}",
        "each parameter goes against its own gradient",
        last,
    )


def wrong_update(found: Found, judgement: Judgement) -> Iterator[Told]:
    """Where a parameter is moved with its gradient, or by something else."""
    judged = found.sequences[judgement.sequence]
    name = judgement.parameter
    assert judged.later is not None
    old, new = judged.stored[name[0]], judged.later[name[0]]
    if judgement.update == "sign":
        stores = stores_of(found, judged, new)
        kept = [pair for pair in stores if pair[0].kind in {"store", "after", "return", "effect"}]
        for site, event in kept or stores[:1]:
            sister = next(
                (s for s in found.code.beside(site) if s.kind in {"add", "store", "return"}),
                site,
            )
            k = int(np.searchsorted(found.events.of_site.get(sister.id, np.zeros(0)), event + 1)) - 1
            array = (
                found.recording.array(int(found.events.of_site[sister.id][max(k, 0)]))
                if sister.id in found.events.of_site
                else None
            )
            right = old - (new - old)
            if array is not None and sister.kind == "add":
                right = -array
            place = Place(sister, event, -1, {(sister.id, max(k, 0)): right}, right)
            yield Told(
                "update sign",
                f"the update of {name} has the wrong sign: it goes up the gradient, so the loss grows",
                f"{name} + lr·d{name}",
                f"{name} - lr·d{name}",
                "the loss falls fastest against its gradient",
                place,
            )
            return
        return
    for number in found.values.alike(old * old) if old.any() else ():
        for event in np.flatnonzero(found.recording.values == number).tolist():
            if not region(found, judged)[0] <= event < judged.episode.stop:
                continue
            site = found.code.sites[int(found.recording.sites[event])]
            made = site.kind == "see" and isinstance(site.node, ast.BinOp | ast.Call)
            if made or site.kind == "add" or (site.kind == "store" and site.name):
                k = int(np.searchsorted(found.events.of_site[site.id], event))
                gradient = assembled(found, judged, judged.right.totals)[name]
                yield Told(
                    "memory of weights",
                    "the optimiser's memory sums squares of the weights, not of their gradients",
                    f"{name}²",
                    f"d{name}²",
                    "Adagrad divides by the root of the sum of squared gradients",
                    Place(site, int(event), -1, {(site.id, k): gradient * gradient}),
                )
                return
    for told in _scaled(found, judged, name, judgement.factor):
        yield told
        return
    for site, event in stores_of(found, judged, new):
        inward = next(
            (s for s in found.code.beside(site) if s.kind in {"add", "store", "return"}),
            None,
        )
        if inward is not None:
            what = f"the update of {name} is not that of the others: another multiple of its gradient"
            yield Told(
                "update size",
                what,
                f"another multiple of d{name}",
                f"{name} - lr·d{name}, with one lr",
                "the step goes against the gradient, with one learning rate",
                Place(inward, event, -1, {}),
            )
            return


def _scaled(found: Found, judged: Judged, name: str, factor: float) -> Iterator[Told]:
    """A gradient that is right and then is multiplied, clipped or turned on its way to the update."""
    gradient = assembled(found, judged, judged.right.totals)[name] * factor
    start, stop = region(found, judged)
    T, B = judged.net.T, judged.net.batch
    forms = [
        (gradient / T, "divided by T: averaged where the others are summed"),
        (gradient / B, "divided by the batch size, and the others are not"),
        (gradient * T, "multiplied by T, and the others are not"),
        (gradient / (T * B), "averaged where the others are summed"),
        (gradient * 2, "doubled"),
        (gradient / 2, "halved"),
    ]
    if gradient.ndim == 2 and gradient.shape[0] == gradient.shape[1]:
        forms.append((np.ascontiguousarray(gradient.T), "transposed"))
    for form, said in forms:
        if found.values.close(form, gradient):
            continue
        for number in found.values.same(form):
            for event in np.flatnonzero(found.recording.values[start:stop] == number)[:3] + start:
                site = found.code.sites[int(found.recording.sites[event])]
                if site.kind not in {"see", "store", "add", "return", "after", "effect"}:
                    continue
                if site.kind in {"after", "effect"}:
                    site = next(
                        (s for s in found.code.beside(site) if s.kind in {"add", "store"}),
                        site,
                    )
                k = int(np.searchsorted(found.events.of_site.get(site.id, np.zeros(0)), event))
                yield Told(
                    f"d{name} {said.split(':')[0]}",
                    f"d{name} is {said}",
                    f"d{name}, {said}",
                    f"d{name} as the sum over t",
                    "the loss is a sum over t, and so is each of its gradients; all of them have one factor",
                    Place(site, int(event), -1, {(site.id, k): gradient}),
                )
                return
