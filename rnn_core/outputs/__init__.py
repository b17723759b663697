"""The output layers, one a file. A new one is one file here and one line in the table of `rnn_core.choices`."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

from rnn_core.choices import LOSSES as LOSSES
from rnn_core.errors import UsageError, quoted
from rnn_core.outputs.output import Answer as Answer
from rnn_core.outputs.output import Output as Output


@lru_cache(maxsize=8)
def output(loss: str = "") -> Output:
    """The output layer with this loss; cross-entropy where it is empty. Raises UsageError."""
    loss = loss or "cross-entropy"
    if loss not in LOSSES:
        raise UsageError(f"no loss {quoted(loss)}", fix=f"one of {', '.join(LOSSES)}")
    made: Output = import_module(f"rnn_core.outputs.{LOSSES[loss]}").OUTPUT
    return made
