"""This step: one number of the run, taken apart into the numbers it was made from.

A view-model is a few rows of parts; a part is a text and the role it plays. What a number was made from is told by
`explainers.py`, one function a line of the listing.
"""

from __future__ import annotations

from rnn_core.records import dataclass
from rnn_core.trace import SERIES, Trace
from rnn_core.views.cells import cell_text, cell_value, line_cell
from rnn_core.views.explainers import EXPLAINERS
from rnn_core.views.here import Here
from rnn_core.views.options import Cell, View
from rnn_core.views.parts import Part, Row, fitted
from rnn_core.views.update_explainers import clip_rows


@dataclass(frozen=True)
class Explanation:
    """The equation with its shapes, and rows that take one element of it apart."""

    equation: str
    rows: tuple[Row, ...]


WELCOME = (
    (Part("Press "), Part("s", "result"), Part(" to run the first line: "), Part("a = U·x[1] + W·h[0] + b", "value")),
    (Part("s", "result"), Part(" one line   ", "dim"), Part("n", "result"), Part(" one timestep   ", "dim"),
     Part("f", "result"), Part(" to the end of the phase", "dim")),
    (Part("S N F", "result"), Part(" the same backwards   ", "dim"), Part("?", "result"), Part(" help", "dim")),
)  # fmt: skip


def explain(trace: Trace, k: int, view: View, width: int) -> Explanation:
    """The pinned cell, else the number that the last line wrote for the selected units; a welcome at the start."""
    place = trace.place(k)
    cell = view.pinned or line_cell(trace, place, view.units)
    if cell is None:
        return Explanation("", WELCOME)
    value = cell_value(trace, k, cell)
    if value is None:
        return Explanation(_equation(trace, cell), _not_yet(trace, cell))
    if cell.name == "clip_norm":
        return Explanation(_equation(trace, cell), clip_rows(trace, cell, value))
    rows = EXPLAINERS[cell.name](Here(trace, k, cell, value, width))
    return Explanation(_equation(trace, cell), tuple(fitted(row, width) for row in rows))


def _not_yet(trace: Trace, cell: Cell) -> tuple[Row, ...]:
    line = SERIES[cell.name].line if cell.name in SERIES else cell.name
    when = f" at t = {cell.index[0]}" if cell.name in SERIES else ""
    return (
        (Part(cell_text(cell), "name"), Part(" is not computed yet", "text")),
        (Part(f"the line {line} writes it{when}", "dim"),),
    )


def _equation(trace: Trace, cell: Cell) -> str:
    """The line that writes a cell, with the shape of every operand."""
    H, I, O = trace.sizes.hidden, trace.sizes.inputs, trace.sizes.classes
    by = "×"
    shapes = {
        "a": f"a ({H}) = U ({H}{by}{I})·x ({I}) + W ({H}{by}{H})·h ({H}) + b ({H})",
        "h": f"h[t] ({H}) = tanh(a ({H}))",
        "z": f"z ({O}) = V ({O}{by}{H})·h ({H}) + c ({O})",
        "p": f"p[t] ({O}) = softmax(z ({O}))",
        "dV": f"dV ({O}{by}{H}) += outer(dz ({O}), h ({H}))",
        "dc": f"dc ({O}) += dz ({O})",
        "dh": f"dh ({H}) = Vᵀ ({H}{by}{O})·dz ({O}) + dh_next ({H})",
        "da": f"da ({H}) = (1 - h² ({H})) ⊙ dh ({H})",
        "db": f"db ({H}) += da ({H})",
        "dU": f"dU ({H}{by}{I}) += outer(da ({H}), x ({I}))",
        "dW": f"dW ({H}{by}{H}) += outer(da ({H}), h[t-1] ({H}))",
        "dh_next": f"dh_next ({H}) = Wᵀ ({H}{by}{H})·da ({H})",
    }
    if cell.name == "dh_next" and cell.index[0] < len(trace) and trace.program.is_cut("dh_next", cell.index[0] + 1):
        return f"dh_next ({H}) = 0, not run at t = {cell.index[0] + 1}"
    if cell.name in shapes:
        return shapes[cell.name]
    line = {"nll": "loss", "clip_norm": "clip"}.get(cell.name, cell.name)
    found = [str(instruction) for instruction in trace.program if instruction.name == line]
    return found[0] if found else f"{cell.name} is given"
