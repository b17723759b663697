"""Keys, derived from the command registry: nothing about a key is written here."""

from __future__ import annotations

from functools import cache

from rnn_core.debugger.commands import COMMANDS


@cache
def command_lines(context: str) -> dict[str, str]:
    """Which command line each key runs in a context."""
    return {
        key.name: f"{command.name} {key.arguments}".rstrip()
        for command in COMMANDS
        for key in command.keys
        if key.context == context
    }


def command_line(key: str, *, in_panel: bool) -> str:
    """What a key runs now: a focused panel's own keys come first."""
    return (command_lines("panel").get(key, "") if in_panel else "") or command_lines("anywhere").get(key, "")
