"""The one family of errors: what went wrong, where, and what to do about it.

Rules this file keeps:
- An error's text is one line, whatever file name or cell content went into it.
- The text reads `where: what (what to do)`; `where` names the file and the line, column or field.
- Each class carries the exit status the command line ends with.
"""

from __future__ import annotations

_LONGEST = 300


def one_line(text: str, longest: int = _LONGEST) -> str:
    """`text` on one line, without control characters, cut in the middle beyond `longest` characters."""
    flat = "".join(ch if ch.isprintable() else " " if ch in "\n\t\r" else "�" for ch in text)
    if len(flat) <= longest:
        return flat
    head = longest * 2 // 3
    return f"{flat[:head]} … {flat[-(longest - head - 3) :]}"


def quoted(value: object, longest: int = 40) -> str:
    """`value` in double quotes, short enough for an error line."""
    return f'"{one_line(str(value), longest)}"'


class RnnError(Exception):
    """A mistake that a person can put right; `str()` is the line to show them."""

    exit_status = 1

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what, where, fix)
        self.what, self.where, self.fix = what, where, fix

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return one_line(f"{text} ({self.fix})" if self.fix else text)

    def inside(self, place: str) -> RnnError:
        """The same error seen from further out: `place` goes before where it happened."""
        return type(self)(self.what, where=f"{place}, {self.where}" if self.where else place, fix=self.fix)


class ShapeError(RnnError, ValueError):
    """Arrays whose shapes or values do not fit together."""


class InputError(RnnError, ValueError):
    """A file or text that cannot be used as it is."""


class Undecided(InputError):  # noqa: N818  # what a file is, not what went wrong
    """A file that may be read in more than one way; `choices` are the options that say which, each with its meaning."""

    def __init__(self, what: str, *, where: str = "", fix: str = "", choices: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(what, where=where, fix=fix or "; ".join(f"{option}: {sense}" for option, sense in choices))
        self.choices = choices

    def inside(self, place: str) -> Undecided:
        """The same error seen from further out."""
        where = f"{place}, {self.where}" if self.where else place
        return Undecided(self.what, where=where, fix=self.fix, choices=self.choices)


class OutputError(RnnError, OSError):
    """Something that cannot be written."""

    __str__ = RnnError.__str__


class UsageError(RnnError, ValueError):
    """A command or an option that does not exist or does not fit."""

    exit_status = 2


class Cancelled(RnnError):  # noqa: N818  # not an error of the person's
    """The person stopped the work; nothing has changed."""

    exit_status = 130

    def __init__(self, what: str = "cancelled", *, where: str = "", fix: str = "") -> None:
        super().__init__(what, where=where, fix=fix)
