"""What a gradient check found, and how it is printed: a table, a map of the errors, a verdict."""

from __future__ import annotations

from typing import Any
from typing import Literal as OneOf

from rnn_core.diagnostics.error_map import ErrorMap, legend, picture
from rnn_core.json_values import spelled
from rnn_core.records import dataclass
from rnn_core.views.numbers import magnitude, short

GOOD, WRONG = 1e-7, 1e-2
"""Relative errors up to the one are good, from the other on wrong."""

Verdict = OneOf["good", "suspicious", "wrong"]


@dataclass(frozen=True)
class Element:
    """One element by name, its gradient in the trace, and by complex step; `t` is 0 outside of series."""

    name: str
    t: int
    analytic: float
    numeric: float


@dataclass(frozen=True)
class Block:
    """One gradient: of how many elements how many were looked at, its relative error, the worst element.

    `first` is set where a series is not good: its worst element at the timestep that the backward pass comes to first.
    """

    name: str
    size: int
    checked: int
    error: float
    worst: Element
    map: ErrorMap
    first: Element | None = None

    @property
    def verdict(self) -> Verdict:
        """By the usual scale."""
        return verdict_of(self.error)


@dataclass(frozen=True)
class Report:
    """The blocks in the order in which the backward pass makes them; `timestep` 0 says that series are whole.

    `drift` is by how much the trace's h differs from the interpreter's.
    """

    blocks: tuple[Block, ...]
    timestep: int
    drift: float

    @property
    def good(self) -> bool:
        """Whether every block is."""
        return all(block.verdict == "good" for block in self.blocks)

    @property
    def largest(self) -> Block:
        """The block with the largest relative error."""
        return max(self.blocks, key=lambda block: block.error)

    @property
    def culprit(self) -> tuple[Block, Element] | None:
        """Where it begins to be wrong: the earliest row of the backward pass that is, else the earliest sum."""
        bad = [block for block in self.blocks if block.verdict != "good"]
        rows = [(block, block.first) for block in bad if block.first and block.name != "dx"]
        if rows:
            return max(rows, key=lambda found: found[1].t)  # of one timestep's the first: the order is the listing's
        return (bad[0], bad[0].worst) if bad else None


def verdict_of(error: float) -> Verdict:
    """By the usual scale of relative errors."""
    return "good" if error <= GOOD else "wrong" if error >= WRONG else "suspicious"


def lines(report: Report, *, maps: bool = False) -> list[str]:
    """The report as a table, a block a line, and the maps of all blocks; the last line is the verdict.

    Where the maps are not asked for, there is only that of the block where it begins to be wrong.
    """
    table = [("gradient", "checked", "error", "", "worst element", "analytic", "complex step")]
    for block in report.blocks:
        counted = f"{block.checked}" if block.checked == block.size else f"{block.checked} of {block.size}"
        worst = block.worst
        numbers = (short(worst.analytic, 6), short(worst.numeric, 6))
        table.append((block.name, counted, magnitude(block.error, 2), block.verdict, worst.name, *numbers))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    text = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return [*text, *_drawn(report, maps=maps), verdict(report)]


def _drawn(report: Report, *, maps: bool) -> list[str]:
    """The maps that are shown, an empty line before each, and what their glyphs mean."""
    found = report.culprit
    shown = report.blocks if maps else [found[0]] if found else []
    pictures = [line for block in shown for line in ("", *picture(block.map))]
    return [*pictures, legend(pictures)] if pictures else []


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain values, numbers with every digit."""
    return {
        "good": report.good,
        "verdict": verdict(report),
        "gradients": [
            {
                "name": block.name,
                "size": block.size,
                "checked": block.checked,
                "error": spelled(block.error),
                "verdict": block.verdict,
                "worst": _element(block.worst),
                "first": block.first and _element(block.first),
            }
            for block in report.blocks
        ],
    }


def _element(element: Element) -> dict[str, Any]:
    return {
        "name": element.name, "analytic": spelled(element.analytic), "complex_step": spelled(element.numeric),
    }  # fmt: skip


def verdict(report: Report) -> str:
    """The report in one line: what holds, or where it begins not to."""
    checked, size = (sum(getattr(block, name) for block in report.blocks) for name in ("checked", "size"))
    sampled = "" if checked == size else f", a sample of {checked} of {size} elements"
    found = report.culprit
    if found is None:
        largest = report.largest
        return f"good: relative error {magnitude(largest.error, 2)} at most ({largest.name}){sampled}"
    block, element = found
    text = f"{block.verdict}: {element.name} is {short(element.analytic, 6)}, not {short(element.numeric, 6)}{sampled}"
    if report.drift > GOOD:
        return f"{text}; h itself is {magnitude(report.drift, 2)} off: a wrong or chaotic forward pass"
    if report.timestep:
        return f"{text}; check all finds where it begins"
    return f"{text}, the first wrong row going back" if element.t else f"{text}; dz, dh and da are good"
