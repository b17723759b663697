"""Mistakes of what was kept: a timestep gets what another one kept, or a state is late or early wherever it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rnn_core.mistakes.mistake import Mistake
from rnn_core.mistakes.oracle import Moment, Rule, outer
from rnn_core.model import Array


def mistakes() -> Iterator[Mistake]:
    yield from _states()
    yield from _kept()


def _kept() -> Iterator[Mistake]:
    """The step function is right, and gets what another timestep kept."""
    ways: tuple[tuple[str, Callable[[Moment], int]], ...] = (
        ("t-1", lambda m: m.r - 1),
        ("t+1", lambda m: (m.r + 1) % m.net.T),
        ("T+1-t", lambda m: m.net.T - 1 - m.r),
        ("t+1 at most T", lambda m: min(m.r + 1, m.net.T - 1)),
        ("t-1 at least 1", lambda m: max(m.r - 1, 0)),
        ("T", lambda m: m.net.T - 1),
        ("1", lambda m: 0),
    )
    for name, of in ways:
        at = name.split(" ")[0]
        operand = _of_another(of)
        rules: dict[str, Rule] = {"dU": _outer_at(of, 0), "dW": _outer_at(of, 1)}
        slope: Rule = _slope_at(of)
        yield Mistake(f"slope: cache of {name}", "slope", f"1 - h[{at}]²", f"what timestep {at} kept is read at timestep t",
                      rule=slope, more=rules, operand=operand)  # fmt: skip
        if name == "T+1-t":
            yield Mistake("loop: forward over what was kept", "loop", "the timesteps from first to last",
                          "the backward loop runs forward in time: from t = 1 to T, not from T to 1", into="slope",
                          rule=slope, more=rules)  # fmt: skip


def _states() -> Iterator[Mistake]:
    """One name holds the state of another timestep, and all that the backward pass reads under it is late or early."""
    for k, at in ((-1, "[t-1]"), (1, "[t+1]")):
        for before in (False, True):
            rules: dict[str, Rule] = {"dV": lambda m, k=k: outer(m.dz, m.h(k))}  # type: ignore[misc]  # lambdas infer no k
            if before:
                rules["dW"] = lambda m, k=k: outer(m.da, m.h(k - 1))  # type: ignore[misc]
            name = f"slope: h{at} everywhere" + (", and before it" if before else "")
            yield Mistake(name, "slope", f"1 - h{at}²", f"h{at} stands wherever the backward pass reads h[t]",
                          rule=lambda m, k=k: 1 - m.h(k) ** 2, more=rules, operand=lambda m, k=k: m.h(k))  # type: ignore[misc]  # fmt: skip


def _of_another(of: Callable[[Moment], int]) -> Callable[[Moment], Array]:
    return lambda m: np.asarray(m.run.states[1:][of(m)])


def _slope_at(of: Callable[[Moment], int]) -> Rule:
    return lambda m: 1 - m.run.states[1:][of(m)] ** 2


def _outer_at(of: Callable[[Moment], int], back: int) -> Rule:
    return lambda m: outer(m.da, m.run.states[:-1][of(m)] if back else m.run.net.x[of(m)])
