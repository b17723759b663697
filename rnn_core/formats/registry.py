"""Formats as data: how they are told apart by suffix and by content, and opened.

Rules this file keeps:
- The suffix says what a file is meant to be, its first bytes what it is; where they disagree, the error says so.
- A suffix that nobody knows is no obstacle: the content decides, or the error lists what is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Generic, TypeVar

from rnn_core.errors import InputError
from rnn_core.formats import files
from rnn_core.formats.files import Content, Source
from rnn_core.records import dataclass

Loader = TypeVar("Loader")


@dataclass(frozen=True)
class Format(Generic[Loader]):
    """One file format: its name, suffixes, how its first bytes look, and who reads it.

    `binary` formats may be larger (files.ARRAY_FILE_LIMIT); a `fallback` is what standard input holds when nothing
    else fits, and never a reason to contradict a suffix. `about` is one line for the help and the docs.
    """

    name: str
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes], bool]
    load: Loader
    about: str
    binary: bool = False
    fallback: bool = False
    also: tuple[str, ...] = ()
    """Suffixes of other formats under which it is read as well, where its first bytes say that it is this one."""

    @property
    def limit(self) -> int:
        """The most bytes such a file may have."""
        return files.ARRAY_FILE_LIMIT if self.binary else files.TEXT_FILE_LIMIT


def read(
    source: Source, formats: Sequence[Format[Loader]], *, data: bytes | None = None, by_content: bool = False
) -> tuple[Format[Loader], Content]:
    """The format and the bytes of the file `source`, or of `data` (then `source` only names it; "-" is standard input).

    With `by_content` a suffix says nothing where the content does. Raises InputError for what cannot be opened, is too
    large, or is none of `formats`.
    """
    if data is not None:
        name = files.STDIN_NAME if source == "-" else files.base_name(source)
        chosen = choose(formats, name, data[: files.HEAD], fallback=source == "-", by_content=by_content)
        files.check_size(name, len(data), chosen.limit)
        return chosen, Content(name, data)
    if source == "-":
        raise InputError("nothing was read from it", where=files.STDIN_NAME, fix="pipe data in, or give a file")
    name = files.base_name(source)
    with files.opened(source) as (file, size):
        head = file.read(files.HEAD) or b""
        chosen = choose(formats, name, head, by_content=by_content)
        files.check_size(name, size, chosen.limit)
        file.seek(0)  # read anew and whole: joining the head to the rest would copy it all
        # One byte more than allowed shows a file that grew since its size was asked.
        data = file.read(min(chosen.limit, size + files.HEAD) + 1) or b""
    files.check_size(name, len(data), chosen.limit)
    return chosen, Content(name, data)


def choose(
    formats: Sequence[Format[Loader]], name: str, head: bytes, *, fallback: bool = False, by_content: bool = False
) -> Format[Loader]:
    """The format of a file called `name` that begins with `head`. Raises InputError.

    With `fallback`, what is told to be nothing else is the fallback format; with `by_content` no suffix contradicts.
    """
    if not head:
        raise InputError("is empty", where=name, fix="give a file with data")
    suffix = PurePath(name).suffix.lower()
    named = [entry for entry in formats if suffix in (*entry.suffixes, *entry.also)]
    meant = next((entry for entry in named if entry.sniff(head)), None)
    if meant is not None:
        return meant
    meant = next((entry for entry in named if suffix in entry.suffixes), None)
    held = next((entry for entry in formats if not entry.fallback and entry.sniff(head)), None)
    what, fix = files.foreign(head)
    if meant is not None:
        if held is not None and by_content:
            return held
        if held is not None:
            raise _mismatch(name, held.name, meant, f"rename it to end in {held.suffixes[0]}")
        if what and not meant.binary:
            raise _mismatch(name, what, meant, fix or f"give {meant.name}: {meant.about}")
        return meant  # its own reader says best what is wrong
    if held is not None:
        return held
    if fallback and not what:
        spare = next((entry for entry in formats if entry.fallback), None)
        if spare is not None:
            return spare
    known = ", ".join(f"{entry.name} ({' '.join(entry.suffixes)})" for entry in formats)
    found = f"holds {what}" if what else "is in no format that can be told"
    if not fix:
        spare = next((entry for entry in formats if entry.fallback), None)
        fix = (
            f"rename it to end in {spare.suffixes[0]} where it is a text" if spare else f"save it as {formats[0].name}"
        )
        fix = "convert it" if what else fix
    raise InputError(f"{found}; known are {known}", where=name, fix=fix)


def _mismatch(name: str, held: str, meant: Format[Loader], fix: str) -> InputError:
    return InputError(f"holds {held}, not {meant.name}", where=name, fix=fix)
