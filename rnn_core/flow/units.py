"""Which units let (almost) no gradient through, at each timestep: saturated ones, dead ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_core.language.expressions import Name
from rnn_core.language.functions import Function
from rnn_core.remembering import remembered
from rnn_core.trace import Trace


class Shut(NamedTuple):
    """A register that a function writes, and which of its units are shut."""

    name: str
    function: Function
    units: NDArray[np.bool_]
    """(T,H)."""
    share: NDArray[np.float64]
    """(T,) the share of units that are shut at each timestep."""

    @property
    def always(self) -> NDArray[np.intp]:
        """The units that are shut at every timestep."""
        found: NDArray[np.intp] = np.flatnonzero(self.units.all(axis=0))
        return found


@remembered
def shut(trace: Trace) -> tuple[Shut, ...]:
    """Of each function that can be shut: h of an rnn, the gates of an LSTM."""
    functions = trace.program.cell.functions
    found = []
    for name, function in functions.items():
        if function.shut is not None:
            units = function.shut(trace.over_time(Name(name)))
            found.append(Shut(name, function, units, np.count_nonzero(units, axis=1) / units.shape[1]))
    return tuple(found)
