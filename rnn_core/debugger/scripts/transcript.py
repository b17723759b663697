"""How a session is printed: each command after the prompt, then its answer."""

from __future__ import annotations

from rnn_core.errors import one_line

PROMPT = "(rnn) "


def transcript(command: str, message: str) -> str:
    """A command and its answer as lines: `(rnn) command`, then what was said. No control character survives."""
    lines = [PROMPT + command, *(message.split("\n") if message else ())]
    return "\n".join(one_line(line, len(line)) for line in lines)
