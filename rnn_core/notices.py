"""What was assumed when something was read, said in one line: a value that a dataset or a model carries with it.

Rules this file keeps:
- A notice says what was assumed, because of what, and how a person changes it.
- Nothing is printed here: the screen, the command line and `info source` show what they are given.
"""

from __future__ import annotations

from rnn_core.errors import one_line
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

    def __str__(self) -> str:
        """`what: because (change_with)`, on one line."""
        text = f"{self.what}: {self.because}" if self.because else self.what
        return one_line(f"{text} ({self.change_with})" if self.change_with else text)
