"""m = μ·m + dθ,   θ -= lr·m. Source: Polyak (1964)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnn_core.language.expressions import Name
from rnn_core.optimisers.rule import Formula, Rule, UpdateLine
from rnn_core.optimisers.sgd import LR, scaled


def lines(numbers: Mapping[str, float], theta: str) -> tuple[UpdateLine, ...]:
    """The lines for θ."""
    mu, m, d = numbers["momentum"], Name(f"m{theta}"), Name(f"d{theta}")

    def kept(m: Any, d: Any, out: Any, room: Any) -> Any:
        """μ·m + d."""
        return np.add(np.multiply(m, mu, out), d, out)

    return (
        ("m", "=", Formula((f"{mu:g}·", 0, " + ", 1), kept, m, d)),
        ("", "-=", Formula((1, "·", 0), scaled, m, LR)),
    )


RULE = Rule(
    "momentum", lines, ("m",), {"momentum": 0.9}, "momentum:0.9", shares={"m": lambda of: (of["momentum"], 1.0)}
)
