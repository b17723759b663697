"""What is asked of a writer, and the facts about the run that every format carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from typing import Literal as OneOf

import numpy as np

from rnn_core.arrays import Array
from rnn_core.program import PHASES
from rnn_core.progress import Progress as Progress
from rnn_core.run_options import as_json
from rnn_core.trace import Trace

FORMAT, VERSION = "rnn-tui trace", 1

Every = OneOf["line", "timestep"]


@dataclass(frozen=True)
class Request:
    """One record for `every` line or timestep, up to and with line `stop`; `about` is the caller's own metadata."""

    stop: int
    every: Every = "line"
    about: Mapping[str, Any] = field(default_factory=dict)


def given(trace: Trace) -> dict[str, Array]:
    """What the run begins with, the data aside: the parameters, the initial state, what the optimiser keeps."""
    kept = {name: np.asarray(trace.state.kept(name)) for name in trace.program.kept}
    return {**trace.params, **trace.start, **kept}


def described(trace: Trace, request: Request) -> dict[str, Any]:
    """The metadata as plain JSON values: what the trace knows of itself, then what the caller knows of it."""
    sizes, options = trace.sizes, trace.options
    own = {
        "format": FORMAT,
        "version": VERSION,
        "shapes": {"T": len(trace), "I": sizes.inputs, "H": sizes.hidden, "O": sizes.classes},
        "cell": trace.program.cell.name,
        "activation": trace.program.cell.activation,
        "output": trace.program.output.name,
        "options": {**as_json(options), "loss": trace.program.output.loss},
        "program": {phase: [str(line) for line in trace.program.phase(phase)] for phase in PHASES},
        "update": trace.update,
        "epoch": trace.epoch + 1,
        "position": request.stop,
        "end": trace.end,
        "halted": trace.halted,
    }
    tokens = {"tokens": list(trace.sequence.tokens)} if trace.sequence.tokens else {}
    return own | tokens | {name: value for name, value in request.about.items() if name not in own}
