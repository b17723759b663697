"""What a person looking at a run has in front of them, as one frozen value.

Rules this file keeps:
- A session never changes; a command makes another one.
- The cursor is two integers. Everything shown follows from it, the trace and the view.
- A motion unpins the explained cell and stops playing; it keeps the selected units.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from rnn_core.data import Dataset
from rnn_core.debugger.breakpoints import Breakpoint
from rnn_core.model import Params
from rnn_core.program import Place
from rnn_core.recipe import Recipe
from rnn_core.trace import Trace
from rnn_core.updates import Options
from rnn_core.views.options import View


class Cursor(NamedTuple):
    """Update u, position k in it. u stays 0 until there is training."""

    u: int
    k: int


@dataclass(frozen=True, eq=False)
class Session:
    """One sequence of a dataset, run with these parameters and looked at from one position."""

    dataset: Dataset
    index: int
    params: Params
    options: Options
    trace: Trace
    cursor: Cursor = Cursor(0, 0)
    view: View = View()
    recipe: Recipe = Recipe()
    """How the data and the parameters came about."""
    breakpoints: tuple[Breakpoint, ...] = ()
    displays: tuple[str, ...] = ()
    """Expressions whose values are kept in sight."""
    marks: tuple[tuple[str, int], ...] = ()
    """Named positions, in the order in which they were made."""
    sha256: tuple[tuple[str, str], ...] = ()
    """Of each file that was read, by its role: source, targets, model."""

    @property
    def k(self) -> int:
        """The position in the run."""
        return self.cursor.k

    @property
    def ran(self) -> Place | None:
        """The line that ran last; None at the start."""
        return self.trace.place(self.k)

    @property
    def following(self) -> Place | None:
        """The line about to run; None at the end."""
        return self.trace.place(self.k + 1) if self.k < self.trace.end else None

    def at(self, k: int) -> Session:
        """The same session at position k."""
        view = self.view
        if view.pinned or view.playing:
            view = replace(view, pinned=None, playing=False)
        return replace(self, cursor=Cursor(self.cursor.u, k), view=view)

    def seen(self, **changes: Any) -> Session:
        """The same session with parts of its view changed."""
        return replace(self, view=replace(self.view, **changes))

    def with_trace(self, index: int, trace: Trace) -> Session:
        """Another run, at its start; breakpoints and displays stay, and the marks that it is long enough for."""
        view = replace(self.view, pinned=None, playing=False)
        marks = tuple((name, k) for name, k in self.marks if k <= trace.end)
        return replace(self, index=index, trace=trace, cursor=Cursor(self.cursor.u, 0), view=view, marks=marks)
