"""The help: keys, commands, names. All of it is read off the registry and the tables, so that it cannot be wrong."""

from __future__ import annotations

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.registry import Command
from rnn_core.model import ALIASES, MEANINGS

GROUPS = {
    "motion": "Moving",
    "stops": "Stopping",
    "places": "Finding",
    "values": "Printing",
    "view": "Looking",
    "files": "Data and files",
    "program": "The program",
}
KEY_NAMES = {
    "right": "→", "left": "←", "up": "↑", "down": "↓", "space": "Space", "home": "Home", "end": "End", "tab": "Tab",
    "shift+tab": "Shift+Tab", "escape": "Esc", "ctrl+p": "Ctrl+P",
}  # fmt: skip
NAMES = (
    ("a, z, p", "preactivation, logits, probabilities"),
    ("h[t]", "hidden state after timestep t; h[0] is the initial state"),
    ("dz, da", "error at the logits, at the preactivation"),
    ("dh", "gradient at h[t]: local (Vᵀ·dz) + carried (dh_next)"),
    ("dh_next", "the part of the gradient carried to the timestep before"),
    ("dU dW dV db dc", "gradients of the parameters, summed over time"),
)


def key_name(key: str) -> str:
    """How a key is written."""
    return KEY_NAMES.get(key, key)


def keys_of(command: Command) -> str:
    """A command's keys, in order."""
    return " ".join(key_name(key.name) for key in command.keys)


def grouped() -> list[tuple[str, list[Command]]]:
    """The commands that people use, by group."""
    return [(title, [c for c in COMMANDS if c.group == group and not c.hidden]) for group, title in GROUPS.items()]


def names() -> list[tuple[str, str]]:
    """What the listing's names mean, with the names that others give them."""
    rows = []
    for name, meaning in MEANINGS.items():
        others = ", ".join(alias.name + ("ᵀ" if alias.transposed else "") for alias in ALIASES[name])
        rows.append((name, f"{meaning}; also {others}"))
    return [*rows, *NAMES]


def markdown() -> str:
    """The README's table of keys and commands."""
    lines = ["| key | command | what it does |", "| --- | --- | --- |"]
    for _, commands in grouped():
        for command in commands:
            keys = " ".join(f"`{key_name(key.name)}`" for key in command.keys)
            usage = command.usage.replace("|", "\\|")
            lines.append(f"| {keys} | `{usage}` | {command.help} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown())
