"""An option as data, and the strict readers of numbers that options take."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rnn_core.errors import quoted

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class Option:
    """One option: its flags, its line of help, and what it takes; without `metavar` and `choices` it is a switch."""

    flags: tuple[str, ...]
    help: str
    metavar: str = ""
    type: Callable[[str], Any] = str
    choices: tuple[str, ...] = ()
    default: Any = None
    implied: str = ""
    """The value when the option stands without one; empty where it must have one."""
    group: str = "options"
    collected: str = ""
    """The name under which it is collected each time it is given, as (flag, value), with others of that name."""

    @property
    def takes_value(self) -> bool:
        """Whether a value follows."""
        return bool(self.metavar or self.choices)

    def add_to(self, parser: argparse._ActionsContainer) -> None:
        """Declare the option."""
        if not self.takes_value:
            parser.add_argument(*self.flags, help=self.help, action="store_true")
            return
        optional: dict[str, Any] = {"nargs": "?", "const": self.implied} if self.implied else {}
        if self.collected:
            flag = self.flags[0]
            parser.add_argument(
                *self.flags, help=self.help, metavar=self.metavar, dest=self.collected, action="append", default=[],
                type=lambda value: (flag, value),
            )  # fmt: skip
            return
        parser.add_argument(
            *self.flags,
            help=self.help.replace("%", "%%"),
            metavar=self.metavar or None,
            type=self.type,
            choices=self.choices or None,
            default=self.default,
            **optional,
        )


def whole(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers in ASCII digits, `least` to `most`."""

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) <= 12 and least <= int(text) <= most:
            return int(text)
        raise argparse.ArgumentTypeError(f"{quoted(text)} is not a whole number from {least} to {most}")

    return read


def names(text: str) -> tuple[str, ...]:
    """The names in `text`, with commas between."""
    found = tuple(name.strip() for name in text.split(","))
    if not all(found) or len(set(found)) < len(found):
        raise argparse.ArgumentTypeError(f"{quoted(text)} is not a list of different names such as a,b")
    return found


def finite(text: str) -> float:
    """The finite number that `text` spells in ASCII decimal."""
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{quoted(text)} is not a finite number such as 0.01 or 1e-3")
    return value
