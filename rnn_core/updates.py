"""How the gradients become new weights: the options of a run, clipping, and the SGD update."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal as OneOf
from typing import NamedTuple, get_args

import numpy as np

from rnn_core.errors import UsageError
from rnn_core.model import PARAMETERS, Array, Params

Reduction = OneOf["sum", "mean"]
ClipKind = OneOf["norm", "value"]
CLIP_KINDS: tuple[ClipKind, ...] = get_args(ClipKind)

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|[+-]?inf", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Clip:
    """`norm:C` scales all five gradients by min(1, C/(‖all five‖ + 1e-6)); `value:C` clamps each element to ±C."""

    kind: ClipKind
    limit: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.limit) and self.limit > 0):
            raise UsageError(f"clip limit {self.limit} is not a positive number", fix="for example norm:1.0")

    def __str__(self) -> str:
        return f"{self.kind}:{self.limit:g}"

    @classmethod
    def parse(cls, text: str) -> Clip | None:
        """`off`, `norm:C` or `value:C`. Raises UsageError."""
        if text == "off":
            return None
        name, _, limit = text.partition(":")
        kind = next((kind for kind in CLIP_KINDS if kind == name), None)
        # float() would also take 1_000, other alphabets' digits and blanks around
        if kind is None or not _NUMBER.fullmatch(limit):
            raise UsageError(f'no clipping "{text}"', fix="off, norm:C or value:C, for example norm:1.0")
        return cls(kind, float(limit))


@dataclass(frozen=True)
class Options:
    """How one gradient computation is run: learning rate, `reduction` of the loss over time, clipping or none."""

    learning_rate: float = 0.01
    reduction: Reduction = "sum"
    clip: Clip | None = None

    def __post_init__(self) -> None:
        if not math.isfinite(self.learning_rate):
            raise UsageError(f"learning rate {self.learning_rate} is not a finite number")
        if self.reduction not in get_args(Reduction):
            raise UsageError(f"no reduction {self.reduction!r}", fix="sum or mean")


def norm(array: Array) -> float:
    """√(sum of all squares), scaled where the squares would overflow or vanish; NaN and infinity stay what they are."""
    peak = float(np.max(np.abs(array), initial=0.0))
    if peak == 0.0 or not math.isfinite(peak):
        return peak
    if 1e-140 < peak < 1e140:
        return float(np.linalg.norm(array))
    return peak * float(np.linalg.norm(array / peak))


class Gradients(NamedTuple):
    """The derivative of the loss by each parameter, shaped like it."""

    U: Array
    W: Array
    V: Array
    b: Array
    c: Array

    def norm(self) -> float:
        """The norm of the five as one vector."""
        return norm(np.array([norm(gradient) for gradient in self]))


def clip_gradients(gradients: Gradients, clip: Clip) -> Gradients:
    """The clipped copies, as torch.nn.utils.clip_grad_norm_ and clip_grad_value_ make them."""
    if clip.kind == "value":
        return Gradients(*(np.clip(gradient, -clip.limit, clip.limit) for gradient in gradients))
    factor = min(1.0, clip.limit / (gradients.norm() + 1e-6))
    return Gradients(*(gradient * factor for gradient in gradients))


def sgd(params: Params, gradients: Gradients, learning_rate: float) -> Params:
    """θ - learning_rate · dθ for each of the five; h0 is kept."""
    updated = object.__new__(Params)  # the shapes are those of `params`, so checking and copying them is left out
    for name, gradient in zip(PARAMETERS, gradients, strict=True):
        new = getattr(params, name) - learning_rate * gradient
        new.flags.writeable = False
        object.__setattr__(updated, name, new)
    object.__setattr__(updated, "h0", params.h0)
    object.__setattr__(updated, "widened", False)
    return updated
