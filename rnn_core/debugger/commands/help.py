"""The help: keys, commands, names. All of it is read off the registry and the tables, so that it cannot be wrong."""

from __future__ import annotations

from rnn_core.cells import CELLS, cell
from rnn_core.debugger import expressions
from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.registry import Command
from rnn_core.errors import UsageError, quoted
from rnn_core.model import aliases, meanings

GROUPS = {
    "motion": "Moving",
    "training": "Training",
    "stops": "Stopping",
    "places": "Finding",
    "values": "Printing",
    "what-if": "What if",
    "hunts": "Bug hunts",
    "code": "Your own code",
    "view": "Looking",
    "files": "Data and files",
    "program": "The program",
}
KEY_NAMES = {
    "right": "→", "left": "←", "up": "↑", "down": "↓", "space": "Space", "home": "Home", "end": "End", "tab": "Tab",
    "shift+tab": "Shift+Tab", "escape": "Esc", "ctrl+p": "Ctrl+P", "enter": "Enter",
    "pagedown": "PgDn", "pageup": "PgUp",
}  # fmt: skip
NAMES = (
    ("a, z, p", "preactivation, logits, probabilities"),
    ("h[t]", "hidden state after timestep t; h[0] is the initial state"),
    ("dz, da", "error at the logits, at the preactivation"),
    ("dh", "gradient at h[t]: local (Vᵀ·dz) + carried (dh_next)"),
    ("dh_next", "the part of the gradient carried to the timestep before"),
    ("dU dW dV db dc", "gradients of the parameters, summed over time"),
    ("mU … mc, vU … vc", "what the optimiser keeps: momentum m, Adagrad v, Adam both"),
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
    known = aliases()
    for name, meaning in meanings().items():
        others = ", ".join(alias.name + ("ᵀ" if alias.transposed else "") for alias in known[name])
        rows.append((name, f"{meaning}; also {others}"))
    return [*rows, *NAMES]


def names_of(name: str) -> list[tuple[str, str]]:
    """What the names of another cell's listing mean, with the names that others give its parameters."""
    other = cell(name)
    known = {each: ", ".join(alias.name + "ᵀ" * alias.transposed for alias in of) for each, of in other.aliases.items()}
    return [
        (each, f"{meaning}; also {known[each]}" if each in known else meaning)
        for each, meaning in other.meanings.items()
    ]


def functions() -> list[tuple[str, str]]:
    """What an expression may call."""
    known, prev = expressions.functions.FUNCTIONS, expressions.functions.PREV
    rows = [(f"{name}({', '.join('ab'[: function.takes])})", function.help) for name, function in known.items()]
    return [*rows, (f"{prev}(a)", expressions.functions.PREV_HELP)]


TOPICS = ("names", "functions")
WIDEST = 21
"""Columns that the left side of a row takes at most; what is longer has the right side below it."""


def text(topic: str = "") -> str:
    """The help as lines of text: of one command, of a topic, or of all. Raises UsageError for what is neither."""
    if not topic:
        lines = []
        for title, several in grouped():
            lines += [title, *(f"  {line}" for line in _columns([(c.usage, c.help) for c in several]))]
        return "\n".join((*lines, f"help COMMAND tells more of one; help {' and help '.join(TOPICS)} of expressions"))
    if topic == "names":
        numbers, booleans = " ".join(expressions.scope.NUMBERS), " ".join(expressions.scope.BOOLEANS)
        more = [(numbers, "numbers of the run and the place"), (booleans, "the phase, as booleans")]
        others = [(f"{each} ({name})", meaning) for name in CELLS if name != "rnn" for each, meaning in names_of(name)]
        return "\n".join(_columns([*names(), *others, *more]))
    if topic == "functions":
        return "\n".join(_columns(functions()))
    try:
        command = COMMANDS.find(topic)
    except UsageError:
        fix = f"help lists the commands; topics are {', '.join(TOPICS)}"
        raise UsageError(f"no command or topic {quoted(topic)}", fix=fix) from None
    rows = (
        ("keys", keys_of(command)), ("also", ", ".join(command.aliases)), ("example", command.example),
        ("reverse", command.reverse),
    )  # fmt: skip
    syntax = ["", *_columns(list(command.syntax)), ""] if command.syntax else []
    return "\n".join((command.usage, command.help, *syntax, *_columns([row for row in rows if row[1]])))


def _columns(rows: list[tuple[str, str]]) -> list[str]:
    """Rows with their right sides under one another."""
    width = max((len(left) for left, _ in rows if len(left) <= WIDEST), default=WIDEST)
    lines = []
    for left, right in rows:
        lines += [f"{left:<{width}}  {right}"] if len(left) <= width else [left, f"{'':<{width}}  {right}"]
    return lines


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
