"""An option of the command line as data."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from rnn_core.records import dataclass
from rnn_core.run_options import NumberError


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
    name: str = ""
    """What the parser calls its value; empty for what the first flag says."""
    collected: str = ""
    """The name under which it is collected each time it is given, as (flag, value), with others of that name."""

    @property
    def takes_value(self) -> bool:
        """Whether a value follows."""
        return bool(self.metavar or self.choices)

    def add_to(self, parser: argparse._ActionsContainer) -> None:
        """Declare the option."""
        named: dict[str, Any] = {"dest": self.name} if self.name else {}
        if not self.takes_value:
            parser.add_argument(*self.flags, help=self.help, action="store_true", **named)
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
            type=_told(self.type),
            choices=self.choices or None,
            default=self.default,
            **named,
            **optional,
        )


def _told(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """A reader whose numbers are refused with the option's name before the reason."""

    def reading(text: str) -> Any:
        try:
            return read(text)
        except NumberError as error:
            raise argparse.ArgumentTypeError(error.what) from None

    return reading
