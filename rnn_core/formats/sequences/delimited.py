"""What separates the fields of a table, and what the fraction of its numbers: told by content, never by a guess.

Rules this file keeps:
- The delimiter is the one by which the first lines fall into equally many fields, most of which are numbers.
- `1,5` says that the comma separates the fraction, `1,234.5` that it groups thousands. Where every number could be
  either, a person is asked.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from rnn_core.errors import InputError, Undecided, quoted
from rnn_core.formats.files import Content
from rnn_core.formats.numbers import NUMBER, looks_numeric

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
COMMENT = re.compile(r"#(?![,;\t|])")
"""How a comment before a table begins; `#` alone in a field may name a column."""
SAMPLE = 20
"""How many lines the delimiter is told by."""

Record = tuple[int, list[str]]
"""A line's number and its fields."""

_THOUSANDS = re.compile(r"[ \t]*[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?[ \t]*")
_COMMA = re.compile(r"[ \t]*[+-]?(?:[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+)?,[0-9]+(?:[eE][+-]?[0-9]+)?[ \t]*")
_GROUPED = re.compile(r"[ \t]*[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+[ \t]*")


def like_a_number(entry: str) -> bool:
    """Whether a field is a number in some notation."""
    return bool(NUMBER.fullmatch(entry) or _COMMA.fullmatch(entry) or _THOUSANDS.fullmatch(entry))


def delimiter(lines: list[str]) -> str:
    """What separates the fields of these lines, the first of a table; a comma where nothing tells."""
    lines = [line for line in lines[:SAMPLE] if line.strip()]
    best, best_score = ",", -1.0
    for candidate in DELIMITERS:
        if candidate == " " and not (lines and like_a_number(lines[0].split(None, 1)[0])):
            continue  # spaces separate numbers only, and a text has many
        rows = [fields(line, candidate) for line in lines]
        widths = {len(row) for row in rows}
        if not rows or len(rows[0]) < 2 or (len(widths) > 1 and candidate in " |"):
            continue
        entries = [entry for row in rows[1:] or rows for entry in row if entry.strip()]
        numeric = sum(map(like_a_number, entries)) / max(len(entries), 1)
        if candidate == " " and numeric < 1:
            continue
        score = (2 if len(widths) == 1 else 0) + numeric - (0.5 if candidate in " |" else 0)
        if score > best_score:
            best, best_score = candidate, score
    return best


def fields(line: str, separator: str) -> list[str]:
    """The fields of one line."""
    if separator == " ":
        return line.split()
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return line.split(separator)


def records(content: Content, text: str, separator: str, sequence: str = "sequence") -> Iterator[Record]:
    """Each record with the line it begins on; empty lines are allowed at the end only. Raises InputError."""
    lines = io.StringIO(text, newline="")
    if separator == " ":
        reader = csv.reader(lines, delimiter=" ", skipinitialspace=True, strict=True)
    else:
        reader = csv.reader(lines, delimiter=separator, strict=True)
    line, empty, begun = 1, 0, False
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _malformed(content, line, error) from None
        if separator == " " and record and not record[-1]:
            record.pop()  # a space at the end
        if not begun and record and COMMENT.match(separator.join(record)):
            line = reader.line_num + 1
            continue
        begun = True
        if not record or (len(record) == 1 and not record[0].strip()):
            empty = empty or line
        elif empty:
            fix = f"delete it; sequences are told apart by a column named {sequence}"
            raise content.error("an empty line", at=f"line {empty}", fix=fix)
        else:
            yield line, record
        line = reader.line_num + 1


def _malformed(content: Content, line: int, error: csv.Error) -> InputError:
    message = str(error)
    what, fix = f"not CSV: {message}", "check the quotes"
    if "unexpected end" in message:
        what, fix = "a quote opens and never closes", 'write numbers without quotes, or add the missing "'
    elif "field larger" in message:
        what, fix = f"a field of more than {csv.field_size_limit()} characters", "is a quote or a comma missing?"
    return content.error(what, at=f"line {line}", fix=fix)


def decimal(content: Content, entries: Iterable[tuple[str, str]]) -> str:
    """What a comma inside the numbers of a table means: "comma" for the fraction, "thousands" for a group of digits,
    "" where there is none. `entries` are (where, field). Raises InputError where they contradict each other or could
    be either."""
    seen: dict[str, tuple[str, str]] = {}
    either: tuple[str, str] | None = None
    for at, entry in entries:
        if "," not in entry:
            if "." in entry and NUMBER.fullmatch(entry) and not _GROUPED.fullmatch(entry):
                seen.setdefault("thousands", (at, entry))
            continue
        thousands, comma = bool(_THOUSANDS.fullmatch(entry)), bool(_COMMA.fullmatch(entry))
        if thousands and comma:
            either = either or (at, entry)
        elif thousands or comma:
            seen.setdefault("thousands" if thousands else "comma", (at, entry))
    if len(seen) == 2:
        (at, entry), (_, other) = seen["comma"], seen["thousands"]
        what = f"{quoted(entry.strip())} has a decimal comma, and {quoted(other.strip())} a decimal point"
        raise content.error(what, at=at, fix="write every number with a decimal point")
    if not seen and either:
        at, entry = either[0], either[1].strip()
        plain = entry.replace(",", "")
        raise Undecided(
            f"{quoted(entry)} may be {entry.replace(',', '.')} or {plain}",
            where=f"{content.name}, {at}",
            choices=(("--decimal comma", entry.replace(",", ".")), ("--decimal point", plain)),
        )
    return next(iter(seen), "")


def plain_number(entry: str, notation: str) -> str:
    """A field in ASCII decimal, where its notation is "comma" or "thousands"; others stay as they are."""
    if notation == "comma" and (_COMMA.fullmatch(entry) or _GROUPED.fullmatch(entry)):
        return entry.replace(".", "").replace(",", ".")
    if notation == "thousands" and _THOUSANDS.fullmatch(entry):
        return entry.replace(",", "")
    return entry


def sample(head: bytes) -> list[str]:
    """The whole lines at the beginning of a file."""
    lines = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "ignore").splitlines()
    if len(lines) > 1 and not head.endswith((b"\n", b"\r")):
        lines.pop()  # perhaps cut in the middle of a number
    return uncommented(lines)


def uncommented(lines: list[str]) -> list[str]:
    """Lines without the comments before the first that is none: np.savetxt writes its header so."""
    first = next((i for i, line in enumerate(lines) if line.strip() and not COMMENT.match(line)), len(lines))
    return lines[first:]


def looks_like_a_table(lines: list[str]) -> bool:
    """Whether most fields after the first line are numbers; a single line needs several."""
    separator = delimiter(lines)
    rows = [fields(line, separator) for line in lines[:SAMPLE] if line.strip()]
    if not rows or (len(rows) == 1 and len(rows[0]) == 1):
        return False
    entries = [entry for row in rows[1:] or rows for entry in row if entry.strip()]
    numeric = sum(looks_numeric(entry) and not entry.rstrip().endswith(("]", "}")) for entry in entries)
    return 2 * numeric >= len(entries) > 0


def strictly_a_table(lines: list[str]) -> bool:
    """Whether lines of a text file are a table beyond doubt: two or more, all of one width, nearly all numbers."""
    separator = delimiter(lines)
    rows = [fields(line, separator) for line in lines[:SAMPLE] if line.strip()]
    if len(rows) < 2 or len({len(row) for row in rows}) > 1:
        return False
    entries = [entry for row in rows[1:] for entry in row if entry.strip()]
    if len(rows[0]) == 1:  # lines of digits may be a text: only a fraction makes them numbers
        return all(map(like_a_number, entries)) and any("." in entry for entry in entries)
    numeric = sum(map(looks_numeric, entries))
    return 2 * numeric >= len(entries) > 0
