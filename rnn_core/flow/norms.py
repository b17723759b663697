"""‖dh[t]‖ over time, and its two parts apart: what comes from the timestep's own loss, and what is carried to it."""

from __future__ import annotations

import numpy as np

from rnn_core.arrays import Array
from rnn_core.flow.rows import row_norms
from rnn_core.flow.sweep import backward
from rnn_core.language.derivation import carried_to, gradient_of
from rnn_core.records import dataclass
from rnn_core.remembering import remembered
from rnn_core.trace import Trace


@dataclass(frozen=True, eq=False)
class Norms:
    """The norms of the gradient at a state, row r for timestep r; row 0 has only what is carried to the start."""

    total: Array
    """(T+1,) ‖dh[t]‖; at t = 0 ‖dh_next[0]‖."""
    local: Array
    """(T+1,) of the part that comes from the loss of t."""
    carried: Array
    """(T+1,) ‖dh_next[t]‖."""


@remembered
def norms(trace: Trace, state: str = "h") -> Norms:
    """Those of one state."""
    register = gradient_of(state)
    carried = row_norms(trace.rows[carried_to(state)])
    own = backward(trace).entering(slice(0, len(trace)), register).get(register)
    local = np.zeros(len(trace)) if own is None else row_norms(own)
    total = np.concatenate((carried[:1], row_norms(trace.rows[register])))
    return Norms(total, np.concatenate((np.zeros(1), local)), carried)
