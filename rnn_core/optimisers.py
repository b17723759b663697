"""Optimisers: how a gradient becomes a change of the parameters, by torch.optim's formulas.

    sgd       θ -= lr·dθ
    momentum  m = μ·m + dθ                                             θ -= lr·m
    adagrad   v += dθ²                                                 θ -= lr·dθ/(√v + ε)
    adam      m = β₁·m + (1-β₁)·dθ     v = β₂·v + (1-β₂)·dθ²           θ -= lr·m̂/(√v̂ + ε)
              m̂ = m/(1-β₁ⁿ), v̂ = v/(1-β₂ⁿ) in update n = 1, 2, …

m and v are zeros before the first update. Sources: Polyak (1964), Duchi et al. (2011), Kingma and Ba (2015).

Rules this file keeps:
- `advance` works element by element, in one order: a vector of all parameters and each parameter alone give the same
  bits.
- What an optimiser keeps is a value: `State` is frozen, its arrays are read-only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal as OneOf
from typing import get_args

import numpy as np

from rnn_core.errors import UsageError, quoted
from rnn_core.gradients import Gradients
from rnn_core.model import PARAMETERS, Array, Params
from rnn_core.records import dataclass

Kind = OneOf["sgd", "momentum", "adagrad", "adam"]
KINDS: tuple[Kind, ...] = get_args(Kind)

SLOTS: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {"sgd": (), "momentum": ("m",), "adagrad": ("v",), "adam": ("m", "v")}
)
"""What each keeps of every parameter from update to update, in the order in which its lines write it."""
ALL_KEPT = tuple(f"{slot}{name}" for slot in "mv" for name in PARAMETERS)
"""The names of all that any optimiser keeps: mU … mc, vU … vc."""
EPSILON: Mapping[Kind, float] = MappingProxyType({"adagrad": 1e-10, "adam": 1e-8})

# float() would also take 1_000, other alphabets' digits and blanks around
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|[+-]?inf", re.ASCII | re.IGNORECASE)
"""A number as it may be typed."""


@dataclass(frozen=True)
class Optimiser:
    """Which formula, and its numbers: μ of momentum, β₁ and β₂ of Adam. Raises UsageError where they make no sense."""

    kind: Kind = "sgd"
    momentum: float = 0.9
    beta1: float = 0.9
    beta2: float = 0.999

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"no optimiser {quoted(self.kind)}", fix=f"one of {' '.join(KINDS)}")
        for name in ("momentum", "beta1", "beta2"):
            number = getattr(self, name)
            if not 0.0 <= number < 1.0:  # not met by NaN either
                raise UsageError(f"optimiser: {name} {number:g} is not within 0 … 1", fix="0.9 is usual; 1 is too much")

    @classmethod
    def parse(cls, text: str) -> Optimiser:
        """`sgd`, `momentum[:μ]`, `adagrad` or `adam[:β₁,β₂]`. Raises UsageError."""
        name, colon, rest = text.partition(":")
        kind = next((kind for kind in KINDS if kind == name), None)
        takes = {"momentum": ("momentum",), "adam": ("beta1", "beta2")}.get(name, ())
        numbers = rest.split(",") if colon else []
        if (
            kind is None
            or (colon and (not takes or len(numbers) != len(takes)))
            or not all(NUMBER.fullmatch(number) for number in numbers)
        ):
            raise UsageError(
                f"no optimiser {quoted(text)}", fix="sgd, momentum, momentum:0.9, adagrad, adam or adam:0.9,0.999"
            )
        return cls(kind, **dict(zip(takes, map(float, numbers), strict=False)))

    def __str__(self) -> str:
        """As `parse` reads it; usual numbers are left out."""
        if self.kind == "momentum" and self.momentum != Optimiser.momentum:
            return f"momentum:{self.momentum!r}"
        if self.kind == "adam" and (self.beta1, self.beta2) != (Optimiser.beta1, Optimiser.beta2):
            return f"adam:{self.beta1!r},{self.beta2!r}"
        return self.kind

    @property
    def slots(self) -> tuple[str, ...]:
        """m, v, both or none."""
        return SLOTS[self.kind]

    @property
    def kept(self) -> tuple[str, ...]:
        """The names of what is kept, in the order of the listing: mU vU mW vW …"""
        return tuple(f"{slot}{name}" for name in PARAMETERS for slot in self.slots)

    @property
    def epsilon(self) -> float:
        """ε, what keeps the division from one by zero; 0 where nothing is divided."""
        return EPSILON.get(self.kind, 0.0)

    def fresh(self, params: Params | Gradients) -> State:
        """What is kept before the first update: zeros shaped like the parameters."""
        kept = {slot: _zeros(params) for slot in self.slots}
        return State(0, **kept)


@dataclass(frozen=True, eq=False)
class State:
    """What an optimiser keeps after `steps` updates: m and v shaped like the parameters, None where it has none."""

    steps: int
    m: Gradients | None = None
    v: Gradients | None = None

    def kept(self, name: str) -> Array | None:
        """`mU`, `vb`, …; None for what is not kept."""
        five: Gradients | None = {"m": self.m, "v": self.v}.get(name[:1])
        array: Array | None = None if five is None else getattr(five, name[1:], None)
        return array

    @property
    def nbytes(self) -> int:
        """The bytes held."""
        return sum(array.nbytes for five in (self.m, self.v) if five is not None for array in five)


def _zeros(params: Params | Gradients) -> Gradients:
    five = Gradients(*(np.zeros(getattr(params, name).shape) for name in PARAMETERS))
    for array in five:
        array.flags.writeable = False
    return five


def not_kept(optimiser: Optimiser, name: str) -> tuple[str, str]:
    """Why a run with this optimiser has no mU, vU, …, and which optimisers keep it."""
    keepers = " or ".join(kind for kind, slots in SLOTS.items() if name[:1] in slots)
    return f"the optimiser {optimiser.kind} keeps no {name}", f"{keepers} does"


def corrections(optimiser: Optimiser, n: int) -> tuple[float, float]:
    """1 - β₁ⁿ and 1 - β₂ⁿ: what Adam's m and v, begun as zeros, are divided by in update n."""
    return 1.0 - optimiser.beta1**n, 1.0 - optimiser.beta2**n


def advance(
    optimiser: Optimiser,
    theta: Array,
    gradient: Array,
    m: Array | None,
    v: Array | None,
    steps: int,
    learning_rate: float,
    scratch: Array,
) -> None:
    """Make update number `steps` (the first is 1): write theta, and m and v where the optimiser keeps them.

    All arrays have one shape; `scratch` is overwritten, `gradient` is not.
    """
    if optimiser.kind == "sgd":
        np.multiply(gradient, learning_rate, out=scratch)
    elif optimiser.kind == "momentum":
        assert m is not None
        np.multiply(m, optimiser.momentum, out=m)
        np.add(m, gradient, out=m)
        np.multiply(m, learning_rate, out=scratch)
    elif optimiser.kind == "adagrad":
        assert v is not None
        np.multiply(gradient, gradient, out=scratch)
        np.add(v, scratch, out=v)
        np.sqrt(v, out=scratch)
        np.add(scratch, optimiser.epsilon, out=scratch)
        np.divide(gradient, scratch, out=scratch)
        np.multiply(scratch, learning_rate, out=scratch)
    else:
        assert m is not None
        assert v is not None
        np.multiply(gradient, 1.0 - optimiser.beta1, out=scratch)
        np.multiply(m, optimiser.beta1, out=m)
        np.add(m, scratch, out=m)
        np.multiply(gradient, gradient, out=scratch)
        np.multiply(scratch, 1.0 - optimiser.beta2, out=scratch)
        np.multiply(v, optimiser.beta2, out=v)
        np.add(v, scratch, out=v)
        first, second = corrections(optimiser, steps)
        np.sqrt(v, out=scratch)
        np.divide(scratch, math.sqrt(second), out=scratch)
        np.add(scratch, optimiser.epsilon, out=scratch)
        np.divide(m, scratch, out=scratch)
        np.multiply(scratch, learning_rate / first, out=scratch)
    np.subtract(theta, scratch, out=theta)
