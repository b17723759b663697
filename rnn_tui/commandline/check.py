"""`rnn-tui check`: check every gradient of one sequence, without a screen."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from rnn_core.run_options import whole
from rnn_tui.commandline.options import Option
from rnn_tui.commandline.progress import Bar
from rnn_tui.commandline.subcommand import Subcommand
from rnn_tui.commandline.terminal import check_output, print_line, read_data
from rnn_tui.commandline.told import tell

if TYPE_CHECKING:  # it imports NumPy, which --help does without
    from rnn_core.recipe import Recipe

_GROUP = "check"

OPTIONS = (
    Option(("--samples",), "elements of a gradient that are looked at (default: what a few seconds allow)", "N",
           whole(1, 10**9), group=_GROUP),
    Option(("--map",), "draw the error of every element, gradient by gradient", group=_GROUP),
)  # fmt: skip


def check(_args: Namespace) -> None:
    """Nothing has to go together."""


def run(args: Namespace, recipe: Recipe) -> int:
    """Load, run, check, and print the table; 1 where a gradient is not good. Raises RnnError."""
    from rnn_core.debugger.persistence import opening
    from rnn_core.diagnostics import gradient_check, report

    check_output()
    data = read_data(recipe.path)
    with Bar("checking") as bar:
        session = opening.open_session(recipe, data, bar.part(0.0, 0.1))
        bar.pause()
        tell(session)
        found = gradient_check.check(session.trace, samples=args.samples, progress=bar.part(0.1, 1.0))
    proven = session.proof
    for line in proven.lines() if proven else ():
        print_line(line)
    for line in report.lines(found, maps=args.map):
        print_line(line)
    return 0 if found.good and (proven is None or proven.good) else 1


def verify(recipe: Recipe) -> int:
    """Print how the model agrees with its framework, where there is no screen; 1 where it does not. Raises RnnError."""
    from rnn_core.debugger.persistence import opening

    check_output()
    session = opening.open_session(recipe, read_data(recipe.path))
    assert session.proof is not None  # it was asked for
    tell(session)
    for line in session.proof.lines():
        print_line(line)
    return 0 if session.proof.good else 1


COMMAND = Subcommand(
    "check",
    "Check every gradient of a run by complex steps.",
    "rnn-tui check data.csv --model weights.npz",
    OPTIONS,
    check,
    run,
)
