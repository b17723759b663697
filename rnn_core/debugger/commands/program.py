"""Commands for the program itself: help, palette, quit."""

from __future__ import annotations

from rnn_core.debugger.outcome import Outcome, Quit, ShowHelp, ShowPalette
from rnn_core.debugger.registry import Argument, Command, Key
from rnn_core.debugger.session import Session


def _help(session: Session, topic: str) -> Outcome:
    return Outcome(session, effects=(ShowHelp(topic),))


def _palette(session: Session) -> Outcome:
    return Outcome(session, effects=(ShowPalette(),))


def _quit(session: Session) -> Outcome:
    return Outcome(session, effects=(Quit(),))


COMMANDS = (
    Command("help", _help, "Keys, commands, names and formats.", "help step", "program", ("h",),
            (Argument("command", str, default=""),), (Key("?"),), "", "help"),
    Command("palette", _palette, "Find a command by typing part of it.", "palette", "program", (), (),
            (Key("ctrl+p"),)),
    Command("quit", _quit, "Leave.", "quit", "program", ("q",), (), (Key("q"),), "", "quit"),
)  # fmt: skip
