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
    Command(
        name="help",
        run=_help,
        help="Keys, commands, names and formats.",
        example="help step",
        group="program",
        aliases=("h",),
        arguments=(Argument("command", str, default=""),),
        keys=(Key("?"),),
        label="help",
    ),
    Command(
        name="palette",
        run=_palette,
        help="Find a command by typing part of it.",
        example="palette",
        group="program",
        keys=(Key("ctrl+p"),),
    ),
    Command(
        name="console",
        run=_console,
        help="Type commands, with history and completion.",
        example="console",
        group="program",
        keys=(Key("/"), Key(":")),
        label="console",
    ),
    Command(name="fold", run=_fold, help="Fold the console away.", example="fold", group="program"),
    Command(
        name="record",
        run=_record,
        help="Write what you do as a script that replays, until record off.",
        example="record demo.rnn",
        group="program",
        arguments=(Argument("path", str, required=True, rest=True),),
    ),
    Command(
        name="quit",
        run=_quit,
        help="Leave.",
        example="quit",
        group="program",
        aliases=("q",),
        keys=(Key("q"),),
        label="quit",
    ),
)
