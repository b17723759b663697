"""The last two rows: what a command answered, and the keys."""

from __future__ import annotations

from functools import cache

from rich.cells import cell_len

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.commands.help import key_name
from rnn_core.debugger.registry import Command
from rnn_core.debugger.session import Session
from rnn_tui.panels.base import Panel
from rnn_tui.render.canvas import Canvas, clean, whole

HINT = "press s to run a line, n a timestep, f the phase, T to train; ? helps"
MANY = 100
"""Sequences from which on the list of them is what a person wants first."""
HINT_OF_MANY = "{:,} sequences: O lists them, w runs the worst; s runs a line, ? helps"
END = "the end of this update: s enters the next, S N F step back, T trains"


class FooterPanel(Panel):
    """A line for messages, and the labelled commands with their first key."""

    def moment(self, session: Session) -> int:
        """Only the first and the last position have words of their own."""
        return session.k if session.k == 0 or session.following is None else 1

    def besides(self) -> object:
        """The message."""
        return self.message

    def paint(self, canvas: Canvas, session: Session) -> None:
        """The message above, the keys below as far as they fit: those of the focus first."""
        colours = self.colours
        message = shortened(self.message, canvas.width - 2, unfolded=session.view.console)
        if not message and session.k == 0:
            count = len(session.dataset.sequences)
            message = HINT if count < MANY else HINT_OF_MANY.format(count)
        elif not message and session.following is None:
            message = END
        canvas.put(0, 1, clean(message), colours.style("accent" if self.message else "dim"))
        y, x = canvas.height - 1, 1
        text, key = colours.style("dim", on="bar"), colours.style("accent", on="bar", bold=True)
        canvas.fill(y, text)
        shown = labels(session.view.panel, session.view.console)
        reserved = 0 if session.view.console else sum(map(len, shown[-1])) + 3
        for name, label in shown:
            room = canvas.width - (0 if (name, label) == shown[-1] else reserved)
            if x + len(name) + len(label) + 3 > room:
                continue
            x = canvas.put(y, x, name, key)
            x = canvas.put(y, x, f" {label}  ", text)


CONSOLE = (("Enter", "run"), ("Tab", "complete"), ("↑ ↓", "history"), ("Ctrl+R", "search"), ("Esc", "fold"))
"""The keys of the console, which Textual's input has of its own."""


@cache
def labels(panel: str, console: bool) -> list[tuple[str, str]]:
    """Keys and what they do, in the order in which they are shown: the help always comes, where it is a key."""
    if console:
        return list(CONSOLE)
    mine = [
        (command, command.focused.label) for command in COMMANDS if command.focused and panel in command.focused.panels
    ]
    known = {command.name for command, _ in mine}
    rest = [
        (command, command.label) for command in COMMANDS if command.label and command.keys and command.name not in known
    ]
    ordered = sorted((*mine, *rest), key=lambda entry: entry[0].name == "help")
    return [(_keys(command, focused=bool(panel)), label) for command, label in ordered]


def _keys(command: Command, *, focused: bool) -> str:
    """A command's first key; all arrows of one that has them while a panel has the focus."""
    arrows = [key_name(key.name) for key in command.keys if key.context == "panel"]
    return "".join(arrows) if focused and arrows else key_name(command.keys[0].name)


def shortened(message: str, width: int, *, unfolded: bool) -> str:
    """A message as one row: whole where it fits, else its last line and where the rest is to be read.

    Where the console is unfolded, all of a message of several lines stands there and nothing here.
    """
    lines = message.split("\n")
    if len(lines) > 1 and unfolded:
        return ""
    rest = f"   (/ shows all {len(lines)} lines)" if len(lines) > 1 else " … (/ shows it whole)"
    if len(lines) == 1 and cell_len(message) <= width:
        return message
    return whole(lines[-1], width - len(rest)) + rest
