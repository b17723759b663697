"""What a reader of weights is told, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass, field

from rnn_core.notices import Notice
from rnn_core.reading import ModelReading


@dataclass(frozen=True)
class ModelAsked:
    """What a person asked for, and the notices that readers add to as they assume something."""

    reading: ModelReading = ModelReading()
    notices: list[Notice] = field(default_factory=list)
    cell: str = ""
    """The cell that a person asked for; empty where nothing was said."""
    activation: str = ""
    said_cell: str = ""
    """The cell that the file itself names."""
    said_activation: str = ""

    def note(self, what: str, because: str = "", change_with: str = "", *, plain: bool = False) -> None:
        """Add a notice, once."""
        notice = Notice(what, because, change_with, plain)
        if notice not in self.notices:
            self.notices.append(notice)
