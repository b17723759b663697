"""Updates that are large or tiny beside the weights, and clipping that is always or never active."""

from __future__ import annotations

import numpy as np

from rnn_core.arrays import norm
from rnn_core.diagnostics.findings.evidence import Evidence
from rnn_core.diagnostics.findings.finding import Finding, Rule
from rnn_core.views.numbers import magnitude

LARGE, TINY = 0.1, 1e-7
"""‖θ_new - θ‖ / ‖θ‖ of a matrix; about 1e-3 is what people aim at."""
ENOUGH = 20
"""Updates from which on always and never mean something."""
FAR = 0.1
"""Clipping is far away where the largest norm is below this share of its limit."""


def _ratio(evidence: Evidence) -> list[Finding]:
    trace = evidence.trace
    if trace.halted:
        return []
    ratios = {}
    for name, array in trace.params.items():
        size = norm(array)
        if array.ndim == 2 and size > 0.0:
            ratios[name] = norm(trace.updated[name] - array) / size
    metrics = evidence.latest
    if metrics is not None and len(metrics) > 1:
        with np.errstate(all="ignore"):
            typical = np.median(metrics.ratios, axis=0)
        ratios = {name: float(typical[metrics.parameters.index(name)]) for name in ratios}
    ratios = {name: ratio for name, ratio in ratios.items() if np.isfinite(ratio)}
    if not ratios:
        return []
    largest, least = max(ratios, key=lambda name: ratios[name]), max(ratios.values())
    lines = tuple(f"‖Δ{name}‖ / ‖{name}‖ = {magnitude(ratio)}" for name, ratio in ratios.items())
    numbers = {f"ratio_{name}": ratio for name, ratio in ratios.items()}
    if ratios[largest] > LARGE:
        return [Finding(
            rule="update-ratio", cause="large updates", evidence=lines, place=largest, numbers=numbers, weight=40.0,
            says=f"an update changes {largest} by {_share(ratios[largest])} its size: about 0.1 % is usual",
            advice="a smaller learning rate, or clipping",
        )]  # fmt: skip
    if least < TINY and evidence.trace.sequence.target_count:
        return [Finding(
            rule="update-ratio", cause="tiny updates", evidence=lines, place=largest, numbers=numbers, weight=38.0,
            says=f"updates change no matrix by more than {magnitude(least)} of its size: about 1e-3 is usual",
            advice="a larger learning rate, or an optimiser that scales its steps (--optimiser adam)",
        )]  # fmt: skip
    return []


def _share(ratio: float) -> str:
    return f"{ratio:.0%} of" if ratio < 2.0 else f"{magnitude(ratio)} times"


def _clipping(evidence: Evidence) -> list[Finding]:
    clip, metrics = evidence.trace.options.clip, evidence.latest
    if clip is None or clip.kind != "norm" or metrics is None or len(metrics) < ENOUGH:
        return []
    with np.errstate(all="ignore"):
        sizes = np.sqrt(np.sum(metrics.gradients**2, axis=1))
    share, count, largest = float(np.mean(sizes > clip.limit)), len(sizes), float(np.max(sizes))
    numbers = {"share": share, "updates": count, "largest": largest, "limit": clip.limit}
    line = f"‖all gradients‖ of the last {count} updates: median {magnitude(float(np.median(sizes)))}, " \
           f"largest {magnitude(largest)}; the limit is {clip.limit:g}"  # fmt: skip
    if share == 1.0:
        return [Finding(
            rule="clipping", cause="always active", evidence=(line,), place="clip", numbers=numbers, weight=30.0,
            says=f"clipping is always active: it has scaled every one of the last {count} updates",
            advice="a larger limit, or a smaller learning rate without clipping: only directions are learnt from now",
        )]  # fmt: skip
    if largest < FAR * clip.limit:
        return [Finding(
            rule="clipping", cause="never active", evidence=(line,), place="clip", numbers=numbers, weight=10.0,
            says=f"clipping is never active: no gradient of the last {count} updates came near {clip.limit:g}",
            advice="leave it out, or set a limit of a few times the median",
        )]  # fmt: skip
    return []


RULES = (
    Rule("update-ratio", "updates that are large or tiny beside the weights", _ratio),
    Rule("clipping", "clipping that is always or never active", _clipping),
)
