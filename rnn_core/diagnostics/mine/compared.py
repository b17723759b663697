"""Somebody's own gradients beside ours, in the order in which they are computed.

Rules this file keeps:
- One factor of the loss is common to every gradient. It is told by what comes straight from the loss (dz, dV, dc), else
  by most; 1 before any other.
- What differs first is what the listing computes first, timestep by timestep.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rnn_core.diagnostics.mine.fitting import Fitted, Theirs, fitted
from rnn_core.diagnostics.mine.relation import factor_between, relation
from rnn_core.notices import Notice
from rnn_core.records import dataclass
from rnn_core.trace import Trace

_FEW = 2
"""As many arrays must have a factor in common, where there are as many."""


@dataclass(frozen=True)
class Factor:
    """What every gradient of theirs is multiplied by."""

    value: float = 1.0
    words: str = ""
    """What it comes from; empty for 1."""


@dataclass(frozen=True, eq=False)
class Item:
    """One of their arrays, judged."""

    fitted: Fitted
    agrees: bool
    error: float
    """The largest difference, as a share of the largest element."""
    relation: str = ""
    """How it differs; empty where it agrees."""
    first: int = -1
    """The row that is computed first of those that differ; -1 where it has no time."""
    position: int = 0
    """When what differs is computed: a line of the run."""

    @property
    def ours(self) -> str:
        """The name of the listing."""
        return self.fitted.ours


@dataclass(frozen=True, eq=False)
class Compared:
    """All of their arrays, in the order in which the listing computes them."""

    trace: Trace
    items: tuple[Item, ...]
    factor: Factor
    notices: tuple[Notice, ...]
    common: float | None = None
    """What every one of their gradients is multiplied by, where that is no factor of a loss."""

    @property
    def agree(self) -> bool:
        """Whether all are right, up to a factor that is the loss's own."""
        return all(item.agrees for item in self.items)

    @property
    def first(self) -> Item | None:
        """What differs first in the order of computing."""
        return min((item for item in self.items if not item.agrees), key=lambda item: item.position, default=None)

    def scale(self, name: str) -> float:
        """What an array of this name is multiplied by: gradients by the loss's factor."""
        return self.factor.value if is_scaled(self.trace, name) else 1.0


def is_scaled(trace: Trace, name: str) -> bool:
    """Whether a factor of the loss multiplies it."""
    register = trace.program.registers[name]
    return register.kind in ("sum", "loss") or (register.kind == "series" and register.backward)


def compare(given: Sequence[Theirs], trace: Trace, sequences: int = 1) -> Compared:
    """Their arrays beside those of the run. `sequences` are as many as its data has. Raises ShapeError."""
    notices: list[Notice] = []
    arrays = _clipped(fitted(given, trace, notices), trace, notices)
    factor = _factor(arrays, trace, sequences)
    items = [_judged(each, trace, factor.value if is_scaled(trace, each.ours) else 1.0) for each in arrays]
    order = [line.name for line in (*trace.program.forward, *trace.program.backward)]
    items.sort(key=lambda item: order.index(item.ours) if item.ours in order else -1)
    return Compared(trace, tuple(items), factor, tuple(notices), _common(arrays, trace) if factor.value == 1 else None)


def _clipped(arrays: tuple[Fitted, ...], trace: Trace, notices: list[Notice]) -> tuple[Fitted, ...]:
    """The same beside the clipped gradients, where this run clips and theirs are so."""
    clipped = trace.clipped
    sums = [each for each in arrays if trace.program.registers[each.ours].kind == "sum"]
    if clipped is None or all(each.agrees(each.right) for each in sums):
        return arrays
    if not all(each.agrees(clipped[each.ours[1:]]) for each in sums):
        return arrays
    notices.append(Notice("the gradients are compared as they are after clipping", "so they agree"))
    return tuple(replace(each, right=clipped[each.ours[1:]]) if each in sums else each for each in arrays)


def _judged(each: Fitted, trace: Trace, scale: float) -> Item:
    wanted = scale * each.right
    with np.errstate(all="ignore"):
        apart = np.abs(each.array - wanted)
        error = float(apart.max(initial=0.0) / max(float(np.abs(wanted).max(initial=0.0)), 1e-300))
    if each.agrees(wanted):
        return Item(each, True, error)
    register, T = trace.program.registers[each.ours], len(trace)
    if register.kind != "series":
        position = trace.program.number("backward", 1, each.ours, T) if register.kind == "sum" else 0
        return Item(each, False, error, relation(each, scale), -1, position)
    assert each.rows is not None or wanted.ndim == 1
    wrong = [r for r in range(len(wanted)) if not bool(np.all(apart[r] <= each.slack(wanted)))]
    begin = each.rows.start or 0 if each.rows is not None else 0
    row = (max(wrong) if register.backward else min(wrong)) + begin
    t = row + register.first_timestep
    return Item(each, False, error, relation(each, scale), row, _position(trace, each.ours, t))


def _position(trace: Trace, name: str, t: int) -> int:
    """The line of the run that writes this row of a series."""
    register = trace.program.registers[name]
    at = t + 1 if register.given and register.backward else t
    if register.phase is None or not 1 <= at <= len(trace) or not register.line:
        return 0
    return trace.program.number(register.phase, at, register.line, len(trace))


def _factor(arrays: Sequence[Fitted], trace: Trace, sequences: int) -> Factor:
    scaled = [each for each in arrays if is_scaled(trace, each.ours) and each.right.any()]
    if not scaled:
        return Factor()

    def score(factor: Factor) -> tuple[bool, int]:
        agree = [each.ours for each in scaled if each.agrees(factor.value * each.right)]
        count = len(agree) if len(agree) >= _FEW or len(scaled) == 1 or factor.value == 1 else 0
        return len({"dz", "dV", "dc"} & set(agree)) >= _FEW, count

    return max((Factor(), *_known(trace, sequences)), key=score)  # of equal ones the first


def _common(arrays: Sequence[Fitted], trace: Trace) -> float | None:
    """The factor of every gradient, of two or more; None where they have no other than 1 in common."""
    scaled = [each for each in arrays if is_scaled(trace, each.ours) and each.right.any()]
    factor = factor_between(scaled[0].array, scaled[0].right, scaled[0].slack) if len(scaled) >= _FEW else None
    if factor is None or abs(factor - 1) < 1e-6 or not all(each.agrees(factor * each.right) for each in scaled):
        return None
    return factor


def _known(trace: Trace, sequences: int) -> list[Factor]:
    """The factors that losses have."""
    T, M = len(trace), trace.sequence.target_count
    found = {1 / T: "the loss is a mean over T"}
    found.setdefault(1 / max(M, 1), "the loss is a mean over the M targets")
    found.setdefault(1 / sequences, "the loss is a mean over the N sequences")
    found.setdefault(1 / (T * sequences), "the loss is a mean over T and the N sequences")
    found.setdefault(float(M), "the loss is a sum, and ours is a mean")
    found.setdefault(1 / math.log(2), "the loss is in bits")
    found.pop(1.0, None)
    factors = [Factor(value, words) for value, words in found.items()]
    factors.append(Factor(-1.0, "right where the update adds them; else dz = onehot(y[t]) - p[t]"))
    return factors + [Factor(-f.value, f"{f.words}, and its sign is turned") for f in factors[:-1]]
