"""m = β₁·m + (1-β₁)·dθ,   v = β₂·v + (1-β₂)·dθ²,   θ -= lr·m̂/(√v̂ + ε).

m̂ = m/(1-β₁ⁿ) and v̂ = v/(1-β₂ⁿ) in update n = 1, 2, …, because m and v begin as zeros. In the listing m̂ is hat(m).
Source: Kingma and Ba (2015).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from rnn_core.language.expressions import Name
from rnn_core.optimisers.rule import Formula, Rule, UpdateLine
from rnn_core.optimisers.sgd import LR

EPSILON = 1e-8


def corrections(numbers: Mapping[str, float], n: int) -> tuple[float, float]:
    """1 - β₁ⁿ and 1 - β₂ⁿ: what m and v are divided by in update n."""
    return 1.0 - numbers["beta1"] ** n, 1.0 - numbers["beta2"] ** n


def lines(numbers: Mapping[str, float], theta: str) -> tuple[UpdateLine, ...]:
    """The lines for θ."""
    beta1, beta2 = numbers["beta1"], numbers["beta2"]
    m, v, d = Name(f"m{theta}"), Name(f"v{theta}"), Name(f"d{theta}")

    def mean(m: Any, d: Any, out: Any, room: Any) -> Any:
        """β₁·m + (1-β₁)·d."""
        added = np.multiply(d, 1.0 - beta1, room)
        return np.add(np.multiply(m, beta1, out), added, out)

    def mean_square(v: Any, d: Any, out: Any, room: Any) -> Any:
        """β₂·v + (1-β₂)·d²."""
        added = np.multiply(np.multiply(d, d, room), 1.0 - beta2, room)
        return np.add(np.multiply(v, beta2, out), added, out)

    def step(m: Any, lr: Any, v: Any, steps: Any, out: Any, room: Any) -> Any:
        """lr · m̂ / (√v̂ + ε)."""
        first, second = corrections(numbers, steps + 1)
        root = np.divide(np.sqrt(v, out), math.sqrt(second), out)
        root = np.add(root, EPSILON, out)
        return np.multiply(np.divide(m, root, out), lr / first, out)

    return (
        ("m", "=", Formula((f"{beta1:g}·", 0, f" + {1 - beta1:g}·", 1), mean, m, d)),
        ("v", "=", Formula((f"{beta2:g}·", 0, f" + {1 - beta2:g}·", 1, "²"), mean_square, v, d)),
        ("", "-=", Formula((1, "·hat(", 0, ")/(√hat(", 2, ") + ε)"), step, m, LR, v, Name("steps"))),
    )


RULE = Rule(
    "adam",
    lines,
    ("m", "v"),
    {"beta1": 0.9, "beta2": 0.999},
    "adam:0.9,0.999",
    EPSILON,
    corrections,
    {"m": lambda of: (of["beta1"], 1.0 - of["beta1"]), "v": lambda of: (of["beta2"], 1.0 - of["beta2"])},
)
