"""Sessions as files: what a person has in front of them, written as JSON and put together again.

Rules this file keeps:
- A file holds plain data and where the numbers came from, never the numbers: they are computed anew.
- Whatever a file holds, the answer is a session or one line that says what is wrong with it and where.
- A source that is no longer what it was is told, and the position kept as far as the run still reaches.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from rnn_core.debugger.breakpoints import Breakpoint
from rnn_core.debugger.locations import Location
from rnn_core.debugger.plain import any_text, members, plain, reader, record_reader
from rnn_core.debugger.selection import fitted, parse_cell
from rnn_core.debugger.session import Mark, Session
from rnn_core.errors import InputError, RnnError, UsageError, quoted
from rnn_core.formats import files
from rnn_core.formats.files import Content
from rnn_core.formats.strict_json import Json, parse, wrong
from rnn_core.formats.traces import output
from rnn_core.model import INITIALISATIONS
from rnn_core.recipe import Recipe
from rnn_core.training.run import MOST_UPDATES
from rnn_core.views.cells import AXES, cell_text
from rnn_core.views.options import FOCUSES, SPEEDS, Cell, View

FORMAT = "rnn-tui session"
VERSION = 2
LIMIT = 16 * 2**20
"""The most bytes that a session file may have."""
ROLES = {"source": "path", "targets": "targets", "model": "model"}
"""The files that a recipe may name, and the fields that name them."""

NAME = re.compile(r"[A-Za-z_][\w-]{0,39}", re.ASCII)
"""What a mark may be called."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK = 2**20


@dataclass(frozen=True)
class Position:
    """The cursor."""

    update: int
    k: int


@dataclass(frozen=True)
class Saved:
    """What a session file says; checked as far as that is possible without its source."""

    recipe: Recipe
    sha256: tuple[tuple[str, str], ...]
    """Of each file that the recipe names, as it was when it was read."""
    position: Position
    breakpoints: tuple[Breakpoint, ...]
    displays: tuple[str, ...]
    marks: tuple[Mark, ...]
    view: View


# -- writing ---------------------------------------------------------------------------------------------------


def digests(recipe: Recipe) -> tuple[tuple[str, str], ...]:
    """The SHA-256 of each file that a recipe names, by its role; a file that has vanished is left out."""
    found = []
    for role, field in ROLES.items():
        name = getattr(recipe, field)
        if not name or name == "-" or (role != "model" and recipe.text is not None):
            continue
        with contextlib.suppress(InputError), files.opened(name) as (file, _):
            digest = hashlib.sha256()
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
            found.append((role, digest.hexdigest()))
    return tuple(found)


def to_bytes(session: Session) -> bytes:
    """A session as the bytes of its file. Raises UsageError where it could not be reopened from them."""
    recipe = session.recipe
    if recipe.path == "-" and recipe.text is None:
        raise UsageError("what came from standard input cannot be opened again", fix="save it to a file and open that")
    absolute = {field: os.path.abspath(path) for field in ROLES.values() if (path := getattr(recipe, field))}
    view = replace(session.view, playing=False)
    saved = Saved(
        replace(recipe, **absolute), session.sha256, Position(*session.cursor), session.breakpoints, session.displays,
        session.marks, view,
    )  # fmt: skip
    content = {"format": FORMAT, "version": VERSION, **plain(saved), "sha256": dict(saved.sha256)}
    data = (json.dumps(content, indent=1, allow_nan=False) + "\n").encode("ascii")
    try:
        if len(data) > LIMIT or read(Content("", data)) != saved:
            raise UsageError(f"the session would take {files.human(len(data))}", fix=f"at most {files.human(LIMIT)}")
    except InputError as error:
        raise UsageError(f"this session cannot be saved: {error}") from None
    return data


def save(session: Session, path: str, *, overwrite: bool = False) -> int:
    """Write a session file, whole or not at all, and answer its size. Raises RnnError."""
    data = to_bytes(session)
    if path == "-":
        raise UsageError("standard output is the screen", fix="give a file name")
    with output.opened(path, overwrite=overwrite) as stream:
        stream.write(data)
    return len(data)


# -- reading ---------------------------------------------------------------------------------------------------


def load(path: str) -> Saved:
    """What a session file says. Raises InputError."""
    with files.opened(path) as (file, size):
        files.check_size(path, size, LIMIT)
        data = file.read(LIMIT + 1)
        files.check_size(path, len(data), LIMIT)
    return read(Content(path, data))


def read(content: Content) -> Saved:
    """What the bytes of a session file say. Raises InputError."""
    value = parse(content)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise content.error("is not a session of rnn-tui", fix="save-session FILE writes one")
    version = value.get("version")
    if version != VERSION or type(version) is not int:
        raise content.error(f"has version {quoted(version)}, and this program reads version {VERSION}")
    names = tuple(Saved.__dataclass_fields__)
    members(content, "", value, ("format", "version", *names), set(names))
    saved = Saved(**{name: _READERS[name](content, name, value[name]) for name in names})
    _check_recipe(content, saved.recipe)
    _check_stops(content, saved.breakpoints)
    _check_view(content, saved.view)
    if saved.position.update > MOST_UPDATES:
        raise content.error(f"{saved.position.update:,} is beyond {MOST_UPDATES:,}", at="position.update")
    called = [mark.name for mark in saved.marks]
    if len(set(called)) < len(called) or not all(map(NAME.fullmatch, called)):
        raise content.error("names that no marks can have", at="marks")
    return saved


def _digests(content: Content, at: str, value: Json) -> tuple[tuple[str, str], ...]:
    members(content, at, value, tuple(ROLES), set())
    for role, digest in value.items():
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise wrong(content, f"{at}.{role}", digest, "a SHA-256 of 64 hexadecimal digits")
    return tuple(value.items())


def _optional_text(content: Content, at: str, value: Json) -> str | None:
    return None if value is None else any_text(content, at, value)


_READERS: dict[str, Any] = {
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
    for name, least, most in (
        ("seq_length", 1, 10**6), ("hidden", 1, 10**6), ("classes", 1, 10**6), ("seed", 0, 2**32 - 1),
    ):  # fmt: skip
        value = getattr(recipe, name)
        if value is not None and not least <= value <= most:
            raise content.error(f"{value} is not from {least:,} to {most:,}", at=f"recipe.{name}")
    if recipe.init not in INITIALISATIONS:
        raise content.error(f"no initialisation {quoted(recipe.init)}", at="recipe.init")


def _check_stops(content: Content, points: tuple[Breakpoint, ...]) -> None:
    numbers = [point.number for point in points]
    for i, point in enumerate(points):
        at = f"breakpoints[{i}]"
        if (point.location is None) is not bool(point.watch):
            raise content.error("needs either a location or an expression to watch", at=at)
        if point.number < 1 or point.number in numbers[:i]:
            raise content.error(f"{point.number} cannot be its number", at=f"{at}.number")


def _check_view(content: Content, view: View) -> None:
    if view.speed not in SPEEDS:
        raise content.error(f"{view.speed} is no speed", at="view.speed", fix=f"one of {' '.join(map(str, SPEEDS))}")
    if view.panel not in ("", *FOCUSES):
        raise content.error(f"no panel {quoted(view.panel)}", at="view.panel", fix=f"one of {', '.join(FOCUSES)}")
    cell = view.pinned
    if cell and (cell.name not in AXES or len(cell.index) != len(AXES[cell.name])):
        raise content.error(f"{quoted(cell.name)} has no such element", at="view.pinned")


# -- putting together again ------------------------------------------------------------------------------------


def restored(
    saved: Saved, opened: Session, name: str, progress: Callable[[float], None] = lambda _share: None
) -> tuple[Session, tuple[str, ...]]:
    """A session as it was saved, on the run that its recipe makes now, and what has changed since.

    `name` is the file's, for errors. Raises InputError where a breakpoint is at a line that the listing has not.
    """
    trace, notes = opened.run.trace(saved.position.update, progress), list[str]()
    before, now = dict(saved.sha256), dict(opened.sha256)
    for role, field in ROLES.items():
        if before.get(role) != now.get(role):
            notes.append(f"{files.base_name(getattr(saved.recipe, field))} has changed since it was saved")
    k = min(saved.position.k, trace.end)
    if k < saved.position.k:
        notes.append(f"position {saved.position.k} is beyond the end, which is {k} now")
    for i, point in enumerate(saved.breakpoints):
        if point.location and not _stands(point.location, opened):
            raise InputError(f"no place {quoted(point.location)}", where=f"{name}, breakpoints[{i}].location")
    view = replace(saved.view, units=fitted(saved.view.units, trace), pinned=_pinned(saved.view.pinned, opened, k))
    session = replace(
        opened.within(trace, k), breakpoints=saved.breakpoints, displays=saved.displays, marks=saved.marks, view=view
    )
    return session, tuple(notes)


def _stands(location: Location, session: Session) -> bool:
    try:
        return Location.parse(str(location), session.trace.program) == location
    except RnnError:
        return False


def _pinned(cell: Cell | None, session: Session, k: int) -> Cell | None:
    try:
        return cell and parse_cell(session.trace, cell_text(cell), k)
    except RnnError:
        return None
