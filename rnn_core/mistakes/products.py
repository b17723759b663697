"""Mistakes in what a timestep adds to a gradient: the outer products of dW, dU and dV, and the biases' db and dc."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rnn_core.mistakes.mistake import Mistake, replacing
from rnn_core.mistakes.oracle import Moment, Rule, outer
from rnn_core.model import Array


def _at(k: int) -> str:
    return "[t]" if not k else f"[t{k:+d}]"


_LEFT: dict[str, tuple[str, Callable[[Moment], Array]]] = {
    "da": ("da[t]", lambda m: m.da),
    "dh": ("dh[t]", lambda m: m.dh),
    "local": ("Vᵀ·dz[t]", lambda m: m.local),
    "carried": ("Wᵀ·da[t+1]", lambda m: m.carried),
    "slope": ("(1 - h[t]²)", lambda m: m.slope),
    "h": ("h[t]", lambda m: m.h()),
    "dlocal": ("(1 - h[t]²) ⊙ Vᵀ·dz[t]", lambda m: m.slope * m.local),
    "back": ("Wᵀ·da[t]", lambda m: m.da @ m.net.W),
    "-da": ("-da[t]", lambda m: -m.da),
    "2da": ("2·da[t]", lambda m: 2 * m.da),
    "slope2": ("(1 - h[t]²)² ⊙ dh[t]", lambda m: m.slope * m.da),
}
_HIDDEN_RIGHT: dict[str, tuple[str, Callable[[Moment], Array]]] = {
    **{f"h{_at(k)}": (f"h{_at(k)}", (lambda m, k=k: m.h(k))) for k in (-1, 0, 1, -2)},  # type: ignore[misc]  # lambdas infer no k
    "a": ("a[t]", lambda m: m.a),
    "h0": ("h[0]", lambda m: m.run.states[0]),
    "wrap": ("h[T] where h[0] belongs", lambda m: m.run.states[m.r] if m.r else m.run.states[-1]),
    "rolled": ("h of the other end", lambda m: m.run.states[m.r] if m.r else m.run.states[-2]),
    "rows0": ("h[t-1], but at t = 1 h[1]", lambda m: m.run.states[m.r] if m.r else m.run.states[1]),
    "reversed": ("h[T+1-t]", lambda m: m.run.states[m.net.T - m.r]),
    "reversed before": ("h[T-t]", lambda m: m.run.states[m.net.T - 1 - m.r]),
    "dh": ("dh[t]", lambda m: m.dh),
    "da": ("da[t]", lambda m: m.da),
}
_INPUT_RIGHT: dict[str, tuple[str, Callable[[Moment], Array]]] = {
    **{f"x{_at(k)}": (f"x{_at(k)}", (lambda m, k=k: m.x(k))) for k in (0, -1, 1)},  # type: ignore[misc]  # lambdas infer no k
    "x edge": ("x[t-1]", lambda m: m.run.net.x[max(m.r - 1, 0)]),
    "x zero": ("x[t-1]", lambda m: m.run.net.x[m.r - 1] * (m.r > 0)),
    "reversed": ("x[T+1-t]", lambda m: m.run.net.x[m.net.T - 1 - m.r]),
    "x0": ("x[1]", lambda m: m.run.net.x[0]),
    "h[t-1]": ("h[t-1]", lambda m: m.h(-1)),
    "h[t]": ("h[t]", lambda m: m.h()),
    "onehot": ("onehot(y[t])", lambda m: m.onehot()),
}
_OUT_LEFT: dict[str, tuple[str, Callable[[Moment], Array]]] = {
    "dz": ("dz[t]", lambda m: m.dz),
    "p": ("p[t]", lambda m: m.p()),
    "onehot": ("onehot(y[t])", lambda m: m.onehot()),
    "z": ("z[t]", lambda m: m.z),
    "-dz": ("-dz[t]", lambda m: -m.dz),
    "2dz": ("2·dz[t]", lambda m: 2 * m.dz),
}


PROSE = frozenset({"wrap", "rolled", "rows0", "reversed", "reversed before", "x edge", "x zero", "x0"})
"""The rights that no expression of a line says: what they are depends on t in another way than by a shift."""
LATER = {"dV": frozenset({"dh", "da"})}
"""What a line cannot read, because it is computed after it."""


def _outers(line: str, lefts: dict[str, tuple[str, Callable[[Moment], Array]]],
            rights: dict[str, tuple[str, Callable[[Moment], Array]]], right: tuple[str, str]) -> Iterator[Mistake]:  # fmt: skip
    """Every product of a left and a right but the right one, those with one thing wrong first."""
    pairs = [(l, r) for l in lefts for r in rights if (l, r) != right]
    pairs.sort(key=lambda pair: (pair[0] != right[0]) + (pair[1] != right[1]))
    for l, r in pairs:
        (left, left_of), (other, right_of) = lefts[l], rights[r]
        wrong = []
        if l != right[0]:
            wrong.append(f"{left} in place of {lefts[right[0]][0]}")
        if r != right[1]:
            wrong.append(f"{other} in place of {rights[right[1]][0]}")
        rule = lambda m, a=left_of, b=right_of: outer(a(m), b(m))  # noqa: E731  # a rule among others in the table
        operand = (right_of if l == right[0] else left_of) if len(wrong) == 1 else None
        yield replacing(
            line,
            f"{line}: {l}, {r}",
            f"outer({left}, {other})",
            " and ".join(wrong),
            rule,
            operand=operand,
            left=left_of if r == right[1] else None,
            said="" if r in PROSE or r in LATER.get(line, ()) else None,
        )
    (_, left_of), (_, right_of) = lefts[right[0]], rights[right[1]]
    text = f"outer({rights[right[1]][0]}, {lefts[right[0]][0]})"
    yield replacing(line, f"{line}: transposed", text, f"{line} is transposed: the outer product is the wrong way round",
                lambda m, a=left_of, b=right_of: outer(b(m), a(m)))  # type: ignore[misc]  # lambdas infer no type  # fmt: skip


def _summed(of: Callable[[Moment], Array]) -> Rule:
    return lambda m: of(m).sum(axis=0)


def _biases(line: str, lefts: dict[str, tuple[str, Callable[[Moment], Array]]], right: str) -> Iterator[Mistake]:
    for name, (text, of) in lefts.items():
        if name != right:
            cause = f"{text} in place of {lefts[right][0]}"
            yield replacing(line, f"{line}: {cause}", text, cause, _summed(of), name in {"dh", "p"}, of)
    of = lefts[right][1]
    if line == "dc":
        yield replacing("dc", "dc: dc", "dc", "dc is added to itself (dc += dc) where dz belongs",
                        lambda m: np.zeros_like(m.dz[0]))  # fmt: skip
    yield replacing(line, f"{line}: mean over the batch", f"the mean of {lefts[right][0]} over the batch",
                "averaged over the batch where a sum belongs", lambda m: of(m).mean(axis=0), said="")  # fmt: skip


def mistakes() -> Iterator[Mistake]:
    yield from _outers("dW", _LEFT, _HIDDEN_RIGHT, ("da", "h[t-1]"))
    yield from _outers("dU", _LEFT, _INPUT_RIGHT, ("da", "x[t]"))
    ends = {"wrap", "rolled", "rows0"}
    yield from _outers("dV", _OUT_LEFT, {k: v for k, v in _HIDDEN_RIGHT.items() if k not in ends}, ("dz", "h[t]"))
    yield from _biases("db", _LEFT, "da")
    yield from _biases("dc", _OUT_LEFT, "dz")
