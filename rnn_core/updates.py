"""How the gradients become new weights: the options of a run, clipping, and the update."""

from __future__ import annotations

import math
import re
from typing import Literal as OneOf
from typing import get_args

import numpy as np

from rnn_core.arrays import Arrays
from rnn_core.arrays import norm as norm
from rnn_core.errors import UsageError
from rnn_core.model import Params
from rnn_core.optimisers import NUMBER, Optimiser, State, advance
from rnn_core.outputs import output
from rnn_core.records import dataclass

Reduction = OneOf["sum", "mean"]
ClipKind = OneOf["norm", "value"]
CLIP_KINDS: tuple[ClipKind, ...] = get_args(ClipKind)


@dataclass(frozen=True)
class Clip:
    """`norm:C` scales all gradients by min(1, C/(‖all‖ + 1e-6)); `value:C` clamps each element to ±C."""

    kind: ClipKind
    limit: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.limit) and self.limit > 0):
            raise UsageError(f"clip limit {self.limit} is not a positive number", fix="for example norm:1.0")

    def __str__(self) -> str:
        """As `parse` reads it, with every digit of the limit."""
        return f"{self.kind}:{repr(float(self.limit)).removesuffix('.0')}"

    @classmethod
    def parse(cls, text: str) -> Clip | None:
        """`off`, `norm:C`, `value:C`, or C alone, which is norm:C. Raises UsageError."""
        if text == "off":
            return None
        name, _, limit = text.partition(":") if ":" in text else ("norm", "", text)
        kind = next((kind for kind in CLIP_KINDS if kind == name), None)
        if kind is None or not re.fullmatch(NUMBER, limit):
            raise UsageError(f'no clipping "{text}"', fix="off, norm:C or value:C, for example norm:1.0")
        return cls(kind, float(limit))


@dataclass(frozen=True)
class Options:
    """How one gradient computation is run: learning rate, `reduction` of the loss over time, clipping, optimiser.

    `truncation` is how many timesteps a window has that no gradient leaves; 0 is no truncation. `loss` is cross-entropy
    of classes, where nothing is said, or squared-error of values.
    """

    learning_rate: float = 0.01
    reduction: Reduction = "sum"
    clip: Clip | None = None
    optimiser: Optimiser = Optimiser()
    truncation: int = 0
    loss: str = ""

    def __post_init__(self) -> None:
        if not math.isfinite(self.learning_rate):
            raise UsageError(f"learning rate {self.learning_rate} is not a finite number")
        if self.reduction not in get_args(Reduction):
            raise UsageError(f"no reduction {self.reduction!r}", fix="sum or mean")
        output(self.loss)  # refuses a loss that there is not
        if self.truncation < 0:
            raise UsageError(
                f"a truncation window of {self.truncation} timesteps", fix="1 or more, or 0 for no truncation"
            )


def clip_gradients(gradients: Arrays, clip: Clip) -> Arrays:
    """The clipped copies, as torch.nn.utils.clip_grad_norm_ and clip_grad_value_ make them."""
    if clip.kind == "value":
        return Arrays({name: np.clip(gradient, -clip.limit, clip.limit) for name, gradient in gradients.items()})
    factor = min(1.0, clip.limit / (gradients.norm() + 1e-6))
    return Arrays({name: gradient * factor for name, gradient in gradients.items()})


def updated(params: Params, gradients: Arrays, state: State, options: Options) -> tuple[Params, State]:
    """The parameters and what the optimiser keeps, after one update; initial states are kept as they are."""
    if not options.optimiser.slots:
        return _moved(params, gradients, state, options), State(state.steps + 1)
    theta = params.line()
    kept = {slot: getattr(state, slot).line() for slot in options.optimiser.slots}
    m, v = kept.get("m"), kept.get("v")
    scratch = np.empty_like(theta)
    advance(options.optimiser, theta, gradients.line(), m, v, state.steps + 1, options.learning_rate, scratch)
    return params.parted(theta), State(state.steps + 1, **{slot: gradients.parted(line) for slot, line in kept.items()})


def _moved(params: Params, gradients: Arrays, state: State, options: Options) -> Params:
    """The parameters after an update by an optimiser that keeps nothing: each by itself, which gives the same bits."""
    optimiser, steps, moved = options.optimiser, state.steps + 1, {}
    rate = np.array(options.learning_rate)  # an array is taken faster than a number
    for name, array in params.items():
        moved[name] = new = np.empty(array.shape)
        advance(optimiser, array, gradients[name], None, None, steps, rate, new, (new, None, None))
        new.flags.writeable = False
    return params.with_arrays(moved, widened=False)
