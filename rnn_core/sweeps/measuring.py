"""One run of a sweep: drawn, trained where that is asked for, and looked at with every sequence.

The same grid and point give the same lines, in whichever process they are computed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_core.data import NO_TARGET
from rnn_core.debugger.persistence import opening
from rnn_core.diagnostics.findings.evidence import Evidence
from rnn_core.diagnostics.findings.registry import found
from rnn_core.flow.horizon import SHARES, horizon
from rnn_core.recorder import record
from rnn_core.sweeps.grid import Grid, Point
from rnn_core.trace import Trace
from rnn_core.training.order import Order
from rnn_core.training.run import Run

COLUMNS = (
    "init", "hidden", "length", "seed", "sequence", "timesteps", "updates", "loss", "accuracy", "gradient_norm",
    "horizon", "findings",
)  # fmt: skip
"""Of the result, one line a run and sequence."""


def measured(grid: Grid, point: Point) -> list[tuple[str, ...]]:
    """The lines of a run, a word for each of `COLUMNS`. Raises RnnError where it cannot be drawn."""
    recipe, dataset = grid.recipe_of(point), grid.dataset_of(point)
    params, dataset, loss = opening.load_params(recipe, dataset)
    options = replace(recipe.options, loss=loss) if loss else recipe.options
    updates = 0
    if grid.trained:
        run = Run(dataset, params, options, Order(recipe.shuffle, recipe.seed), recipe.epochs)
        run.learn(run.end)
        updates = run.reached
        params = run.train_state(updates).params
    return [
        (*_drawn(point, params.sizes.hidden), str(index + 1), str(len(sequence)), str(updates),
         *_seen(Evidence(record(params, sequence, options), trained=grid.trained)))
        for index, sequence in enumerate(dataset.sequences)
    ]  # fmt: skip


def _drawn(point: Point, hidden: int) -> tuple[str, ...]:
    return point.init, str(hidden), str(point.length or ""), str(point.seed)


def _seen(evidence: Evidence) -> tuple[str, ...]:
    """Loss a target, accuracy, norm of all gradients, horizon, and what is found, most important first."""
    trace = evidence.trace
    with np.errstate(all="ignore"):
        squares = sum(float(np.sum(np.square(gradient))) for gradient in trace.gradients.values())
    return (
        repr(float(trace.mean_loss)) if trace.sequence.target_count else "",
        _accuracy(trace),
        repr(float(np.sqrt(squares))),
        _horizon(evidence),
        " ".join(dict.fromkeys(finding.rule for finding in found(evidence))),
    )


def _accuracy(trace: Trace) -> str:
    """The share of the targets that are the most probable class; nothing without classes or targets."""
    if trace.sequence.is_values or not trace.sequence.target_count:
        return ""
    targeted = trace.y != NO_TARGET
    return repr(float(np.mean(np.argmax(trace.p[targeted], axis=1) == trace.y[targeted])))


def _horizon(evidence: Evidence) -> str:
    """How many timesteps back a loss still moves the hidden state by a hundredth: the median over the losses."""
    if evidence.followed is None:
        return ""
    _, _, median, _, _ = horizon(evidence.followed, SHARES[0]).quartiles
    return str(median)
