"""The right numbers, written plainly: forward, loss and BPTT over a batch, one line of the listing after another.

    a = U·x[t] + W·h[t-1] + b      dz = p[t] - onehot(y[t])             dV += outer(dz, h[t])      dc += dz
    h[t] = tanh(a)                 dh = Vᵀ·dz + dh_next                 dU += outer(da, x[t])      db += da
    z = V·h[t] + c                 da = (1 - h[t]²) ⊙ dh                dW += outer(da, h[t-1])
    p[t] = softmax(z)              dh_next = Wᵀ·da

Any line may be replaced by a mistake of the catalogue: then these are the numbers that the mistake makes.
Arrays over time are (T, B, ·), row r belonging to timestep r+1; a batch is a sum over its members.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.model import Array

PARAMETERS = ("U", "W", "V", "b", "c")
LINES = ("dz", "dV", "dc", "local", "dh", "slope", "da", "db", "dU", "dW", "dh_next")
"""What a backward timestep computes, in its order; `local` and `slope` are parts of dh and da."""


@dataclass(frozen=True, eq=False)
class Net:
    """One sequence (or batch of them) with the parameters it ran with."""

    U: Array
    W: Array
    V: Array
    b: Array
    c: Array
    x: Array
    y: NDArray[np.int64]
    """(T, B); -1 where a timestep has no target."""
    h0: Array
    head: str = "softmax"
    """What the loss is of: softmax with classes, sigmoid or linear with real targets."""
    real: Array | None = None
    """(T, B, O): the targets that are no classes."""

    @property
    def T(self) -> int:
        return len(self.x)

    @property
    def batch(self) -> int:
        return int(self.x.shape[1])


@dataclass(eq=False)
class Moment:
    """What a line can read at one timestep; `h(-1)` is h[t-1], rows are the batch."""

    run: Ran
    r: int
    dz: Array
    carried: Array
    now: dict[str, Array] = field(default_factory=dict)

    def at(self, series: Array, k: int) -> Array:
        """Row t+k of a series; outside of it as Python counts: from the other end, or the last one."""
        i = self.r + k
        return np.asarray(series[i] if -len(series) <= i < len(series) else series[-1])

    def h(self, k: int = 0) -> Array:
        states = self.run.states
        i = self.r + 1 + k
        return np.asarray(states[i] if i < len(states) else states[-1])

    def x(self, k: int = 0) -> Array:
        return self.at(self.run.net.x, k)

    def p(self, k: int = 0) -> Array:
        return self.at(self.run.p, k)

    def onehot(self, k: int = 0) -> Array:
        return self.at(self.run.onehot, k)

    @property
    def a(self) -> Array:
        return np.asarray(self.run.a[self.r])

    @property
    def z(self) -> Array:
        return np.asarray(self.run.z[self.r])

    @property
    def net(self) -> Net:
        return self.run.net

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["now"][name]
        except KeyError:
            raise AttributeError(name) from None


Rule = Callable[[Moment], Array]


def softmax(z: Array) -> Array:
    """Along the last axis."""
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        return np.asarray(e / e.sum(axis=-1, keepdims=True))


def probabilities(head: str, z: Array) -> Array:
    """What a head makes of its logits, along the last axis."""
    if head == "linear":
        return z
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp(-z)) if head == "sigmoid" else softmax(z)


def outer(left: Array, right: Array) -> Array:
    """Σ over the batch of left·rightᵀ."""
    return np.asarray(left.T @ right)


RULES: dict[str, Rule] = {
    "dz": lambda m: m.p() - m.onehot(),
    "dV": lambda m: outer(m.dz, m.h()),
    "dc": lambda m: m.dz.sum(axis=0),
    "local": lambda m: m.dz @ m.net.V,
    "dh": lambda m: m.local + m.carried,
    "slope": lambda m: 1 - m.h() ** 2,
    "da": lambda m: m.slope * m.dh,
    "db": lambda m: m.da.sum(axis=0),
    "dU": lambda m: outer(m.da, m.x()),
    "dW": lambda m: outer(m.da, m.h(-1)),
    "dh_next": lambda m: m.da @ m.net.W,
}


@dataclass(eq=False)
class Ran:
    """Everything that one run computed."""

    net: Net
    a: Array
    states: Array
    """(T+1, B, H), h[0] first."""
    z: Array
    p: Array
    onehot: Array
    rows: dict[str, Array] = field(default_factory=dict)
    """Each backward line over time."""
    totals: dict[str, Array] = field(default_factory=dict)
    """dU … dc as they end."""
    moments: dict[int, Moment] = field(default_factory=dict)
    times: tuple[int, ...] = ()
    """The rows in the order in which the backward loop visits them."""

    @property
    def loss(self) -> Array:
        """-log p[t][y[t]], ½(p - y)² or the binary cross-entropy, (T, B); 0 without a target."""
        if self.net.head == "linear":
            return np.asarray(0.5 * ((self.p - self.onehot) ** 2).sum(axis=2))
        with np.errstate(all="ignore"):
            if self.net.head == "sigmoid":
                y, has = self.onehot, (self.net.y >= 0)[:, :, None]
                return np.asarray(-np.where(has, y * np.log(self.p) + (1 - y) * np.log(1 - self.p), 0.0).sum(axis=2))
            return np.asarray(-(np.log(self.p) * self.onehot).sum(axis=2))


def forward(net: Net, replaced: Mapping[str, Callable[[Net, dict[str, Array]], Array]] | None = None) -> Ran:
    """The forward pass; a replaced line reads what is computed so far under our names."""
    rules = replaced or {}
    states, a_rows, z_rows, p_rows = [net.h0], [], [], []
    for r in range(net.T):
        now: dict[str, Array] = {
            "x": net.x[r],
            "x_before": net.x[r - 1],
            "before": states[-1],
            "h0": net.h0,
            "r": np.asarray(r),
        }
        with np.errstate(all="ignore"):
            now["a"] = rules["a"](net, now) if "a" in rules else now["x"] @ net.U.T + now["before"] @ net.W.T + net.b
            now["h"] = rules["h"](net, now) if "h" in rules else np.tanh(now["a"])
            now["z"] = rules["z"](net, now) if "z" in rules else now["h"] @ net.V.T + net.c
            now["p"] = rules["p"](net, now) if "p" in rules else probabilities(net.head, now["z"])
        states.append(now["h"])
        a_rows.append(now["a"])
        z_rows.append(now["z"])
        p_rows.append(now["p"])
    return ran(net, np.array(a_rows), np.array(states), np.array(z_rows), np.array(p_rows))


def ran(net: Net, a: Array, states: Array, z: Array, p: Array) -> Ran:
    """A forward pass whose numbers are given."""
    classes = p.shape[2]
    has = net.y >= 0
    onehot = (np.eye(classes)[np.where(has, net.y, 0)] if net.real is None else net.real) * has[:, :, None]
    counted = p * has[:, :, None] if has.any() else p  # without any target there is no loss, and p is looked at alone
    return Ran(net, a, states, z, counted, onehot)


def backward(
    passed: Ran,
    replaced: Mapping[str, Rule] | None = None,
    times: tuple[int, ...] | None = None,
    gathered: Mapping[str, Callable[[Array], Array]] | None = None,
    carried: Array | None = None,
) -> Ran:
    """BPTT over a forward pass. `times` is the order of the rows, `gathered` how a gradient's parts become one."""
    net = passed.net
    rules = {**RULES, **(replaced or {})}
    order = times if times is not None else tuple(range(net.T - 1, -1, -1))
    B, H = net.batch, net.W.shape[0]
    now_carried = np.zeros((B, H)) if carried is None else carried
    moments: dict[int, Moment] = {}
    kept: dict[str, dict[int, Array]] = {name: {} for name in (*LINES, "carried")}
    with np.errstate(all="ignore"):
        for r in order:
            moment = Moment(passed, r, np.zeros(0), now_carried)
            kept["carried"][r] = now_carried
            for line in LINES:
                value = rules[line](moment)
                if line == "dz":
                    moment.dz = value
                moment.now[line] = value
                kept[line][r] = value
            moments[r] = moment
            now_carried = moment.now["dh_next"]
    out = Ran(net, passed.a, passed.states, passed.z, passed.p, passed.onehot, times=order, moments=moments)
    for name, rows in kept.items():
        like = next(iter(rows.values()), np.zeros((B, H)))
        out.rows[name] = np.array([rows.get(r, np.zeros_like(like)) for r in range(net.T)])
    for name in PARAMETERS:
        parts = out.rows[f"d{name}"]
        how = (gathered or {}).get(f"d{name}")
        out.totals[name] = how(parts) if how is not None else parts.sum(axis=0)
    return out


def running(parts: Array, order: tuple[int, ...]) -> Array:
    """What an accumulator holds after each of the timesteps: row r after row r's part was added."""
    sums = np.zeros_like(parts)
    total = np.zeros_like(parts[0])
    for r in order:
        total = total + parts[r]
        sums[r] = total
    return sums
