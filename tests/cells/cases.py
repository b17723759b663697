"""Small random networks of every cell and output, with nothing zero in them."""

from __future__ import annotations

import numpy as np

from rnn_core import choices
from rnn_core.cells import cell
from rnn_core.data import Sequence
from rnn_core.model import Params, Sizes, shapes
from rnn_core.outputs import output
from rnn_core.updates import Options

CELLS = {"tanh": ("rnn", "tanh"), "relu": ("rnn", "relu"), "identity": ("rnn", "identity"), "lstm": ("lstm", ""),
         "gru": ("gru", "")}  # fmt: skip
LOSSES = tuple(choices.LOSSES)


def network(name, inputs=3, hidden=4, classes=3, *, seed=0, scale=0.5, start=False) -> Params:
    """Parameters of a cell, and its initial states where they are wanted."""
    rng, made = np.random.default_rng(seed), cell(*CELLS[name])
    sizes = Sizes(inputs, hidden, classes)
    drawn = {each: scale * rng.standard_normal(shape) for each, shape in shapes(made, sizes).items()}
    states = {each: scale * rng.standard_normal(hidden) for each in made.initial} if start else {}
    return Params(cell=made, **drawn, **states)


def sequence(loss, timesteps=5, inputs=3, classes=3, *, seed=0, absent=0.0) -> Sequence:
    """Normal inputs and targets of the kind that a loss takes, a share `absent` of them missing."""
    rng = np.random.default_rng(seed + 1000)
    missing = rng.random(timesteps) < absent
    if not output(loss).takes_values:
        y = np.where(missing, -1, rng.integers(0, classes, timesteps))
    else:
        y = np.where(missing[:, None], np.nan, rng.standard_normal((timesteps, classes)))
    return Sequence(x=rng.standard_normal((timesteps, inputs)), y=y)


def options(loss, **others) -> Options:
    return Options(loss=loss, **others)
