"""Sessions as files: what a person has in front of them, written as JSON and read again.

Rules this file keeps:
- A file holds plain data and where the numbers came from, never the numbers: they are computed anew. Of a fork that
  is the command that made it, and the place that it was given at.
- Whatever a file holds, it is read, or refused in one line that says what is wrong with it and where.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import replace
from itertools import product
from typing import Any

from rnn_core.cells import CELLS, cell
from rnn_core.debugger.persistence.digests import ROLES
from rnn_core.debugger.persistence.json_fields import MOST, any_text, members, reader, record_reader, to_json
from rnn_core.debugger.session import MAIN, Cursor, Mark, Session
from rnn_core.debugger.stops.breakpoints import Breakpoint
from rnn_core.debugger.whatif import branches
from rnn_core.errors import InputError, UsageError, quoted
from rnn_core.formats import files, writing
from rnn_core.formats.files import Content
from rnn_core.formats.strict_json import Json, parse, wrong
from rnn_core.language.functions import ACTIVATIONS
from rnn_core.model import initialisations
from rnn_core.optimisers import Optimiser
from rnn_core.outputs import LOSSES
from rnn_core.program import program
from rnn_core.recipe import Recipe
from rnn_core.records import dataclass
from rnn_core.run_options import RUN_OPTIONS
from rnn_core.training.run import MOST_UPDATES
from rnn_core.updates import Options
from rnn_core.views.options import FOCUSES, GATES, SPEEDS, Cell, View

FORMAT = "rnn-tui session"
VERSION = 2
VERSIONS = (1, 2)
"""What is read; version 1 knew no training."""
LIMIT = 16 * 2**20
"""The most bytes that a session file may have."""

CHECKSUM = "checksum"
"""The member that says whether a file is as it was written; one without it is read as well."""
NAME = re.compile(r"[A-Za-z_][\w-]{0,39}", re.ASCII)
"""What a mark may be called."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Position:
    """The cursor."""

    update: int
    k: int


@dataclass(frozen=True)
class SavedBranch:
    """A branch: the command that made it out of its parent, at which place, and how far it was computed."""

    name: str
    parent: str = ""
    edit: str = ""
    made_at: Cursor = Cursor(0, 0)
    reached: int = 0


@dataclass(frozen=True)
class Saved:
    """What a session file says; checked as far as that is possible without its source."""

    recipe: Recipe
    sha256: tuple[tuple[str, str], ...]
    """Of each file that the recipe names, as it was when it was read."""
    position: Position
    branches: tuple[SavedBranch, ...]
    """Parents before their forks."""
    branch: str
    """The name of the current one."""
    compared: str
    through: bool
    breakpoints: tuple[Breakpoint, ...]
    displays: tuple[str, ...]
    marks: tuple[Mark, ...]
    view: View


# -- writing ---------------------------------------------------------------------------------------------------


def saved_of(session: Session) -> Saved:
    """A session as plain data. Raises UsageError where it could not be opened again."""
    recipe = session.recipe
    if session.hunt is not None:
        raise UsageError("a hunt is not saved", fix=f"rnn-tui {session.hunt.source} begins it anew")
    if recipe.path == "-" and recipe.text is None:
        raise UsageError("what came from standard input cannot be opened again", fix="save it to a file and open that")
    absolute = {field: os.path.abspath(path) for field in ROLES.values() if (path := getattr(recipe, field))}
    saved = tuple(
        SavedBranch(branch.name, branch.parent, branch.edit, branch.made_at, branch.run.reached)
        for branch in session.branches
    )
    return Saved(
        replace(recipe, **absolute), session.sha256, Position(*session.cursor), saved, session.branch,
        session.compared, session.through, session.breakpoints, session.displays, session.marks,
        replace(session.view, playing=False),
    )  # fmt: skip


def to_bytes(session: Session) -> bytes:
    """A session as the bytes of its file. Raises UsageError where it could not be reopened from them."""
    return encoded(saved_of(session))


def encoded(saved: Saved) -> bytes:
    """Plain data as the bytes of a file. Raises UsageError where they would not be read as the same again."""
    content = {"format": FORMAT, "version": VERSION, **to_json(saved), "sha256": dict(saved.sha256)}
    content[CHECKSUM] = _checksum(content)
    data = (json.dumps(content, indent=1, allow_nan=False) + "\n").encode("ascii")
    try:
        if len(data) > LIMIT or read(Content("", data)) != saved:
            raise UsageError(f"the session would take {files.human(len(data))}", fix=f"at most {files.human(LIMIT)}")
    except InputError as error:
        raise UsageError(f"this session cannot be saved: {error}") from None
    return data


def save(session: Session, path: str, *, overwrite: bool = False) -> int:
    """Write a session file, whole or not at all, and return its size. Raises RnnError."""
    data = to_bytes(session)
    if path == "-":
        raise UsageError("standard output is the screen", fix="give a file name")
    with writing.opened(path, overwrite=overwrite) as stream:
        stream.write(data)
    return len(data)


# -- reading ---------------------------------------------------------------------------------------------------


def read(content: Content) -> Saved:
    """What the bytes of a session file say. Raises InputError."""
    value = parse(content)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise content.error("is not a session of rnn-tui", fix="save-session FILE writes one")
    version = value.get("version")
    if version not in VERSIONS or type(version) is not int:
        known = " and ".join(map(str, VERSIONS))
        raise content.error(f"has version {quoted(version)}, and this program reads {known}")
    whole, given = value, value.get(CHECKSUM)
    if version == 1:
        value = _without_training(value)
    names = tuple(Saved.__dataclass_fields__)
    members(content, "", value, ("format", "version", CHECKSUM, *names), set(names))
    saved = Saved(**{name: _READERS[name](content, name, value[name]) for name in names})
    _check_recipe(content, saved.recipe)
    _check_stops(content, saved.breakpoints)
    _check_view(content, saved.view)
    _check_branches(content, saved)
    if saved.position.update > MOST_UPDATES:
        raise content.error(f"{saved.position.update:,} is beyond {MOST_UPDATES:,}", at="position.update")
    called = [mark.name for mark in saved.marks]
    if len(set(called)) < len(called) or not all(map(NAME.fullmatch, called)):
        raise content.error("names that no marks can have", at="marks")
    if given is not None and given != _checksum(whole):
        fix = f'save it again; whoever has changed it on purpose leaves out its "{CHECKSUM}"'
        raise content.error("is not as it was written", at=CHECKSUM, fix=fix)
    return saved


def _checksum(value: dict[str, Any]) -> str:
    """The SHA-256 of everything else in a file, however it is laid out."""
    rest = {name: member for name, member in value.items() if name != CHECKSUM}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, allow_nan=False).encode("ascii")).hexdigest()


def _without_training(value: Json) -> Json:
    """A file of version 1 as one of today: the one run that it knew, whose marks lie in update 0."""
    marks = value.get("marks")
    if isinstance(marks, list):
        marks = [{"name": m[0], "u": 0, "k": m[1]} if isinstance(m, list) and len(m) == 2 else m for m in marks]
    added = {"branches": [{"name": MAIN}], "branch": MAIN, "compared": "", "through": False}
    return {**added, **value, **({} if marks is None else {"marks": marks})}


def _digests(content: Content, at: str, value: Json) -> tuple[tuple[str, str], ...]:
    members(content, at, value, tuple(ROLES), set())
    for role, digest in value.items():
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise wrong(content, f"{at}.{role}", digest, "a SHA-256 of 64 hexadecimal digits")
    return tuple(value.items())


def _optional_text(content: Content, at: str, value: Json) -> str | None:
    return None if value is None else any_text(content, at, value)


def _edit(content: Content, at: str, value: Json) -> str:
    if not any_text(content, at, value).isprintable():
        raise content.error("holds characters that cannot be shown", at=at)
    return str(value)


_branch = record_reader(SavedBranch, edit=_edit)


def _branches(content: Content, at: str, value: Json) -> tuple[SavedBranch, ...]:
    if not isinstance(value, list) or not value:
        raise wrong(content, at, value, "a list of branches")
    if len(value) > MOST:
        raise content.error(f"has {len(value):,} entries, at most {MOST:,} are taken", at=at)
    return tuple(_branch(content, f"{at}[{i}]", entry) for i, entry in enumerate(value))


_READERS: dict[str, Any] = {
    "branches": _branches,
    "branch": reader(str),
    "compared": reader(str),
    "through": reader(bool),
    "recipe": record_reader(Recipe, text=_optional_text, path=any_text, targets=any_text, model=any_text),
    "sha256": _digests,
    "position": reader(Position),
    "breakpoints": reader(tuple[Breakpoint, ...]),
    "displays": reader(tuple[str, ...]),
    "marks": reader(tuple[Mark, ...]),
    "view": reader(View),
}


def _check_recipe(content: Content, recipe: Recipe) -> None:
    if recipe.path == "-":
        raise content.error("standard input cannot be opened again", at="recipe.path")
    for option in RUN_OPTIONS:
        value = option.of(recipe)
        if option.limits is None or value is None:
            continue
        least, most = option.limits
        if not least <= value <= most:
            raise content.error(f"{value} is not from {least:,} to {most:,}", at=f"recipe.{option.name}")
    if recipe.cell and recipe.cell not in CELLS:
        raise content.error(f"no cell {quoted(recipe.cell)}", at="recipe.cell")
    if recipe.activation and recipe.activation not in ACTIVATIONS:
        raise content.error(f"no activation {quoted(recipe.activation)}", at="recipe.activation")
    if recipe.init not in initialisations(cell(recipe.cell or "rnn")):
        raise content.error(f"no initialisation {quoted(recipe.init)}", at="recipe.init")


def _check_branches(content: Content, saved: Saved) -> None:
    names: list[str] = []
    for i, branch in enumerate(saved.branches):
        at = f"branches[{i}]"
        if branch.name in names or not branches.NAME.fullmatch(branch.name) or bool(i) is (branch.name == MAIN):
            raise content.error(f"{quoted(branch.name)} cannot be its name", at=f"{at}.name")
        if bool(i) is not bool(branch.edit) or (branch.parent not in names if i else branch.parent):
            what = "needs a parent before it and the command that made it" if i else "is not the first run"
            raise content.error(what, at=at)
        for u in (branch.reached, branch.made_at.u):
            if u > MOST_UPDATES:
                raise content.error(f"update {u:,} is beyond {MOST_UPDATES:,}", at=at)
        names.append(branch.name)
    for field in ("branch", "compared"):
        name = getattr(saved, field)
        if name not in names and (name or field == "branch"):
            raise content.error(f"no branch {quoted(name)}", at=field)


def _check_stops(content: Content, points: tuple[Breakpoint, ...]) -> None:
    numbers = [point.number for point in points]
    for i, point in enumerate(points):
        at = f"breakpoints[{i}]"
        if (point.location is None) is not bool(point.watch):
            raise content.error("needs either a location or an expression to watch", at=at)
        if point.number < 1 or point.number in numbers[:i]:
            raise content.error(f"{point.number} cannot be its number", at=f"{at}.number")


def _exists(element: Cell) -> bool:
    """Whether any network has a number of this name with so many indices; which one it is, is known when it is open."""
    keeps_all = Optimiser("adam")
    for name, loss in product(CELLS, LOSSES):
        register = program(Options(loss=loss, optimiser=keeps_all), cell(name)).registers.get(element.name)
        if register is not None and len(register.axes) == len(element.index):
            return True
    return False


def _check_view(content: Content, view: View) -> None:
    if view.speed not in SPEEDS:
        raise content.error(f"{view.speed} is no speed", at="view.speed", fix=f"one of {' '.join(map(str, SPEEDS))}")
    if view.panel not in ("", *FOCUSES, GATES):
        raise content.error(f"no panel {quoted(view.panel)}", at="view.panel", fix=f"one of {', '.join(FOCUSES)}")
    pinned = view.pinned
    if pinned and not _exists(pinned):
        raise content.error(f"{quoted(pinned.name)} has no such element", at="view.pinned")
