"""What a run may be made of, by name. NumPy is not imported for these tables, so that `--help` is instant."""

from __future__ import annotations

CELLS = {"rnn": "h = tanh(U·x + W·h + b)", "lstm": "gates i f g o, cell state s", "gru": "gates r u n"}
"""The cells and what they are in a few words; the module of the same name in `rnn_core.cells` makes each."""

LOSSES = {"cross-entropy": "classes", "squared-error": "values", "sum": "none"}
"""The losses, and the module in `rnn_core.outputs` that makes the output layer of each."""
