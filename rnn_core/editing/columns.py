"""The columns of a sequence's table: what may stand in a cell, how it is read, how it is written.

Rules this file keeps:
- Every cell is one float64: a number itself, or the place of a name among the column's names; NaN is an empty cell.
- `read(text(value))` is the same value, bit for bit, and so is `from_json(to_json(value))`.
- What a cell cannot hold is a NumberError that says what it is and what to write.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from rnn_core.data import NO_TARGET
from rnn_core.errors import quoted
from rnn_core.formats import numbers
from rnn_core.formats.numbers import NumberError
from rnn_core.formats.sequences.asked import listed
from rnn_core.records import dataclass
from rnn_core.views.outputs import class_name

Role = Literal["feature", "symbol", "token", "target"]
NONE = ("", "none", "null")
"""How an empty cell is typed."""


@dataclass(frozen=True)
class Column:
    """A column by its title and what it is to the sequence; `optional` ones have empty cells."""

    title: str
    role: Role = "feature"
    optional: bool = False

    def text(self, value: float) -> str:
        """What stands in a cell, every digit of it; nothing in an empty one."""
        return "" if math.isnan(value) else self._text(value)

    def read(self, text: str) -> float:
        """The value that a text stands for. Raises NumberError."""
        if self.optional and text.strip().lower() in NONE and not self.has(text):
            return math.nan
        return self._read(text)

    def to_json(self, value: float) -> Any:
        """The cell as a JSON value; null where it is empty."""
        return None if math.isnan(value) else self._to_json(value)

    def from_json(self, value: Any) -> float:
        """The value of a cell that `to_json` wrote, or a person typed so. Raises NumberError."""
        if value is None:
            return self.read("")
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise NumberError(f"{quoted(value)} is not one value", "write a number, a name in quotes, or null")
        return self._from_json(value)

    def blank(self, beside: float) -> float:
        """What a new row holds, next to a row that holds `beside`."""
        return math.nan if self.optional else 0.0

    def knowing(self, texts: list[str]) -> Column:
        """The same column, which can hold these texts where it takes any."""
        return self

    def has(self, text: str) -> bool:
        """Whether a text is the name of a value, so that it never means an empty cell."""
        return False

    def _text(self, value: float) -> str:
        raise NotImplementedError

    def _read(self, text: str) -> float:
        raise NotImplementedError

    def _to_json(self, value: float) -> Any:
        return self._text(value)

    def _from_json(self, value: str | int | float) -> float:
        return self.read(str(value))


class Number(Column):
    """A feature, or a real target: any finite number."""

    def _text(self, value: float) -> str:
        return repr(value)

    def _read(self, text: str) -> float:
        return numbers.number(text)

    def _to_json(self, value: float) -> Any:
        return value

    def _from_json(self, value: str | int | float) -> float:
        return numbers.number(value if isinstance(value, str) else repr(float(value)))


@dataclass(frozen=True)
class Choice(Column):
    """One of so many classes or symbols, by name where they have names, else by number from 0."""

    names: tuple[str, ...] = ()
    count: int = 0

    @property
    def noun(self) -> str:
        """What one of them is called."""
        return "class" if self.role == "target" else "symbol"

    def has(self, text: str) -> bool:
        """Whether a name is spelled so."""
        return text in self.names

    def blank(self, beside: float) -> float:
        """No class; the same symbol."""
        return math.nan if self.optional else beside

    def _text(self, value: float) -> str:
        return self.names[int(value)] if self.names else str(int(value))

    def _read(self, text: str) -> float:
        return self._named(text) if self.names else self._numbered(text)

    def _to_json(self, value: float) -> Any:
        return self.names[int(value)] if self.names else int(value)

    def _named(self, text: str) -> float:
        for spelled in (text, text.strip()):
            if spelled in self.names:
                return float(self.names.index(spelled))
        visible = [class_name(self.names, i) for i in range(len(self.names))]
        if text.strip() in visible:
            return float(visible.index(text.strip()))
        if not text.strip():
            raise NumberError(f"an empty {self.noun}", f"one of {listed(visible)}")
        several = {"class": "classes", "symbol": "symbols"}[self.noun]
        raise NumberError(f"{quoted(text.strip())} is none of the {self.count} {several}", f"one of {listed(visible)}")

    def _numbered(self, text: str) -> float:
        index = numbers.target(text)
        span = f"0 to {self.count - 1}"
        if index == NO_TARGET:
            if self.optional:
                return math.nan
            raise NumberError(f"an empty {self.noun}", span)
        if index >= self.count:
            raise NumberError(f"{self.noun} {index}, and there are {self.count}", span)
        return float(index)


@dataclass(frozen=True)
class Word(Column):
    """Any text: what a person calls a timestep."""

    known: tuple[str, ...] = ()

    def has(self, text: str) -> bool:
        """Every text is one."""
        return True

    def blank(self, beside: float) -> float:
        """The same as beside it."""
        return beside

    def knowing(self, texts: list[str]) -> Word:
        """The column that knows these texts, too."""
        new = dict.fromkeys(text for text in texts if text not in self.known)
        return Word(self.title, self.role, self.optional, (*self.known, *new)) if new else self

    def _text(self, value: float) -> str:
        return self.known[int(value)]

    def _read(self, text: str) -> float:
        return float(self.known.index(text))
