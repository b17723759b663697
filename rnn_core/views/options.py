"""What a person may choose about how a run is shown. Every choice is plain frozen data that a session carries."""

from __future__ import annotations

from typing import Literal as OneOf
from typing import NamedTuple, get_args

from rnn_core.records import dataclass

CellMode = OneOf["heatmap", "numbers", "both"]
ScaleMode = OneOf["step", "run", "log", "fixed"]
SumsMode = OneOf["accumulated", "timestep"]
Theme = OneOf["dark", "light"]
Chart = OneOf["loss", "gradients", "ratio", "accuracy"]
CHARTS: tuple[Chart, ...] = get_args(Chart)
SortBy = OneOf["loss", "length", "wrong", "reach", "number"]
SORTS: tuple[SortBy, ...] = get_args(SortBy)
"""What a list of sequences is sorted by."""

PANELS = ("hidden", "outputs", "gradients", "weights")
"""The panels whose cells can be selected."""
GATES = "gates"
"""The panel of a cell's gates, where it has any."""
TABLES = (*PANELS, GATES)
TRAINING = "training"
FLOW = "flow"
"""The panel of how the gradient travels back."""
FOCUSES = (*PANELS, TRAINING, FLOW)
"""The panels that can have the focus; the module of the same name in `rnn_tui.panels` paints each."""
SPEEDS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
"""Lines a second while playing."""


class Units(NamedTuple):
    """The unit that "this step" explains, for each kind of axis."""

    hidden: int = 0
    column: int = 0
    """The second index of W and dW: the hidden unit of the timestep before."""
    output: int = 0
    input: int = 0
    stack: int = 0
    """A row of what stacks the gates: U, W, b and a of an LSTM or a GRU."""


@dataclass(frozen=True)
class Cell:
    """One number: a name and its index, rows first; a series' first index is its timestep."""

    name: str
    index: tuple[int, ...]


@dataclass(frozen=True)
class View:
    """How the session is looked at; nothing in here changes a number."""

    cells: CellMode = "both"
    scale: ScaleMode = "step"
    sums: SumsMode = "accumulated"
    units: Units = Units()
    pinned: Cell | None = None
    panel: str = ""
    """The panel that has the focus; empty while the keys step."""
    playing: bool = False
    speed: int = 10
    theme: Theme = "dark"
    console: bool = False
    """Whether the console is unfolded."""
    training: bool = False
    """Whether the training's curves are unfolded."""
    zoom: bool = False
    """Whether the focused panel, or the one that the phase fills, takes the whole screen."""
    watches: bool = True
    """Whether the watches are shown, when there are any."""
    chart: Chart = "loss"
    """What the training panel draws over the updates."""
    log_curves: bool = False
    """Whether the training panel's values stand on a logarithmic scale."""
