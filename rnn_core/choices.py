"""What a run and its files may be made of, by name. A table of names stands here once, with where each is made.

NumPy is not imported for these tables, so that `--help` is instant; the modules that make things read them.
"""

from __future__ import annotations

from collections.abc import Iterable

CELLS = {
    "rnn": "h = tanh(U·x + W·h + b)",
    "lstm": "gates i f g o, cell state s",
    "gru": "gates r u n",
}
"""The cells and what they are in a few words; the module of the same name in `rnn_core.cells` makes each."""

LOSSES = {
    "cross-entropy": "classes",
    "squared-error": "values",
    "sum": "none",
}
"""The losses, and the module in `rnn_core.outputs` that makes the output layer of each."""

ACTIVATIONS = {
    "tanh": "TANH",
    "relu": "RELU",
    "identity": "IDENTITY",
}
"""The activations of an rnn, and the function in `rnn_core.language.functions` that each is."""

INITIALISATIONS = {
    "normal": "",
    "xavier": "",
    "orthogonal": "",
    "identity": "",
    "uniform": "",
    "forget": "lstm",
}
"""How weights are drawn, and the cell whose own it is; those of all cells are functions of `rnn_core.model`."""

OPTIMISERS = {
    "sgd": "",
    "momentum": "[:M]",
    "adagrad": "",
    "adam": "[:B1,B2]",
}
"""The optimisers, and how their numbers are written; the module of the same name in `rnn_core.optimisers` has each."""

SEQUENCES = {
    "NPZ": "npz_file",
    "NPY": "npy_file",
    "Parquet": "parquet_file",
    "JSON Lines": "json_lines",
    "JSON": "json_file",
    "CSV": "csv_file",
    "Text": "text_file",
}
"""The formats of sequences, and the module in `rnn_core.formats.sequences` that reads each."""

TRACES = (
    "npz",
    "jsonl",
    "csv",
)
"""The formats of traces; the module of that name and `_file` in `rnn_core.formats.traces` writes each."""


def either(names: Iterable[str]) -> str:
    """The names as a person lists them: "a, b or c"."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
