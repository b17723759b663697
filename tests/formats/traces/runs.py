"""Runs to export, what the interpreter holds at every position of them, and the documentation's own readers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core import interpreter
from rnn_core.data import Sequence
from rnn_core.formats import traces
from rnn_core.model import Params
from rnn_core.optimisers import Optimiser
from rnn_core.program import program
from rnn_core.recorder import record
from rnn_core.trace import Trace
from rnn_core.updates import Clip, Options
from tests.core.cases import random_run

DOCS = Path(__file__).parents[3] / "docs" / "formats.md"

OPTIONS = {
    "sum": Options(),
    "mean": Options(reduction="mean", learning_rate=0.1),
    "norm": Options(clip=Clip("norm", 0.5)),
    "value": Options(clip=Clip("value", 0.1), reduction="mean"),
    "adam": Options(optimiser=Optimiser("adam")),
    "windows": Options(optimiser=Optimiser("momentum"), truncation=2),
}


def a_trace(timesteps: int = 4, options: Options = OPTIONS["sum"], **sizes: Any) -> Trace:
    return record(*random_run(timesteps=timesteps, absent=0.3, **sizes), options)


def diverged() -> Trace:
    """A run with infinities and NaN in it, whose clipping halts."""
    params, sequence = random_run(timesteps=3)
    W = params.W.copy()
    W[0, 0] = np.inf
    return record(Params(U=params.U, W=W, V=params.V, b=params.b, c=params.c), sequence, OPTIONS["norm"])


def exported(trace: Trace, format: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    assert traces.export(trace, stream, format=format, **options) == len(stream.getvalue())
    return stream.getvalue()


def as_file(trace: Trace, tmp_path: Path, format: str, **options: Any) -> Path:
    path = tmp_path / f"trace.{format}"
    traces.export(trace, path, overwrite=True, **options)
    return path


def specification(trace: Trace) -> Iterator[tuple[int, dict[str, NDArray[np.float64]]]]:
    """What every name holds after k lines, for each k, by the interpreter; names not yet written are missing."""
    listing, T = program(trace.options), len(trace)
    registers = interpreter.registers(trace.params, trace.sequence, trace.options)
    for k in range(trace.end + 1):
        interpreter.run(listing, registers, T, max(k - 1, 0), k)
        held = {name: registers.latest(name) for name in trace.names if name not in ("x", "y", "h0", "nll")}
        yield k, {name: np.array(value, dtype=float) for name, value in held.items() if value is not None}


def documented(name: str) -> Any:
    """The function called `name` in the documentation's examples."""
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    (block,) = (block for block in blocks if f"def {name}(" in block)
    namespace: dict[str, Any] = {}
    exec(block, namespace)
    return namespace[name]


def csv_rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("ascii"), newline="")))


def sequence_of(values: NDArray[np.float64], targets: list[int]) -> Sequence:
    return Sequence(x=values, y=np.array(targets))
