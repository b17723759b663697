"""How the gradients become new weights: the options of a run, clipping, and the SGD update."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, get_args
from typing import Literal as OneOf

import numpy as np

from rnn_core.errors import UsageError
from rnn_core.model import PARAMETERS, Array, Params

Reduction = OneOf["sum", "mean"]
ClipKind = OneOf["norm", "value"]


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
        kind, _, limit = text.partition(":")
        if text == "off":
            return None
        try:
            if kind not in get_args(ClipKind) or "_" in limit or not limit.isascii():
                raise ValueError
            return cls(kind, float(limit))  # type: ignore[arg-type]  # checked the line before
        except ValueError as error:
            if isinstance(error, UsageError):
                raise
            raise UsageError(f'no clipping "{text}"', fix="off, norm:C or value:C, for example norm:1.0") from None


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


class Gradients(NamedTuple):
    """The derivative of the loss by each parameter, shaped like it."""

    U: Array
    W: Array
    V: Array
    b: Array
    c: Array

    def norm(self) -> float:
        """√(sum of all squares): the norm of the five as one vector. Scaled, so that it overflows only when it must."""
        norms = np.array([np.linalg.norm(gradient) for gradient in self])
        peak = np.max(norms)
        if not np.isfinite(peak) or peak == 0.0:
            return float(peak)
        return float(peak * np.linalg.norm(norms / peak))


def clip_gradients(gradients: Gradients, clip: Clip) -> Gradients:
    """The clipped copies, as torch.nn.utils.clip_grad_norm_ and clip_grad_value_ make them."""
    if clip.kind == "value":
        return Gradients(*(np.clip(gradient, -clip.limit, clip.limit) for gradient in gradients))
    factor = min(1.0, clip.limit / (gradients.norm() + 1e-6))
    return Gradients(*(gradient * factor for gradient in gradients))


def sgd(params: Params, gradients: Gradients, learning_rate: float) -> Params:
    """θ - learning_rate · dθ for each of the five; h0 is kept."""
    new = {name: getattr(params, name) - learning_rate * getattr(gradients, name) for name in PARAMETERS}
    return Params(**new, h0=params.h0)
