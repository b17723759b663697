"""What the screen needs of the terminal, and standard input when it brings data.

Textual draws on standard error, reads keys from standard input, and asks standard output for the terminal's size. Where
one of them is no terminal, it draws unseen, spins on the end of file, or takes 80×24. So all three are checked first.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import TextIO

from rnn_core.errors import InputError, OutputError

TERMINAL = "/dev/tty"
_INSTEAD = "to write a trace without one: rnn-tui export"


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def has_screen() -> bool:
    """Whether standard output is a terminal."""
    return _is_terminal(sys.__stdout__) or bool(os.environ.get("TEXTUAL_DRIVER"))


def check_screen(*, reading: bool) -> None:
    """Raise InputError unless the screen can be shown; `reading` says that standard input brings data."""
    if os.environ.get("TEXTUAL_DRIVER"):  # textual-serve runs the app behind pipes, with a driver of its own
        return
    for name, stream in (("output", sys.__stdout__), ("error", sys.__stderr__)):
        if not _is_terminal(stream):
            raise InputError(f"the screen needs a terminal, and standard {name} is not one", fix=_INSTEAD)
    if _is_terminal(sys.__stdin__):
        return
    if not reading:
        what = "the screen needs a terminal, and standard input is not one"
        raise InputError(what, fix=f"- reads data from it; {_INSTEAD}")
    try:
        os.close(os.open(TERMINAL, os.O_RDWR))
    except OSError:
        raise InputError("the screen needs a terminal, and this process has none", fix=_INSTEAD) from None


def read_data(path: str) -> bytes | None:
    """All of standard input where `path` is "-", one byte more than any limit at most; else None. Raises InputError."""
    if path != "-":
        return None
    from rnn_core.formats import files

    try:
        return sys.stdin.buffer.read(files.ARRAY_FILE_LIMIT + 1)
    except (OSError, AttributeError, ValueError) as error:  # closed before the start, or a terminal that went away
        reason = getattr(error, "strerror", None) or "it is closed"
        raise InputError(f"cannot be read: {reason}", where=files.STDIN_NAME, fix="pipe data in") from None


def take_keyboard_back(path: str) -> None:
    """After data came through standard input, make the terminal standard input again, for the keys."""
    if path != "-" or _is_terminal(sys.__stdin__) or os.environ.get("TEXTUAL_DRIVER"):
        return
    terminal = os.open(TERMINAL, os.O_RDWR)
    os.dup2(terminal, 0)
    os.close(terminal)


def check_output() -> None:
    """Raise OutputError where nothing can be printed: ask before long work."""
    if sys.stdout is None or sys.stdout.closed:
        raise not_printed(OSError(errno.EBADF, "it is closed"))


def print_line(text: str) -> None:
    """A line of text on standard output, at once; with stand-ins for what the terminal's encoding lacks. Raises
    OutputError, and BrokenPipeError where nobody reads on."""
    check_output()
    stream = sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(encodable(text, encoding) + "\n")
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise not_printed(error) from None


def encodable(text: str, encoding: str) -> str:
    """The text as this encoding can have it."""
    if not text.isascii():
        from rnn_tui.terminal.glyphs import fitted  # most lines do without

        text = fitted(text, encoding)
    return text.encode(encoding, "replace").decode(encoding)


def not_printed(error: OSError) -> OutputError:
    """The error where standard output cannot be written."""
    from rnn_core.formats import writing  # it imports NumPy, which lines as short as a version do without

    return writing.explained("standard output", error)
