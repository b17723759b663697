"""Traces whose gradients are wrong: in one element, or because one line of the backward pass is another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_core.arrays import Arrays
from rnn_core.interpreter import registers, run
from rnn_core.model import PARAMETERS
from rnn_core.recorder import record
from rnn_core.trace import Trace
from rnn_core.updates import Options
from tests.core.cases import random_run


def trace(timesteps=5, options=Options(), **sizes) -> Trace:
    """A random run, with right gradients."""
    return record(*random_run(timesteps=timesteps, **sizes), options)


def spoiled(good: Trace, name: str, index, by) -> Trace:
    """The trace with something added to one element or row of one of its series."""
    rows = np.array(good.rows[name])
    rows[index] += by
    return replace(good, rows={**good.rows, name: rows})


def mistaken(good: Trace, name: str, compute, op: str | None = None, **start) -> Trace:
    """The trace of a backward pass in which one line is another, as the interpreter runs it."""
    r = registers(good.params, good.sequence, good.options)
    vars(r).update(start)
    program, timesteps = good.program, len(good)
    _, begin, end, _ = program.borders(timesteps)
    run(program, r, timesteps, 0, begin)
    rows = {each: np.array(good.rows[each]) for each in ("dz", "dh", "da", "dh_next")}
    for k in range(begin, end):
        place = program.place(k + 1, timesteps)
        if place.instruction.name == name:
            value = compute(r, place.t)
            adds = (op or place.instruction.op) == "+="
            setattr(r, name, getattr(r, name, 0.0) + value if adds else value)
        else:
            run(program, r, timesteps, k, k + 1)
        if place.instruction.name in rows:
            row = place.t - 1  # dh_next of line t is what is carried into t - 1, which is its row
            rows[place.instruction.name][row] = r.latest(place.instruction.name)
    gradients = Arrays({each: getattr(r, f"d{each}") for each in PARAMETERS})
    return replace(good, rows={**good.rows, **rows}, gradients=gradients)
