"""What a person looking at a run has in front of them, as one frozen value.

Rules this file keeps:
- A session never changes; a command makes another one.
- The cursor is two integers. Everything shown follows from it, the trace and the view.
- A motion unpins the explained cell and stops playing; it keeps the selected units.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple
from typing import Literal as OneOf

import numpy as np

from rnn_core.agreement import Proof
from rnn_core.data import Dataset
from rnn_core.debugger.stops.breakpoints import Breakpoint
from rnn_core.debugger.stops.offers import with_offers
from rnn_core.hunts.hunt import Hunt
from rnn_core.model import Params
from rnn_core.notices import Notice, assumed
from rnn_core.program import Place
from rnn_core.recipe import Recipe
from rnn_core.records import dataclass
from rnn_core.trace import Trace
from rnn_core.trace_like import TraceLike
from rnn_core.training.metrics import Metrics
from rnn_core.training.run import Run
from rnn_core.updates import Options
from rnn_core.views.options import View

if TYPE_CHECKING:  # who opens no code of their own does not wait for it
    from rnn_core.alongside.run import Alongside

NONE = -1
"""No statement of theirs."""
Side = OneOf["theirs", "ours", "difference"]
"""Whose numbers panels show beside a person's own code: theirs, ours, or theirs minus ours."""
By = OneOf["ours", "theirs"]
"""Whose lines the keys step by."""
MAIN = "main"
"""What the first run of a session is called."""


class Cursor(NamedTuple):
    """Update u of the run, position k in it."""

    u: int
    k: int


class Mark(NamedTuple):
    """A named place of the run."""

    name: str
    u: int
    k: int


@dataclass(frozen=True, eq=False)
class Branch:
    """A run of the session: the first one, or a fork made from a place of another one."""

    name: str
    run: Run
    parent: str = ""
    """The branch that it was forked from; empty for the first."""
    edit: str = ""
    """The command that made it."""
    made_at: Cursor = Cursor(0, 0)
    """The place that it was made at."""


@dataclass(frozen=True, eq=False)
class Session:
    """A run and its forks, looked at from one position of one update."""

    branches: tuple[Branch, ...]
    trace: Trace
    """The update that the cursor is in, of the current run."""
    branch: str = MAIN
    """The name of the current run."""
    cursor: Cursor = Cursor(0, 0)
    view: View = View()
    recipe: Recipe = Recipe()
    """How the data and the parameters came about."""
    breakpoints: tuple[Breakpoint, ...] = ()
    displays: tuple[str, ...] = ()
    """Expressions whose values are kept in sight."""
    marks: tuple[Mark, ...] = ()
    """In the order in which they were made."""
    compared: str = ""
    """The branch that this one is shown against; empty for none."""
    through: bool = False
    """Whether training goes on through numbers that are not finite."""
    sha256: tuple[tuple[str, str], ...] = ()
    """Of each file that was read, by its role: source, targets, model."""
    difference: TraceLike | None = None
    """What panels show in place of the trace; only `whatif.compared` sets it, on the session that they get."""
    notices: tuple[Notice, ...] = ()
    """What was assumed when they were read."""
    hunt: Hunt | None = None
    """The bug hunt that it is, if it is one."""
    alongside: Alongside | None = None
    """The person's own code, where it is what was opened."""
    side: Side = "theirs"
    by: By = "ours"
    stop: int = NONE
    """How many of their statements have run, where the keys step by them; NONE where it follows from k."""
    look: int = 0
    """A line of theirs that is looked at in place of the one about to run; 0 for none."""
    proof: Proof | None = None
    """How the model's numbers agree with what its framework computed, where that was asked."""

    @classmethod
    def of(cls, run: Run, trace: Trace | None = None, **fields: Any) -> Session:
        """The session of a fresh run, at its start."""
        return cls((Branch(MAIN, run),), run.trace(0) if trace is None else trace, **fields)

    # -- the run ---------------------------------------------------------------------------------------------------

    def named(self, name: str) -> Branch | None:
        """The branch of that name."""
        return next((branch for branch in self.branches if branch.name == name), None)

    @property
    def run(self) -> Run:
        """The current run."""
        branch = self.named(self.branch)
        assert branch is not None  # the current branch is always one of them
        return branch.run

    @property
    def dataset(self) -> Dataset:
        """What the run learns from, as it is in this update."""
        return self.run.owner(self.cursor.u).dataset

    @property
    def index(self) -> int:
        """Which sequence of the dataset this update takes."""
        return self.run.sequence_index(self.cursor.u)

    @property
    def shown(self) -> TraceLike:
        """What panels read: the trace, or its difference from another one."""
        return self.trace if self.difference is None else self.difference

    @property
    def params(self) -> Params:
        """The parameters before this update."""
        return self.trace.params

    @property
    def parameters(self) -> Params:
        """The parameters as they are at the cursor: before the update, or as far as its lines have rewritten them."""
        trace, k = self.trace, self.k
        return self.params.with_arrays({name: np.asarray(trace.value(name, k)) for name in self.params})

    @property
    def options(self) -> Options:
        """The options of this update."""
        return self.trace.options

    @property
    def metrics(self) -> Metrics:
        """What the updates of the run have left behind, as far as it is computed."""
        return self.run.metrics

    @property
    def compared_metrics(self) -> Metrics | None:
        """The same of the run that this one is shown against."""
        other = self.named(self.compared)
        return other.run.metrics if other else None

    @property
    def reached(self) -> int:
        """The first update of the run that is not computed yet."""
        return self.run.reached

    @property
    def assumed(self) -> tuple[str, ...]:
        """What was assumed of the files, a line each; nothing with `--quiet`."""
        return () if self.recipe.quiet else tuple(map(str, assumed(self.notices)))

    @property
    def assumptions(self) -> str:
        """How many there are, and where they stand; empty without any."""
        count = len(self.assumed)
        return f"{count} thing{'s' * (count > 1)} assumed: info source" if count else ""

    # -- their own code --------------------------------------------------------------------------------------------

    @property
    def beside(self) -> Alongside | None:
        """Their own code, where it ran what is looked at: the same network, data and listing."""
        run, trace = self.alongside, self.trace
        if run is None or trace.params is not run.params or trace.sequence is not run.sequence:
            return None
        return run if trace.options == run.options else None

    def called(self, ours: str) -> str:
        """`Whh = W` in place of W, where their own code calls it otherwise; else the name itself."""
        run = self.beside
        theirs = run.names.get(ours, ours) if run is not None else ours
        return ours if theirs == ours else f"{theirs} = {ours}"

    @property
    def stopped(self) -> int:
        """How many of their statements have run: the next one is that of our next line where they are not stepped."""
        run = self.beside
        if run is None or self.stop != NONE:
            return self.stop
        following = run.next_stop(self.k)
        return len(run.stops) if following == NONE else following

    def at_stop(self, stop: int) -> Session:
        """The same session after so many of their statements; our position follows."""
        assert self.beside is not None
        return replace(self.at(int(self.beside.stops.k[stop])), stop=stop)

    # -- the position ----------------------------------------------------------------------------------------------

    @property
    def k(self) -> int:
        """The position in the update."""
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
        """The same session at position k of the same update."""
        return replace(self.seen(pinned=None, playing=False), cursor=Cursor(self.cursor.u, k), stop=NONE, look=0)

    def offered(self) -> Session:
        """The same session with the watchpoints that its trace offers in place of those never accepted."""
        return replace(self, breakpoints=with_offers(self.breakpoints, self.trace))

    def within(self, trace: Trace, k: int) -> Session:
        """The same session at position k of another update of the run."""
        seen = self.seen(pinned=None, playing=False)
        return replace(seen, trace=trace, cursor=Cursor(trace.update, min(k, trace.end)), stop=NONE, look=0)

    def seen(self, **changes: Any) -> Session:
        """The same session with parts of its view changed."""
        if all(getattr(self.view, name) == value for name, value in changes.items()):
            return self
        return replace(self, view=replace(self.view, **changes))
