"""What a subcommand is: `rnn-tui NAME …` beside the screen itself."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

from rnn_tui.commandline.options import Option

if TYPE_CHECKING:  # it imports NumPy, which --help does without
    from rnn_core.recipe import Recipe

from rnn_core.records import dataclass


@dataclass(frozen=True)
class Subcommand:
    """Its name, a line of help, its own options, an example, and what it does."""

    name: str
    help: str
    example: str
    options: tuple[Option, ...]
    check: Callable[[Namespace], None]
    """Raises UsageError for options that do not go together."""
    run: Callable[[Namespace, Recipe], int]
    """Does it and returns the exit status. Raises RnnError."""
    required: str = ""
    """The options that it cannot do without, for its usage."""
    opens_run: bool = True
    """Whether it takes a source, weights and the options of a run, too; its recipe says nothing otherwise."""
    takes: str = "[FILE]"
    """What the word is that it takes, for its usage."""
    operands: tuple[str, ...] = ()
    """What its first words are, before a source."""
