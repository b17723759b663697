"""The right values for a place, in the order in which it runs and in the layout that it has."""

from __future__ import annotations

import ast
from itertools import permutations

import numpy as np

from rnn_core.mistakes import GRADIENTS, oracle
from rnn_core.mistakes.oracle import PARAMETERS
from rnn_core.model import Array
from rnn_core.review.found import Found, Judged
from rnn_core.review.gradients import assembled
from rnn_core.review.instrument import Site


def right_values(
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
                swaps[site.id, k] = laid_out(found, array, wrong[r], right[r])
                left.remove(r)
                break
    return swaps


def laid_out(found: Found, theirs: Array, wrong: Array, right: Array) -> Array:
    """`right` in the layout that `wrong` has in theirs."""
    if wrong.ndim == 2 and theirs.ndim == 2 and theirs.shape != wrong.shape and theirs.shape == wrong.T.shape:
        return right.T if right.shape == wrong.shape else right
    if found.values.close(theirs.reshape(-1), wrong.reshape(-1)) or wrong.ndim != 2:
        return right.reshape(theirs.shape) if right.size == theirs.size else right
    turned = right.T
    return turned.reshape(theirs.shape) if turned.size == theirs.size else turned


def permuted(found: Found, theirs: Array, wrong: Array, right: Array) -> Array | None:
    """`right` in the order of axes that `wrong` has in theirs."""
    if wrong.shape != right.shape:
        return None
    squeezed_wrong, squeezed_right = np.squeeze(wrong), np.squeeze(right)
    for axes in permutations(range(squeezed_wrong.ndim)):
        if found.values.close(squeezed_wrong.transpose(axes).reshape(-1), theirs.reshape(-1)):
            return squeezed_right.transpose(axes).reshape(theirs.shape)
    return None


def sister_of(found: Found, site: Site) -> Site | None:
    """The site of the same statement that shows what went in, for one that shows what came of it."""
    kinds = {"add", "store"} if site.kind == "after" else {"see"}
    for other in found.code.beside(site):
        if other.kind in kinds and (site.kind == "after" or other.node is site.value):
            return other
    return None


def added_values(
    found: Found, judged: Judged, site: Site, sister: Site, wrong: Array, right: Array, order: tuple[int, ...]
) -> dict[tuple[int, int], Array]:
    """What an augmented store must add (or multiply by), so that it leaves what is right."""
    statement = found.code.statements[site.statement]
    if not isinstance(statement, ast.AugAssign):
        return {}
    left = right_values(found, judged, site, wrong, right, order)
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


def forms(
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
