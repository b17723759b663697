"""What a gradient passes on its way back, and by how much each place makes it smaller or larger.

    da      = (1 - h[t]²) ⊙ dh      ‖da‖ / ‖dh‖            the activation, tanh′
    dh_next = Wᵀ·da                 ‖dh_next‖ / ‖da‖       the recurrent matrix
    ds_next = f[t] ⊙ ds             ‖ds_next‖ / ‖ds‖       a gate

Each part of a backward line that reads one gradient is such a place: they are found in the listing, of any cell. Of one
loss's gradient in a cell without gates the factors multiply up to what is left of it, exactly.
"""

from __future__ import annotations

from typing import Literal as OneOf

import numpy as np

from rnn_core.arrays import Array
from rnn_core.flow.rows import log10_norms
from rnn_core.flow.sweep import Backward, backward
from rnn_core.language.carrying import assignments
from rnn_core.language.expressions import Expression, Minus, Name, Product, Slope, Stack, Sum, Times
from rnn_core.records import dataclass
from rnn_core.remembering import remembered
from rnn_core.trace import Trace

Kind = OneOf["activation", "matrix", "gate"]


@dataclass(frozen=True, eq=False)
class Place:
    """A part of a backward line that one gradient passes through."""

    source: str
    """The register that goes in."""
    target: str
    """The register of the line."""
    label: str
    """What is passed, in a word: tanh′, Wᵀ, f."""
    kind: Kind
    part: Expression
    through_time: bool
    """Whether it leads to the timestep before."""

    @property
    def name(self) -> str:
        """dh → da."""
        return f"{self.source} → {self.target}"


@dataclass(frozen=True, eq=False)
class Factor:
    """What a place does to a gradient, step by step."""

    place: Place
    log10: Array
    """log10 ‖out‖/‖in‖: -inf where nothing comes out, NaN where nothing goes in."""

    @property
    def total(self) -> float:
        """log10 of the product of all factors."""
        return float(np.nansum(self.log10))

    @property
    def mean(self) -> float:
        """log10 of their geometric mean; 0 where nothing went in."""
        known = self.log10[~np.isnan(self.log10)]
        return float(known.mean()) if len(known) else 0.0


@remembered
def places(trace: Trace) -> tuple[Place, ...]:
    """The places of a listing, in its order."""
    linear, carries = backward(trace).linear, trace.program.carries
    found = []
    for line in assignments(trace.program.backward):
        whole = line.expression
        for part in whole.operands if isinstance(whole, Sum) else (whole,):
            sources = [name.name for name in part.names() if name.name in linear]
            if len(sources) == 1 and not isinstance(part, Name | Stack):
                label, kind = " ⊙ ".join(_labels(part, sources[0])), _kind(part)
                found.append(Place(sources[0], line.name, label, kind, part, line.name in carries))
    return tuple(found)


def main(trace: Trace) -> tuple[Place, ...]:
    """Those that say most: what leads to the timestep before, and without gates the activation as well."""
    every = places(trace)
    return tuple(place for place in every if place.through_time or not trace.program.cell.gates)


@remembered
def over_time(trace: Trace) -> tuple[Factor, ...]:
    """(T,) for each place its factor at the timesteps 1 … T, of the run's own gradient, of all losses together."""
    ready, carries = backward(trace), trace.program.carries
    registers = {}
    for name in ready.linear & set(trace.rows):
        rows = trace.rows[name]
        registers[name] = rows[1:] if name in carries else rows
    sizes = {name: log10_norms(rows) for name, rows in registers.items()}
    everything = slice(0, len(trace))
    found = []
    for place in places(trace):
        with np.errstate(all="ignore"):
            if trace.program.instruction(place.target).expression is place.part:
                out = sizes[place.target] if place.target not in carries else _carried_out(trace, place, ready)
            else:
                out = log10_norms(ready.made(place.part)(registers, everything))
            found.append(Factor(place, out - sizes[place.source]))
    return tuple(found)


def _carried_out(trace: Trace, place: Place, ready: Backward) -> Array:
    """(T,) the norm of what a timestep carries back; before truncation cuts it."""
    if not trace.program.truncation:
        return log10_norms(trace.rows[place.target][:-1])
    return log10_norms(ready.made(place.part)({place.source: trace.rows[place.source]}, slice(0, len(trace))))


def of_loss(trace: Trace, t: int, lags: int) -> tuple[Factor, ...]:
    """(lags,) for each place its factors for the loss of timestep t alone, at t, t-1, …; truncation is left out."""
    ready, every = backward(trace), places(trace)
    made = [ready.made(place.part) for place in every]
    found: list[list[float]] = [[] for _ in every]
    for step in ready.sweep(range(t, t + 1), lags - 1, cut=False):
        if not len(step.registers[every[0].source]):
            break
        at = slice(t - step.lag - 1, t - step.lag)
        for place, value, factors in zip(every, made, found, strict=True):
            if place.source not in step.registers:
                factors.append(float("nan"))
                continue
            with np.errstate(all="ignore"):
                out = log10_norms(value(step.registers, at)) - log10_norms(step.registers[place.source])
            factors.append(float(out[0]))
    return tuple(Factor(place, np.array(factors)) for place, factors in zip(every, found, strict=True))


def _labels(part: Expression, source: str) -> list[str]:
    """The factors of a product without the gradient itself."""
    if isinstance(part, Name):
        return [] if part.name == source else [part.text()]
    if isinstance(part, Times | Minus):
        return [label for operand in part.operands for label in _labels(operand, source)]
    if isinstance(part, Slope):
        return [f"{part.function.name}′"]
    if isinstance(part, Product):
        matrix, vector = part.operands
        return [f"{matrix.text()}{'ᵀ' * part.transposed}", *_labels(vector, source)]
    return [f"({part.text()})" if " " in part.text() else part.text()]


def _kind(part: Expression) -> Kind:
    every = list(_nodes(part))
    if any(isinstance(node, Product) for node in every):
        return "matrix"
    return "activation" if any(isinstance(node, Slope) for node in every) else "gate"


def _nodes(part: Expression) -> list[Expression]:
    return [part, *(node for operand in part.operands for node in _nodes(operand))]
