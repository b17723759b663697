"""Mistakes in the error at the logits: dz = p[t] - onehot(y[t])."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from rnn_core.mistakes.mistake import Mistake, replacing
from rnn_core.mistakes.oracle import Rule

_SAID = {"y[t+1] wraps": "", "reversed": "", "every target": "", "input": "p[t] - x[t]"}
"""The right-hand sides that the listing's language says in another way, or not at all."""

_OPERANDS: dict[str, Rule] = {
    "input": lambda m: m.x(),
    "log": lambda m: np.log(np.where(m.p() > 0, m.p(), 1)),
    "z": lambda m: m.z,
}
"""The one operand that is wrong, where it is kept by itself."""


def mistakes() -> Iterator[Mistake]:
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
        ("every target", "p[t] - onehot(y) of every timestep", "the targets of all timesteps are subtracted in each: one index too few",
         lambda m: m.p() - (m.run.onehot.sum(axis=0) > 0), False),
        ("-2", "p[t] - 2·onehot(y[t])", "the one-hot is subtracted twice", lambda m: m.p() - 2 * m.onehot(), False),
    )  # fmt: skip
    for name, text, cause, rule, other in rows:
        yield replacing("dz", f"dz: {name}", text, cause, rule, other, _OPERANDS.get(name), said=_SAID.get(name))
