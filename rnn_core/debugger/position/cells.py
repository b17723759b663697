"""Numbers of a run by name and indices: how a person names one, and which ones the sizes of a run allow."""

from __future__ import annotations

import re

from rnn_core.errors import UsageError, quoted
from rnn_core.trace import Trace
from rnn_core.views.cells import axes as axes_of
from rnn_core.views.cells import extent, first_timestep, latest_timestep
from rnn_core.views.options import Cell, Units

_CELL = r"(?P<name>[A-Za-z_]\w*)\s*(?P<index>(\[\s*[0-9]{1,9}\s*(,\s*[0-9]{1,9}\s*)?\]\s*)*)"


def parse_cell(trace: Trace, text: str, k: int) -> Cell:
    """`dW[2,4]`, `h[3][2]`, `db[0]`, or `dh[2]` for unit 2 of the latest dh. Raises UsageError."""
    match = re.fullmatch(_CELL, text.strip())
    if not match or match["name"] not in trace.names:
        raise UsageError(f"{quoted(text)} is not a value", fix="for example dW[2,4] or h[3][2]")
    name, index = match["name"], tuple(int(number) for number in re.findall(r"[0-9]+", match["index"]))
    axes = axes_of(trace, name)
    if axes[:1] == ("t",) and len(index) == len(axes) - 1:
        index = (latest_timestep(trace, name, k), *index)
    if len(index) != len(axes):
        raise UsageError(f"{name} takes {len(axes)} indices, not {len(index)}", fix="dW[row,column], h[t][unit]")
    for axis, at in zip(axes, index, strict=True):
        lowest = first_timestep(trace, name) if axis == "t" else 0
        if not lowest <= at < extent(trace, axis):
            raise UsageError(f"{name} has no {axis} {at}", fix=f"{lowest} to {extent(trace, axis) - 1}")
    return Cell(name, index)


def fitted(units: Units, trace: Trace) -> Units:
    """The units moved inside the sizes of another trace."""
    return Units(*(min(at, extent(trace, axis) - 1) for axis, at in units._asdict().items()))
