"""A measured number beside what it must reach."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal as OneOf

WIDTHS = (62, 12, 12, 12)
HEADS = ("what", "measured", "must reach", "stretch")


@dataclass(frozen=True)
class Row:
    """One line of the table; `better` says which way is good; `measured` is None where nothing could be measured."""

    what: str
    measured: float | None
    must: float
    stretch: float | None = None
    unit: str = "×"
    better: OneOf["more", "less"] = "more"
    note: str = ""

    def reaches(self, limit: float | None) -> bool:
        """Whether the measured number is at least as good as `limit`."""
        if limit is None or self.measured is None:
            return False
        return self.measured >= limit if self.better == "more" else self.measured <= limit

    def cells(self) -> tuple[str, str, str, str, str]:
        """The line, cell by cell."""

        def limit(value: float | None) -> str:
            sign = "≥" if self.better == "more" else "≤"
            return "" if value is None else f"{sign} {value:g} {self.unit}"

        measured = "–" if self.measured is None else f"{self.measured:.3g} {self.unit}"
        return self.what, measured, limit(self.must), limit(self.stretch), self.note or self.verdict

    @property
    def verdict(self) -> str:
        """`stretch` beyond the stretch goal, `ok` where it reaches what it must, else `missed`."""
        if self.measured is None:
            return "not measured"
        return "stretch" if self.reaches(self.stretch) else "ok" if self.reaches(self.must) else "missed"


def _line(cells: Iterable[str]) -> str:
    what, *numbers, verdict = cells
    columns = "".join(f"{number:>{width}}" for number, width in zip(numbers, WIDTHS[1:], strict=True))
    return f"{what:<{WIDTHS[0]}}{columns}   {verdict}"


def print_table(rows: Iterable[Row]) -> None:
    """Each row as soon as it is measured."""
    print(_line((*HEADS, "")).rstrip())
    for row in rows:
        print(_line(row.cells()))
        sys.stdout.flush()
