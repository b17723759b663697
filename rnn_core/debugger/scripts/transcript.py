"""How a sitting is told: each command after the prompt, then what was answered."""

from __future__ import annotations

from rnn_core.errors import one_line

PROMPT = "(rnn) "


def transcript(command: str, message: str) -> str:
    """A command and its answer as lines: `(rnn) command`, then what was said. No control character survives."""
    lines = [PROMPT + command, *(message.split("\n") if message else ())]
    return "\n".join(one_line(line, len(line)) for line in lines)
