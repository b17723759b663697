"""`rnn-tui review`: a person's own NumPy code beside the right one, without a screen."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from rnn_core.errors import UsageError
from rnn_tui.commandline import arguments
from rnn_tui.commandline.options import Option
from rnn_tui.commandline.subcommand import Subcommand
from rnn_tui.commandline.terminal import print_line

if TYPE_CHECKING:  # it imports NumPy, which --help does without
    from rnn_core.recipe import Recipe

OPTIONS = (*arguments.OF_CODE, Option(("--json",), "print one JSON object", group="answer"))


def check(args: Namespace) -> None:
    """Raises UsageError without a file, and for a name that is none of ours."""
    if args.file is None:
        raise UsageError("there is no file to review", fix="name a .py or .ipynb")
    arguments.parts_of(args)


def run(args: Namespace, _recipe: Recipe) -> int:
    """Review the file and print the answer; 0 right, 1 wrong, 2 unsure or not to be run."""
    import json
    from pathlib import Path

    from rnn_core.errors import RnnError
    from rnn_core.formats.files import dragged
    from rnn_core.json_values import spelled
    from rnn_core.reading import CodeReading
    from rnn_core.review import report, review

    asked = CodeReading(**arguments.parts_of(args)["code"])
    try:
        found = review(Path(dragged(args.file)).expanduser(), asked)
    except RnnError as error:
        if not args.json:
            raise NotRun(error.what, where=error.where, fix=error.fix) from None
        print_line(json.dumps(report.refused(error), ensure_ascii=False))
        return NotRun.exit_status
    if args.json:
        answer = spelled(report.as_json(found, asked.keep_going))
        print_line(json.dumps(answer, ensure_ascii=False, allow_nan=False))
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
