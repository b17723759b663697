"""v += dθ²,   θ -= lr·dθ/(√v + ε). Source: Duchi, Hazan and Singer (2011)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnn_core.language.expressions import Name
from rnn_core.optimisers.rule import Formula, Rule, UpdateLine
from rnn_core.optimisers.sgd import LR

EPSILON = 1e-10


def squared(d: Any, out: Any, room: Any) -> Any:
    """d²."""
    return np.multiply(d, d, out)


def step(d: Any, lr: Any, v: Any, out: Any, room: Any) -> Any:
    """lr · d / (√v + ε)."""
    root = np.add(np.sqrt(v, out), EPSILON, out)
    return np.multiply(np.divide(d, root, out), lr, out)


def lines(_numbers: Mapping[str, float], theta: str) -> tuple[UpdateLine, ...]:
    """The lines for θ."""
    d, v = Name(f"d{theta}"), Name(f"v{theta}")
    return (
        ("v", "+=", Formula((0, "²"), squared, d)),
        ("", "-=", Formula((1, "·", 0, "/(√", 2, " + ε)"), step, d, LR, v)),
    )


RULE = Rule("adagrad", lines, ("v",), epsilon=EPSILON, shares={"v": lambda _of: (1.0, 1.0)})
