"""What an explainer works with: a cell at a position of a trace, the number in it, and the room for words."""

from __future__ import annotations

from typing import NamedTuple

from rnn_core.trace import Trace
from rnn_core.views.cells import cell_text
from rnn_core.views.numbers import short
from rnn_core.views.options import Cell
from rnn_core.views.outputs import class_name
from rnn_core.views.parts import Part, Row


class Here(NamedTuple):
    """`value` is the number in `cell` at position k."""

    trace: Trace
    k: int
    cell: Cell
    value: float
    width: int
    classes: tuple[str, ...] = ()
    """The names of the classes, where they have any."""

    def class_name(self, at: int) -> str:
        """A class as a person named it, blanks made visible; its index where nobody did."""
        return class_name(self.classes, at)

    @property
    def t(self) -> int:
        return self.cell.index[0]

    @property
    def unit(self) -> int:
        return self.cell.index[-1]


def result(here: Here) -> Row:
    """The cell and its value, the beginning of most explanations."""
    return Part(cell_text(here.trace, here.cell), "name"), Part(" = "), Part(short(here.value), "result")
