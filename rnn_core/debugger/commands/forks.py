"""Commands that ask "what if": each change makes a fork, a run of its own; the run that it was made from is kept."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from rnn_core.debugger import whatif
from rnn_core.debugger.outcome import Compare, Edit, Fork, Outcome, Part, Switch, Weights
from rnn_core.debugger.position.cells import parse_cell
from rnn_core.debugger.registry import Argument, Command, Focused, Key
from rnn_core.debugger.session import Branch, Cursor, Session
from rnn_core.errors import UsageError, one_line
from rnn_core.optimisers import NUMBER
from rnn_core.run_options import RUN_OPTIONS, Changing, RunOption
from rnn_core.views.cells import cell_text, cell_value
from rnn_core.views.numbers import plain
from rnn_core.views.options import TABLES, Cell

OFF = "off"


# -- changes ---------------------------------------------------------------------------------------------------


def _forks(made: Callable[[Session, str], Fork]) -> Callable[[Session, str], Outcome]:
    def run(session: Session, text: str) -> Outcome:
        return Outcome(session, effects=(made(session, text),))

    return run


def _changes(option: RunOption, changing: Changing) -> Command:
    """The command that forks with another value of an option of the run."""
    read = changing.read or option.read

    def made(session: Session, text: str) -> Fork:
        return whatif.edits.option(session, f"{changing.command} {text}", **{option.name: read(text)})

    return Command(
        name=changing.command,
        run=_forks(made),
        help=changing.help,
        example=changing.example,
        group="what-if",
        aliases=changing.aliases,
        arguments=(Argument(changing.argument, str, required=True, choices=option.choices, offers=changing.offers),),
    )


def _edit(session: Session, text: str) -> Outcome:
    """Let the person write over the selected number, where it is one that can be set."""
    cell = parse_cell(session.trace, text, session.k) if text else session.view.pinned
    if cell is None:
        return Outcome(session, "no number is selected: Tab and the arrows, or a click, select one to edit")
    target = whatif.edits.check_editable(session, whatif.edits.Target(*_named(session, cell)))
    value = cell_value(session.trace, session.k, cell)
    if value is None:  # h[0] and what is given always have one
        raise UsageError(f"{cell_text(session.trace, cell)} is not computed yet")
    shown = ("none" if value < 0 else str(int(value))) if cell.name == "y" else repr(float(value))
    return Outcome(session, effects=(Edit(str(target), shown),))


def _named(session: Session, cell: Cell) -> tuple[str, tuple[str, ...]]:
    """The name and the brackets of a cell, as `set` reads them."""
    name, _, rest = cell_text(session.trace, cell).partition("[")
    return name, tuple(rest.removesuffix("]").split("][")) if rest else ()


# -- forks -----------------------------------------------------------------------------------------------------


def _list(session: Session) -> Outcome:
    return Outcome(session, "\n".join(_line(session, branch) for branch in session.branches))


def _line(session: Session, branch: Branch) -> str:
    mark = "*" if branch.name == session.branch else "−" if branch.name == session.compared else " "
    words = [f"{mark} {branch.name}"]
    if branch.parent:
        words.append(f"{one_line(branch.edit, 80)}, made of {branch.parent} at update {branch.run.begins}")
    words.append(f"reached update {branch.run.reached}")
    losses = branch.run.metrics.loss[-branch.run.epoch_length :]
    losses = losses[~np.isnan(losses)]
    if losses.size:
        words.append(f"mean loss {plain(float(losses.mean()))}")
    return " · ".join(words)


def _fork(session: Session, name: str) -> Outcome:
    if not name:
        return _list(session)
    if whatif.branches.found(session, name).name == session.branch:
        return Outcome(session, f"{name} is the one that is looked at")
    return Outcome(session, effects=(Switch(name),))


def _undo(session: Session) -> Outcome:
    branch = whatif.branches.current(session)
    if not branch.parent:
        return Outcome(session, f"nothing to undo: {branch.name} is the run that all forks come from")
    landed = Cursor(branch.run.begins, 0)
    moved_by_it = landed.u != branch.made_at.u or branch.edit.startswith("sequence ")
    unmoved = moved_by_it and session.cursor == landed
    return Outcome(session, effects=(Switch(branch.parent, branch.made_at if unmoved else None),))


def _rename(session: Session, name: str) -> Outcome:
    return Outcome(whatif.branches.renamed(session, name), f"{session.branch} is called {name} now")


def _drop(session: Session, name: str) -> Outcome:
    return Outcome(whatif.branches.dropped(session, name), f"dropped {name}")


def _weights(*, beside: bool) -> Callable[[Session, str], Outcome]:
    def run(session: Session, path: str) -> Outcome:
        return Outcome(session, effects=(Weights(path, beside),))

    return run


# -- differences -----------------------------------------------------------------------------------------------


def _diff(session: Session, name: str) -> Outcome:
    if name == OFF or (not name and session.compared):
        if not session.compared:
            return Outcome(session, "no difference is shown")
        return Outcome(whatif.branches.alone(session), f"every panel shows {session.branch} itself")
    name = name or whatif.branches.current(session).parent
    if not name:
        raise UsageError(f"{session.branch} has no parent", fix="diff NAME shows it against a fork; forks lists them")
    if whatif.branches.found(session, name).name == session.branch:
        raise UsageError(f"{name} is the one that is looked at", fix="diff takes another one; forks lists them")
    return Outcome(session, effects=(Compare(name),))


def _parted(session: Session) -> Outcome:
    if not (session.compared or whatif.branches.current(session).parent):
        raise UsageError("there is nothing to compare with", fix="diff NAME shows this against a fork")
    return Outcome(session, effects=(Part(),))


# -- one name for two commands ---------------------------------------------------------------------------------


def scales(session: Session, text: str) -> bool:
    """Whether the words after `scale` are a factor, and not a scale of colours."""
    first = text.split()[0] if text.split() else ""
    return first in session.trace.program.parameters or re.fullmatch(NUMBER, first) is not None


scale = _forks(lambda session, text: whatif.edits.scaling(session, text))
"""`scale W 1.5`; `looks` has the command, for it also says how heatmaps are coloured."""

NAME = (Argument("name", str, required=True),)
PATH = (Argument("path", str, required=True, rest=True),)
COMMANDS = (
    Command(
        name="set",
        run=_forks(lambda session, text: whatif.edits.assignment(session, text)),
        help="Fork with a number, row or list changed: U W V b c x y h0 lr.",
        example="set W[2,3] = 0",
        group="what-if",
        arguments=(Argument("place = value", str, required=True, rest=True),),
    ),
    Command(
        name="init",
        run=_forks(lambda session, text: whatif.edits.initialisation(session, text)),
        help="Fork with weights drawn anew: KIND [SEED] [NAMES].",
        example="init orthogonal",
        group="what-if",
        arguments=(Argument("kind", str, required=True, rest=True),),
    ),
    *(_changes(option, option.changing) for option in RUN_OPTIONS if option.changing),
    Command(
        name="edit",
        run=_edit,
        help="Write over the selected number, and fork.",
        example="edit W[2,3]",
        group="what-if",
        arguments=(Argument("cell", str, default="", rest=True),),
        keys=(Key("enter"),),
        focused=Focused("set", TABLES),
    ),
    Command(
        name="weights",
        run=_weights(beside=False),
        help="Fork with the weights of a file: a model, or an exported trace.",
        example="weights epoch-20.npz",
        group="what-if",
        arguments=PATH,
    ),
    Command(
        name="against",
        run=_weights(beside=True),
        help="Show this run minus one with the weights of a file, a second checkpoint.",
        example="against epoch-20.npz",
        group="what-if",
        arguments=PATH,
    ),
    Command(
        name="forks",
        run=_list,
        help="List the forks, where they were made and how they do.",
        example="forks",
        group="what-if",
    ),
    Command(
        name="fork",
        run=_fork,
        help="Go to another fork, at the same place.",
        example="fork main",
        group="what-if",
        arguments=(Argument("name", str, default=""),),
    ),
    Command(
        name="undo",
        run=_undo,
        help="Back to the run that this fork was made of.",
        example="undo",
        group="what-if",
        keys=(Key("z"),),
    ),
    Command(
        name="rename",
        run=_rename,
        help="Give this fork another name.",
        example="rename wide",
        group="what-if",
        arguments=NAME,
    ),
    Command(
        name="drop", run=_drop, help="Forget a fork.", example="drop init-orthogonal", group="what-if", arguments=NAME
    ),
    Command(
        name="diff",
        run=_diff,
        help="Show this run minus another one; off, or again, ends it.",
        example="diff main",
        group="what-if",
        arguments=(Argument("name", str, default=""),),
        keys=(Key("D"),),
    ),
    Command(
        name="parted",
        run=_parted,
        help="To the first position at which the two runs part.",
        example="parted",
        group="what-if",
        keys=(Key("P"),),
    ),
)
