"""Mistakes in the chain that goes back in time: dh = Vᵀ·dz + dh_next, da = (1 - h[t]²) ⊙ dh, dh_next = Wᵀ·da."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from rnn_core.mistakes.mistake import Mistake, replacing
from rnn_core.mistakes.oracle import Moment, Rule
from rnn_core.model import Array

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


def mistakes() -> Iterator[Mistake]:
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
        ("local", "slope", "(1 - h[t]²) ⊙ Vᵀ·dz[t]", "tanh' is multiplied into the local gradient already, and comes again with dh",
         lambda m: (1 - m.h() ** 2) * (m.dz @ m.net.V), False),
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
        ("slope", "magnitude", "1 - |h[t]|", "tanh' is 1 - h², not 1 - |h|: the square is missing", lambda m: 1 - np.abs(m.h()), False),
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
        ("dh_next", "onto dh", "dh[t] + Wᵀ·da[t]", "what is carried back is added to dh[t], which has been used up", lambda m: m.dh + m.da @ m.net.W, False),
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
        yield replacing(
            line,
            f"{line}: {name}",
            text,
            cause,
            rule,
            other,
            _OPERANDS.get(f"{line}: {name}"),
            said=_SAID.get(f"{line}: {name}"),
        )


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
    "dh_next: dlocal": lambda m: m.slope * m.local,
    "dz: p": lambda m: m.p(),
    "dz: y[t-1]": lambda m: m.onehot(-1),
    "dz: p[t-1]": lambda m: m.p(-1),
}
"""The one operand that is wrong, of the mistakes that have one."""

_SAID: dict[str, str] = {
    "dh: local": "Vᵀ·dz[t]",
    "dh: carried": "Wᵀ·da[t+1]",
    "dh: mean": "½(Vᵀ·dz[t] + Wᵀ·da[t+1])",
    "local: dz[t-1]": "",
    "local: dz[t+1]": "",
    "local: slope": "",
    "dh_next: onto dh": "",
    "dh_next: wrong slice": "",
    "dh_next: wrong slice 2": "",
    "slope: relu": "[h[t] > 0]",
    "slope: magnitude": "",
    "slope: hT": "",
}
"""The right-hand sides that the listing's language says in another way, or not at all."""
