"""What a sweep has found, in a table: runs that differ only in their seed stand together; and their losses drawn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from rnn_core.arrays import Array
from rnn_core.sweeps.measuring import COLUMNS

HEIGHTS = " ▁▂▃▄▅▆▇█"
BINS = 40
"""Columns of the drawing of the losses."""
HEAD = ("init", "hidden", "length", "runs", "loss: median", "least", "most", "accuracy", "horizon", "found")
_AT = {name: i for i, name in enumerate(COLUMNS)}


def table(lines: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    """A row for each init, hidden and length, under a head; a run here is a run with one of the sequences."""
    return [HEAD, *(_row(key, group) for key, group in _groups(lines).items())]


def drawing(lines: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    """How the losses of each group lie between the least and the most of all; nothing where none is finite."""
    groups = {key: _numbers(group, "loss") for key, group in _groups(lines).items()}
    everything = np.concatenate(list(groups.values()) or [np.empty(0)])
    if not everything.size:
        return []
    ends = float(everything.min()), float(everything.max())
    rows = [(" ".join(filter(None, key)), _bars(losses, ends)) for key, losses in groups.items()]
    return [*rows, ("loss", f"{ends[0]:<{BINS - 8}.4g}{ends[1]:>8.4g}")]


def _groups(lines: Iterable[Sequence[str]]) -> dict[tuple[str, ...], list[Sequence[str]]]:
    groups: dict[tuple[str, ...], list[Sequence[str]]] = defaultdict(list)
    for line in lines:
        groups[tuple(line[_AT[name]] for name in ("init", "hidden", "length"))].append(line)
    return groups


def _row(key: tuple[str, ...], group: list[Sequence[str]]) -> tuple[str, ...]:
    losses, accuracies, horizons = (_numbers(group, name) for name in ("loss", "accuracy", "horizon"))
    found = Counter(name for line in group for name in line[_AT["findings"]].split())
    spread = (f"{np.median(losses):.4g}", f"{losses.min():.4g}", f"{losses.max():.4g}") if losses.size else ("", "", "")
    return (
        *key,
        str(len(group)),
        *spread,
        f"{accuracies.mean():.1%}" if accuracies.size else "",
        f"{np.median(horizons):.4g}" if horizons.size else "",
        ", ".join(f"{name} {count}" for name, count in found.most_common()),
    )


def _numbers(group: Iterable[Sequence[str]], name: str) -> Array:
    """The finite numbers in a column."""
    numbers: Array = np.array([float(line[_AT[name]]) for line in group if line[_AT[name]]])
    finite: Array = numbers[np.isfinite(numbers)]
    return finite


def _bars(losses: Array, ends: tuple[float, float]) -> str:
    """A histogram in one line; its highest bar is the fullest bin."""
    if not losses.size:
        return ""
    counts, _ = np.histogram(losses, BINS, ends if ends[0] < ends[1] else (ends[0] - 0.5, ends[0] + 0.5))
    heights = np.ceil(counts / counts.max() * (len(HEIGHTS) - 1)).astype(int)
    return "".join(HEIGHTS[height] for height in heights)
