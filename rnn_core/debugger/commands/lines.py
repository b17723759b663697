r"""How command lines stand beside one another: `;` separates them, `#` starts a comment, `\` takes their meaning away.

Rules this file keeps:
- Neither means anything inside the quotes of a log message.
- What any command line is written as (`escaped`) reads back as that command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 2**20
"""The most characters that all command lines of a script may have."""
LINE_END = r"\r\n|\r|\n"
_TOKEN = r"""(?s)\\[;#]|(?<!\S)"[^"]*"|(?<!\S)'[^']*'|[;#]|[^\\;#"']+|."""


def separated(row: str) -> Iterator[tuple[int, str]]:
    """The commands of one line of text, each with where it starts, blank ones too; the comment is left out."""
    start = at = 0
    parts: list[str] = []
    for token in re.findall(_TOKEN, row):
        at += len(token)
        if token == "#":
            break
        if token == ";":
            yield start, "".join(parts)
            start, parts = at, []
        else:
            parts.append(token[1:] if token in (r"\;", r"\#") else token)
    yield start, "".join(parts)


def escaped(command: str) -> str:
    """A command line as it stands in a script."""
    return "".join(
        "\\" + token if token in (";", "#", r"\;", r"\#") else token
        for token in re.findall(_TOKEN, re.sub(LINE_END, " ", command))
    )
