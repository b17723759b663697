"""Scripts: command lines, one after another. How they are written down and read, and what is recorded of each.

Rules this file keeps:
- A script is a list of command lines and nothing more: no loops, no calls, no script within a script; so it ends.
- `;` and the end of a line separate commands, `#` starts a comment: `commands/lines.py` says how.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from rnn_core.debugger.commands.lines import LINE_END, separated
from rnn_core.debugger.commands.lines import LONGEST as LONGEST
from rnn_core.debugger.scripts.transcript import transcript
from rnn_core.debugger.session import Session
from rnn_core.errors import InputError
from rnn_core.json_values import spelled
from rnn_core.records import dataclass

MOST = 10_000
"""The most commands a script may have."""
LONGEST_COMMAND = 4_096
"""The most characters one of them may have."""


@dataclass(frozen=True)
class Line:
    """One command line, and where it stands: the script's name, and a line of it from 1."""

    text: str
    number: int = 1
    script: str = ""

    @property
    def where(self) -> str:
        """For errors: `check.rnn, line 3`."""
        return f"{self.script}, line {self.number}" if self.script else f"line {self.number}"


@dataclass(frozen=True, eq=False)
class Played:
    """What came of one command line: its message, and the session after it."""

    line: Line
    session: Session
    message: str = ""
    failed: bool = False
    stop: str = ""
    """Why the run stopped here: which breakpoint, with which values; empty where the command ran to no stop."""
    value: Any = None
    """The number or the array that the command answered with."""

    @property
    def transcript(self) -> str:
        """The command and its answer, as the console shows them."""
        return transcript(self.line.text, self.message)

    def described(self) -> dict[str, Any]:
        """The record as plain JSON values."""
        place = self.session.following
        return {
            "script": self.line.script,
            "line": self.line.number,
            "command": self.line.text,
            "message": self.message,
            "failed": self.failed,
            "stop": self.stop or None,
            "value": spelled(self.value),
            "shape": None if self.value is None else list(np.shape(self.value)),
            "update": self.session.cursor.u,
            "k": self.session.k,
            "place": place and {"phase": place.phase, "t": place.t or None, "line": place.instruction.name},
        }


def parse(text: str, script: str = "") -> tuple[Line, ...]:
    """The command lines of a script. Raises InputError where it is longer than any script should be."""
    if len(text) > LONGEST:
        raise InputError(f"has {len(text):,} characters, and a script at most {LONGEST:,}", where=script)
    lines: list[Line] = []
    for number, row in enumerate(re.split(LINE_END, text), start=1):
        for _, command in separated(row):
            line = Line(command.replace("\t", " ").strip(), number, script)
            if not line.text:
                continue
            if len(line.text) > LONGEST_COMMAND:
                what = f"has {len(line.text):,} characters, and a command at most {LONGEST_COMMAND:,}"
                raise InputError(what, where=line.where)
            lines.append(line)
            if len(lines) > MOST:
                raise InputError(f"more than {MOST:,} commands, and a script has at most that many", where=line.where)
    return tuple(lines)
