"""What a proven store computes in place of what belongs there, in words: by its own numbers, turn by turn.

The operands of the first faulty store are right. So the mistakes of the catalogue can be computed at its own turns,
however seldom or often it has one. Where none of them is it, the numbers are taken apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rnn_core.mistakes import GRADIENTS, MISTAKES, RIGHT, Mistake
from rnn_core.model import Array
from rnn_core.review.found import Found
from rnn_core.review.search import Hit, laid, placed
from rnn_core.review.suspicion import Place, Suspicion
from rnn_core.review.telling import GIVEN
from rnn_core.review.turns import Lines, Turn

_PARTS = {"dh": ("dh", "local", "dh_next"), "da": ("da", "slope", "dh", "local", "dh_next")}
"""The lines whose mistakes a line may have, where it is computed in one go."""
_LEFT = {"dU": "da", "dW": "da", "dV": "dz"}


def named(found: Found, hit: Hit, lines: Lines) -> tuple[Suspicion, Place] | None:
    """The mistake that a proven store makes, and where; None where its numbers say nothing."""
    if hit.store is None:
        return None
    if not hit.order:
        mistake = _of_arrays(found, hit)
        return None if mistake is None else (Suspicion(mistake, lines.judged.right, hit.scale), hit.place)
    for order in (hit.order, *(order for line, order in hit.store.kept if line == hit.line and order != hit.order)):
        tried = placed(found, lines, hit.store, hit.line, order)  # a sum proves the same in any order of its turns
        if tried is None:
            continue
        turn = order[hit.store.events.index(tried.place.event)]
        for name in (_listed, _picked_up, _taken_apart):
            mistake = name(found, tried, lines, turn)
            if mistake is not None:
                return Suspicion(mistake, lines.run(turn[0]), hit.scale), tried.place
    return None


def _theirs(found: Found, hit: Hit, event: int) -> Array:
    """What stands there at an event, without the loss's factor."""
    array = found.recording.array(event)
    assert array is not None
    return array / hit.scale


def _turned(found: Found, line: str, value: Array) -> Array:
    """A gradient's part in the orientation of their parameter."""
    piece = found.pieces.get(line[1:]) if line in GRADIENTS else None
    return value.T if value.ndim == 2 and piece is not None and piece.turned else value


def _listed(found: Found, hit: Hit, lines: Lines, turn: Turn) -> Mistake | None:
    """The mistake of the catalogue that makes what is there: at the first wrong turn, and at most of those after it."""
    assert hit.store is not None
    best: tuple[int, Mistake] | None = None
    first = hit.order.index(turn)
    for mistake in MISTAKES:
        if (
            mistake.line not in _PARTS.get(hit.line, (hit.line,))
            or mistake.rule is None
            or mistake.gathered is not None
            or mistake.into
        ):
            continue
        count = 0
        for k, (event, turn) in enumerate(zip(hit.store.events, hit.order, strict=True)):
            value = _made(mistake, lines, turn, hit.line)
            theirs = _theirs(found, hit, event)
            same = (
                value is not None
                and value.size == theirs.size > 1
                and found.values.close(laid(_turned(found, hit.line, value), theirs), theirs)
            )
            count += same
            apart = (
                hit.line in GRADIENTS and not hit.store.kept[hit.line, hit.order][k]
            )  # its turns do not hang together
            if not same and (k == first or apart):
                count = 0
                break
            if k > first + 12:
                break
        if count and (best is None or count > best[0]):
            best = count, mistake
    return best[1] if best is not None else None


def _made(mistake: Mistake, lines: Lines, turn: Turn, line: str) -> Array | None:
    """What a line becomes with a mistake in it or in a part of it; None where the shapes do not fit."""
    assert mistake.rule is not None
    moment = lines.moment(turn)
    carried = mistake.line == "dh_next" != line
    try:
        with np.errstate(all="ignore"):
            value = np.asarray(mistake.rule(lines.run(turn[0]).moments[turn[1] + 1] if carried else moment))
            if carried:
                value = value + moment.local
            if mistake.line == "local" != line:
                value = value + moment.carried
            if line == "da" != mistake.line:
                value = value * (moment.dh if mistake.line == "slope" else moment.slope)
    except (ValueError, IndexError, KeyError):
        return None
    return value if np.isfinite(value).all() else None


def _quantities(lines: Lines, turn: Turn) -> Iterator[tuple[str, Array]]:
    """What a line may read by mistake, the nearest timestep first, in the listing's words."""
    r, T = turn[1], lines.T
    run = lines.run(turn[0])
    series: dict[str, tuple[Array, int]] = {
        "h": (run.states, 1),
        "x": (run.net.x, 0),
        "p": (lines.judged.right.p, 0),
        "onehot(y{})": (lines.judged.right.onehot, 0),
        "z": (run.z, 0),
        "a": (run.a, 0),
        **{name: (run.rows[name], 0) for name in ("dz", "da", "dh", "dh_next")},
    }
    for name, (rows, shift) in series.items():
        for i in sorted(range(len(rows)), key=lambda i: abs(i - shift - r)):
            k = i - shift - r
            ends = [f"[{1 - shift}]"] if i == 0 else ["[T]"] if i == len(rows) - 1 else []
            ways = ["[t]" if not k else f"[t{k:+d}]", *ends, *(["[T+1-t]"] if T > 2 and i - shift == T - 1 - r else [])]
            for at in ways if abs(k) < 2 else ways[::-1]:
                yield (name.format(at) if "{}" in name else f"{name}{at}"), rows[i]
    yield "Vᵀ·dz[t]", run.rows["local"][r]
    yield "Wᵀ·da[t+1]", run.rows["carried"][r]
    yield "1 - h[t]²", run.rows["slope"][r]
    yield "(1 - h[t]²) ⊙ Vᵀ·dz[t]", run.rows["slope"][r] * run.rows["local"][r]


def _names(found: Found, lines: Lines, turn: Turn, value: Array) -> list[str]:
    """What a value may be, in the listing's words, the likeliest first."""
    if not value.any():
        return ["0"]
    flat, close = value.reshape(-1), found.values.close
    return [
        name
        for name, known in _quantities(lines, turn)
        if known.size == flat.size and known.any() and close(known.reshape(-1), flat)
    ]


def _quantity(found: Found, lines: Lines, turn: Turn, value: Array) -> str:
    """What a value is; "" for nothing known."""
    return next(iter(_names(found, lines, turn, value)), "")


def _mistake(line: str, name: str, computes: str, cause: str) -> Mistake:
    return Mistake(f"{line}: {name}", line, computes, cause)


def _picked_up(found: Found, hit: Hit, lines: Lines, turn: Turn) -> Mistake | None:
    """What is fetched in place of what belongs there: the same at another timestep, or something else."""
    theirs = _theirs(found, hit, hit.place.event)
    text = GIVEN.get(hit.line) or RIGHT.get(hit.line, "")
    if not text or hit.line in _LEFT:
        return None
    what = _quantity(found, lines, turn, theirs)
    if not what or what == text:
        return None
    return _mistake(hit.line, what, what, f"{what} in place of {text}")


def _taken_apart(found: Found, hit: Hit, lines: Lines, turn: Turn) -> Mistake | None:
    """What is there as a multiple of what belongs there, a part of it, or a product with another operand."""
    theirs, right = _theirs(found, hit, hit.place.event), hit.place.right
    assert right is not None
    line, right = hit.line, right / hit.scale
    text = GIVEN.get(line) or RIGHT.get(line, "")
    if line in _LEFT and (product := _product(found, hit, lines, turn, theirs)) is not None:
        return product
    if theirs.size in {right.size, 1}:
        return _compared(found, line, text, theirs.reshape(-1), right.reshape(-1)) or _sum(
            found, hit, lines, turn, theirs
        )
    return None


def _compared(found: Found, line: str, text: str, theirs: Array, right: Array) -> Mistake | None:
    """What became of the right numbers."""
    close = found.values.close
    if theirs.size < right.size:
        theirs = np.full_like(right, theirs[0])
    if not theirs.any():
        return _mistake(line, "0", "0", "nothing is there: it is 0")
    ratio = float(theirs @ right / (right @ right)) if right.any() else 0.0
    if ratio and close(theirs, ratio * right):
        by = f"{ratio:.4g}"
        return _mistake(
            line,
            "multiple",
            f"{by}·({text})",
            f"multiplied by {by}" if ratio > 0 else f"the sign is wrong: multiplied by {by}",
        )
    top = float(np.abs(theirs).max())
    if top < np.abs(right).max() and close(theirs, np.clip(right, -top, top)):
        return _mistake(
            line,
            "clipped",
            f"clip({text}, {top:.4g})",
            f"clipped to ±{top:.4g} on its way: gradients are clipped once they are whole",
        )
    if right.size > 1 and close(theirs, np.full_like(theirs, right.sum())):
        return _mistake(
            line,
            "one number",
            f"the sum of {text} over its units",
            "summed over its units as well: one number for all of them",
        )
    if right.size > 1 and close(theirs, np.full_like(theirs, right.mean())):
        return _mistake(
            line,
            "one mean",
            f"the mean of {text} over its units",
            "averaged over its units: one number for all of them",
        )
    if close(np.sort(theirs), np.sort(right)):
        return _mistake(
            line,
            "order",
            f"the numbers of {text} in another order",
            "the right numbers in the wrong places: axes, rows or members are mixed up",
        )
    kept = np.isclose(theirs, right, rtol=1e-6, atol=0)
    if kept.any() and not theirs[~kept].any():
        return _mistake(
            line,
            "partly 0",
            f"{text}, but 0 in {int((~kept).sum())} of {kept.size} places",
            "a part of it is left at 0",
        )
    return None


def _sum(found: Found, hit: Hit, lines: Lines, turn: Turn, theirs: Array) -> Mistake | None:
    """dh and da with something else in place of one of the two gradients that they add up."""
    if hit.line not in {"dh", "da"}:
        return None
    moment = lines.moment(turn)
    dh = theirs.reshape(moment.local.shape)
    if hit.line == "da":
        with np.errstate(all="ignore"):
            dh = dh / moment.slope
    last = turn[1] == max(r for source, r in hit.order if source == turn[0])
    for name, part, rest in (("Wᵀ·da[t+1]", moment.carried, moment.local), ("Vᵀ·dz[t]", moment.local, moment.carried)):
        other = dh - rest
        if name.startswith("W") and last and not part.any() and found.values.alike(other * hit.scale):
            cause = "dh_next is not 0 at t = T: something is carried into the last timestep"
            return _mistake(hit.line, "carried into T", "a sum with what is left from before", cause)
        what = _quantity(found, lines, turn, other)
        if what and what != "0":
            return _mistake(hit.line, f"{what} in the sum", f"a sum with {what}", f"{what} in place of {name}")
    return None


def _product(found: Found, hit: Hit, lines: Lines, turn: Turn, theirs: Array) -> Mistake | None:
    """An outer product with another operand on one of its sides: the same one at every turn, where one is."""
    assert hit.store is not None
    line = hit.line
    name, wanted = f"{_LEFT[line]}[t]", {"dU": "x[t]", "dW": "h[t-1]", "dV": "h[t]"}[line]
    for side in (0, 1):
        other = _other_side(found, hit, lines, turn, theirs, side)
        if other is None:
            continue
        named = _names(found, lines, turn, other)
        for event, at, kept in zip(hit.store.events, hit.order, hit.store.kept[line, hit.order], strict=True):
            there = None if kept else _other_side(found, hit, lines, at, _theirs(found, hit, event), side)
            if there is not None:
                same = set(_names(found, lines, at, there))
                named = [one for one in named if one in same] or named
        what, right = next(iter(named), ""), name if side else wanted
        if what and what not in {"0", right}:
            pair = f"{what}, {wanted}" if side else f"{name}, {what}"
            mistake = _mistake(line, pair, f"outer({pair})", f"{what} in place of {right}")
            return replace(mistake, operand=lambda m, value=other: value)  # type: ignore[misc]  # lambdas infer no value
    return None


def _other_side(found: Found, hit: Hit, lines: Lines, turn: Turn, theirs: Array, side: int) -> Array | None:
    """What stands on the right (side 0) or on the left of a product, if the other side is as it should be."""
    run, r, line = lines.run(turn[0]), turn[1], hit.line
    left = run.rows[_LEFT[line]][r]
    right = {"dU": run.net.x[r], "dW": run.states[r], "dV": run.states[r + 1]}[line]
    matrix = _turned(found, line, theirs)
    if matrix.shape != (left.shape[1], right.shape[1]):
        return None
    kept, made = (right, matrix.T) if side else (left, matrix)
    if not kept.any():
        return None
    other = np.asarray(np.linalg.lstsq(kept.T, made, rcond=None)[0])
    return other if found.values.close(kept.T @ other, made) else None


def _of_arrays(found: Found, hit: Hit) -> Mistake | None:
    """The same for a value over all of time."""
    theirs, right = found.recording.array(hit.place.event), hit.place.right
    if theirs is None or right is None or theirs.size not in {right.size, 1}:
        return None
    return _compared(found, hit.line, RIGHT.get(hit.line, ""), theirs.reshape(-1), right.reshape(-1))
