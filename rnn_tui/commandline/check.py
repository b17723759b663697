"""`rnn-tui check`: check every gradient of one sequence, without a screen."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import TYPE_CHECKING

from rnn_core.errors import UsageError
from rnn_core.run_options import whole
from rnn_tui.commandline.notices import tell, tell_of
from rnn_tui.commandline.options import Option
from rnn_tui.commandline.progress import Bar
from rnn_tui.commandline.subcommand import Subcommand
from rnn_tui.commandline.terminal import check_output, print_line, read_data

if TYPE_CHECKING:  # it imports NumPy, which --help does without
    from rnn_core.recipe import Recipe

_GROUP = "check"

OPTIONS = (
    Option(("--samples",), "elements of a gradient that are looked at (default: what a few seconds allow)", "N",
           whole(1, 10**9), group=_GROUP),
    Option(("--map",), "draw the error of every element, gradient by gradient", group=_GROUP),
    Option(("--mine",), "compare your own gradients in a file with these, and name the mistake in them",
           "FILE", group=_GROUP),
    Option(("--json",), "print one JSON object", group=_GROUP),
)  # fmt: skip


def check(args: Namespace) -> None:
    """Raise UsageError for options that do not go together."""
    if args.map and args.json:
        raise UsageError("--map draws, and --json does not", fix="leave one of them out")
    if args.mine is not None and (args.map or args.samples):
        raise UsageError("--mine compares every element", fix="leave out --map and --samples")


def run(args: Namespace, recipe: Recipe) -> int:
    """Load, run, check, and print the table; 1 where a gradient is not good. Raises RnnError."""
    from rnn_core.debugger.persistence import opening
    from rnn_core.diagnostics import gradient_check, report
    from rnn_core.json_values import spelled

    check_output()
    data = read_data(recipe.path)
    if args.mine is not None:
        return _mine(args, recipe, data)
    with Bar("checking") as bar:
        session = opening.open_session(recipe, data, bar.part(0.0, 0.1))
        bar.pause()
        tell(session)
        found = gradient_check.check(session.trace, samples=args.samples, progress=bar.part(0.1, 1.0))
    proven = session.proof
    if args.json:
        proof = {"proof": spelled(proven.as_json())} if proven else {}
        print_line(json.dumps({**report.as_json(found), **proof, "notices": list(session.assumed)}, ensure_ascii=False))
        return 0 if found.good and (proven is None or proven.good) else 1
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


def _mine(args: Namespace, recipe: Recipe, data: bytes | None) -> int:
    """Compare the gradients in a file; 1 where they are wrong."""
    from rnn_core.debugger.effects import mine
    from rnn_core.debugger.persistence import opening
    from rnn_core.diagnostics.mine import told

    with Bar("comparing") as bar:
        session = opening.open_session(recipe, data, bar.part(0.0, 0.1))
        bar.pause()
        tell(session)
        found = mine.answer(session, args.mine, bar.part(0.1, 1.0), strict=recipe.strict)
    if args.json:
        told_of_run = {"notices": [*session.assumed, *map(str, found.notices)]}
        print_line(json.dumps({**told.as_json(found.compared, found.explained), **told_of_run}, ensure_ascii=False))
    else:
        if not recipe.quiet:
            tell_of(found.notices)
        for line in told.lines(found.compared, found.explained):
            print_line(line)
    return 0 if found.compared.agree else 1


COMMAND = Subcommand(
    "check",
    "Check every gradient of a run by complex steps.",
    "rnn-tui check data.csv --model weights.npz",
    OPTIONS,
    check,
    run,
)
