"""What is hunted: a small network and a program of which one line does something else than the listing says.

Rules this file keeps:
- The seed determines everything.
- The trace holds the numbers of the wrong program and shows the listing of the right one. So whatever takes a number
  apart takes it apart as the listing claims.
- The mistake shows in numbers that a person can see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from rnn_core.data import Dataset, Sequence
from rnn_core.errors import UsageError
from rnn_core.hunts.course import COURSE
from rnn_core.hunts.hunt import Hunt
from rnn_core.hunts.levels import named, pool
from rnn_core.mistakes import Mistake
from rnn_core.mistakes.programs import program_of
from rnn_core.model import Params
from rnn_core.program import Program, program
from rnn_core.recorder import record
from rnn_core.records import dataclass
from rnn_core.trace import Trace
from rnn_core.training.run import Run, TrainState

TIMESTEPS, HIDDEN, FEATURES, CLASSES = 4, 4, 3, 3
SEEN = 0.02
"""A wrong number is off by this share of the largest of its array, at least."""


@dataclass(frozen=True, eq=False)
class Hunted(Run):
    """A run whose traces are those of the program `wrong`, under the right listing."""

    wrong: Program | None = None

    def _recorded(self, update: int, train_state: TrainState, progress: Callable[[float], None]) -> Trace:
        params, state, carried = train_state
        if update:
            raise UsageError("a hunt is one update", fix="restart")
        trace = record(
            params, self.sequence(0), self.options, progress, state=state, carried=carried, listing=self.wrong
        )
        return replace(trace, program=self.listing)

    def learn(self, target: int, **_how: Any) -> int | None:
        """Nothing is learned from wrong gradients. Raises UsageError."""
        if target > 0:
            raise UsageError("a hunt is one update", fix="restart")
        return None


@dataclass(frozen=True, eq=False)
class Exercise:
    """A mistake, and the run that has it."""

    mistake: Mistake
    run: Hunted

    @property
    def line(self) -> str:
        """The name of the wrong line."""
        return next(line.name for line in self.wrong if line.name not in self._same_lines)

    @cached_property
    def _same_lines(self) -> frozenset[str]:
        right = {line.name: line for line in program()}
        return frozenset(
            line.name for line in self.wrong
            if line.expression == right[line.name].expression and line.op == right[line.name].op
        )  # fmt: skip

    @property
    def wrong(self) -> Program:
        """The program that ran."""
        assert self.run.wrong is not None
        return self.run.wrong

    @cached_property
    def trace(self) -> Trace:
        """What it computed."""
        return self.run.trace(0)

    def makes(self, listing: Program) -> bool:
        """Whether another program computes the same numbers."""
        try:
            other = record(self.run.params, self.run.sequence(0), self.run.options, listing=listing)
        except (ValueError, TypeError, IndexError):  # somebody's line, whose shapes do not fit
            return False
        return all(map(_alike, numbers(other).values(), numbers(self.trace).values()))


def exercise(hunt: Hunt, name: str = "") -> Exercise:
    """The exercise of a hunt. Raises UsageError where there is none."""
    if hunt.number:
        return _made(named(COURSE[hunt.number - 1]), hunt)
    chosen = pool(hunt.level)
    for at in np.random.RandomState(hunt.seed).permutation(len(chosen)):
        made = _made(chosen[at], hunt)
        if _shows(made):
            return made
    raise UsageError(f"no hunt for seed {hunt.seed}", fix="another seed")


def _made(mistake: Mistake, hunt: Hunt) -> Exercise:
    """The run with the mistake; square where the mistake multiplies matrices that fit only so."""
    wrong = program_of(mistake, program())
    assert wrong is not None
    for inputs, classes in ((FEATURES, CLASSES), (HIDDEN, HIDDEN)):
        params, sequence = _drawn(hunt, inputs, classes)
        run = Hunted(Dataset((sequence,), hunt.name), params, epochs=1, wrong=wrong)
        try:
            run.trace(0)
        except ValueError:
            continue
        return Exercise(mistake, run)
    raise UsageError(f"{mistake.name} fits no network", fix="another seed")


def _drawn(hunt: Hunt, inputs: int, classes: int) -> tuple[Params, Sequence]:
    r = np.random.RandomState(hunt.seed)
    arrays: Mapping[str, Any] = {
        "U": r.standard_normal((HIDDEN, inputs)), "W": 0.8 * r.standard_normal((HIDDEN, HIDDEN)),
        "V": r.standard_normal((classes, HIDDEN)), "b": 0.5 * r.standard_normal(HIDDEN),
        "c": 0.5 * r.standard_normal(classes), "h0": np.tanh(r.standard_normal(HIDDEN)),
    }  # fmt: skip
    rounded = {name: np.round(array, 2) for name, array in arrays.items()}
    y = r.permutation(max(TIMESTEPS, classes))[:TIMESTEPS] % classes
    return Params(**rounded), Sequence(x=np.round(r.standard_normal((TIMESTEPS, inputs)), 2), y=y)


def _shows(made: Exercise) -> bool:
    """Whether a number is off by enough to be seen, and all are finite."""
    right, wrong = record(made.run.params, made.run.sequence(0), made.run.options), made.trace
    pairs = list(zip(numbers(right).values(), numbers(wrong).values(), strict=True))
    if not all(np.isfinite(b).all() for _, b in pairs):
        return False
    return any(np.abs(a - b).max() > SEEN * max(np.abs(a).max(), 1e-9) for a, b in pairs)


def numbers(trace: Trace) -> dict[str, np.ndarray[Any, Any]]:
    """Every array that the lines of a trace write."""
    series = {name: np.asarray(trace.rows[name]) for name in trace.program.series}
    return series | {f"d{name}": array for name, array in trace.gradients.items()}


def _alike(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    return bool(np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True))
