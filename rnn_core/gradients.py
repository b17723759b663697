"""The five gradients as one thing, and norms that neither overflow nor vanish."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from rnn_core.model import Array


def norm(array: Array) -> float:
    """√(sum of all squares), scaled where the squares would overflow or vanish; NaN and infinity stay what they are."""
    peak = float(np.max(np.abs(array), initial=0.0))
    if peak == 0.0 or not math.isfinite(peak):
        return peak
    if 1e-140 < peak < 1e140:
        return float(np.linalg.norm(array))
    return peak * float(np.linalg.norm(array / peak))


class Gradients(NamedTuple):
    """The derivative of the loss by each parameter, shaped like it; also what an optimiser keeps of them."""

    U: Array
    W: Array
    V: Array
    b: Array
    c: Array

    def norm(self) -> float:
        """The norm of the five as one vector."""
        return norm(np.array([norm(gradient) for gradient in self]))
