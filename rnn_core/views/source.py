"""A person's own file as the listing: which line ran last, which runs next, which is wrong, and what follows from it.

Rules this file keeps:
- The part of the file that is seen follows from the line about to run: its function, where that fits. So stepping
  inside it moves the marks and not the text.
- Columns count from 1 in the file; a row's text has lost what all rows seen are indented by.
"""

from __future__ import annotations

import re
from typing import Literal as OneOf

from rnn_core.alongside.run import Alongside
from rnn_core.records import dataclass
from rnn_core.remembering import remembered

Token = OneOf["text", "word", "dim"]


@dataclass(frozen=True)
class SourceRow:
    """A line of the file as it is shown."""

    number: int
    label: str
    """Its number as it is written: in a notebook that of its cell and in it."""
    pieces: tuple[tuple[str, Token], ...]
    ran: bool = False
    next: bool = False
    wrong: tuple[int, int] | None = None
    """The columns of the text that are wrong, from 0; None where nothing is, (0, 0) for the whole line."""
    follows: str = ""
    """The line of the fault that this one's wrong values follow from; empty where they are right."""

    @property
    def text(self) -> str:
        """The line without its indentation of all."""
        return "".join(piece for piece, _ in self.pieces)


def source(run: Alongside, following: int, ran: int, height: int, look: int = 0) -> tuple[SourceRow, ...]:
    """The rows around the line about to run, or around the line `look`; the other two are stops, NONE for none."""
    stops = run.stops
    ahead = int(stops.lines[following]) if 0 <= following < len(stops) else 0
    behind = int(stops.lines[ran]) if 0 <= ran < len(stops) else 0
    around = ahead or behind or (run.fault.spot.line if run.fault else 1)
    numbers = _centred(run, look, height) if look else window(run, around, height, behind)
    texts = [run.lines[number - 1] for number in numbers]
    indent = min((len(text) - len(text.lstrip()) for text in texts if text.strip()), default=0)
    faults = {fault.spot.line: fault.spot.columns for fault in run.faults}
    blamed = run.fault.spot.line if run.fault else 0
    rows = []
    for number in numbers:
        wrong = faults.get(number)
        rows.append(
            SourceRow(
                number,
                run.label(number),
                _cut(tokens(run)[number - 1], indent),
                number == behind,
                number == ahead,
                None
                if wrong is None
                else (0, 0)
                if wrong == (0, 0)
                else (wrong[0] - 1 - indent, wrong[1] - 1 - indent),
                run.label(blamed) if number in run.spoilt else "",
            )
        )
    return tuple(rows)


def _centred(run: Alongside, line: int, height: int) -> range:
    first = min(max(1, line - height // 2), max(1, len(run.lines) - height + 1))
    return range(first, min(first + height, len(run.lines) + 1))


def window(run: Alongside, line: int, height: int, also: int = 0) -> range:
    """The numbers of the lines that are seen around a line: its block as a whole where that fits.

    `also` is another line that is seen, too, where it is in the same block and near enough.
    """
    count = len(run.lines)
    if count <= height:
        return range(1, count + 1)
    start, stop = _block(run, line)
    first = start - max(0, height - (stop - start)) // 2 if stop - start <= height else line - height // 2
    if stop - start > height:
        if start <= also < stop and abs(also - line) < height:
            first = min(max(first, also - height + 1), also)
        first = min(max(first, start), stop - height)
    first = min(max(first, 1), count - height + 1)
    return range(first, first + height)


@remembered
def _borders(run: Alongside) -> tuple[int, ...]:
    """The lines at which functions, classes and cells begin."""
    heads = [i for i, text in enumerate(run.lines, 1) if re.match(r"\s*(async\s+)?(def|class)\b", text)]
    outside, within = [], False
    for i, text in enumerate(run.lines, 1):
        if text.strip() and not text[:1].isspace():
            head = i in heads
            if within and not head and not text.startswith(("#", "@", ")", "]", "}")):
                outside.append(i)
            within = head or (within and text.startswith(("#", "@", ")", "]", "}")))
    return tuple(sorted({1, *heads, *outside, *run.cells, len(run.lines) + 1}))


def _block(run: Alongside, line: int) -> tuple[int, int]:
    """The first line of the block that a line is in, and the first one after it."""
    borders = _borders(run)
    start = max(border for border in borders if border <= line)
    return start, min((border for border in borders if border > line), default=len(run.lines) + 1)


def shortened(text: str, room: int) -> str:
    """Code that fits, cut between two names, in … where it is longer."""
    if len(text) <= room:
        return text
    at = max(0, room - 2)
    while at and (text[at - 1].isalnum() or text[at - 1] == "_") and (text[at].isalnum() or text[at] == "_"):
        at -= 1
    return f"{text[: at or max(0, room - 2)].rstrip()} …"


# -- tokens -----------------------------------------------------------------------------------------------------


@remembered
def tokens(run: Alongside) -> tuple[tuple[tuple[str, Token], ...], ...]:
    """Each line in pieces: keywords are words, comments and strings are dim."""
    import io  # only who opens a program waits for what reads one
    import keyword
    import tokenize

    kinds: list[list[tuple[int, int, Token]]] = [[] for _ in run.lines]
    try:
        for token in tokenize.generate_tokens(io.StringIO("\n".join(run.lines) + "\n").readline):
            kind: Token = "text"
            if token.type == tokenize.COMMENT or token.type == tokenize.STRING:
                kind = "dim"
            elif token.type == tokenize.NAME and keyword.iskeyword(token.string):
                kind = "word"
            if kind == "text":
                continue
            (first, left), (last, right) = token.start, token.end
            for number in range(first, last + 1):
                if number <= len(kinds):
                    end = right if number == last else len(run.lines[number - 1])
                    kinds[number - 1].append((left if number == first else 0, end, kind))
    except (tokenize.TokenError, SyntaxError):  # as far as it goes
        pass
    return tuple(_pieces(text.expandtabs(), kinds[i]) for i, text in enumerate(run.lines))


def _pieces(text: str, kinds: list[tuple[int, int, Token]]) -> tuple[tuple[str, Token], ...]:
    out: list[tuple[str, Token]] = []
    at = 0
    for start, stop, kind in kinds:
        if start > at:
            out.append((text[at:start], "text"))
        out.append((text[start:stop], kind))
        at = stop
    if at < len(text):
        out.append((text[at:], "text"))
    return tuple(piece for piece in out if piece[0])


def _cut(pieces: tuple[tuple[str, Token], ...], indent: int) -> tuple[tuple[str, Token], ...]:
    """The pieces without so many characters at the beginning."""
    out: list[tuple[str, Token]] = []
    for text, kind in pieces:
        kept = text[indent:]
        indent = max(0, indent - len(text))
        if kept:
            out.append((kept, kind))
    return tuple(out)
