"""Right, wrong or unsure: only after that a line is looked for.

Right: in every sequence judged, each gradient stands among their values, in the orientation of its parameter. All have
one common factor, and the parameters move against them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnn_core.mistakes.oracle import PARAMETERS
from rnn_core.model import Array
from rnn_core.review.found import Found, Judged

JUDGED_UPDATES = 2
MOST_UPDATES = 8
LONG = 3
"""Timesteps of a sequence that shows everything: shorter ones are judged, and do not count."""


@dataclass
class Judgement:
    """What the numbers say about one recording."""

    right: bool
    factor: float = 1.0
    factors: str = "1"
    sequence: int = 0
    """The first sequence whose gradients are not right."""
    missing: tuple[str, ...] = ()
    """Which gradients are not there in it."""
    present: tuple[str, ...] = ()
    update: str = ""
    """What is wrong with an update: "" · sign · size"""
    parameter: str = ""
    updates: int = 0
    """How many updates were judged."""
    unmoved: bool = False
    """Whether a parameter stays where it is, though its gradient is not 0."""


def factors(judged: Judged, sequences: int) -> list[tuple[float, str]]:
    """The factors that a loss may have, the usual ones first."""
    named = _divided(judged)
    T = judged.net.T
    named += [(1 / sequences, "1/N"), (1 / (sequences * T), "1/(N·T)")] if sequences > 1 else []
    found: list[tuple[float, str]] = []
    for value, text in named:
        if all(abs(value - other) > 1e-12 for other, _ in found):
            found.append((value, text))
    return [pair for value, text in found for pair in ((value, text), (-value, f"-{text}"))]


def _divided(judged: Judged) -> list[tuple[float, str]]:
    T, B = judged.net.T, judged.net.batch
    M = int((judged.net.y >= 0).sum())
    return [(1.0, "1"), (1 / T, "1/T"), (1 / B, "1/B"), (1 / (T * B), "1/(T·B)"), (1 / max(M, 1), "1/M")]


def _likewise(judged: Judged, first: Judged, usual: tuple[float, str]) -> list[tuple[float, str]]:
    """The factor of the first sequence in another one: the same number, or the mean over as many as there are here."""
    sign = -1.0 if usual[0] < 0 else 1.0
    texts = [text for value, text in _divided(first) if abs(value - abs(usual[0])) < 1e-12]
    here = [(sign * value, usual[1]) for value, text in _divided(judged) if text in texts]
    return [usual, *(pair for pair in here if abs(pair[0] - usual[0]) > 1e-12)]


def assembled(found: Found, judged: Judged, totals: dict[str, Array]) -> dict[str, Array]:
    """The gradients as they would stand in arrays like their parameters'; stacked ones are one array.

    A stacked matrix stands under the names of all that it holds, as "UW" or "UWb".
    """
    out: dict[str, Array] = {}
    stacks: dict[int, list[str]] = {}
    for name, piece in found.pieces.items():
        if piece.stacked:
            stacks.setdefault(piece.site, []).append(name)
            continue
        total = totals[name]
        out[name] = (total.T if piece.turned else total) if total.ndim == 2 else total
    for names in stacks.values():
        whole = np.zeros(judged.stored[names[0]].shape)
        for name in names:
            piece, total = found.pieces[name], totals[name]
            part = total.reshape(-1, 1) if total.ndim == 1 else total
            whole[piece.cut] = part.T if piece.turned else part
        out["".join(names)] = whole
    return out


def present(found: Found, wanted: dict[str, Array], factor: float, judged: Judged | None = None) -> dict[str, bool]:
    """Which of the gradients stand among the values; one that is all zeros is there unseen.

    In the sequence `judged` a value that a store goes on from is a sum on its way, and not the gradient.
    """
    out = {}
    for name, array in wanted.items():
        numbers = found.values.same(array * factor)
        out[name] = not array.any() or (
            bool(numbers) if judged is None else any(_stays(found, judged, n) for n in numbers)
        )
    return out


def _stays(found: Found, judged: Judged, number: int) -> bool:
    """Whether a value is still there at the end: the place that showed it last does not show another one later."""
    recording, episode = found.recording, judged.episode
    events = np.flatnonzero(recording.values == number)
    inside = events[(events >= episode.steps[0].at) & (events < episode.stop)]
    if not len(inside):
        return bool(len(events))
    last = int(inside[-1])
    after = found.events.next(int(recording.sites[last]), last + 1)
    return not (0 <= after < episode.stop) or judged.net.T < 2 or not _grows(found, last, after)


def _grows(found: Found, event: int, after: int) -> bool:
    """Whether the same store went on to another value of the same shape in the loop that it stands in."""
    recording = found.recording
    site = found.code.sites[int(recording.sites[event])]
    one, two = recording.array(event), recording.array(after)
    return (
        bool(site.loops)
        and site.kind in {"after", "effect", "base", "store"}
        and one is not None
        and two is not None
        and one.shape == two.shape
        and not found.values.close(one, two)
    )


def groups(found: Found) -> list[list[int]]:
    """The sequences between one change of the weights and the next."""
    out: list[list[int]] = []
    for k, judged in enumerate(found.sequences):
        if out and all(np.array_equal(judged.stored[n], found.sequences[out[-1][-1]].stored[n]) for n in judged.stored):
            out[-1].append(k)
        else:
            out.append([k])
    return out


def judge(found: Found) -> Judgement:
    """The verdict on the sequences of a recording; `right` is False as soon as one gradient is not there."""
    updates = groups(found)
    usual: tuple[float, str] | None = None
    first = found.sequences[0]
    verdict = Judgement(True)
    still: set[str] = set()
    for number, group in enumerate(updates[:MOST_UPDATES]):
        if sum(found.sequences[g[0]].net.T >= LONG for g in updates[:number]) >= JUDGED_UPDATES:
            break
        total: dict[str, Array] = {}
        for k in group:
            judged = found.sequences[k]
            mine = judged.right.totals
            total = {n: total[n] + mine[n] if total else mine[n] for n in PARAMETERS}
            ways = [assembled(found, judged, mine)] + ([assembled(found, judged, total)] if k != group[0] else [])
            offered = factors(judged, len(group))
            if usual is not None and len(group) == 1:
                offered = _likewise(judged, first, usual)
            best, chosen = _fitted(found, judged, ways, offered, len(group) == 1)
            if not best or not all(best.values()):
                verdict.updates = number
                return _clearest(found, _failed(found, verdict, k, best, chosen or usual), updates)
            if usual is None:
                usual, first = chosen, judged
        if usual is not None:
            verdict.factor, verdict.factors = usual
        verdict.updates = number + 1
        if found.sequences[group[-1]].later is not None:
            wrong = direction(found, group, total, still if number else None)
            if wrong is not None and wrong[0] == "still":
                verdict.right = False
                verdict.unmoved = True
                verdict.sequence = k
                verdict.missing = (wrong[1],)
                verdict.present = tuple(n for n in assembled(found, judged, mine) if n != wrong[1])
                return verdict
            if wrong is not None:
                verdict.right = False
                verdict.update, verdict.parameter = wrong
                verdict.sequence = group[-1]
                verdict.present = tuple(total)
                return verdict
        unmoved = {n for n, array in assembled(found, judged, total).items() if not array.any()}
        still = unmoved if not number else still & unmoved
    return verdict


def _fitted(
    found: Found, judged: Judged, ways: list[dict[str, Array]], offered: list[tuple[float, str]], alone: bool
) -> tuple[dict[str, bool], tuple[float, str] | None]:
    """(which gradients are there, the factor by which most are)."""
    best: dict[str, bool] = {}
    chosen: tuple[float, str] | None = None
    for way in ways:
        for factor in offered:
            there = present(found, way, factor[0], judged if alone else None)
            if sum(there.values()) > sum(best.values()):
                best, chosen = there, factor
            if all(there.values()):
                return best, chosen
    return best, chosen


def _failed(
    found: Found, verdict: Judgement, k: int, best: dict[str, bool], chosen: tuple[float, str] | None
) -> Judgement:
    judged = found.sequences[k]
    names = tuple(assembled(found, judged, judged.right.totals))
    verdict.right = False
    verdict.sequence = k
    verdict.missing = tuple(n for n in names if not best.get(n))
    verdict.present = tuple(n for n in names if best.get(n))
    verdict.factor, verdict.factors = chosen or (1.0, "1")
    return verdict


def _clearest(found: Found, verdict: Judgement, updates: list[list[int]]) -> Judgement:
    """The same failure in a sequence of several timesteps, where the first one that fails is too short to tell it."""
    if found.sequences[verdict.sequence].net.T >= LONG:
        return verdict
    for group in updates:
        k = group[0]
        judged = found.sequences[k]
        if len(group) > 1 or k <= verdict.sequence or judged.net.T < LONG:
            continue
        way = assembled(found, judged, judged.right.totals)
        offered = [(verdict.factor, verdict.factors)] if verdict.present else factors(judged, 1)
        best, chosen = _fitted(found, judged, [way], offered, True)
        if not all(best.get(n) for n in way):
            return _failed(found, verdict, k, best, chosen or (verdict.factor, verdict.factors))
    return verdict


def direction(found: Found, group: list[int], total: dict[str, Array], only: set[str] | None) -> tuple[str, str] | None:
    """(sign or size, parameter) where a parameter does not move against its gradient.

    From the second update on what an optimiser keeps may point elsewhere: then `only` those are looked at whose
    gradients were 0 until now.
    """
    before = found.sequences[group[-1]]
    later = before.later
    assert later is not None
    wanted = assembled(found, before, total)
    moved = {}
    for name in wanted:
        old, new = before.stored[name[0]], later[name[0]]
        moved[name] = (new - old).reshape(-1)
    touched = [change for change in moved.values() if change.any()]
    if len(touched) < min(2, len(moved)) or all(np.count_nonzero(change) <= 1 for change in touched):
        return None  # one number alone that is changed is a gradient check, and no update
    for name, change in moved.items():
        gradient = wanted[name].reshape(-1)
        large = np.abs(gradient) > 1e-4 * max(float(np.abs(gradient).max()), 1e-300)
        if not large.any() or not np.isfinite(change).all() or (only is not None and name not in only):
            continue
        if not change.any():
            return "still", name
        agree = float(np.mean(np.sign(change[large]) == np.sign(gradient[large])))
        if agree > 0.98:
            return "sign", name
        old = before.stored[name[0]].reshape(-1)
        if agree > 0.02 and not _decayed(change, gradient, old):
            return "size", name
        if agree <= 0.02 and not _a_function(change[large], gradient[large]) and not _decayed(change, gradient, old):
            return "size", name
    if only is not None:
        return None
    flat = {name: array.reshape(-1) for name, array in wanted.items()}
    odd = _odd_rate(moved, flat) or _odd_rate(_read(found, before, later, flat), flat)
    return ("size", odd) if odd else None


def _read(found: Found, judged: Judged, later: dict[str, Array], wanted: dict[str, Array]) -> dict[str, Array]:
    """What the update's own statement reads by a name, of those arrays that are a multiple of the gradient."""
    recording, sites = found.recording, found.code.sites
    out: dict[str, Array] = {}
    for name, gradient in wanted.items():
        new = later[name[0]]
        for number in found.values.same(new):
            events = np.flatnonzero(recording.values == number)
            events = events[(events > judged.episode.steps[-1].done) & (events < judged.episode.stop)]
            if not len(events):
                continue
            made = int(events[0])
            statement = sites[int(recording.sites[made])].statement
            for event in range(made, max(made - 40, 0), -1):
                site = sites[int(recording.sites[event])]
                array = recording.array(event)
                if (
                    site.statement != statement
                    or array is None
                    or array.size != gradient.size
                    or not site.name
                    or site.kind != "see"
                ):
                    continue
                flat = array.reshape(-1)
                rate = float(flat @ gradient / (gradient @ gradient)) if gradient.any() else 0.0
                if rate and found.values.close(flat, rate * gradient):
                    out[name] = flat
            break
    return out


def _odd_rate(moved: dict[str, Array], wanted: dict[str, Array]) -> str:
    """The one parameter whose change is another multiple of its gradient than all the others'; "" for none."""
    rates: dict[str, float] = {}
    for name, change in moved.items():
        gradient = wanted[name]
        if not gradient.any() or not change.any():
            continue
        rate = float(change @ gradient / (gradient @ gradient))
        if np.abs(change - rate * gradient).max() > 1e-6 * np.abs(change).max():
            return ""
        rates[name] = rate
    if len(rates) < 3:
        return ""
    usual = sorted(rates.values())[len(rates) // 2]
    odd = [name for name, rate in rates.items() if abs(rate - usual) > 1e-6 * abs(usual)]
    return odd[0] if len(odd) == 1 else ""


def _decayed(change: Array, gradient: Array, old: Array) -> bool:
    """Whether a change is the gradient and the weights themselves, each times a number."""
    columns = np.stack([gradient, old], axis=1)
    fit = np.linalg.lstsq(columns, change, rcond=None)[0]
    return bool(np.abs(columns @ fit - change).max() <= 1e-6 * np.abs(change).max())


def _a_function(change: Array, gradient: Array) -> bool:
    """Whether the size of a change follows from the size of the gradient alone, and grows with it."""
    order = np.argsort(np.abs(gradient))
    sizes = np.abs(change)[order]
    largest = float(sizes.max())
    return bool((np.diff(sizes) >= -1e-3 * largest).all())
