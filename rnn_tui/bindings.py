"""Keys, derived from the command registry: nothing about a key is written here."""

from __future__ import annotations

from functools import cache

from textual.binding import Binding, BindingType

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


def bindings() -> list[BindingType]:
    """A binding for each key of each command; each runs `press` with the key's name."""
    names = {key.name: command for command in COMMANDS for key in command.keys}
    return [
        Binding(name, f"press({name!r})", command.help, show=False, priority=name in ("tab", "shift+tab"))
        for name, command in names.items()
        if name != "ctrl+p"  # Textual opens the palette itself
    ]
