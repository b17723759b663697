"""How long work will take, judged before it is begun: whether it is done at once, in a thread, or with a bar."""

from __future__ import annotations

import os

from rnn_core.debugger.outcome import RunSequence, Search, Train, Travel
from rnn_core.debugger.persistence.opening import HIDDEN
from rnn_core.debugger.session import Session
from rnn_core.model import Sizes
from rnn_core.recipe import Recipe

LONG = 0.25
"""Seconds beyond which a person should see that something is going on."""


def seconds(sizes: Sizes, timesteps: int) -> float:
    """Roughly how long `record` takes: a few microseconds a timestep, and the six products of forward and backward."""
    products = 6 * sizes.hidden * (sizes.inputs + sizes.hidden + sizes.classes)
    return 1e-3 + timesteps * (3e-6 + products / 15e9)


def training_seconds(session: Session, update: int) -> float:
    """Roughly how long it takes to be at `update`: what is not computed yet, or lies after a checkpoint, and its trace.

    Where a breakpoint is enabled, every update on the way is traced.
    """
    run = session.run
    one = seconds(session.trace.sizes, max(map(len, run.owner(update).dataset.sequences[:64])))
    if any(point.enabled for point in session.breakpoints):
        return one * 10 * (abs(update - session.cursor.u) + 1)
    return one * (max(0, update - session.reached) + run.owner(update).spacing + 1)


def sequence_seconds(effect: RunSequence, session: Session) -> float:
    """Roughly how long it takes to run another sequence of the dataset."""
    sequences = session.dataset.sequences
    length = len(sequences[effect.index]) if 0 <= effect.index < len(sequences) else 0
    return seconds(session.trace.sizes, length)


def every_seconds(_effect: object, session: Session) -> float:
    """Roughly how long it takes to run every sequence of the dataset."""
    sequences = session.dataset.sequences
    return len(sequences) * seconds(session.trace.sizes, sum(map(len, sequences)) // len(sequences))


def way_seconds(effect: Travel | Train, session: Session) -> float:
    """`training_seconds` to where an effect goes."""
    return training_seconds(session, effect.update)


def search_seconds(_effect: Search, session: Session) -> float:
    """Roughly how long it takes to look at every line of the update for a stop."""
    return session.trace.end / 20_000


def looks_long(recipe: Recipe, data: bytes | None = None) -> bool:
    """Whether opening may take longer than `LONG` seconds."""
    return opening_seconds(recipe, data) > LONG


def opening_seconds(recipe: Recipe, data: bytes | None = None) -> float:
    """Roughly how long opening takes, judged by sizes alone: nothing is read."""
    hidden = recipe.hidden or HIDDEN
    drawing = hidden**2 / 3e7 + (hidden**3 / 1e10 if recipe.init == "orthogonal" else 0.0)
    reading = _file_size(recipe.model) / 1e9
    if recipe.text is None and not recipe.path:
        return drawing + reading + seconds(Sizes(5, hidden, 5), 5)
    suffix = os.path.splitext(recipe.path)[1].lower()
    if suffix in (".py", ".ipynb"):
        return 1.0  # it is run, and most programs are through in less
    if recipe.text is not None:
        size, suffix = len(recipe.text), ".txt"
    else:
        size = _file_size(recipe.path) if data is None else len(data)
    if suffix in (".npy", ".npz"):
        # Numbers of eight bytes; how many make a timestep is not known, so eight is taken.
        return drawing + reading + size / 5e8 + seconds(Sizes(8, hidden, 8), size // 64)
    if suffix in (".json", ".jsonl", ".ndjson", ".csv", ".tsv"):
        return drawing + reading + size / 8e6 + seconds(Sizes(8, hidden, 8), size // 64)
    # A character is a timestep, one-hot among some sixty; of chunks only the first is run.
    return drawing + reading + size / 1e6 + seconds(Sizes(60, hidden, 60), min(size, recipe.seq_length or size))


def _file_size(path: str) -> int:
    try:
        return os.stat(path).st_size if path else 0
    except (OSError, ValueError):  # opening it says what is wrong
        return 0
