"""Tables for the tests, of every kind of sequence."""

from __future__ import annotations

import numpy as np

from rnn_core.data import Dataset, Sequence, one_hot, text_dataset
from rnn_core.editing.editing import Editing
from rnn_core.editing.table import Table, table_of

NAMED = Dataset(
    (Sequence(np.array([[0.5, -1.25], [2.0, 0.1], [3.5, 1e-30]]), np.array([1, -1, 0]), h0=np.ones(3), name="a"),),
    classes=("no", "yes", "maybe"),
    features=("temp", "wind"),
)
VALUES = Dataset((Sequence(np.ones((3, 1)), np.array([[0.5, 1.0], [np.nan, np.nan], [2.0, 3.0]])),))
CALLED = Dataset((Sequence(np.eye(2) * 0.5, np.array([0, 1]), tokens=("up", "down")),))
TEXT = text_dataset("hello you")
IDS = Dataset(
    (Sequence(one_hot([2, 0, 1], 4), np.array([0, 1, -1]), tokens=("2", "0", "1")),), classes=("0", "1", "2", "3")
)
LABELLED = Dataset(
    (Sequence(one_hot([1, 0], 2), np.array([-1, 1]), tokens=("b", "a")),), classes=("x", "y"), features=("a", "b")
)
EVERY = {"named": NAMED, "values": VALUES, "called": CALLED, "text": TEXT, "ids": IDS, "labelled": LABELLED}
CLASSES = {"named": 3, "values": 2, "called": 2, "text": 7, "ids": 4, "labelled": 2}


def table(name: str) -> Table:
    """The table of one of them."""
    dataset = EVERY[name]
    return table_of(dataset.sequences[0], dataset, CLASSES[name])


def editing(name: str = "named") -> Editing:
    """One of them, before anything is done to it."""
    return Editing.of(table(name))


def texts(table: Table) -> list[list[str]]:
    """Every seen cell."""
    return [[table.cell_text(i, j) for j in range(len(table.shown))] for i in range(len(table))]
