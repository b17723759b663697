"""A training log: what each update left behind, one JSON object a line.

    {"update": 0, "epoch": 1, "loss": 1.0986, "accuracy": 0.25,
     "gradients": {"U": ‖dU‖, …}, "weights": {"U": ‖U‖, …}, "changes": {"U": ‖step of U‖, …}, "ratios": {"U": …}}

Updates count from 0 and epochs from 1, as on the screen. The JSON is strict: a number that is not finite is null. So is
one that does not exist: the loss without targets, the accuracy of values. Reading the others gives the same bits.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from rnn_core.training.metrics import Metrics

_encode = json.JSONEncoder(separators=(", ", ": "), allow_nan=False).encode


def lines(metrics: Metrics, start: int) -> Iterator[bytes]:
    """A line for each update from `start` on, which is not before the first that the metrics know."""
    since = start - metrics.first
    norms = [(name, getattr(metrics, name)[since:].tolist()) for name in ("gradients", "weights", "changes", "ratios")]
    loss, accuracy = metrics.loss[since:].tolist(), metrics.accuracy[since:].tolist()
    for i in range(len(loss)):
        fields = {
            "update": start + i,
            "epoch": (start + i) // metrics.epoch_length + 1,
            "loss": _number(loss[i]),
            "accuracy": _number(accuracy[i]) if metrics.has_accuracy else None,
            **{name: dict(zip(metrics.parameters, map(_number, rows[i]), strict=True)) for name, rows in norms},
        }
        yield f"{_encode(fields)}\n".encode("ascii")


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
