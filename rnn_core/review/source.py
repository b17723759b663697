"""A person's file as Python text: a `.py` as it is, a notebook's code cells joined by one newline.

Lines count from 1. In a notebook they count over the joined cells; `place` gives the cell and the line in it.
"""

from __future__ import annotations

import ast
import codecs
import io
import json
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnn_core.errors import InputError

LARGEST = 4_000_000
"""Bytes of a file that is still read: a notebook with pictures in it may be large."""

OTHER_FRAMEWORKS = frozenset({"torch", "tensorflow", "keras", "jax", "flax", "theano", "mxnet", "paddle", "autograd"})
_MAGIC = re.compile(r"^(\s*)(?:%{1,2}[a-zA-Z_].*|[!?].*|[\w.]+\?{1,2}\s*)$")
_TIMED = re.compile(r"^(\s*)%time (?=\S)")
_PYLAB = re.compile(r"^\s*%pylab\b")
_ASSIGNED = re.compile(r"^(\s*)([\w, ]+?)\s*=\s*[%!].*$")
_FOREIGN_CELLS = ("%%bash", "%%sh", "%%html", "%%javascript", "%%js", "%%latex", "%%markdown", "%%writefile", "%%perl")


@dataclass(frozen=True)
class Source:
    """The text that is run, where it came from, and where its cells begin."""

    path: Path
    text: str
    cells: tuple[int, ...] = ()
    """The first line of each code cell; empty for a `.py`."""
    written: str = ""
    """The text as it stands in a notebook, with its magics; empty where it is what is run."""

    @property
    def lines(self) -> list[str]:
        """The text as it was written, line by line."""
        return (self.written or self.text).split("\n")

    def line(self, number: int) -> str:
        """One line, or nothing where there is none."""
        lines = self.lines
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def place(self, number: int) -> tuple[int, int] | None:
        """(cell, line in it), each from 1; None for a `.py`."""
        if not self.cells:
            return None
        cell = max(i for i, first in enumerate(self.cells) if first <= max(number, 1))
        return cell + 1, number - self.cells[cell] + 1

    def told(self, number: int) -> str:
        """A line as a person finds it: line 46, or cell 5, line 19."""
        place = self.place(number)
        return f"cell {place[0]}, line {place[1]}" if place else f"line {number}"

    def tree(self) -> ast.Module:
        """The text parsed. Raises InputError for what is not Python 3."""
        try:
            tree = ast.parse(self.text, filename=str(self.path))
            compile(tree, str(self.path), "exec")  # it knows more mistakes, such as a return outside a function
            return tree
        except SyntaxError as error:
            raise _syntax(self, error) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise InputError(f"is not Python: {error}", where=str(self.path)) from None


def read(path: Path) -> Source:
    """The file as text that parses. Raises InputError."""
    if path.is_dir():
        raise InputError("is a folder", where=str(path), fix="name the file in it")
    if path.suffix.lower() not in {".py", ".ipynb"}:
        raise InputError("only .py and .ipynb are reviewed", where=str(path), fix="save the code in one of them")
    try:
        if path.exists() and not path.is_file():
            raise InputError("is no file that can be read", where=str(path), fix="save the code in a file")
        raw = path.read_bytes() if path.stat().st_size <= LARGEST else b""
        if path.stat().st_size > LARGEST:
            raise InputError(f"is larger than {LARGEST // 10**6} MB", where=str(path), fix="clear its outputs")
    except FileNotFoundError:
        raise InputError("no such file", where=str(path)) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    source = _notebook(path, raw) if path.suffix.lower() == ".ipynb" else Source(path, _decoded(path, raw))
    if not source.text.strip():
        raise InputError("there is no code in it", where=str(path))
    source.tree()
    return source


def imported(tree: ast.Module) -> dict[str, int]:
    """The top-level packages that the code imports, and the line of the first import of each."""
    found: dict[str, int] = {}
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        for name in names:
            found.setdefault(name.partition(".")[0], node.lineno)  # type: ignore[attr-defined]  # both kinds have it
    return found


def _decoded(path: Path, raw: bytes) -> str:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError("is UTF-16 text", where=str(path), fix="save it as UTF-8")
    if b"\0" in raw:
        raise InputError("is not text (it has NUL bytes)", where=str(path))
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        text = raw.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        raise InputError(
            "is not UTF-8 text", where=str(path), fix="save it as UTF-8, or name its encoding in the first line"
        ) from None
    text = text.removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _notebook(path: Path, raw: bytes) -> Source:
    """Code cells of a notebook of version 3 or 4, its magics made into `pass`."""
    try:
        book: Any = json.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise InputError("is not a notebook (its JSON does not parse)", where=str(path)) from None
    cells = book.get("cells") if isinstance(book, dict) else None
    if cells is None and isinstance(book, dict) and isinstance(book.get("worksheets"), list):
        cells = [cell for sheet in book["worksheets"] if isinstance(sheet, dict) for cell in sheet.get("cells", [])]
    if not isinstance(cells, list):
        raise InputError("is not a notebook (it has no cells)", where=str(path))
    texts, written, starts, line = [], [], [], 1
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        body = cell.get("source", cell.get("input", ""))
        text = "".join(map(str, body)) if isinstance(body, list) else str(body)
        text = text.replace("\r\n", "\n")
        written.append(text)
        texts.append(_without_magics(text))
        starts.append(line)
        line += text.count("\n") + 1
    return Source(path, "\n".join(texts), tuple(starts), "\n".join(written))


def _without_magics(text: str) -> str:
    """The same lines, with each magic a `pass`, so that the others keep their numbers."""
    lines = text.split("\n")
    if text.lstrip().startswith(_FOREIGN_CELLS):
        return "\n".join(f"# {line}" for line in lines)
    return text if _parses(text) else "\n".join(map(_without_magic, lines))


def _without_magic(line: str) -> str:
    """A line without its magic; what `%time` times keeps its columns."""
    if _PYLAB.match(line):
        return "from pylab import *"
    timed = _TIMED.sub(r"\1if 1: ", line)
    if timed != line and _parses(timed.strip()):
        return timed
    assigned, magic = _ASSIGNED.match(line), _MAGIC.match(line)
    return f"{magic[1]}pass" if magic else f"{assigned[1]}{assigned[2]} = []" if assigned else line


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


class DoesNotParse(InputError):  # noqa: N818  # what a file is
    """Text that is not Python 3; `line` is where."""

    line = 0


def _syntax(source: Source, error: SyntaxError) -> InputError:
    """One line for what does not parse; Python 2 is told by its name."""
    refused = _told(source, error)
    refused.line = error.lineno or 1
    return refused


def _told(source: Source, error: SyntaxError) -> DoesNotParse:
    line = error.lineno or 1
    where = f"{source.path}, {source.told(line)}"
    said = error.msg or "invalid syntax"
    old = (
        "Missing parentheses in call to" in said
        or "multiple exception types must be parenthesized" in said
        or re.match(r"\s*(print\s+[\"'\w]|exec\s+\"|raise\s+\w+\s*,)", source.line(line))
        or "leading zeros in decimal" in said
        or re.search(r"\bxrange\b|<>|`\w+`", source.line(line))
    )
    if "await" in said and "outside" in said:
        return DoesNotParse(f"does not run: {said}", where=where, fix="call it by asyncio.run(…)")
    if old:
        return DoesNotParse(
            f"this is Python 2 ({said})", where=where, fix="rewrite it for Python 3, by 2to3 or by hand"
        )
    return DoesNotParse(f"does not parse: {said}", where=where, fix="correct the syntax first")
