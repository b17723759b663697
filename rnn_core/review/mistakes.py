"""The catalogue of mistakes: one table, for whoever looks for one, sets one as an exercise, or explains one.

Each entry replaces one line of the listing, or how its parts are gathered, or the order of the loop. It says what is
computed then, what is right, and why, in one sentence of calculus. `rule`, `gathered`, `times` and `forward` make the
mistake's own numbers through `oracle.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from rnn_core.model import Array
from rnn_core.review.oracle import Moment, Net, Rule, outer
from rnn_core.review.values import softmax

MATHS = "docs/maths.md#where-the-lines-come-from"

LISTING = {
    "dz": "dz = p[t] - onehot(y[t])",
    "dV": "dV += outer(dz, h[t])",
    "dc": "dc += dz",
    "local": "dh = Vᵀ·dz + dh_next",
    "dh": "dh = Vᵀ·dz + dh_next",
    "slope": "da = (1 - h[t]²) ⊙ dh",
    "da": "da = (1 - h[t]²) ⊙ dh",
    "db": "db += da",
    "dU": "dU += outer(da, x[t])",
    "dW": "dW += outer(da, h[t-1])",
    "dh_next": "dh_next = Wᵀ·da",
    "a": "a = U·x[t] + W·h[t-1] + b",
    "h": "h[t] = tanh(a)",
    "z": "z = V·h[t] + c",
    "p": "p[t] = softmax(z)",
}
"""The line of the listing that each of our quantities stands in."""

RIGHT = {
    "dz": "p[t] - onehot(y[t])",
    "dV": "outer(dz[t], h[t])",
    "dc": "dz[t]",
    "local": "Vᵀ·dz[t]",
    "dh": "Vᵀ·dz[t] + Wᵀ·da[t+1]",
    "slope": "1 - h[t]²",
    "da": "(1 - h[t]²) ⊙ dh[t]",
    "db": "da[t]",
    "dU": "outer(da[t], x[t])",
    "dW": "outer(da[t], h[t-1])",
    "dh_next": "Wᵀ·da[t]",
    "a": "U·x[t] + W·h[t-1] + b",
    "h": "tanh(a[t])",
    "z": "V·h[t] + c",
    "p": "softmax(z[t])",
}

WHY = {
    "dz": "the derivative of -log softmax(z)[y] by z is p - onehot(y)",
    "dV": "z[t] = V·h[t] + c, so timestep t adds outer(dz[t], h[t]) to dV",
    "dc": "z[t] = V·h[t] + c, so timestep t adds dz[t] to dc",
    "local": "z[t] = V·h[t] + c, so h[t] gets Vᵀ·dz[t] from its own timestep",
    "dh": "h[t] is used twice, by z[t] and by a[t+1], and the two gradients add up",
    "slope": "the derivative of h = tanh(a) by a is 1 - h²",
    "da": "h[t] = tanh(a[t]), so the gradient passes through 1 - h[t]²",
    "db": "a[t] = U·x[t] + W·h[t-1] + b, so timestep t adds da[t] to db",
    "dU": "a[t] = U·x[t] + W·h[t-1] + b, so timestep t adds outer(da[t], x[t]) to dU",
    "dW": "a[t] = U·x[t] + W·h[t-1] + b, so timestep t adds outer(da[t], h[t-1]) to dW",
    "dh_next": "a[t] depends on h[t-1] through W, so what is carried back is Wᵀ·da[t]",
    "a": "the state carries over: a[t] = U·x[t] + W·h[t-1] + b",
    "h": "the state is h[t] = tanh(a[t]), and the gradient counts on it",
    "z": "the outputs are read off the new state: z[t] = V·h[t] + c",
    "p": "probabilities are exp(z) over its sum over the classes",
}
GRADIENTS = ("dU", "dW", "dV", "db", "dc")
Gather = Callable[[Array, int], Array]
"""(the parts over time, the size of the batch) → what becomes of them."""
Forward = Callable[[Net, dict[str, Array]], Array]


@dataclass(frozen=True, eq=False)
class Mistake:
    """One mistake, as data and as arithmetic."""

    name: str
    line: str
    """Our quantity that comes out wrong first: a key of LISTING."""
    computes: str
    """What stands there in place of RIGHT[line], in the listing's words; t is the timestep."""
    cause: str
    """The mistake in a few words."""
    replaced: str = ""
    """The line of the listing as the mistake has it; empty where no single line says it."""
    rule: Rule | None = None
    gathered: Gather | None = None
    times: Callable[[int], tuple[int, ...]] | None = None
    forward: Forward | None = None
    left: Callable[[Moment], Array] | None = None
    """What stands on the left of an outer product, where only that is wrong: stacked matrices have it in common."""
    operand: Callable[[Moment], Array] | None = None
    """The one operand that is not the right one, where the rest of the line is."""
    into: str = ""
    """The backward line that `rule` replaces, where that is not `line`."""
    more: Mapping[str, Rule] = field(default_factory=dict)
    """Other backward lines that go wrong by the same slip, as all that is read out of a wrong cache does."""
    is_other: bool = False
    """Whether what is computed is right for another name: then the store is wrong that hands it on, not that made it."""

    @property
    def replaces(self) -> str:
        return self.into or self.line

    @property
    def right(self) -> str:
        return RIGHT.get(self.line, "")

    @property
    def why(self) -> str:
        return WHY.get(self.line, "")

    @property
    def link(self) -> str:
        return MATHS


def _line(
    line: str, name: str, text: str, cause: str, rule: Rule, is_other: bool = False,
    operand: Callable[[Moment], Array] | None = None, left: Callable[[Moment], Array] | None = None,
) -> Mistake:  # fmt: skip
    head = LISTING[line].split(" =")[0].split(" +=")[0]
    sign = "+=" if line in GRADIENTS else "="
    shown = {"local": f"dh = {text} + dh_next", "slope": f"da = ({text}) ⊙ dh"}.get(line, f"{head} {sign} {text}")
    return Mistake(name, line, text, cause, shown, rule, operand=operand, is_other=is_other, left=left)


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
        yield _line(
            line,
            f"{line}: {l}, {r}",
            f"outer({left}, {other})",
            " and ".join(wrong),
            rule,
            operand=operand,
            left=left_of if r == right[1] else None,
        )
    (_, left_of), (_, right_of) = lefts[right[0]], rights[right[1]]
    text = f"outer({rights[right[1]][0]}, {lefts[right[0]][0]})"
    yield _line(line, f"{line}: transposed", text, f"{line} is transposed: the outer product is the wrong way round",
                lambda m, a=left_of, b=right_of: outer(b(m), a(m)))  # type: ignore[misc]  # lambdas infer no type  # fmt: skip


def _summed(of: Callable[[Moment], Array]) -> Rule:
    return lambda m: of(m).sum(axis=0)


def _biases(line: str, lefts: dict[str, tuple[str, Callable[[Moment], Array]]], right: str) -> Iterator[Mistake]:
    for name, (text, of) in lefts.items():
        if name != right:
            cause = f"{text} in place of {lefts[right][0]}"
            yield _line(line, f"{line}: {cause}", text, cause, _summed(of), name in {"dh", "p"}, of)
    of = lefts[right][1]
    yield _line(line, f"{line}: mean over the batch", f"the mean of {lefts[right][0]} over the batch",
                "averaged over the batch where a sum belongs", lambda m: of(m).mean(axis=0))  # fmt: skip


def _last_written(rows: Array) -> Array:
    """What is left where each part overwrites the columns that it has, the last timestep's part first."""
    out: Array = np.zeros_like(rows[0])
    for part in rows[::-1]:
        there = part.any(axis=0)
        out[..., there] = part[..., there]
    return out


def _gathering() -> Iterator[Mistake]:
    """The parts are right, and what becomes of them is not."""
    ways: tuple[tuple[str, str, str, Gather], ...] = (
        ("assigned", "only one timestep's part", "assigned (=) where the sum over t belongs (+=)", lambda rows, B: rows[0]),
        ("assigned in another order", "only the last timestep's part", "assigned (=) where the sum over t belongs (+=)",
         lambda rows, B: rows[-1]),
        ("averaged", "the sum over t divided by T", "averaged over t where a sum belongs", lambda rows, B: rows.mean(axis=0)),
        ("averaged over time and batch", "the sum over t divided by T and the batch size", "averaged where a sum belongs",
         lambda rows, B: rows.mean(axis=0) / B),
        ("multiplied", "the sum over t times T", "multiplied by T", lambda rows, B: rows.sum(axis=0) * len(rows)),
        ("never added", "nothing", "never added to", lambda rows, B: np.zeros_like(rows[0])),
        ("doubled", "twice the sum", "added twice", lambda rows, B: 2 * rows.sum(axis=0)),
        ("sign", "minus the sum", "the sign is wrong: subtracted where it is added", lambda rows, B: -rows.sum(axis=0)),
        ("assigned by the column", "of each column only one timestep's part", "assigned (=) where the sum over t belongs (+=)",
         lambda rows, B: _last_written(rows)),
        ("turned", "the transpose", "transposed", lambda rows, B: rows.sum(axis=0).T),
        ("first left out", "the sum without t = 1", "t = 1 is left out", lambda rows, B: rows[1:].sum(axis=0)),
        ("last left out", "the sum without t = T", "t = T is left out", lambda rows, B: rows[:-1].sum(axis=0)),
    )  # fmt: skip
    yield from _gathered(ways)


def _over_the_batch() -> Iterator[Mistake]:
    """What a step of its own does as well: so those that are known by their rows come first."""
    yield from _gathered((
        ("averaged over the batch", "the sum over t divided by the batch size", "averaged over the batch where a sum belongs",
         lambda rows, B: rows.sum(axis=0) / B),
    ))  # fmt: skip


def _gathered(ways: Iterable[tuple[str, str, str, Gather]]) -> Iterator[Mistake]:
    for line in GRADIENTS:
        for name, computes, cause, gather in ways:
            text = LISTING[line].replace("+=", "=") if name.startswith("assigned") else ""
            yield Mistake(f"{line}: {name}", line, computes, f"{line} is {cause}" if "left out" not in name else cause, text,
                          gathered=gather)  # fmt: skip


def _dz() -> Iterator[Mistake]:
    rows: Iterable[tuple[str, str, str, Rule, bool]] = (
        ("sign", "onehot(y[t]) - p[t]", "the sign is wrong: onehot - p in place of p - onehot", lambda m: m.onehot() - m.p(), False),
        ("p", "p[t]", "p used as dz: the one-hot of the target is never subtracted", lambda m: m.p(), True),
        ("input", "p[t] - onehot(x[t])", "the one-hot of the input in place of the target's", lambda m: m.p() - m.x(), False),
        ("y[t-1]", "p[t] - onehot(y[t-1])", "targets shifted by one: y[t-1] in place of y[t]", lambda m: m.p() - m.onehot(-1), False),
        ("y[t+1]", "p[t] - onehot(y[t+1])", "targets shifted by one: y[t+1] in place of y[t]", lambda m: m.p() - m.onehot(1), False),
        ("y[t+1] wraps", "p[t] - onehot(y[t+1])", "targets shifted by one: y[t+1] in place of y[t]",
         lambda m: m.p() - m.run.onehot[(m.r + 1) % m.net.T], False),
        ("reversed", "p[t] - onehot(y[T+1-t])", "targets in reverse order: y[T+1-t] in place of y[t]",
         lambda m: m.p() - m.run.onehot[m.net.T - 1 - m.r], False),
        ("p[t-1]", "p[t-1] - onehot(y[t])", "p of another timestep: p[t-1] in place of p[t]", lambda m: m.p(-1) - m.onehot(), False),
        ("p[t+1]", "p[t+1] - onehot(y[t])", "p of another timestep: p[t+1] in place of p[t]", lambda m: m.p(1) - m.onehot(), False),
        ("z", "z[t] - onehot(y[t])", "logits z in place of probabilities p", lambda m: m.z * (m.onehot().sum(axis=1, keepdims=True) > 0) - m.onehot(), False),
        ("log", "log p[t] - onehot(y[t])", "log p in place of p", lambda m: np.log(np.where(m.p() > 0, m.p(), 1)) - m.onehot(), False),
        ("1", "p[t] - 1", "1 subtracted from every class, not only the target's", lambda m: m.p() - 1, False),
        ("onehot", "-onehot(y[t])", "p is missing: only the one-hot is there", lambda m: -m.onehot(), False),
        ("by p", "-onehot(y[t]) / p[t]", "the derivative by p, not by z: softmax is left out", lambda m: -m.onehot() / np.where(m.p() > 0, m.p(), 1), False),
        ("added", "p[t] + onehot(y[t])", "the sign is wrong: the one-hot is added, not subtracted", lambda m: m.p() + m.onehot(), False),
        ("slope", "(p[t] - onehot(y[t])) ⊙ p[t](1 - p[t])", "the softmax's derivative is taken twice",
         lambda m: (m.p() - m.onehot()) * m.p() * (1 - m.p()), False),
        ("2", "2(p[t] - onehot(y[t]))", "twice what it should be", lambda m: 2 * (m.p() - m.onehot()), False),
        ("half", "½(p[t] - onehot(y[t]))", "half of what it should be", lambda m: 0.5 * (m.p() - m.onehot()), False),
        ("square", "(p[t] - onehot(y[t]))²", "squared: that is a loss, not its derivative", lambda m: (m.p() - m.onehot()) ** 2, False),
        ("-2", "p[t] - 2·onehot(y[t])", "the one-hot is subtracted twice", lambda m: m.p() - 2 * m.onehot(), False),
    )  # fmt: skip
    for name, text, cause, rule, other in rows:
        yield _line("dz", f"dz: {name}", text, cause, rule, other)


_SLOPES: tuple[tuple[str, str, Callable[[Moment], Array]], ...] = (
    ("h[t+1]", "1 - h[t+1]²", lambda m: 1 - m.h(1) ** 2),
    ("h[t-1]", "1 - h[t-1]²", lambda m: 1 - m.h(-1) ** 2),
    ("linear", "1 - h[t]", lambda m: 1 - m.h()),
    ("square", "h[t]²", lambda m: m.h() ** 2),
    ("inverse", "1/(1 - h[t]²)", lambda m: 1 / (1 - m.h() ** 2)),
    ("sigmoid", "h[t](1 - h[t])", lambda m: m.h() * (1 - m.h())),
    ("plus", "1 + h[t]²", lambda m: 1 + m.h() ** 2),
)
"""What stands for tanh' where a loop treats its first step and those after it apart."""


def _chain() -> Iterator[Mistake]:
    rows: Iterable[tuple[str, str, str, str, Rule, bool]] = (
        ("local", "V", "V·dz[t]", "V is not transposed in dh", lambda m: m.dz @ m.net.V.T, False),
        ("local", "p", "Vᵀ·p[t]", "p in place of dz in dh", lambda m: m.p() @ m.net.V, False),
        ("local", "onehot", "Vᵀ·onehot(y[t])", "the one-hot in place of dz in dh", lambda m: m.onehot() @ m.net.V, False),
        ("local", "sign", "-Vᵀ·dz[t]", "the sign of Vᵀ·dz is wrong", lambda m: -m.dz @ m.net.V, False),
        ("local", "z", "Vᵀ·z[t]", "z in place of dz in dh", lambda m: m.z @ m.net.V, False),
        ("local", "dz[t-1]", "Vᵀ·dz[t-1]", "dz of another timestep: dz[t-1] in place of dz[t]", lambda m: (m.p(-1) - m.onehot(-1)) @ m.net.V, False),
        ("local", "dz[t+1]", "Vᵀ·dz[t+1]", "dz of another timestep: dz[t+1] in place of dz[t]", lambda m: (m.p(1) - m.onehot(1)) @ m.net.V, False),
        ("local", "half", "½·Vᵀ·dz[t]", "half of Vᵀ·dz", lambda m: 0.5 * m.dz @ m.net.V, False),
        ("local", "double", "2·Vᵀ·dz[t]", "twice Vᵀ·dz", lambda m: 2 * m.dz @ m.net.V, False),
        ("dh", "local", "Vᵀ·dz[t] only", "the carried gradient Wᵀ·da[t+1] is never added", lambda m: m.local, True),
        ("dh_next", "wrong slice", "the part of Wᵀ·da[t] that belongs to x", "the wrong slice of the product is carried back",
         lambda m: np.concatenate([m.da @ m.net.W, m.da @ m.net.U], axis=1)[:, -m.net.W.shape[0]:], False),
        ("dh_next", "wrong slice 2", "the part of Wᵀ·da[t] that belongs to x", "the wrong slice of the product is carried back",
         lambda m: np.concatenate([m.da @ m.net.U, m.da @ m.net.W], axis=1)[:, : m.net.W.shape[0]], False),
        ("dh", "carried", "Wᵀ·da[t+1] only", "the local gradient Vᵀ·dz[t] is not added", lambda m: m.carried, True),
        ("dh", "minus", "Vᵀ·dz[t] - Wᵀ·da[t+1]", "the carried gradient is subtracted, not added", lambda m: m.local - m.carried, False),
        ("dh", "times", "Vᵀ·dz[t] ⊙ Wᵀ·da[t+1]", "the two gradients are multiplied, not added", lambda m: m.local * m.carried, False),
        ("dh", "double", "Vᵀ·dz[t] + 2·Wᵀ·da[t+1]", "the carried gradient is added twice", lambda m: m.local + 2 * m.carried, False),
        ("dh", "mean", "the mean of Vᵀ·dz[t] and Wᵀ·da[t+1]", "the mean of the two gradients where their sum belongs",
         lambda m: 0.5 * (m.local + m.carried), False),
        ("slope", "h", "1 - h[t]", "tanh' is 1 - h², not 1 - h: the square is missing", lambda m: 1 - m.h(), False),
        ("slope", "a", "1 - a[t]²", "tanh' is 1 - h², and not 1 - a²", lambda m: 1 - m.a**2, False),
        ("slope", "inverse", "1/(1 - h[t]²)", "divided by tanh' where it is multiplied", lambda m: 1 / (1 - m.h() ** 2), False),
        ("slope", "sigmoid", "h[t](1 - h[t])", "the derivative of the sigmoid in place of tanh's", lambda m: m.h() * (1 - m.h()), False),
        ("slope", "none", "1", "the factor tanh' = 1 - h² is missing: dh is used as da", lambda m: np.ones_like(m.h()), True),
        ("slope", "h[t-1]", "1 - h[t-1]²", "tanh' at the wrong timestep: h[t-1] in place of h[t]", lambda m: 1 - m.h(-1) ** 2, False),
        ("slope", "h[t+1]", "1 - h[t+1]²", "tanh' at the wrong timestep: h[t+1] in place of h[t]", lambda m: 1 - m.h(1) ** 2, False),
        ("slope", "tanh", "1 - tanh(h[t])²", "tanh is taken twice: tanh' is 1 - h², with h = tanh(a) already", lambda m: 1 - np.tanh(m.h()) ** 2, False),
        ("slope", "sech", "1 - tanh(h[t])", "tanh' is 1 - tanh(a)²: the square is missing", lambda m: 1 - np.tanh(m.h()), False),
        ("slope", "dh", "1 - dh[t]²", "tanh' at the upstream gradient dh in place of h", lambda m: 1 - m.dh**2, False),
        ("slope", "tanh dh", "1 - tanh(dh[t])²", "tanh' at the upstream gradient dh in place of h", lambda m: 1 - np.tanh(m.dh) ** 2, False),
        ("slope", "square", "h[t]²", "tanh' is 1 - h²: the 1 - is missing", lambda m: m.h() ** 2, False),
        ("slope", "plus", "1 + h[t]²", "tanh' is 1 - h², not 1 + h²: the sign is wrong", lambda m: 1 + m.h() ** 2, False),
        ("slope", "minus", "h[t]² - 1", "tanh' is 1 - h²: the sign is wrong", lambda m: m.h() ** 2 - 1, False),
        ("slope", "twice", "(1 - h[t]²)²", "tanh' is multiplied in twice", lambda m: (1 - m.h() ** 2) ** 2, False),
        ("slope", "whole square", "(1 - h[t])²", "tanh' is 1 - h², not (1 - h)²", lambda m: (1 - m.h()) ** 2, False),
        ("slope", "2h", "1 - 2·h[t]", "tanh' is 1 - h², not 1 - 2h", lambda m: 1 - 2 * m.h(), False),
        ("slope", "-2h", "-2·h[t]", "tanh' is 1 - h², not its derivative by h", lambda m: -2 * m.h(), False),
        ("slope", "cube", "1 - h[t]³", "tanh' is 1 - h², not 1 - h³", lambda m: 1 - m.h() ** 3, False),
        ("slope", "itself", "h[t]", "h in place of tanh' = 1 - h²", lambda m: m.h(), False),
        ("slope", "tanh a", "tanh(a[t])·(1 - tanh(a[t]))", "the derivative of the sigmoid in place of tanh's", lambda m: m.h() * (1 - m.h()), False),
        ("slope", "relu", "1 where h[t] > 0", "the derivative of relu in place of tanh's", lambda m: (m.h() > 0).astype(float), False),
        ("slope", "x", "1 - x[t]²", "tanh' of the input in place of h", lambda m: 1 - m.x() ** 2, False),
        ("slope", "h0", "1 - h[0]²", "tanh' at the wrong timestep: h[0] in place of h[t]", lambda m: 1 - m.run.states[0] ** 2, False),
        ("slope", "hT", "1 - h[T]²", "tanh' at the wrong timestep: h[T] in place of h[t]", lambda m: 1 - m.run.states[-1] ** 2, False),
        *(
            ("da", f"{name} on the carried part", f"(1 - h[t]²) ⊙ Vᵀ·dz[t] + ({text}) ⊙ Wᵀ·da[t+1]", f"tanh' of the carried gradient is {text} in place of 1 - h[t]²",
             (lambda m, of=of: m.slope * m.local + of(m) * m.carried), False)
            for name, text, of in _SLOPES
        ),
        *(
            ("da", f"{name} on the local part", f"({text}) ⊙ Vᵀ·dz[t] + (1 - h[t]²) ⊙ Wᵀ·da[t+1]", f"tanh' of the local gradient is {text} in place of 1 - h[t]²",
             (lambda m, of=of: of(m) * m.local + m.slope * m.carried), False)
            for name, text, of in _SLOPES
        ),
        ("da", "local", "(1 - h[t]²) ⊙ Vᵀ·dz[t]", "the carried gradient never reaches da: Vᵀ·dz in place of dh", lambda m: m.slope * m.local, False),
        ("da", "outside", "(1 - h[t]²) ⊙ Vᵀ·dz[t] + Wᵀ·da[t+1]", "tanh' is not applied to the carried gradient", lambda m: m.slope * m.local + m.carried, False),
        ("da", "outside local", "Vᵀ·dz[t] + (1 - h[t]²) ⊙ Wᵀ·da[t+1]", "tanh' is not applied to the local gradient", lambda m: m.local + m.slope * m.carried, False),
        ("da", "carried", "(1 - h[t]²) ⊙ Wᵀ·da[t+1]", "the carried gradient in place of dh: Vᵀ·dz is left out", lambda m: m.slope * m.carried, False),
        ("da", "sum", "(1 - h[t]²) + dh[t]", "tanh' is added where it is multiplied", lambda m: m.slope + m.dh, False),
        ("da", "without dh", "1 - h[t]²", "dh is not multiplied in", lambda m: m.slope, False),
        ("da", "minus", "dh[t] - h[t]²", "a bracket is missing: dh·(1 - h²)", lambda m: m.dh - m.h() ** 2, False),
        ("da", "minus2", "1 - h[t]² ⊙ dh[t]", "a bracket is missing: (1 - h²)·dh", lambda m: 1 - m.h() ** 2 * m.dh, False),
        ("dh_next", "W", "W·da[t]", "W is not transposed in what is carried back", lambda m: m.da @ m.net.W.T, False),
        ("dh_next", "dh", "Wᵀ·dh[t]", "dh in place of da in what is carried back: tanh' is left out", lambda m: m.dh @ m.net.W, False),
        ("dh_next", "W dh", "W·dh[t]", "W is not transposed, and dh stands in place of da", lambda m: m.dh @ m.net.W.T, False),
        ("dh_next", "zero", "0", "the carried gradient is never passed back", lambda m: np.zeros_like(m.da), False),
        ("dh_next", "da", "da[t]", "Wᵀ is left out of what is carried back: da is handed on as it is", lambda m: m.da, True),
        ("dh_next", "dh itself", "dh[t]", "dh is handed on as it is: Wᵀ·da belongs there", lambda m: m.dh, True),
        ("dh_next", "sign", "-Wᵀ·da[t]", "the sign of what is carried back is wrong", lambda m: -m.da @ m.net.W, False),
        ("dh_next", "local", "Wᵀ·Vᵀ·dz[t]", "Vᵀ·dz in place of da in what is carried back", lambda m: m.local @ m.net.W, False),
        ("dh_next", "dlocal", "Wᵀ·((1 - h[t]²) ⊙ Vᵀ·dz[t])", "only the local part is carried back", lambda m: (m.slope * m.local) @ m.net.W, False),
        ("dh_next", "added", "Wᵀ·da[t] + Wᵀ·da[t+1]", "what is carried is added up (+=) where it is replaced (=)", lambda m: m.da @ m.net.W + m.carried, False),
        ("dh_next", "U", "Uᵀ·da[t]", "U in place of W in what is carried back", lambda m: m.da @ m.net.U, False),
        ("dh_next", "U2", "U·da[t]", "U in place of W in what is carried back", lambda m: m.da @ m.net.U.T, False),
        ("dh_next", "V", "Vᵀ·da[t]", "V in place of W in what is carried back", lambda m: m.da @ m.net.V, False),
        ("dh_next", "V2", "V·da[t]", "V in place of W in what is carried back", lambda m: m.da @ m.net.V.T, False),
        ("dh_next", "slope", "(1 - h[t]²) ⊙ Wᵀ·da[t]", "tanh' is multiplied in once more in what is carried back", lambda m: m.slope * (m.da @ m.net.W), False),
        ("dh_next", "old slope", "(1 - h[t-1]²) ⊙ Wᵀ·da[t]", "tanh' of h[t-1] is multiplied in here and again at t-1", lambda m: (1 - m.h(-1) ** 2) * (m.da @ m.net.W), False),
        ("dh_next", "half", "½·Wᵀ·da[t]", "half of what is carried back", lambda m: 0.5 * m.da @ m.net.W, False),
        ("dh_next", "double", "2·Wᵀ·da[t]", "twice what is carried back", lambda m: 2 * m.da @ m.net.W, False),
        ("dh_next", "carried on", "Wᵀ·da[t+1]", "what is carried is handed on unchanged", lambda m: m.carried, True),
        ("dh_next", "dz", "Vᵀ·dz[t]", "the local gradient is handed on: Wᵀ·da belongs there", lambda m: m.local, True),
    )  # fmt: skip
    for line, name, text, cause, rule, other in rows:
        yield _line(line, f"{line}: {name}", text, cause, rule, other, _OPERANDS.get(f"{line}: {name}"))


_OPERANDS: dict[str, Rule] = {
    "slope: h[t-1]": lambda m: m.h(-1),
    "slope: h[t+1]": lambda m: m.h(1),
    "slope: h0": lambda m: np.asarray(m.run.states[0]),
    "slope: hT": lambda m: np.asarray(m.run.states[-1]),
    "slope: a": lambda m: m.a,
    "slope: dh": lambda m: m.dh,
    "dh: local": lambda m: np.zeros_like(m.carried),
    "local: p": lambda m: m.p(),
    "dh_next: dh": lambda m: m.dh,
    "dh_next: local": lambda m: m.local,
    "dz: p": lambda m: m.p(),
    "dz: y[t-1]": lambda m: m.onehot(-1),
    "dz: p[t-1]": lambda m: m.p(-1),
}
"""The one operand that is wrong, of the mistakes that have one."""


def _loops() -> Iterator[Mistake]:
    yield Mistake("loop: forward", "loop", "the timesteps from first to last", "the backward loop runs forward in time: from t = 1 to T, not from T to 1",
                  times=lambda T: tuple(range(T)))  # fmt: skip
    yield Mistake("loop: without t = 1", "loop", "the timesteps but t = 1", "the backward loop leaves out t = 1: it stops one timestep early",
                  times=lambda T: tuple(range(T - 1, 0, -1)))  # fmt: skip
    yield Mistake("loop: without t = T", "loop", "the timesteps but t = T", "the backward loop leaves out t = T: it starts one timestep late",
                  times=lambda T: tuple(range(T - 2, -1, -1)))  # fmt: skip
    yield Mistake("loop: paired backwards", "loop", "dz[T+1-t] at timestep t", "the loop runs forward in time, and pairs each timestep with the error of another",
                  into="dz", rule=lambda m: m.run.p[m.net.T - 1 - m.r] - m.run.onehot[m.net.T - 1 - m.r])  # fmt: skip
    yield Mistake("loop: dz left out at t = 1", "loop", "the timesteps but t = 1", "the backward loop leaves out t = 1: its error is never sent back",
                  into="dz", rule=lambda m: (m.p() - m.onehot()) * (m.r > 0))  # fmt: skip
    yield Mistake("loop: dz left out at t = T", "loop", "the timesteps but t = T", "the backward loop leaves out t = T: its error is never sent back",
                  into="dz", rule=lambda m: (m.p() - m.onehot()) * (m.r < m.net.T - 1))  # fmt: skip
    yield Mistake("loop: without both ends", "loop", "the timesteps but t = 1 and t = T", "the backward loop leaves out t = 1 and t = T",
                  times=lambda T: tuple(range(T - 2, 0, -1)))  # fmt: skip
    yield Mistake(
        "loop: only t = T", "loop", "only t = T", "the backward loop stops after one timestep", times=lambda T: (T - 1,)
    )
    yield Mistake("loop: every other", "loop", "every other timestep", "the backward loop leaves out every other timestep",
                  times=lambda T: tuple(range(T - 1, -1, -2)))  # fmt: skip


def _caches() -> Iterator[Mistake]:
    """The step function is right, and gets what another timestep kept."""
    ways: tuple[tuple[str, Callable[[Moment], int]], ...] = (
        ("t-1", lambda m: m.r - 1),
        ("t+1", lambda m: (m.r + 1) % m.net.T),
        ("T+1-t", lambda m: m.net.T - 1 - m.r),
        ("t+1 at most T", lambda m: min(m.r + 1, m.net.T - 1)),
        ("t-1 at least 1", lambda m: max(m.r - 1, 0)),
        ("T", lambda m: m.net.T - 1),
        ("1", lambda m: 0),
    )
    for name, of in ways:
        at = name.split(" ")[0]
        operand = _of_another(of)
        rules: dict[str, Rule] = {"dU": _outer_at(of, 0), "dW": _outer_at(of, 1)}
        slope: Rule = _slope_at(of)
        yield Mistake(f"slope: cache of {name}", "slope", f"1 - h[{at}]²", f"what timestep {at} kept is read at timestep t",
                      rule=slope, more=rules, operand=operand)  # fmt: skip
        if name == "T+1-t":
            yield Mistake("loop: forward over what was kept", "loop", "the timesteps from first to last",
                          "the backward loop runs forward in time: from t = 1 to T, not from T to 1", into="slope",
                          rule=slope, more=rules)  # fmt: skip


def _states() -> Iterator[Mistake]:
    """One name holds the state of another timestep, and all that the backward pass reads under it is late or early."""
    for k in (-1, 1):
        for before in (False, True):
            rules: dict[str, Rule] = {"dV": lambda m, k=k: outer(m.dz, m.h(k))}  # type: ignore[misc]  # lambdas infer no k
            if before:
                rules["dW"] = lambda m, k=k: outer(m.da, m.h(k - 1))  # type: ignore[misc]
            name = f"slope: h{_at(k)} everywhere" + (", and before it" if before else "")
            yield Mistake(name, "slope", f"1 - h{_at(k)}²", f"h{_at(k)} stands wherever the backward pass reads h[t]",
                          rule=lambda m, k=k: 1 - m.h(k) ** 2, more=rules, operand=lambda m, k=k: m.h(k))  # type: ignore[misc]  # fmt: skip


def _of_another(of: Callable[[Moment], int]) -> Callable[[Moment], Array]:
    return lambda m: np.asarray(m.run.states[1:][of(m)])


def _slope_at(of: Callable[[Moment], int]) -> Rule:
    return lambda m: 1 - m.run.states[1:][of(m)] ** 2


def _outer_at(of: Callable[[Moment], int], back: int) -> Rule:
    return lambda m: outer(m.da, m.run.states[:-1][of(m)] if back else m.run.net.x[of(m)])


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def _forwards() -> Iterator[Mistake]:
    rows: Iterable[tuple[str, str, str, str, Forward]] = (
        ("a", "no bias", "U·x[t] + W·h[t-1]", "the bias b is left out", lambda n, q: q["x"] @ n.U.T + q["before"] @ n.W.T),
        ("a", "no carry", "U·x[t] + b", "the carry W·h[t-1] is left out of the forward pass", lambda n, q: q["x"] @ n.U.T + n.b),
        ("a", "h0", "U·x[t] + W·h[0] + b", "h[0] at every step in place of h[t-1]: the state is not carried", lambda n, q: q["x"] @ n.U.T + q["h0"] @ n.W.T + n.b),
        ("a", "x before", "U·x[t-1] + W·h[t-1] + b", "x[t-1] in place of x[t]", lambda n, q: q["x_before"] @ n.U.T + q["before"] @ n.W.T + n.b),
        ("a", "minus", "U·x[t] + W·h[t-1] - b", "the bias b is subtracted, not added", lambda n, q: q["x"] @ n.U.T + q["before"] @ n.W.T - n.b),
        ("a", "no x", "W·h[t-1] + b", "the input U·x[t] is left out", lambda n, q: q["before"] @ n.W.T + n.b),
        ("h", "a", "a[t]", "tanh is forgotten: h[t] is a[t] itself", lambda n, q: q["a"]),
        ("h", "sigmoid", "sigmoid(a[t])", "sigmoid in place of tanh: the derivative is that of tanh", lambda n, q: _sigmoid(q["a"])),
        ("h", "twice", "tanh(tanh(a[t]))", "tanh is taken twice", lambda n, q: np.tanh(np.tanh(q["a"]))),
        ("z", "no bias", "V·h[t]", "the bias c is left out", lambda n, q: q["h"] @ n.V.T),
        ("z", "before", "V·h[t-1] + c", "h[t-1] in place of h[t]: the outputs are one timestep late", lambda n, q: q["before"] @ n.V.T + n.c),
        ("z", "a", "V·a[t] + c", "a in place of h: tanh is left out", lambda n, q: q["a"] @ n.V.T + n.c),
        ("z", "tanh", "tanh(V·h[t] + c)", "tanh of the logits: they go into softmax as they are", lambda n, q: np.tanh(q["h"] @ n.V.T + n.c)),
        ("p", "exp", "exp(z[t])", "not normalised: the division by the sum is missing", lambda n, q: np.exp(q["z"])),
        ("p", "exp shifted", "exp(z[t] - max)", "not normalised: the division by the sum is missing",
         lambda n, q: np.exp(q["z"] - q["z"].max(axis=-1, keepdims=True))),
        ("p", "sum", "exp(z[t]) / Σ z[t]", "normalised by the sum of z, not of exp(z)", lambda n, q: np.exp(q["z"]) / q["z"].sum(axis=-1, keepdims=True)),
        ("p", "max", "exp(z[t]) / max exp(z[t])", "normalised by the maximum, not by the sum", lambda n, q: np.exp(q["z"]) / np.exp(q["z"]).max(axis=-1, keepdims=True)),
        ("p", "axis", "softmax over the batch", "softmax over the wrong axis", lambda n, q: softmax(q["z"].T).T),
        ("p", "batch", "exp(z[t]) over its sum over the batch", "softmax over the wrong axis: the sum is over the batch, not the classes",
         lambda n, q: np.exp(q["z"] - q["z"].max(axis=-1, keepdims=True)) / np.exp(q["z"] - q["z"].max(axis=-1, keepdims=True)).sum(axis=0, keepdims=True)),
        ("p", "all", "softmax over the whole batch", "softmax over the wrong axis: all of the batch is one sum",
         lambda n, q: np.exp(q["z"] - q["z"].max()) / np.exp(q["z"] - q["z"].max()).sum()),
        ("p", "ones", "1 for every class", "softmax over the wrong axis: each class is normalised by itself", lambda n, q: np.ones_like(q["z"])),
        ("p", "mean", "exp(z[t]) / mean exp(z[t])", "normalised by the mean, not by the sum", lambda n, q: np.exp(q["z"]) / np.exp(q["z"]).mean(axis=-1, keepdims=True)),
        ("p", "sigmoid", "sigmoid(z[t])", "sigmoid in place of softmax", lambda n, q: _sigmoid(q["z"])),
        ("p", "z", "z[t]", "softmax is left out", lambda n, q: q["z"]),
        ("p", "h", "softmax(h[t])", "softmax of h: V and c are left out", lambda n, q: softmax(q["h"])),
        ("p", "minus", "softmax(-z[t])", "softmax of -z: the sign is wrong", lambda n, q: softmax(-q["z"])),
        ("p", "twice", "softmax(softmax(z[t]))", "softmax is taken twice", lambda n, q: softmax(softmax(q["z"]))),
        ("p", "shift", "exp(z[t] - max) / Σ exp(z[t])", "the maximum is subtracted above, but not below, the fraction: not normalised",
         lambda n, q: np.exp(q["z"] - q["z"].max(axis=-1, keepdims=True)) / np.exp(q["z"]).sum(axis=-1, keepdims=True)),
        ("p", "linear", "z[t] / Σ z[t]", "exp is left out of softmax", lambda n, q: q["z"] / q["z"].sum(axis=-1, keepdims=True)),
    )  # fmt: skip
    for line, name, text, cause, forward in rows:
        head = LISTING[line].split(" =")[0]
        operand = {"a: h0": lambda m: m.run.states[0], "a: x before": lambda m: m.x(-1)}.get(f"{line}: {name}")
        yield Mistake(f"{line}: {name}", line, text, cause, f"{head} = {text}", forward=forward, operand=operand,
                      is_other=(line, name) == ("h", "a"))  # fmt: skip


MISTAKES: tuple[Mistake, ...] = (
    *_dz(),
    *_chain(),
    *_gathering(),
    *_outers("dW", _LEFT, _HIDDEN_RIGHT, ("da", "h[t-1]")),
    *_outers("dU", _LEFT, _INPUT_RIGHT, ("da", "x[t]")),
    *_outers(
        "dV",
        _OUT_LEFT,
        {k: v for k, v in _HIDDEN_RIGHT.items() if k not in {"wrap", "rolled", "rows0"}},
        ("dz", "h[t]"),
    ),
    *_biases("db", _LEFT, "da"),
    *_biases("dc", _OUT_LEFT, "dz"),
    *_over_the_batch(),
    *_states(),
    *_caches(),
    *_loops(),
    *_forwards(),
)
"""Every mistake that is known by its numbers; of two with the same numbers the first one is named."""
