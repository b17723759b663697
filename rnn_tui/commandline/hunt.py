"""`rnn-tui hunt`: bug hunts on the screen or by commands, the course, and sheets for a class."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import TYPE_CHECKING

from rnn_core.errors import UsageError, quoted
from rnn_core.run_options import whole
from rnn_tui.commandline import scripts
from rnn_tui.commandline.options import Option
from rnn_tui.commandline.subcommand import Subcommand
from rnn_tui.commandline.terminal import check_output, check_screen, print_line, take_keyboard_back

if TYPE_CHECKING:  # they import NumPy, which --help does without
    from rnn_core.hunts.hunt import Hunt
    from rnn_core.recipe import Recipe

_GROUP = "hunt"
MOST_SHEET = 100

OPTIONS = (
    Option(("-e",), "play command lines without a screen (A; B)", "COMMANDS", group=_GROUP, collected="script"),
    Option(("-x",), "a file of command lines (likewise)", "FILE", group=_GROUP, collected="script"),
    Option(("--level",), "1 something is missing, 2 a wrong operand, 3 a factor or a formula; a number is a seed then",
           "1-3", whole(1, 3), group=_GROUP),
    Option(("--list",), "show the course and what is solved of it", group=_GROUP),
    Option(("--export",), "write a sheet of exercises as Markdown; the number is the seed of the first", "FILE",
           group=_GROUP),
    Option(("--count",), "how many exercises it has (default 6)", "N", whole(1, MOST_SHEET), default=6, group=_GROUP),
    Option(("--force",), "overwrite an existing file", group=_GROUP),
    Option(("--grade",), "grade a sheet that was filled in; status 1 unless all is right", "FILE", group=_GROUP),
    Option(("--json",), "print one JSON record a command, or the grades as one", group=_GROUP),
)  # fmt: skip


def check(args: Namespace) -> None:
    """Raise UsageError for what is no number, and for options that do not go together."""
    if args.file is not None and not (args.file.isascii() and args.file.isdigit() and len(args.file) < 11):
        raise UsageError(f"{quoted(args.file)} is no hunt", fix="a number of the course, 1 to 20, or a seed")
    doing = [flag for flag in ("--list", "--export", "--grade") if flag in args.given]
    doing += ["-e"] if args.script else []
    if len(doing) > 1:
        raise UsageError(f"{doing[0]} and {doing[1]} do not go together", fix="give one")
    if args.file is not None and doing and doing[0] in ("--list", "--grade"):
        raise UsageError(f"{doing[0]} takes no number", fix="leave it out")


def run(args: Namespace, _recipe: Recipe) -> int:
    """Begin a hunt, or list, export or grade. Raises RnnError."""
    if args.list:
        return _list()
    if args.grade is not None:
        return _grade(args)
    if args.export is not None:
        return _export(args)
    from rnn_core.recipe import Recipe

    recipe = Recipe(demo=_asked(args).source)
    if args.script:
        return _played(args, recipe)
    check_screen(reading=False)
    take_keyboard_back("")
    from rnn_tui.app import start

    return start(recipe)


def _asked(args: Namespace) -> Hunt:
    """The hunt that is asked for; without a number the next one of the course. Raises UsageError."""
    from rnn_core.hunts import hunt, progress

    if args.file is not None:
        return hunt.asked(int(args.file), args.level)
    following = progress.following(progress.read())
    return hunt.asked(following, None) if args.level is None else hunt.asked(following, args.level)


def _played(args: Namespace, recipe: Recipe) -> int:
    """Play the commands on it; 1 where one failed, as a wrong answer does."""
    from rnn_core.debugger.persistence import opening
    from rnn_core.debugger.scripts import playing

    check_output()
    session, failed = opening.open_session(recipe), False
    for done in playing.play(session, scripts.lines_of(Namespace(script=args.script, against=""))):
        print_line(json.dumps(done.described()) if args.json else done.transcript)
        failed = done.failed
    return 1 if failed else 0


def _list() -> int:
    from rnn_core.hunts import hunt, progress

    check_output()
    solved = progress.read()
    for number in range(1, hunt.COURSE_LENGTH + 1):
        how = f"solved in {solved[number]}" if number in solved else ""
        print_line(f"{number:>2}  level {hunt.asked(number, None).level}  {how}".rstrip())
    left = hunt.COURSE_LENGTH - len(solved)
    print_line(
        f"{len(solved)} of {hunt.COURSE_LENGTH} solved" + (f"; next: {progress.following(solved)}" if left else "")
    )
    return 0


def _export(args: Namespace) -> int:
    from rnn_core.formats import writing
    from rnn_core.hunts import sheet

    seed = int(args.file) if args.file is not None else 1
    text = sheet.sheet(sheet.hunts(seed, args.count, args.level))
    with writing.opened(args.export, overwrite=args.force) as stream:
        stream.write(text.encode())
    return 0


def _grade(args: Namespace) -> int:
    from rnn_core.formats import files
    from rnn_core.hunts import sheet

    check_output()
    with files.opened(args.grade) as (file, size):
        files.check_size(args.grade, size, files.HEAD * 1024)
        content = files.Content(files.base_name(args.grade), file.read(files.HEAD * 1024) or b"")
    found = sheet.graded(content.text(), content.name)
    right = sum(each.right for each in found)
    if args.json:
        told = [{"hunt": each.hunt.source, "line": each.line, "cause": each.cause, "says": str(each)} for each in found]
        print_line(json.dumps({"right": right, "of": len(found), "answers": told}, ensure_ascii=False))
    else:
        for each in found:
            print_line(str(each))
        print_line(f"{right} of {len(found)} right")
    return 0 if right == len(found) else 1


COMMAND = Subcommand(
    "hunt",
    "Find the one wrong line of a program: a course of twenty, or any seed.",
    "rnn-tui hunt 3",
    OPTIONS,
    check,
    run,
    opens_run=False,
    takes="[N|SEED]",
)
