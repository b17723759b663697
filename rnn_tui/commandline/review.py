"""`rnn-tui review`: a person's own NumPy code beside the right one, without a screen."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from rnn_core.errors import UsageError, quoted
from rnn_core.run_options import whole
from rnn_tui.commandline.options import Option
from rnn_tui.commandline.subcommand import Subcommand
from rnn_tui.commandline.terminal import print_line

if TYPE_CHECKING:  # it imports NumPy, which --help does without
    from rnn_core.recipe import Recipe

_GROUP = "review"

OPTIONS = (
    Option(("--function",), "call this function of theirs, which nothing in the file calls", "NAME", group=_GROUP),
    Option(("--call",), "Python that is run after the file, in its names, such as train(10)", "CODE", group=_GROUP),
    Option(("--map",), "their name of one of ours, such as Whh=W; as often as needed", "THEIRS=OURS", group=_GROUP,
           collected="mapped"),
    Option(("--seconds",), "how long their code may run (default 20)", "N", whole(1, 3600), default=20, group=_GROUP),
    Option(("--json",), "print one JSON object", group=_GROUP),
    Option(("--keep-going",), "look for further mistakes after the first", group=_GROUP),
)  # fmt: skip

OURS = ("U", "W", "V", "b", "c", "y")


def check(args: Namespace) -> None:
    """Raises UsageError without a file, and for a name that is none of ours."""
    if args.file is None:
        raise UsageError("there is no file to review", fix="name a .py or .ipynb")
    for _, pair in args.mapped:
        theirs, equals, ours = pair.partition("=")
        if not equals or not theirs or ours not in OURS:
            raise UsageError(f"{quoted(pair)} is not THEIRS=OURS", fix=f"ours is one of {', '.join(OURS)}")


def run(args: Namespace, _recipe: Recipe) -> int:
    """Review the file and print the answer; 0 right, 1 wrong, 2 unsure or not to be run."""
    import json
    from pathlib import Path

    from rnn_core.errors import RnnError
    from rnn_core.review import Options, report, review

    names = tuple((pair.partition("=")[0], pair.partition("=")[2]) for _, pair in args.mapped)
    options = Options(args.function or "", args.call or "", names, float(args.seconds), args.keep_going)
    try:
        found = review(Path(args.file), options)
    except RnnError as error:
        if not args.json:
            raise NotRun(error.what, where=error.where, fix=error.fix) from None
        print_line(json.dumps({"verdict": "unsure", "line": None, "says": str(error)}, ensure_ascii=False))
        return NotRun.exit_status
    if args.json:
        print_line(json.dumps(report.as_json(found, args.keep_going), ensure_ascii=False))
    else:
        for line in report.lines(found):
            print_line(line)
    return found.status


class NotRun(UsageError):  # noqa: N818  # not an error of the person's
    """A file that cannot be reviewed; its status is that of *unsure*."""


COMMAND = Subcommand(
    "review",
    "Run your own NumPy RNN beside the right one, and name the first wrong line.",
    "rnn-tui review my_rnn.py",
    OPTIONS,
    check,
    run,
    opens_run=False,
    takes="FILE",
)
