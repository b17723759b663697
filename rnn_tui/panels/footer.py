"""The last two rows: what a command answered, and the keys."""

from __future__ import annotations

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.session import Session
from rnn_tui.panels.base import Panel
from rnn_tui.render.canvas import Canvas, clean

HINT = "press s to run one line, n for a timestep, f for the phase; shift goes back; ? explains everything"


class FooterPanel(Panel):
    """A line for messages, and the labelled commands with their first key."""

    def paint(self, canvas: Canvas, session: Session) -> None:
        """The message above, the keys below as far as they fit."""
        colours = self.colours
        lines = self.message.split("\n")
        message = f"{lines[-1]}   (/ shows all {len(lines)} lines)" if len(lines) > 1 else self.message
        message = "" if len(lines) > 1 and session.view.console else message
        message = message or (HINT if session.k == 0 else "")
        if not message and session.following is None:
            message = "the end of the update: S N F step back, home starts again, ] runs the next sequence"
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
