"""From a wrong verdict to the mistake that reproduces the numbers.

Each mistake of the catalogue is computed; the one whose gradients stand among their values explains them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rnn_core.mistakes import GRADIENTS, MISTAKES, Mistake, oracle
from rnn_core.mistakes.oracle import LINES, Ran
from rnn_core.model import Array
from rnn_core.review.found import Found, Judged
from rnn_core.review.gradients import assembled, present
from rnn_core.review.remains import finals, left_at_zero
from rnn_core.review.suspicion import Suspicion
from rnn_core.review.verdict import Judgement, factors

AFFECTED = {"dV": "V", "dc": "c", "dU": "U", "dW": "W", "db": "b"}


def explain(found: Found, judgement: Judgement, partly: bool = False) -> Iterator[Suspicion]:
    """The mistakes whose numbers are theirs, the likeliest first; `partly` asks for those that explain some of them."""
    judged = found.sequences[judgement.sequence]
    right = judged.right
    passed = oracle.ran(judged.net, right.a, right.states, right.z, right.p)
    names = set(judgement.missing)
    offered = [judgement.factor, *({1.0} - {judgement.factor})]  # what skips a division has the loss's own factor
    if not judgement.present:
        offered = [value for value, _ in factors(judged, 1)]
    wanted_right = assembled(found, judged, right.totals)
    several: list[Suspicion] = []
    for mistake in MISTAKES:
        if mistake.forward is not None or not _possible(mistake, names, wanted_right, partly):
            continue
        for run, letters in simulate(passed, right, mistake, found, names, judgement.factor):
            suspicion = _matched(found, judged, judgement, mistake, run, wanted_right, names, offered, partly, letters)
            if suspicion is not None and mistake.gathered is not None and len(suspicion.letters) > 1:
                several.append(suspicion)
                break
            if suspicion is not None:
                yield suspicion
                break
    yield from several  # a loop that gathers for all of them explains it more simply


def _matched(
    found: Found,
    judged: Judged,
    judgement: Judgement,
    mistake: Mistake,
    run: Ran,
    wanted_right: dict[str, Array],
    names: set[str],
    offered: list[float],
    partly: bool,
    letters: str,
) -> Suspicion | None:
    """The suspicion, if a mistake's gradients stand among the values."""
    wanted = assembled(found, judged, run.totals)
    if any(not np.isfinite(array).all() for array in wanted.values()):
        return None
    differing = [n for n in wanted if not found.values.close(wanted[n], wanted_right[n])]
    if not differing or not (set(differing) <= names if partly else set(differing) >= names):
        return None
    zero = all(not wanted[n].any() for n in differing) and not judgement.unmoved
    if zero and mistake.name.endswith(": assigned"):
        return Suspicion(mistake, run, offered[0], letters) if _part_stored(found, judged, mistake, offered) else None
    if zero and (partly or not only_zero(mistake)):
        return None
    if mistake.times is not None and _loop_goes_on(found, judged, run, offered):
        return None
    for factor in offered:
        if _explains(found, judged, mistake, run, wanted, differing, factor):
            return Suspicion(mistake, run, factor, letters)
    return None


def _part_stored(found: Found, judged: Judged, mistake: Mistake, offered: list[float]) -> bool:
    """Whether one timestep's part of a gradient is all that a store keeps."""
    name = mistake.line[1:]
    if name not in found.pieces or found.pieces[name].stacked:
        return False
    parts = judged.right.rows[mistake.line]
    part = parts[judged.right.times[0]].T if found.pieces[name].turned else parts[judged.right.times[0]]
    for factor in offered:
        for number in found.values.same(part * factor) if part.any() else ():
            for event in np.flatnonzero(found.recording.values == number):
                site = found.code.sites[int(found.recording.sites[event])]
                if site.kind == "store" and not isinstance(site.node, ast.Name):
                    return True
    return False


def _loop_goes_on(found: Found, judged: Judged, run: Ran, offered: list[float]) -> bool:
    """Whether the right da of a timestep shows that the loop is said to leave out."""
    start, stop = judged.episode.steps[-1].done, judged.episode.stop
    for r in set(range(judged.net.T)) - set(run.times):
        row = judged.right.rows["da"][r]
        if not row.any():
            continue
        for factor in offered:
            for number in found.values.alike(row * factor):
                events = np.flatnonzero(found.recording.values[start:stop] == number)
                if len(events):
                    return True
    return False


def ranked(found: Found, judged: Judged, suspicions: list[Suspicion]) -> list[Suspicion]:
    """Those first that explain most of what is computed on the way: equal gradients can come about in several ways."""

    def seen(suspicion: Suspicion) -> int:
        run = suspicion.run
        count = 0
        own = suspicion.mistake.line
        name = suspicion.mistake.name
        if name.endswith("left out"):  # of what does not even show, the loop says more
            r, line = 0 if "first" in name else judged.net.T - 1, "dz" if own in {"dV", "dc"} else "da"
            row = judged.right.rows[line][r]
            count -= 9 * (not found.values.alike(row * suspicion.factor) and not found.values.alike(row))
        if own in GRADIENTS and own[1:] in found.pieces:
            turned = found.pieces[own[1:]].turned and run.rows[own].ndim == 3
            rows = [run.rows[own][r] for r in judged.right.times[:2]]
            shown = sum(bool(found.values.same((row.T if turned else row) * suspicion.factor)) for row in rows)
            count += shown * (1 if suspicion.mistake.gathered is not None else 2)
        for line in ("dz", "local", "dh", "slope", "da", "dh_next"):
            for r in (run.times or judged.right.times)[:2]:
                row = run.rows[line][r]
                count += bool(
                    found.values.alike(row * suspicion.factor) or (suspicion.factor != 1 and found.values.alike(row))
                )
        return count

    def simple(suspicion: Suspicion) -> bool:
        return suspicion.mistake.gathered is None or len(suspicion.letters) < 2

    if any(suspicion.mistake.name.endswith("left out") for suspicion in suspicions):
        suspicions = sorted(suspicions, key=lambda suspicion: only_zero(suspicion.mistake))  # a sum shows more than 0
    return sorted(suspicions, key=lambda suspicion: (simple(suspicion), seen(suspicion)), reverse=True)


def simulate(
    passed: Ran, right: Ran, mistake: Mistake, found: Found, missing: set[str], factor: float = 1.0
) -> Iterator[tuple[Ran, str]]:
    """The backward pass with the mistake in it, in each form that code gives it, and the parameters that it is about.

    Nothing where its shapes do not fit. Only what can change is computed. In a stacked matrix the parts have their
    mistakes together, and so have those that one line gathers.
    """
    try:
        if mistake.gathered is not None or (mistake.line in GRADIENTS and mistake.rule is not None):
            yield from _one_gradient(right, mistake, found, missing)
            return
        times = mistake.times(right.net.T) if mistake.times is not None else None
        if times is not None and not times:
            return
        rules = {mistake.replaces: mistake.rule} if mistake.rule is not None else {}
        run = oracle.backward(passed, {**rules, **mistake.more}, times)
        if factor != 1.0 and mistake.line in {"slope", "da", "dh"}:  # they may square a gradient, factor and all
            scaled = {"dz": lambda m: factor * oracle.RULES["dz"](m)}
            run = _unscaled(oracle.backward(passed, {**scaled, **rules, **mistake.more}, times), factor)
        if any(run.rows[line].shape != right.rows[line].shape for line in LINES):
            return
        yield run, ""
        if times is not None:  # dV and dc are often made outside of the loop, for all timesteps at once
            totals = {**run.totals, "V": right.totals["V"], "c": right.totals["c"]}
            yield replace(run, totals=totals), ""
    except (ValueError, IndexError):
        return


def _unscaled(run: Ran, factor: float) -> Ran:
    """A run whose loss was multiplied by a factor, as multiples of that factor."""
    rows = {name: row if name == "slope" else row / factor for name, row in run.rows.items()}
    return replace(run, rows=rows, totals={name: total / factor for name, total in run.totals.items()})


def _one_gradient(right: Ran, mistake: Mistake, found: Found, missing: set[str]) -> Iterator[tuple[Ran, str]]:
    name = mistake.line[1:]
    rows: dict[str, Array] = {}
    piece = found.pieces.get(name)
    together = [name]
    if piece is not None and piece.stacked:
        together = [n for n, other in found.pieces.items() if other.stacked and other.site == piece.site]
    with np.errstate(all="ignore"):
        if mistake.gathered is not None:
            letters = [n for n in right.totals if any(n in name for name in missing)]
            for names in (together, letters) if letters[:1] == [name] and len(letters) > 1 else (together,):
                totals = {n: mistake.gathered(right.rows[f"d{n}"], right.net.batch) for n in names}
                if all(totals[n].shape == right.totals[n].shape for n in totals):
                    yield _with(right, {}, totals), "".join(names)
            return
        rule = mistake.rule
        assert rule is not None
        rows[mistake.line] = np.array([rule(right.moments[r]) for r in range(right.net.T)])
        if rows[mistake.line].shape != right.rows[mistake.line].shape:
            return
        yield _with(right, rows, {name: rows[mistake.line].sum(axis=0)}), name
        if len(together) > 1 and mistake.left is not None:
            of = {"U": lambda m: m.x(), "W": lambda m: m.h(-1), "V": lambda m: m.h()}
            for n in together:
                parts = [mistake.left(right.moments[r]) for r in range(right.net.T)]
                rows[f"d{n}"] = np.array(
                    [
                        part.sum(axis=0) if n in {"b", "c"} else oracle.outer(part, of[n](right.moments[r]))
                        for r, part in enumerate(parts)
                    ]
                )
            yield _with(right, rows, {n: rows[f"d{n}"].sum(axis=0) for n in together}), "".join(together)


def _with(right: Ran, rows: dict[str, Array], totals: dict[str, Array]) -> Ran:
    return replace(right, rows={**right.rows, **rows}, totals={**right.totals, **totals})


def _possible(mistake: Mistake, missing: set[str], names: dict[str, Array], partly: bool) -> bool:
    """Whether the gradients that are missing can be that mistake's."""
    letters = set("".join(missing))
    if mistake.line in AFFECTED:
        stack = next((n for n in names if AFFECTED[mistake.line] in n), "")
        if mistake.gathered is not None and not partly:  # several may be gathered in one line
            return set(stack) <= letters
        return set(stack) <= letters if partly else letters == set(stack)
    if mistake.line in {"local", "dh", "slope", "da", "dh_next"}:
        return "dV" in mistake.more or not letters & {"V", "c"}
    return True


def only_zero(mistake: Mistake) -> bool:
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
    if only_zero(mistake):
        return left_at_zero(found, judged, mistake, run) is not None
    if mistake.gathered is not None or mistake.times is not None:
        last = finals(found, judged, run)
        return all(any(number in last for number in found.values.same(wanted[n] * factor)) for n in differing)
    there = present(found, {n: wanted[n] for n in differing}, factor, judged)
    return all(there.values())
