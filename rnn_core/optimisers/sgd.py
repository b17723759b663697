"""θ -= lr·dθ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnn_core.language.expressions import Name
from rnn_core.optimisers.rule import Formula, Rule, UpdateLine

LR = Name("lr")


def scaled(step: Any, lr: Any, out: Any, room: Any) -> Any:
    """lr · step."""
    return np.multiply(step, lr, out)


def lines(_numbers: Mapping[str, float], theta: str) -> tuple[UpdateLine, ...]:
    """The lines for θ."""
    return (("", "-=", Formula((1, "·", 0), scaled, Name(f"d{theta}"), LR)),)


RULE = Rule("sgd", lines, scales=True)
