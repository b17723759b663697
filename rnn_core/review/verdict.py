"""Right, wrong or unsure: only after that a line is looked for.

Right: in every sequence judged, each gradient stands among their values, in the orientation of its parameter. All have
one common factor, and the parameters move against them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnn_core.mistakes.oracle import PARAMETERS
from rnn_core.model import Array
from rnn_core.review.direction import direction
from rnn_core.review.found import Found, Judged
from rnn_core.review.gradients import assembled, present

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
    usual = [(1.0, "1"), (1 / T, "1/T"), (1 / B, "1/B"), (1 / (T * B), "1/(T·B)"), (1 / max(M, 1), "1/M")]
    if judged.net.head != "linear":
        return usual
    O = judged.net.V.shape[0]  # a squared error is halved or not, and its mean may be over the outputs, too
    over = [(value / O, text.replace("1", "1/O", 1) if text == "1" else f"{text}/O") for value, text in usual]
    return [(k * value, text if k == 1 else f"2·{text}") for value, text in [*usual, *over] for k in (1, 2)]


def _likewise(judged: Judged, first: Judged, usual: tuple[float, str]) -> list[tuple[float, str]]:
    """The factor of the first sequence in another one: the same number, or the mean over as many as there are here."""
    sign = -1.0 if usual[0] < 0 else 1.0
    texts = [text for value, text in _divided(first) if abs(value - abs(usual[0])) < 1e-12]
    here = [(sign * value, usual[1]) for value, text in _divided(judged) if text in texts]
    return [usual, *(pair for pair in here if abs(pair[0] - usual[0]) > 1e-12)]


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
