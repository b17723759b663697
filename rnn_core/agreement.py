"""How numbers computed here agree with those that a framework computed: plain data, which a session carries with it."""

from __future__ import annotations

from typing import Any, NamedTuple

from rnn_core.records import dataclass


class Difference(NamedTuple):
    """How far an array of the framework is from ours, at most, and where; `differences` subtracts them.

    `largest` is a share of our largest number, or of 1; what a framework rounds passes by the `tolerance` of its dtype.
    """

    name: str
    shape: tuple[int, ...]
    largest: float
    at: tuple[int, ...]
    tolerance: float

    @property
    def good(self) -> bool:
        """Whether rounding explains it."""
        return self.largest <= self.tolerance


@dataclass(frozen=True, eq=False)
class Proof:
    """What was compared, and what could not be."""

    name: str
    differences: tuple[Difference, ...]
    left_out: tuple[str, ...] = ()
    """Arrays that were not compared, each with the reason."""
    loss: str = ""
    """How the framework's loss is made, where that was found out."""

    @property
    def good(self) -> bool:
        """Whether everything agrees."""
        return bool(self.differences) and all(each.good for each in self.differences)

    @property
    def worst(self) -> Difference:
        """The one that agrees least."""
        return max(self.differences, key=lambda each: each.largest / each.tolerance)

    @property
    def verdict(self) -> str:
        """In two words: verified 2e-16, or what differs."""
        worst = max(each.largest for each in self.differences)
        return f"verified {worst:.0e}" if self.good else f"{self.worst.name} differs by {self.worst.largest:.0e}"

    def lines(self) -> list[str]:
        """One line for each array, then the verdict."""
        width = max(len(each.name) for each in self.differences)
        made = [
            f"{each.name:<{width}}  {'x'.join(map(str, each.shape)) or 'number':>9}  "
            f"largest difference {each.largest:.1e}{_place(each)}"
            for each in self.differences
        ]
        made += [f"not compared: {line}" for line in self.left_out]
        said = f" (the loss is {self.loss})" if self.loss else ""
        return [*made, f"{'' if self.good else 'NOT verified: '}{self.verdict} against {self.name}{said}"]

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        arrays = [
            {"name": each.name, "shape": list(each.shape), "largest": each.largest, "at": list(each.at),
             "tolerance": each.tolerance, "good": each.good}
            for each in self.differences
        ]  # fmt: skip
        return {
            "file": self.name, "good": self.good, "verdict": self.verdict, "arrays": arrays,
            "not_compared": list(self.left_out), "loss": self.loss or None,
        }  # fmt: skip


def _place(each: Difference) -> str:
    place = f" at {''.join(f'[{i}]' for i in each.at)}" if each.at and each.largest else ""
    return place if each.good else f"{place}, more than {each.tolerance:.0e}"
