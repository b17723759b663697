"""`rnn-tui findings` and `rnn-tui flow`: what is wrong with a run, and how its gradient travels, without a screen."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from rnn_core.errors import UsageError, quoted
from rnn_core.run_options import whole
from rnn_tui.commandline.notices import tell
from rnn_tui.commandline.options import Option
from rnn_tui.commandline.progress import Bar
from rnn_tui.commandline.subcommand import Subcommand
from rnn_tui.commandline.terminal import check_output, print_line, read_data

if TYPE_CHECKING:  # they import NumPy, which --help does without
    from rnn_core.debugger.session import Session
    from rnn_core.recipe import Recipe

ANY = "any"
_UPDATE = Option(("--update",), "look at update N, after N updates of training (default 0)", "N", whole(0, 10**7),
                 default=0, group="flow")  # fmt: skip
_JSON = Option(("--json",), "print one JSON object", group="flow")


def _rules(text: str) -> tuple[str, ...]:
    from rnn_core.diagnostics.findings.registry import rules

    names, known = tuple(name.strip() for name in text.split(",")), [rule.name for rule in rules()]
    for name in names:
        if name not in (*known, ANY):
            raise UsageError(f"--fail-on: no rule {quoted(name)}", fix=f"{ANY}, or some of {', '.join(known)}")
    return names


FINDINGS_OPTIONS = (
    Option(("--fail-on",), "exit with 1 where one of these is found: any, or vanishing,exploding,…", "RULE,...",
           group="flow"),
    _UPDATE,
    _JSON,
)  # fmt: skip
FLOW_OPTIONS = (
    Option(("--timestep",), "the timestep that is looked at (default: the last)", "T", whole(1, 10**9), group="flow"),
    Option(("--lattice",), "add each loss's gradient at each timestep before it (to --json)", group="flow"),
    _UPDATE,
    _JSON,
)  # fmt: skip


def _opened(recipe: Recipe, update: int) -> Session:
    """The session at the start of an update. Raises RnnError."""
    from dataclasses import replace

    from rnn_core.debugger.persistence import opening
    from rnn_core.debugger.session import Cursor

    check_output()
    data = read_data(recipe.path)
    with Bar("running") as bar:
        session = opening.open_session(recipe, data, bar.part(0.0, 0.5 if update else 1.0))
        bar.pause()
        tell(session)
        if update:
            trace = session.run.trace(update)
            session = replace(session, trace=trace, cursor=Cursor(update, 0))
    return session


def _check_findings(args: Namespace) -> None:
    """Raises UsageError for a rule that there is not."""
    if args.fail_on is not None:
        _rules(args.fail_on)


def _findings(args: Namespace, recipe: Recipe) -> int:
    """Open, look, print; 1 where something is found that --fail-on names. Raises RnnError."""
    session = _opened(recipe, args.update)
    from rnn_core.debugger.commands.flow import of_session
    from rnn_core.diagnostics.findings import report

    found = of_session(session)
    if args.json:
        _print({"update": args.update, "findings": [finding.as_json() for finding in found]})
    else:
        for line in report.lines(found):
            print_line(line)
    asked = _rules(args.fail_on) if args.fail_on is not None else ()
    return int(any(ANY in asked or finding.rule in asked for finding in found))


def _check_flow(args: Namespace) -> None:
    """Raises UsageError for a lattice without JSON."""
    if args.lattice and not args.json:
        raise UsageError("--lattice goes with --json", fix="rnn-tui run -e lattice prints a part of it")


def _flow(args: Namespace, recipe: Recipe) -> int:
    """Open, measure, print. Raises RnnError."""
    session = _opened(recipe, args.update)
    from rnn_core.diagnostics import flow

    trace = session.trace
    t = len(trace) if args.timestep is None else args.timestep
    if t > len(trace):
        raise UsageError(f"no timestep {t}", fix=f"the sequence has {len(trace)}")
    if args.json:
        _print(flow.as_json(trace, t, with_lattice=args.lattice))
    else:
        for line in flow.lines(trace, t):
            print_line(line)
    return 0


def _print(answer: dict[str, Any]) -> None:
    import json

    print_line(json.dumps(answer, ensure_ascii=False, allow_nan=False))


FINDINGS = Subcommand(
    "findings",
    "List what is wrong with a run, most important first.",
    "rnn-tui findings data.csv --model weights.npz --fail-on vanishing,exploding",
    FINDINGS_OPTIONS,
    _check_findings,
    _findings,
)
FLOW = Subcommand(
    "flow",
    "Say how the gradient travels back through time.",
    "rnn-tui flow data.csv --model weights.npz --json",
    FLOW_OPTIONS,
    _check_flow,
    _flow,
)
