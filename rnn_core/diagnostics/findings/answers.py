"""What the model answers: a class that it never predicts, a loss that jumps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_core.arrays import Array
from rnn_core.data import Sequence
from rnn_core.diagnostics.findings.evidence import Evidence
from rnn_core.diagnostics.findings.finding import Finding, Rule
from rnn_core.interpreter import initial_states
from rnn_core.passes import Passes
from rnn_core.views.numbers import magnitude

Counts = NDArray[Any]
"""(classes,) whole numbers."""

OFTEN = 5
"""Times that a class must be a target."""
BEFORE = 50
"""Updates that a loss is set beside."""
MOST_TIMESTEPS = 20_000
"""Timesteps of a dataset that are answered to see which classes are."""
JUMP = 3.0
"""Times the median of those."""


def _answered(evidence: Evidence) -> tuple[Counts, Counts, int]:
    """How often each class is a target, how often it is the answer there, and of how many sequences."""
    trace, run = evidence.trace, evidence.run
    classes = trace.sizes.classes
    targets, answers = _counts(trace.sequence, trace.rows["z"], classes)
    dataset = run.owner(trace.update).dataset if run else None
    if dataset is None or dataset.carried:  # its sequences begin where others end: they cannot be answered alone
        return targets, answers, 1
    timesteps, looked = len(trace), 1
    for sequence in dataset.sequences:
        if timesteps > MOST_TIMESTEPS:
            break
        if sequence is not trace.sequence:
            passes = Passes(trace.program, trace.sizes, len(sequence))
            passes.start(initial_states(trace.params, sequence))
            passes.forward(trace.params, sequence.x)
            more, their = _counts(sequence, passes.rows["z"], classes)
            targets, answers = targets + more, answers + their
            timesteps, looked = timesteps + len(sequence), looked + 1
    return targets, answers, looked


def _counts(sequence: Sequence, z: Array, classes: int) -> tuple[Counts, Counts]:
    has = sequence.has_target
    targets, answers = np.asarray(sequence.y)[has], np.argmax(z[has], axis=1)
    return np.bincount(targets, minlength=classes), np.bincount(answers, minlength=classes)


def _never(evidence: Evidence) -> list[Finding]:
    trace = evidence.trace
    if trace.sequence.is_values or not evidence.trained or not np.isfinite(trace.rows["z"]).all():
        return []
    with np.errstate(all="ignore"):
        targets, answers, looked = _answered(evidence)
    missing = np.flatnonzero((targets >= OFTEN) & (answers == 0))
    if not len(missing):
        return []
    worst = int(missing[np.argmax(targets[missing])])
    here = np.flatnonzero(trace.sequence.has_target & (np.asarray(trace.y) == worst)) + 1
    where = "this sequence" if looked == 1 else f"the {looked} sequences looked at"
    listed = ", ".join(f"{each} ({targets[each]} times a target)" for each in missing[:6].tolist())
    return [
        Finding(
            rule="never-predicted",
            cause="class never predicted",
            says=f"class {worst} is never predicted, and it is the target {targets[worst]} times in {where}",
            evidence=(f"never predicted: {listed}" + (", …" if len(missing) > 6 else ""),),
            place=f"p t={here[0]}" if len(here) else "start",
            advice="more examples of it, weights for rare classes, longer training",
            weight=25.0,
            numbers={"class": worst, "targets": int(targets[worst]), "classes": len(missing), "sequences": looked},
        )
    ]


def _spikes(evidence: Evidence) -> list[Finding]:
    metrics, run = evidence.metrics, evidence.run
    if metrics is None or run is None or len(metrics) < BEFORE:
        return []
    losses = metrics.loss
    worst, most, usual = -1, JUMP, 0.0
    for row in range(max(BEFORE, len(losses) - 1000), len(losses)):
        before = losses[row - BEFORE : row]
        before = before[np.isfinite(before)]
        if not len(before) or not np.isfinite(losses[row]):
            continue
        median, high = float(np.median(before)), float(np.max(before))
        if median > 0.0 and losses[row] > most * median and losses[row] > 1.5 * high:
            worst, most, usual = row, float(losses[row]) / median, median
    if worst < 0:
        return []
    update = metrics.first + worst
    trace = run.trace(update)
    losses_there = trace.rows[trace.program.output.timestep_loss]
    t = int(np.nanargmax(losses_there)) + 1
    sequence = run.sequence_index(update) + 1
    return [
        Finding(
            rule="loss-spike",
            cause="loss spike",
            says=f"the loss jumps at update {update}: sequence {sequence} has {magnitude(most)} times the usual, "
            f"most of it at t={t}",
            evidence=(
                f"loss {magnitude(float(losses[worst]))}, median of the {BEFORE} updates before {magnitude(usual)}",
                f"at t={t} it is {magnitude(float(losses_there[t - 1]))}",
            ),
            place=f"update {update} loss t={t}",
            advice="look at that sequence; clipping, a smaller learning rate, wrong targets there",
            weight=35.0,
            numbers={"update": update, "sequence": sequence, "t": t, "times": most},
        )
    ]


RULES = (
    Rule("loss-spike", "a loss that jumps during training, with the sequence and the timestep", _spikes),
    Rule("never-predicted", "a class that is often a target and never predicted", _never),
)
