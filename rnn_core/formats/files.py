"""Opening files that may be anything: missing, enormous, a device, another format than their name says.

Rules this file keeps:
- Only regular files are opened, and never in a way that can block.
- Nothing beyond a limit is read into memory; the error states the limit and the size found.
- Every refusal is an InputError naming the file.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from rnn_core.errors import InputError, quoted
from rnn_core.records import dataclass

TEXT_FILE_LIMIT = 256 * 2**20
"""The most bytes a JSON, CSV or text file may have."""

ARRAY_FILE_LIMIT = 2**30
"""The most bytes an NPY or NPZ file may have."""

DENSE_LIMIT = 2 * 2**30
"""The most bytes that arrays may take once they are float64 (a one-hot text above all)."""

HEAD = 4096
"""How many first bytes a format is told by."""

STDIN_NAME = "standard input"

Source = str | os.PathLike[str]

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Content:
    """The bytes of one file, and the name that errors call it by."""

    name: str
    data: bytes

    def error(self, what: str, *, at: str = "", fix: str = "") -> InputError:
        """An InputError about this file; `at` is a line, a column or a field in it."""
        return InputError(what, where=f"{self.name}, {at}" if at else self.name, fix=fix)

    def text(self) -> str:
        """The bytes as UTF-8, a byte order mark removed; line ends stay as they are. Raises InputError."""
        skip = len(_BOM) if self.data.startswith(_BOM) else 0
        try:
            text = self.data[skip:].decode("utf-8")
        except UnicodeDecodeError as error:
            start = error.start + skip
            byte = self.data[start]
            raise self.error(f"byte 0x{byte:02x} is not UTF-8", at=self._line(start), fix="save it as UTF-8") from None
        if "\0" in text:
            where = self._line(self.data.index(b"\0"))
            raise self.error("a NUL byte, so this is not plain text", at=where, fix="save it as UTF-8 text")
        if not text.strip():
            raise self.error("holds nothing but white space" if text else "is empty", fix="give a file with data")
        return text

    def _line(self, offset: int) -> str:
        newlines = self.data.count(b"\n", 0, offset)
        return f"line {newlines + 1}"


def human(size: int) -> str:
    """`size` bytes for a person: `1.5 GiB`."""
    amount, unit = float(size), "bytes"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{size} bytes" if unit == "bytes" else f"{amount:.1f} {unit}"


def counted(number: int, noun: str) -> str:
    """`1 field`, `2 fields`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def check_size(name: str, size: int, limit: int) -> None:
    """Raise InputError when the file called `name` has `size` bytes and that is over `limit`."""
    if size > limit:
        what = f"has {human(size)}, more than the {human(limit)} that are read"
        raise InputError(what, where=name, fix="give a part of it")


def check_dense(content: Content, values: int, what: str, *, at: str = "") -> None:
    """Raise InputError when `values` float64 numbers would be over DENSE_LIMIT; `what` names them."""
    if values * 8 > DENSE_LIMIT:
        size, most = human(values * 8), human(DENSE_LIMIT)
        raise content.error(f"{what} would take {size}, more than {most}", at=at, fix="give a part of it")


def dragged(text: str) -> str:
    """The path in what a terminal writes for a file that is dragged into it: quoted, escaped, or a file:// address.

    What names a file as it stands, and what is none of these, stays as it is.
    """
    plain = text.strip()
    if not plain or _is_there(text):
        return text
    if plain.startswith("file://"):
        import urllib.parse  # slow to import, and seldom wanted

        return urllib.parse.unquote(urllib.parse.urlsplit(plain).path)
    if len(plain) > 2 and plain[0] == plain[-1] and plain[0] in "'\"":
        plain = plain[1:-1].replace("'\\''", "'")
        return plain
    unescaped = re.sub(r"\\(.)", r"\1", plain)
    return next((path for path in (plain, unescaped) if _is_there(path)), text)


def is_code(path: str) -> bool:
    """Whether a path names a person's own program, which is run and reviewed: by its suffix."""
    return path.lower().endswith((".py", ".ipynb"))


def _is_there(path: str) -> bool:
    try:
        return os.path.exists(os.path.expanduser(path))
    except ValueError:  # a NUL in the name
        return False


def base_name(source: Source) -> str:
    """The file's name without its folders."""
    return Path(source).name or os.fspath(source)


@contextlib.contextmanager
def opened(source: Source) -> Iterator[tuple[BinaryIO, int]]:
    """The regular file at `source`, open for reading, and its size in bytes. Raises InputError."""
    try:
        _check_kind(source, os.stat(source).st_mode)
        with open(source, "rb", opener=_without_blocking) as file:
            found = os.fstat(file.fileno())
            _check_kind(source, found.st_mode)  # once more: the name may have been given to something else meanwhile
            yield file, found.st_size
    except InputError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL or half a surrogate pair in the name
        raise _cannot_open(source, error) from None


def _without_blocking(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


_KINDS = (
    (stat.S_ISDIR, "is a folder", "give a file in it"),
    (stat.S_ISFIFO, "is a pipe, not a file", "save it to a file, or pipe it in and give -"),
    (stat.S_ISCHR, "is a device, not a file", "give a file, or pipe the data in and give -"),
    (stat.S_ISBLK, "is a device, not a file", "give a file"),
    (stat.S_ISSOCK, "is a socket, not a file", "give a file"),
)


def _check_kind(source: Source, mode: int) -> None:
    for is_kind, what, fix in _KINDS:
        if is_kind(mode):
            raise InputError(what, where=os.fspath(source), fix=fix)


def _cannot_open(source: Source, error: Exception) -> InputError:
    where = os.fspath(source)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return InputError("no such file", where=where, fix=_nearest(source))
    if isinstance(error, PermissionError):
        return InputError("may not be read", where=where, fix="check its permissions")
    reason = getattr(error, "strerror", None) or "not a file name"
    return InputError(f"cannot be read: {reason}", where=where, fix="check the name and the disk")


def _nearest(source: Source) -> str:
    path = Path(source)
    with contextlib.suppress(OSError, ValueError):
        if not path.parent.is_dir():
            return f"there is no folder {quoted(path.parent, 60)}"
        near = difflib.get_close_matches(path.name, (entry.name for entry in os.scandir(path.parent)), n=1)
        if near:
            return f"did you mean {near[0]}?"
    return "check the name"


_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"\x93NUMPY", "one NumPy array"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF"),
    (b"\x1f\x8b", "gzip data"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\0", "xz data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (b"\x89HDF", "HDF5 data"),
    (b"PAR1", "Parquet data"),
    (b"MATLAB 5.0", "a MATLAB file"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"\xff\xfe\0\0", "UTF-32 text"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)
_PICKLE = rb"\x80[\x02-\x05][\x00-\xff]"


def foreign(head: bytes) -> tuple[str, str]:
    """What these first bytes are when no format here reads them, and what to do; ("", "") when unknown."""
    if head.startswith(b"PK"):
        torch = b"data.pkl" in head[:200]
        return ("a PyTorch checkpoint", WEIGHTS) if torch else ("a zip archive", "unpack it")
    if re.match(_PICKLE, head):
        return "a pickle", _NEVER_UNPICKLED
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            return what, _FOREIGN_FIX.get(what.rpartition(" ")[2], "")
    return "", ""


_FOREIGN_FIX = {"text": "save it as UTF-8", "array": "save all of them in one file, by name: np.savez"}
WEIGHTS = "these look like weights, not a sequence: open them with --model, beside a sequence"
_NEVER_UNPICKLED = "pickles can run code and are never loaded: save the arrays with np.savez"
