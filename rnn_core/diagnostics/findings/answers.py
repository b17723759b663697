"""What the model answers: a class that it never predicts, a loss that jumps."""

from __future__ import annotations

import numpy as np

from rnn_core.diagnostics.findings.evidence import Evidence
from rnn_core.diagnostics.findings.finding import Finding, Rule
from rnn_core.views.numbers import magnitude

OFTEN = 5
"""Times that a class must be a target."""
BEFORE = 50
"""Updates that a loss is set beside."""
JUMP = 3.0
"""Times the median of those."""


def _never(evidence: Evidence) -> list[Finding]:
    trace = evidence.trace
    if trace.sequence.is_values or not evidence.trained or not np.isfinite(trace.p).all():
        return []
    has = trace.sequence.has_target
    targets, answers = np.asarray(trace.y)[has], np.argmax(trace.p, axis=1)[has]
    counts = np.bincount(targets, minlength=trace.sizes.classes)
    missing = np.flatnonzero((counts >= OFTEN) & (np.bincount(answers, minlength=trace.sizes.classes) == 0))
    if not len(missing):
        return []
    worst = int(missing[np.argmax(counts[missing])])
    t = int(np.flatnonzero(has)[np.argmax(targets == worst)]) + 1
    listed = ", ".join(f"{each} ({counts[each]} times a target)" for each in missing[:6].tolist())
    return [
        Finding(
            rule="never-predicted",
            cause="class never predicted",
            says=f"class {worst} is never predicted, and it is the target {counts[worst]} times in this sequence",
            evidence=(f"never predicted: {listed}" + (", …" if len(missing) > 6 else ""),),
            place=f"p t={t}",
            advice="more examples of it, weights for rare classes, longer training",
            weight=25.0,
            numbers={"class": worst, "targets": int(counts[worst]), "classes": len(missing)},
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
