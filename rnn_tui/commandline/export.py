"""`rnn-tui export`: run one sequence and write its trace, without a screen."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from rnn_core.choices import TRACES, either
from rnn_core.errors import InputError, UsageError, one_line
from rnn_core.run_options import whole
from rnn_tui.commandline.notices import tell
from rnn_tui.commandline.options import Option
from rnn_tui.commandline.progress import Bar
from rnn_tui.commandline.subcommand import Subcommand
from rnn_tui.commandline.terminal import read_data

if TYPE_CHECKING:  # it imports NumPy, which --help does without
    from rnn_core.recipe import Recipe

_GROUP = "export"

OPTIONS = (
    Option(("-o", "--output"), "where to; - is standard output", "FILE", group=_GROUP),
    Option(("--format",), "default: by the suffix of FILE", choices=TRACES, group=_GROUP),
    Option(("--every",), "what makes a record, where a format has any (default line)", choices=("line", "timestep"),
           default="line", group=_GROUP),
    Option(("--to",), "stop after line K of the run (default: all)", "K", whole(0, 10**12 - 1), group=_GROUP),
    Option(("--force",), "overwrite an existing file", group=_GROUP),
)  # fmt: skip


def check(args: Namespace) -> None:
    """Raise UsageError for a missing output or format, or a combination that does not exist."""
    if not args.output:
        raise UsageError("export needs -o FILE", fix="- for standard output")
    from rnn_core.formats import traces

    chosen = traces.find_format(args.format or "", args.output)
    if args.every != "line" and not chosen.records:
        made_of_records = " and ".join(traces.WITH_RECORDS)
        raise UsageError(f"--every {args.every} is for {made_of_records}, and {chosen.name} holds whole arrays")


def run(args: Namespace, recipe: Recipe) -> int:
    """Load, run and write. Raises RnnError, or BrokenPipeError when the reader has gone."""
    from rnn_core.debugger.effects import on_disk
    from rnn_core.debugger.persistence import opening
    from rnn_core.formats import files, traces, writing

    chosen = traces.find_format(args.format or "", args.output)
    if chosen.binary and args.output == "-" and sys.stdout is not None and sys.stdout.isatty():
        raise InputError(f"{chosen.name} is not for a terminal", where="standard output", fix="-o FILE, or a pipe")
    writing.check_target(args.output, overwrite=args.force)
    data = read_data(recipe.path)
    with Bar("export") as bar:
        session = opening.open_session(recipe, data, bar.part(0.0, 0.3))
        bar.pause()
        tell(session)
        size = traces.export(
            session.trace,
            args.output,
            format=chosen.name,
            every=args.every,
            to=args.to,
            overwrite=args.force,
            meta=on_disk.described(session),
            progress=bar.part(0.3, 1.0),
        )
    if args.output != "-" and sys.stderr is not None and sys.stderr.isatty():
        print(f"wrote {one_line(args.output)} ({files.human(size)})", file=sys.stderr)
    return 0


COMMAND = Subcommand(
    "export",
    f"Write every number of a run as {either(map(str.upper, TRACES))}.",
    "rnn-tui export data.csv --model weights.npz -o trace.npz",
    OPTIONS,
    check,
    run,
    "-o FILE",
)
