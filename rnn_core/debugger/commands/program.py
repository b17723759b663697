"""Commands for the program itself: help, palette, quit."""

from __future__ import annotations

from rnn_core.debugger.outcome import FocusConsole, Outcome, Quit, ShowHelp, ShowPalette, Write
from rnn_core.debugger.registry import Argument, Command, Key
from rnn_core.debugger.session import Session


def _help(session: Session, topic: str) -> Outcome:
    return Outcome(session, effects=(ShowHelp(topic),))


def _palette(session: Session) -> Outcome:
    return Outcome(session, effects=(ShowPalette(),))


def _console(session: Session) -> Outcome:
    return Outcome(session.seen(console=True), effects=(FocusConsole(),))


def _fold(session: Session) -> Outcome:
    return Outcome(session.seen(console=False))


def _record(session: Session, path: str) -> Outcome:
    force = path.endswith(" --force")
    path = path.removesuffix(" --force").strip()
    return Outcome(session, effects=(Write("" if path == "off" else path, overwrite=force),))


def _quit(session: Session) -> Outcome:
    return Outcome(session, effects=(Quit(),))


COMMANDS = (
    Command("help", _help, "Keys, commands, names and formats.", "help step", "program", ("h",),
            (Argument("command", str, default=""),), (Key("?"),), "", "help"),
    Command("palette", _palette, "Find a command by typing part of it.", "palette", "program", (), (),
            (Key("ctrl+p"),)),
    Command("console", _console, "Type commands, with history and completion.", "console", "program", (), (),
            (Key("/"), Key(":")), "", "console"),
    Command("fold", _fold, "Fold the console away.", "fold", "program"),
    Command("record", _record, "Write what you do as a script that replays, until record off.", "record demo.rnn",
            "program", (), (Argument("path", str, required=True, rest=True),)),
    Command("quit", _quit, "Leave.", "quit", "program", ("q",), (), (Key("q"),), "", "quit"),
)  # fmt: skip
