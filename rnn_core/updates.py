"""How the gradients become new weights: the options of a run, clipping, and the update."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal as OneOf
from typing import get_args

import numpy as np

from rnn_core.errors import UsageError
from rnn_core.gradients import Gradients as Gradients
from rnn_core.gradients import norm as norm
from rnn_core.model import PARAMETERS, Array, Params
from rnn_core.optimisers import NUMBER, Optimiser, State, advance
from rnn_core.records import dataclass

Reduction = OneOf["sum", "mean"]
ClipKind = OneOf["norm", "value"]
CLIP_KINDS: tuple[ClipKind, ...] = get_args(ClipKind)


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
        """`off`, `norm:C`, `value:C`, or C alone, which is norm:C. Raises UsageError."""
        if text == "off":
            return None
        name, _, limit = text.partition(":") if ":" in text else ("norm", "", text)
        kind = next((kind for kind in CLIP_KINDS if kind == name), None)
        if kind is None or not NUMBER.fullmatch(limit):
            raise UsageError(f'no clipping "{text}"', fix="off, norm:C or value:C, for example norm:1.0")
        return cls(kind, float(limit))


@dataclass(frozen=True)
class Options:
    """How one gradient computation is run: learning rate, `reduction` of the loss over time, clipping or none, the
    optimiser, and `truncation`, the timesteps of a window that no gradient leaves (0: the whole of time is one)."""

    learning_rate: float = 0.01
    reduction: Reduction = "sum"
    clip: Clip | None = None
    optimiser: Optimiser = Optimiser()
    truncation: int = 0

    def __post_init__(self) -> None:
        if not math.isfinite(self.learning_rate):
            raise UsageError(f"learning rate {self.learning_rate} is not a finite number")
        if self.reduction not in get_args(Reduction):
            raise UsageError(f"no reduction {self.reduction!r}", fix="sum or mean")
        if self.truncation < 0:
            raise UsageError(
                f"a truncation window of {self.truncation} timesteps", fix="1 or more, or 0 for no truncation"
            )


def clip_gradients(gradients: Gradients, clip: Clip) -> Gradients:
    """The clipped copies, as torch.nn.utils.clip_grad_norm_ and clip_grad_value_ make them."""
    if clip.kind == "value":
        return Gradients(*(np.clip(gradient, -clip.limit, clip.limit) for gradient in gradients))
    factor = min(1.0, clip.limit / (gradients.norm() + 1e-6))
    return Gradients(*(gradient * factor for gradient in gradients))


def updated(params: Params, gradients: Gradients, state: State, options: Options) -> tuple[Params, State]:
    """The parameters and what the optimiser keeps, after one update; h0 is kept as it is."""
    theta, gradient = _line(getattr(params, name) for name in PARAMETERS), _line(gradients)
    kept = {slot: _line(getattr(state, slot)) for slot in options.optimiser.slots}
    m, v = kept.get("m"), kept.get("v")
    scratch = np.empty_like(theta)
    advance(options.optimiser, theta, gradient, m, v, state.steps + 1, options.learning_rate, scratch)
    new = object.__new__(Params)  # the shapes are those of `params`, so checking and copying them is left out
    for name, array in zip(PARAMETERS, _parted(theta, gradients), strict=True):
        object.__setattr__(new, name, array)
    object.__setattr__(new, "h0", params.h0)
    object.__setattr__(new, "widened", False)
    return new, State(state.steps + 1, **{slot: _parted(line, gradients) for slot, line in kept.items()})


def _line(five: Iterable[Array]) -> Array:
    """A copy of five arrays as one vector: an optimiser's step takes as many calls for one as for all."""
    return np.concatenate([array.reshape(-1) for array in five])


def _parted(line: Array, like: Gradients) -> Gradients:
    """The vector as five read-only arrays of these shapes."""
    line.flags.writeable = False
    parts, start = [], 0
    for array in like:
        parts.append(line[start : start + array.size].reshape(array.shape))
        start += array.size
    return Gradients(*parts)
