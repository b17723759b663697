"""What was assumed when something was read, said in one line: a value that a dataset or a model carries with it.

Rules this file keeps:
- A notice says what was assumed, because of what, and how a person changes it.
- Nothing is printed here: the screen, the command line and `info source` show what they are given.
"""

from __future__ import annotations

from collections.abc import Iterable

from rnn_core.errors import InputError, one_line
from rnn_core.records import dataclass


@dataclass(frozen=True)
class Notice:
    """One assumption: `Notice("h is tanh(a)", "the file does not say", "--activation relu")`."""

    what: str
    """What is assumed, as a fact about the data or the model."""
    because: str = ""
    """What it was concluded from; empty where `what` says it."""
    change_with: str = ""
    """The option or the edit that changes it; empty where nothing can."""
    plain: bool = False
    """Whether nothing was assumed: it says what the file itself says, and stands in `info source` only."""

    def __str__(self) -> str:
        """`what: because (change_with)`, on one line."""
        text = f"{self.what}: {self.because}" if self.because else self.what
        return one_line(f"{text} ({self.change_with})" if self.change_with else text)


def assumed(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Those that are assumptions."""
    return tuple(notice for notice in notices if not notice.plain)


def refuse_assumptions(notices: Iterable[Notice]) -> None:
    """Raise InputError for the first assumption."""
    for notice in assumed(notices):
        what = f"{notice.what}: {notice.because}" if notice.because else notice.what
        fix = f"{notice.change_with}, or leave out --strict" if notice.change_with else "leave out --strict"
        raise InputError(f"assumed, and --strict assumes nothing: {what}", fix=fix)
