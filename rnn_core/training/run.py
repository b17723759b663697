"""A run: a dataset, parameters to begin with, options, and an order; every update of it is determined by these.

    Run × (update u, position k)  →  everything a person sees

`run.trace(u)` is the frozen trace of update u, `run.params(u)` the parameters before it. A fork is a run that begins
at an update of its parent: what lies before belongs to the parent, bit for bit.

Rules this file keeps:
- A run never changes. What was computed of it is remembered in `history`, behind pure functions of (run, u).
- In a text cut into chunks the hidden state at a chunk's end is where the next one starts, without its gradient. It
  starts anew where an epoch or the text does.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from functools import cached_property
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from rnn_core.arrays import Array
from rnn_core.data import Dataset, Sequence
from rnn_core.errors import UsageError
from rnn_core.model import Params, frozen
from rnn_core.optimisers import State
from rnn_core.program import Program, program
from rnn_core.recipe import EPOCHS
from rnn_core.recorder import record
from rnn_core.records import dataclass
from rnn_core.trace import Trace
from rnn_core.training.checkpoints import MOST_UPDATES as MOST_UPDATES
from rnn_core.training.finite import first_not_finite
from rnn_core.training.history import History
from rnn_core.training.learner import Layout
from rnn_core.training.metrics import NORMS, Metrics
from rnn_core.training.order import Order
from rnn_core.updates import Options

KEPT_TRACES = 4
KEPT_TRACE_BYTES = 2**26
"""Traces up to this size are kept for those who go back and forth."""


class TrainState(NamedTuple):
    """What an update begins with: the parameters, what the optimiser keeps, and the states carried over."""

    params: Params
    state: State
    carried: Mapping[str, Array] | None
    """h0 (H,), and s0 of an LSTM; None where the sequence begins with its own, or the parameters', or zeros."""


@dataclass(frozen=True, eq=False)
class Run:
    """Updates of `params` over `dataset`; from `begins` on where it is a fork of `parent`. Raises UsageError."""

    dataset: Dataset
    params: Params
    options: Options = Options()
    order: Order = Order()
    epochs: int = EPOCHS
    begins: int = 0
    parent: Run | None = None
    state: State | None = None
    """What the optimiser keeps at `begins`; None: nothing yet."""
    carried: Mapping[str, Array] | None = None
    """The states carried into `begins`; None: the sequence taken there begins anew."""
    _traces: OrderedDict[int, Trace] = field(default_factory=OrderedDict, init=False, repr=False)
    _joined: dict[int, Metrics] = field(default_factory=dict, init=False, repr=False)
    """By the number of own updates: the metrics last asked for, for they are copied together."""
    _keeping: Lock = field(default_factory=Lock, init=False, repr=False)
    """Held while the kept traces change."""

    def __post_init__(self) -> None:
        if self.dataset.carried and self.order.shuffled:
            raise UsageError("the chunks of a text cannot be shuffled", fix="their hidden state is carried over")

    # -- the schedule ----------------------------------------------------------------------------------------------

    @property
    def epoch_length(self) -> int:
        """Updates in an epoch: one a sequence."""
        return len(self.dataset.sequences)

    @property
    def end(self) -> int:
        """The update at which the last epoch asked for is over."""
        return self.epochs * self.epoch_length

    def epoch(self, update: int) -> int:
        """The epoch of an update, from 0."""
        return update // self.epoch_length

    def owner(self, update: int) -> Run:
        """The run whose own update this is: this one, or an ancestor."""
        run = self
        while update < run.begins and run.parent is not None:
            run = run.parent
        return run

    def sequence_index(self, update: int) -> int:
        """Which sequence of the dataset an update takes."""
        return self.owner(update).order.sequence(update, self.epoch_length)

    def sequence(self, update: int) -> Sequence:
        """The sequence that an update takes."""
        return self.owner(update).dataset.sequences[self.sequence_index(update)]

    def carries(self, update: int) -> bool:
        """Whether an update begins with the hidden state in which the one before has ended."""
        owner = self.owner(update)
        if not owner.dataset.carried or (update == owner.begins and owner.carried is None):
            return False
        return update % self.epoch_length != 0 and self.sequence_index(update) != 0

    # -- any update ------------------------------------------------------------------------------------------------

    @cached_property
    def history(self) -> History:
        """What is remembered of this run's own updates."""
        state = self.options.optimiser.fresh(self.params) if self.state is None else self.state
        return History(self, self._layout.row(self.params, state, self.carried))

    @cached_property
    def listing(self) -> Program:
        """The program of every update."""
        return program(self.options, self.params.cell)

    @cached_property
    def _layout(self) -> Layout:
        return Layout(self.listing, self.params.sizes, self.options)

    @property
    def reached(self) -> int:
        """The first update that is not computed yet; never below `begins`."""
        return self.history.reached

    @property
    def spacing(self) -> int:
        """How many updates lie between two checkpoints now."""
        return self.history.checkpoints.spacing

    @property
    def metrics(self) -> Metrics:
        """What each update computed so far has left behind, its ancestors' first."""
        own = self.history.metrics
        if self.parent is None:
            return own
        known = self._joined.get(len(own))
        if known is None:
            known = self.parent.metrics.until(self.begins).joined(own)
            self._joined.clear()
            self._joined[len(own)] = known
        return known

    def norms(self, start: int, stop: int) -> Array:
        """(n, 3·parameters) ‖dθ‖, ‖θ‖ and ‖step‖ of updates that are learnt; computed again where they are not kept."""
        if self.parent is None or start >= self.begins:
            return self.history.norms(start, stop)
        before = self.parent.norms(start, min(stop, self.begins))
        return before if stop <= self.begins else np.concatenate((before, self.history.norms(self.begins, stop)))

    def metrics_within(self, start: int, stop: int) -> Metrics:
        """What each of these updates has left behind, with the norms of all."""
        metrics = self.metrics
        rows = slice(start - metrics.first, stop - metrics.first)
        norms: dict[str, Any] = dict(zip(NORMS, np.split(self.norms(start, stop), 3, axis=1), strict=True))
        return replace(
            metrics, first=start, loss=metrics.loss[rows], accuracy=metrics.accuracy[rows], spacing=1, **norms
        )

    def train_state(self, update: int) -> TrainState:
        """What an update begins with, bit for bit as if the run had been run from its start."""
        owner = self.owner(update)
        if owner is not self:
            return owner.train_state(update)
        if update == self.begins:
            state = self.options.optimiser.fresh(self.params) if self.state is None else self.state
            return TrainState(self.params, state, self.carried if self.carries(update) else None)
        return self._train_state_at(update, frozen(self.history.row(update)))

    def _train_state_at(self, update: int, row: Array) -> TrainState:
        """The same from the row of an own update."""
        layout = self._layout
        kept: dict[str, Any] = {
            slot: layout.arrays(part) for slot in "mv" if (part := layout.slot(row, slot)) is not None
        }
        carried = layout.states(row) if self.carries(update) else None
        params = self.params.with_arrays(layout.arrays(row))
        return TrainState(params, State(int(row[-1]), **kept), carried)

    def trace(self, update: int, progress: Callable[[float], None] = lambda _share: None) -> Trace:
        """The trace of an update. Raises UsageError for a negative one; `progress` may raise to stop."""
        if update < 0:
            raise UsageError(f"no update {update}", fix="they count from 0")
        owner = self.owner(update)
        if owner is not self:
            return owner.trace(update, progress)
        with self._keeping:
            known = self._traces.get(update)
            if known is not None:
                self._traces.move_to_end(update)
                return known
        trace = self._recorded(update, self.train_state(update), progress)
        with self._keeping:
            self._traces[update] = trace
            while len(self._traces) > 1 and (len(self._traces) > KEPT_TRACES or self._bytes() > KEPT_TRACE_BYTES):
                self._traces.popitem(last=False)
        return trace

    def _recorded(self, update: int, train_state: TrainState, progress: Callable[[float], None]) -> Trace:
        params, state, carried = train_state
        return record(
            params, self.sequence(update), self.options, progress,
            state=state, carried=carried, update=update, epoch=self.epoch(update),
        )  # fmt: skip

    def stays_finite(self, update: int, row: Array) -> bool:
        """Whether every line of an own update, which begins with this row, writes finite numbers."""
        trace = self._recorded(update, self._train_state_at(update, frozen(row)), lambda _share: None)
        return first_not_finite(trace) is None

    def _bytes(self) -> int:
        return sum(trace.nbytes for trace in self._traces.values())

    def learn(
        self,
        target: int,
        *,
        stop: bool = True,
        since: int | None = None,
        progress: Callable[[int], None] = lambda _reached: None,
    ) -> int | None:
        """Compute every update below `target`. `progress` gets the update reached and may raise to stop.

        With `stop`, compute only through the first update that leaves the finite numbers, and answer its number.
        Updates are looked at from `since` on, also those computed before; None is from the first that is not yet.
        """
        if stop and since is not None and self.parent is not None and since < self.begins:
            not_finite = self.parent.learn(min(target, self.begins), since=since)
            if not_finite is not None:
                return not_finite
        return self.history.learn(target, stop=stop, since=since, progress=progress)

    # -- another run -----------------------------------------------------------------------------------------------

    def fork(self, update: int, **changes: Any) -> Run:
        """A run that shares everything before `update` and goes on with `changes`: params, options, order, dataset,
        state, carried. Where the optimiser is another one, what it keeps begins anew."""
        train_state = self.train_state(update)
        owner = self.owner(update)
        given: dict[str, Any] = {
            "dataset": owner.dataset, "options": owner.options, "order": owner.order, "params": train_state.params,
            "carried": train_state.carried, "state": train_state.state, "parent": self if update else None,
        }  # fmt: skip
        if changes.get("options", owner.options).optimiser.kind != owner.options.optimiser.kind:
            given["state"] = None
        return replace(self, begins=update, **{**given, **changes})
