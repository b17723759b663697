"""`-e` and `-x` for the screen, `--session`, and `rnn-tui run`: command lines played without a screen."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rnn_core.errors import UsageError, one_line
from rnn_tui import state
from rnn_tui.commandline import arguments
from rnn_tui.commandline.notices import tell
from rnn_tui.commandline.options import Option
from rnn_tui.commandline.progress import Bar
from rnn_tui.commandline.subcommand import Subcommand
from rnn_tui.commandline.terminal import check_output, print_line, read_data

if TYPE_CHECKING:  # they import NumPy, which --help does without
    from rnn_core.debugger.scripts.script import Line, Played
    from rnn_core.debugger.session import Session
    from rnn_core.recipe import Recipe

_GROUP = "commands"
LAST = "last"

PLAYED = (
    Option(("-e",), "command lines, separated by ; (may be given several times)", "COMMANDS", group=_GROUP,
           collected="script"),
    Option(("-x",), "a file of command lines, or - for standard input (likewise)", "FILE", group=_GROUP,
           collected="script"),
    Option(("--session",), "go on from a file of save-session or train; last: from where the screen was left", "FILE",
           group=_GROUP),
    Option(("--against",), "show the run minus one with the weights of this file, a second checkpoint", "FILE",
           group=_GROUP),
)  # fmt: skip
"""What the screen takes as well; scripts are played in the order in which they stand."""
OPTIONS = (*PLAYED, Option(("--json",), "print one JSON record a command", group=_GROUP))


def reads_input(args: Namespace, recipe: Recipe) -> bool:
    """Whether standard input is data or a script. Raises UsageError where it should be more than one of them."""
    takers = [recipe.path == "-", *(flag == "-x" and value == "-" for flag, value in args.script)]
    if sum(takers) > 1:
        raise UsageError("standard input can be read only once", fix="put one of them into a file")
    return any(takers)


def lines_of(args: Namespace) -> tuple[Line, ...]:
    """The command lines of all -e and -x, in their order. Raises InputError: nothing is run before all is read."""
    if not (args.script or args.against):
        return ()
    from rnn_core.debugger.scripts import playing, script
    from rnn_core.formats import files

    lines: list[Line] = [script.Line(f"against {args.against}", script="--against")] if args.against else []
    for flag, value in args.script:
        if flag == "-e":
            lines += script.parse(value, flag)
        elif value == "-":
            lines += playing.parse_file(files.STDIN_NAME, read_data(value) or b"")
        else:
            with files.opened(value) as (file, size):
                files.check_size(value, size, 4 * script.LONGEST)
                lines += playing.parse_file(files.base_name(value), file.read(4 * script.LONGEST))
    return tuple(lines)


def session_file(args: Namespace) -> str:
    """The session file that --session names; empty where none is asked for. Raises UsageError, too where something
    else says what is run."""
    if args.session is None:
        return ""
    other = [flag for option in arguments.OPTIONS for flag in option.flags if flag in args.given]
    if args.file is not None or other:
        what = f"{other[0] if other else 'a source'} does not go with --session, whose file says what is run"
        raise UsageError(what, fix="leave it out; set, clip and others fork")
    if args.session != LAST:
        if not args.session:
            raise UsageError("--session needs a file name")
        return str(args.session)
    return str(state.path(state.LAST_SESSION) or "")


def check(args: Namespace) -> None:
    """Raise UsageError where there is nothing to run."""
    if not (args.script or args.against):
        raise UsageError("run needs commands", fix="-e 'COMMAND; COMMAND' or -x FILE")


class Sitting(NamedTuple):
    """What has been opened, and what comes of each command as it is played."""

    session: Session
    lines: Iterator[Played]


def opened(args: Namespace, recipe: Recipe) -> Sitting:
    """The session that the options say, and its commands, which are played as they are asked for. Raises RnnError."""
    from rnn_core.debugger.persistence import opening, reopening
    from rnn_core.debugger.scripts import playing

    reads_input(args, recipe)
    lines, saved = lines_of(args), session_file(args)
    with Bar("opening") as bar:
        if saved:
            session, notes = reopening.reopen(saved, bar)
        else:
            session, notes = opening.open_session(recipe, read_data(recipe.path), bar), ()
    for note in notes:
        print(f"rnn-tui: {one_line(note)}", file=sys.stderr)
    tell(session)
    return Sitting(session, playing.play(session, lines))


def run(args: Namespace, recipe: Recipe) -> int:
    """Open, play, and print what each command answers; 1 where one was refused or an assertion failed."""
    import json

    check_output()
    session, lines = opened(args, recipe)
    failed, noticed = False, {"notices": session.assumed} if session.assumed else {}
    for done in lines:
        print_line(json.dumps({**done.described(), **noticed}) if args.json else done.transcript)
        failed, noticed = done.failed, {}
    return 1 if failed else 0


COMMAND = Subcommand(
    "run",
    "Play commands on a run and print what they answer.",
    "rnn-tui run data.csv -e 'until backward; assert loss < 2'",
    OPTIONS,
    check,
    run,
    "-e COMMANDS | -x FILE",
)
