"""The last two rows: what a command answered, and the keys."""

from __future__ import annotations

from rich.cells import cell_len

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.session import Session
from rnn_tui.panels.base import Panel
from rnn_tui.render.canvas import Canvas, clean, whole

HINT = "press s to run a line, n a timestep, f the phase, T to train; ? helps"
END = "the end of this update: s enters the next, S N F step back, T trains"


class FooterPanel(Panel):
    """A line for messages, and the labelled commands with their first key."""

    def paint(self, canvas: Canvas, session: Session) -> None:
        """The message above, the keys below as far as they fit."""
        colours = self.colours
        message = shortened(self.message, canvas.width - 2, unfolded=session.view.console)
        if not message and session.k == 0:
            message = HINT
        elif not message and session.following is None:
            message = END
        canvas.put(0, 1, clean(message), colours.style("accent" if self.message else "dim"))
        y, x = canvas.height - 1, 1
        text, key = colours.style("dim", on="bar"), colours.style("accent", on="bar", bold=True)
        canvas.fill(y, text)
        labelled = [command for command in COMMANDS if command.label and command.keys]
        always = COMMANDS.find("help")
        reserved = len(always.label) + 5
        for command in labelled:
            name = command.keys[0].name
            room = canvas.width - (0 if command is always else reserved)
            if x + len(name) + len(command.label) + 3 > room:
                continue
            x = canvas.put(y, x, name, key)
            x = canvas.put(y, x, f" {command.label}  ", text)


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
