"""What one run of a person's code left: events in their order, and the values that they saw."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.model import Array
from rnn_core.review.child import NO_MEMORY, STOPPED, STUCK


@dataclass(eq=False)
class Recording:
    """Event k saw value `values[k]` (an index into `arrays`, -1 for what is not kept) at site `sites[k]`."""

    sites: NDArray[np.int32]
    values: NDArray[np.int32]
    objects: NDArray[np.int64]
    arrays: list[Array]
    """float64, frozen; integers and booleans widened."""
    narrow: NDArray[np.bool_]
    """Which of them were float32 or narrower."""
    whole: NDArray[np.bool_]
    """Which were integers."""
    ended: str
    """end · error · events · bytes · time · memory · signal · vanished"""
    error: str = ""
    kind: str = ""
    """The exception's name."""
    line: int = 0
    missing: str = ""
    first: dict[int, int] = field(default_factory=dict)
    """The first event of each value."""
    contexts: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """For each event the calls that led to it, as a number."""

    def __len__(self) -> int:
        return len(self.sites)

    def array(self, event: int) -> Array | None:
        """What event k saw."""
        number = int(self.values[event])
        return self.arrays[number] if number >= 0 else None


def load(path: str, status: int, file: str = "") -> Recording:
    """The recording that a run of a file wrote; an empty one where it ended before it could."""
    try:
        with open(f"{path}.json", encoding="utf-8") as text:
            told: dict[str, Any] = json.load(text)
        with np.load(f"{path}.npz", allow_pickle=False) as blocks:
            kept = {name: blocks[name] for name in blocks.files}
    except (OSError, ValueError, KeyError):
        return _nothing(status, _stuck_at(path + STUCK, file))
    finally:
        for ending in (".npz", ".json", STUCK):
            with contextlib.suppress(FileNotFoundError):
                os.remove(path + ending)
    arrays: list[Array] = []
    narrow, whole = [], []
    at = [0] * len(kept)
    for kind, size, *shape in kept["rows"].tolist():
        block = kept[f"block{kind}"]
        one = block[at[kind] : at[kind] + size].reshape([side for side in shape if side >= 0])
        at[kind] += size
        narrow.append(block.dtype.kind == "f" and block.dtype.itemsize < 8)
        whole.append(block.dtype.kind in "iub")
        arrays.append(one.astype(np.float64, copy=False))
    recording = Recording(
        kept["sites"],
        kept["values"],
        kept["objects"],
        arrays,
        np.asarray(narrow, bool),
        np.asarray(whole, bool),
        told["ended"],
        told["error"],
        told["type"],
        told["line"],
        told.get("missing", ""),
        contexts=kept["contexts"],
    )
    for event, value in enumerate(recording.values.tolist()):
        recording.first.setdefault(value, event)
    return recording


def _nothing(status: int, stuck: int) -> Recording:
    """What is known of a run that wrote nothing: how its process ended, and where it stood."""
    none, ended, error = np.zeros(0, np.int32), "vanished", ""
    if stuck or status == STOPPED:
        ended = "time"
    elif status == NO_MEMORY:
        ended = "memory"
    elif status < 0:
        ended, error = "signal", signal.Signals(-status).name
    return Recording(
        none, none, none.astype(np.int64), [], none.astype(bool), none.astype(bool), ended, error, line=stuck
    )


def _stuck_at(path: str, file: str) -> int:
    """The line of a file at which its process hung; 0 where it did not."""
    named = re.escape(file.encode("ascii", "backslashreplace").decode())
    try:
        with open(path, encoding="utf-8", errors="replace") as told:
            at = re.search(rf'File "{named}", line (\d+)', told.read())
    except OSError:
        return 0
    return int(at[1]) if at else 0
