"""Traces whose gradients are wrong: in one element, or because one line of the backward pass is another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_core.interpreter import registers, run
from rnn_core.model import PARAMETERS
from rnn_core.program import Program
from rnn_core.recorder import record
from rnn_core.trace import Trace
from rnn_core.updates import Gradients, Options
from tests.core.cases import random_run


def trace(timesteps=5, options=Options(), **sizes) -> Trace:
    """A random run, with right gradients."""
    return record(*random_run(timesteps=timesteps, **sizes), options)


def spoiled(good: Trace, name: str, index, by) -> Trace:
    """The trace with something added to one element or row of one of its series."""
    rows = np.array(getattr(good, name))
    rows[index] += by
    return replace(good, **{name: rows})


def mistaken(good: Trace, name: str, compute, op: str | None = None, **start) -> Trace:
    """The trace of a backward pass in which one line is another, as the interpreter runs it."""
    backward = tuple(
        replace(line, compute=compute, op=op or line.op) if line.name == name else line
        for line in good.program.backward
    )
    program = Program(good.program.forward, backward, good.program.update)
    r = registers(good.params, good.sequence, good.options)
    vars(r).update(start)
    timesteps = len(good)
    _, begin, end, _ = program.borders(timesteps)
    run(program, r, timesteps, 0, begin)
    rows = {each: np.array(getattr(good, each)) for each in ("dz", "dh", "da", "dh_next")}
    for k in range(begin, end):
        run(program, r, timesteps, k, k + 1)
        place = program.place(k + 1, timesteps)
        if place.instruction.name in rows:
            row = place.t - 1  # dh_next of line t is what is carried into t - 1, which is its row
            rows[place.instruction.name][row] = r.latest(place.instruction.name)
    return replace(good, **rows, gradients=Gradients(*(getattr(r, f"d{each}") for each in PARAMETERS)))
