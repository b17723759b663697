"""Which optimiser a run has, what it keeps, and how it changes parameters, by torch.optim's formulas.

m and v are zeros before the first update.

Rules this file keeps:
- `advance` works element by element, in one order: a vector of all parameters and each parameter alone give the same
  bits. It runs the functions that the lines of the listing run.
- What an optimiser keeps is a value: `State` is frozen, its arrays are read-only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib import import_module
from types import MappingProxyType
from typing import Any

import numpy as np

from rnn_core.arrays import Arrays
from rnn_core.choices import OPTIMISERS
from rnn_core.errors import UsageError, quoted
from rnn_core.language.lines import Instruction
from rnn_core.optimisers.rule import Rule

RULES: Mapping[str, Rule] = MappingProxyType(
    {name: import_module(f"rnn_core.optimisers.{name}").RULE for name in OPTIMISERS}
)
KINDS = tuple(RULES)
SLOTS = "mv"
"""What any of them keeps of a parameter."""

# float() would also take 1_000, other alphabets' digits and blanks around
NUMBER = r"(?ai)[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|[+-]?inf"
"""A number as it may be typed."""


class Optimiser:
    """A rule and its numbers: μ of momentum, β₁ and β₂ of Adam, by name. Raises UsageError where they make no sense."""

    def __init__(self, kind: str = "sgd", *numbers: float, **named: float) -> None:
        if kind not in RULES:
            raise UsageError(f"no optimiser {quoted(kind)}", fix=f"one of {' '.join(KINDS)}")
        self.kind, self.rule = kind, RULES[kind]
        names = tuple(self.rule.numbers)
        given = dict(zip(names, numbers, strict=False)) | named
        if len(numbers) > len(names) or set(given) - set(names):
            raise UsageError(f"optimiser {kind} takes {', '.join(names) or 'no numbers'}", fix=self.rule.example)
        self.numbers: Mapping[str, float] = MappingProxyType({**self.rule.numbers, **given})
        for name, number in self.numbers.items():
            if not 0.0 <= number < 1.0:  # not met by NaN either
                raise UsageError(f"optimiser: {name} {number:g} is not within 0 … 1", fix="0.9 is usual; 1 is too much")

    def __getattr__(self, name: str) -> float:
        """One of its numbers."""
        numbers: Mapping[str, float] = self.__dict__.get("numbers", {})
        if name not in numbers:
            raise AttributeError(name)
        return numbers[name]

    def _asdict(self) -> dict[str, Any]:
        """The kind and the numbers, as plain data."""
        return {"kind": self.kind, **self.numbers}

    def __eq__(self, other: object) -> bool:
        """Whether it is the same rule with the same numbers."""
        return isinstance(other, Optimiser) and (self.kind, self.numbers) == (other.kind, other.numbers)

    def __hash__(self) -> int:
        return hash((self.kind, *self.numbers.values()))

    def __repr__(self) -> str:
        return f"Optimiser({self})"

    def __reduce__(self) -> tuple[Any, ...]:
        """The kind and the numbers are all there is to it, also in another process."""
        return type(self), (self.kind, *self.numbers.values())

    @classmethod
    def parse(cls, text: str) -> Optimiser:
        """`sgd`, `momentum[:μ]`, `adagrad` or `adam[:β₁,β₂]`. Raises UsageError."""
        name, colon, rest = text.partition(":")
        takes = len(RULES[name].numbers) if name in RULES else 0
        numbers = rest.split(",") if colon else []
        if (
            name not in RULES
            or (colon and (not takes or len(numbers) != takes))
            or not all(re.fullmatch(NUMBER, number) for number in numbers)
        ):
            *written, last = (kind for rule in RULES.values() for kind in (rule.kind, rule.example) if kind)
            raise UsageError(f"no optimiser {quoted(text)}", fix=f"{', '.join(written)} or {last}")
        return cls(name, *map(float, numbers))

    def __str__(self) -> str:
        """As `parse` reads it; usual numbers are left out."""
        if self.numbers == self.rule.numbers:
            return self.kind
        return f"{self.kind}:{','.join(map(repr, self.numbers.values()))}"

    @property
    def slots(self) -> tuple[str, ...]:
        """m, v, both or none."""
        return self.rule.slots

    def kept(self, parameters: Iterable[str]) -> tuple[str, ...]:
        """The names of what is kept of these parameters, in the order of the listing: mU vU mW vW …"""
        return tuple(f"{slot}{name}" for name in parameters for slot in self.slots)

    def lines(self, name: str) -> tuple[Instruction, ...]:
        """The lines that update one parameter: first what the optimiser keeps of it, then the parameter itself."""
        made = self.rule.lines(self.numbers, name)
        return tuple(Instruction(f"{slot}{name}", "update", op, formula) for slot, op, formula in made)

    @cached_property
    def plan(self) -> tuple[tuple[int, Any, Any, tuple[int, ...]], ...]:
        """The lines as calls: where the target stands in [θ, dθ, mθ, vθ, lr, steps], how it is joined, what of."""
        places = {"θ": 0, "dθ": 1, "mθ": 2, "vθ": 3, "lr": 4, "steps": 5}
        joined = {"=": None, "+=": np.add, "-=": np.subtract}
        return tuple(
            (places[f"{slot}θ"], joined[op], formula.function, tuple(places[name.name] for name in formula.names()))
            for slot, op, formula in self.rule.lines(self.numbers, "θ")
        )

    def fresh(self, like: Arrays) -> State:
        """What is kept before the first update: zeros shaped like the parameters."""
        return State(0, **{slot: like.zeros() for slot in self.slots})


class State:
    """What an optimiser keeps after `steps` updates: m and v shaped like the parameters, None where it has none."""

    def __init__(self, steps: int, m: Arrays | None = None, v: Arrays | None = None) -> None:
        self.steps, self.m, self.v = steps, m, v

    def kept(self, name: str) -> Any:
        """`mU`, `vb`, …; None for what is not kept."""
        held = getattr(self, name[:1], None) if name[:1] in SLOTS else None
        return None if held is None else held.get(name[1:])

    @property
    def nbytes(self) -> int:
        """The bytes held."""
        return sum(array.nbytes for held in (self.m, self.v) if held is not None for array in held.values())


def keepers(name: str) -> str:
    """Which optimisers keep mU, vU, …: "momentum or adam"; empty for another name's first letter."""
    return " or ".join(kind for kind, rule in RULES.items() if name[:1] in rule.slots)


def advance(
    optimiser: Optimiser,
    theta: Any,
    gradient: Any,
    m: Any,
    v: Any,
    steps: int,
    learning_rate: Any,
    scratch: Any,
    into: tuple[Any, Any, Any] | None = None,
) -> None:
    """Make update number `steps` (the first is 1): write theta, and m and v where the optimiser keeps them.

    They are written in place, or where `into` says. All arrays have one shape. `scratch` is overwritten: it holds the
    step then, what is subtracted from theta; `gradient` stays. `scratch` may be where theta is written to, where the
    optimiser keeps nothing.
    """
    new_theta, new_m, new_v = (theta, m, v) if into is None else into
    held, places = [theta, gradient, m, v, learning_rate, steps - 1], (new_theta, None, new_m, new_v)
    for target, join, function, operands in optimiser.plan:
        place, given = places[target], map(held.__getitem__, operands)
        if join is None:
            function(*given, place, scratch)
        else:
            function(*given, scratch, None)
            join(held[target], scratch, place)
        held[target] = place
