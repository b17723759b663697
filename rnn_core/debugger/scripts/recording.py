"""Recording: the command lines that a person runs, kept as a script that replays to the same session.

Rules this file keeps:
- A line is kept once everything it asked for is done; what was refused, cancelled or undone by an error is left out.
- What belongs to the moment is left out as well: the screen's own commands, and files that were written.
- The script begins with what makes a fresh session into the one that the recording started from.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace

from rnn_core.debugger.commands import COMMANDS
from rnn_core.debugger.commands.lines import escaped
from rnn_core.debugger.effects.performing import is_replayed
from rnn_core.debugger.outcome import Effect
from rnn_core.debugger.session import Session
from rnn_core.debugger.stops.breakpoints import Breakpoint
from rnn_core.debugger.whatif.branches import fresh_name
from rnn_core.errors import RnnError, one_line
from rnn_core.recipe import Recipe
from rnn_core.records import dataclass
from rnn_core.run_options import RUN_OPTIONS
from rnn_core.views.cells import cell_text
from rnn_core.views.options import View

_ALIKE = "step "
"""What the lines of playing are written as."""


@dataclass(frozen=True)
class Recording:
    """A script in the making, and the file that it goes to."""

    path: str
    overwrite: bool = False
    lines: tuple[str, ...] = ()
    ticks: int = 0
    """Positions that playing has gone on since the last line kept."""

    @property
    def text(self) -> str:
        """The script."""
        return "".join(f"{line}\n" for line in _settled(self).lines)


def begun(path: str, overwrite: bool, session: Session) -> Recording:
    """A recording that starts from this session."""
    return Recording(path, overwrite, tuple(prologue(session)))


def noted(
    recording: Recording | None, line: str, before: Session, after: Session, effects: tuple[Effect, ...] = ()
) -> Recording | None:
    """The recording with a command line that was run and not refused; `effects` are those it asked for, all done."""
    if recording is None:
        return None
    try:
        command = COMMANDS.find(line.split(maxsplit=1)[0] if line.strip() else "")
    except RnnError:
        return recording
    if command.name == "tick":
        return replace(recording, ticks=recording.ticks + (after.cursor != before.cursor))
    if command.name == "play" or not all(map(is_replayed, effects)):
        return recording
    settled = _settled(recording)
    return replace(settled, lines=(*settled.lines, escaped(line.strip())))


def _settled(recording: Recording) -> Recording:
    if not recording.ticks:
        return recording
    return replace(recording, lines=(*recording.lines, f"{_ALIKE}{recording.ticks}"), ticks=0)


# -- what the script begins with -------------------------------------------------------------------------------


def prologue(session: Session) -> Iterator[str]:
    """Comments that say how to open the same run, and commands that make a fresh session of it into this one."""
    yield " ".join(filter(None, ("# rnn-tui run", one_line(command_line(session.recipe), 2000), "-x THIS")))
    yield from _branches(session)
    offered = Session.of(session.branches[0].run).offered().breakpoints
    if session.breakpoints != offered:
        yield from ("delete all",) if offered or len(session.branches) > 1 else ()
        yield from _set_breakpoints(session.breakpoints)
    for expression in session.displays:
        yield escaped(f"display {expression}")
    for name, u, k in session.marks:
        yield f"goto update {u} {k}"
        yield f"mark {name}"
    if session.cursor.u or len(session.branches) > 1 or session.run.reached:
        yield f"goto update {session.cursor.u} {session.k}"
    elif session.marks or session.k:
        yield f"goto {session.k}"
    if session.compared:
        yield f"diff {session.compared}"
    if session.through:
        yield "nonfinite go"
    fresh, view = View(), session.view
    for command, now, at_first in (
        ("view", view.cells, fresh.cells), ("scale", view.scale, fresh.scale), ("sums", view.sums, fresh.sums),
        ("theme", view.theme, fresh.theme), ("select", view.pinned and cell_text(session.trace, view.pinned), None),
    ):  # fmt: skip
        if now != at_first:
            yield f"{command} {now}"


def _branches(session: Session) -> Iterator[str]:
    """Compute each run as far as it was, and make the forks again, each at its place, under its name."""
    main, *forks = session.branches
    made, current = replace(session, branches=(main,)), main.name
    if main.run.reached > (session.cursor.u if not forks else 0):
        yield f"goto update {main.run.reached}"
    for branch in forks:
        if current != branch.parent:
            yield from _switch(session, current, branch.parent)
        yield f"goto update {branch.made_at.u} {branch.made_at.k}"
        yield escaped(branch.edit) + (" fork" if branch.edit.startswith("sequence ") else "")
        if branch.name != fresh_name(made, branch.edit):
            yield f"rename {branch.name}"
        if branch.run.reached > branch.made_at.u:
            yield f"goto update {branch.run.reached}"
        made, current = replace(made, branches=(*made.branches, branch)), branch.name
    if current != session.branch:
        yield from _switch(session, current, session.branch)


def _switch(session: Session, current: str, name: str) -> Iterator[str]:
    """Go to another branch, from where both have come to: it would be computed as far as this one stands."""
    here, there = session.named(current), session.named(name)
    if here and there and there.run.reached < here.run.reached:
        yield f"goto update {there.run.reached}"
    yield f"fork {name}"


def _set_breakpoints(points: tuple[Breakpoint, ...]) -> Iterator[str]:
    """Each with its own number: numbers that were deleted are made and deleted again."""
    numbered = {point.number: point for point in points}
    for number in range(1, max(numbered, default=0) + 1):
        point = numbered.get(number)
        if point is None:
            yield "break backward"
            continue
        word = "watch" if point.watch else "tbreak" if point.temporary else "break"
        quote = "'" if '"' in point.log else '"'
        yield escaped(f"{word} {point}" + (f" log {quote}{point.log}{quote}" if point.log else ""))
        if point.ignore:
            yield f"ignore {number} {point.ignore}"
        if not point.enabled:
            yield f"disable {number}"
    for number in range(1, max(numbered, default=0) + 1):
        if number not in numbered:
            yield f"delete {number}"


def command_line(recipe: Recipe) -> str:
    """The words after `rnn-tui` that open what a recipe describes."""
    fresh, words = Recipe(), [recipe.path] if recipe.path and recipe.text is None else []
    for option in RUN_OPTIONS:
        value = option.of(recipe)
        if value == option.of(fresh) or (option.name == "demo" and (recipe.path or recipe.text is not None)):
            continue
        for part in value if option.repeated else (value,):
            takes_value = option.metavar or option.choices
            words.append(f"{option.flags[0]}={option.text(part)}" if takes_value else option.flags[0])
    return shlex.join(words)
