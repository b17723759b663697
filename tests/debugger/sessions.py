"""Sessions for the tests: the demo, small random ones, and ones with odd numbers in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache

import numpy as np

from rnn_core.data import Dataset
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.effects.performing import perform
from rnn_core.debugger.outcome import Outcome
from rnn_core.debugger.persistence.opening import open_session
from rnn_core.debugger.session import Session
from rnn_core.model import Params
from rnn_core.optimisers import Optimiser
from rnn_core.recipe import Recipe
from rnn_core.trace import Trace
from rnn_core.training.run import Run
from rnn_core.updates import Clip, Options
from tests.core.cases import random_params, random_sequence


@cache
def demo() -> Session:
    """Sequence 1 of the teaching demo: T = 3, so 3·5 forward lines, 3·9 backward lines and 5 of the update."""
    return open_session(Recipe())


def fresh() -> Session:
    """The same, of which no other test has computed a second update."""
    return open_session(Recipe())


@cache
def made(
    timesteps: int = 4, hidden: int = 4, inputs: int = 3, classes: int = 3, *, seed: int = 0, absent: float = 0.0,
    clip: str = "off", sequences: int = 1, reduction: str = "sum", optimiser: str = "sgd", truncation: int = 0,
) -> Session:  # fmt: skip
    """A random session of these sizes, at its start."""
    params = random_params(inputs, hidden, classes, seed=seed)
    several = tuple(
        random_sequence(timesteps + i, inputs, classes, hidden=hidden, seed=seed + i, absent=absent)
        for i in range(sequences)
    )
    options = Options(
        clip=Clip.parse(clip), reduction=reduction, optimiser=Optimiser.parse(optimiser), truncation=truncation
    )
    return Session.of(Run(Dataset(several, name="random"), params, options))


def with_params(session: Session, params: Params, options: Options | None = None) -> Session:
    """The same data run with other parameters."""
    options = options or session.options
    return Session.of(Run(session.dataset, params, options))


def spoiled(value: float, name: str = "W", **sizes: int) -> Session:
    """A session in whose parameter `name` one element is not finite."""
    session = made(**sizes)
    matrices = {each: np.array(getattr(session.params, each)) for each in ("U", "W", "V", "b", "c")}
    matrices[name].flat[-1] = value
    return with_params(session, Params(**matrices))


def run(session: Session, *lines: str) -> Session:
    """The session after these command lines and all that they ask for, as a script plays them."""
    for line in lines:
        said = COMMANDS.execute(session, line)
        session = said.session
        for effect in said.effects:
            session = perform(effect, session).session
    return session


def answer(session: Session, line: str) -> Outcome:
    """What one command line answers."""
    return COMMANDS.execute(session, line)


def same(one: Session, other: Session) -> bool:
    """Whether two sessions are equal in everything that they hold; what holds arrays must be the same object."""
    pairs = [(field.name, getattr(one, field.name), getattr(other, field.name)) for field in fields(Session)]
    return all(a is b or (name not in ("branches", "trace") and a == b) for name, a, b in pairs)


def timestep_boundaries(trace: Trace) -> list[int]:
    """Every position where a timestep or the update begins or ends: found by walking over all lines."""
    return _boundaries(trace, lambda place: (place.phase, place.t))


def phase_boundaries(trace: Trace) -> list[int]:
    """Every position where a phase begins or ends, found by walking over all lines."""
    return _boundaries(trace, lambda place: place.phase)


def _boundaries(trace: Trace, belongs) -> list[int]:
    return [0, *_changes(trace, belongs), trace.end]


def _changes(trace: Trace, belongs) -> Iterator[int]:
    for k in range(1, trace.end):
        if belongs(trace.place(k)) != belongs(trace.place(k + 1)):
            yield k
