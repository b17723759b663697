"""What is sent to the terminal, in fewer bytes: only the cells that change, only how their styles differ.

Textual sends whole pieces of rows, each with its whole style, and takes that back afterwards. `Frames` knows what the
terminal shows and leaves out what is there already. What a person sees is the same, cell by cell.

Rules this file keeps:
- What is not known for certain is sent: after `FORGET`, and after every sequence that is not understood.
- What is sent ends without any style.
- The ink of a blank cannot be seen: two blanks on one background are the same.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len

FORGET = "\0"
"""Written before a frame that paints the whole screen: it may be another one than is remembered."""
RESET = "\x1b[m"
NEAR = 4
"""Cells of one piece that are sent again rather than jumped over."""
UNKNOWN = "\0"

_TOKEN = re.compile(r"\x1b\[[\d;]*m|\x1b\[[\d;]*H|\x1b\[\?[\d;]*[hl]|[\r\n]+|[^\x00-\x1f\x7f-\x9f]+|.", re.DOTALL)
_PLACE = re.compile(r"\x1b\[(\d+);(\d+)H")
_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "8": "28", "9": "29"}
"""What takes each attribute back."""
_SEEN_ON_BLANKS = frozenset("4579")
"""Attributes that change how a blank looks."""


class Frames:
    """What one terminal shows, and what must be sent so that it shows something else."""

    def __init__(self) -> None:
        self._rows: dict[int, tuple[str, list[str]]] = {}
        """Of each row the characters, `UNKNOWN` where they are, and the styles."""
        self._out: list[str] = []
        self._style = ""
        self._at: tuple[int, int] | None = None
        """Where the terminal's cursor is: row and column from 1."""

    def sent(self, text: str) -> str:
        """What has to be sent in place of this text."""
        if text.startswith(FORGET):
            self._forget()
            text = text[1:]
        tokens = _TOKEN.findall(text)
        if not all(map(_understood, tokens)):
            self._forget()
            return text
        self._out, self._style, wanted, place = [], "", "", self._at
        for token in tokens:
            if token[0] != "\x1b":
                if token[0] in "\r\n":
                    place = None  # Textual says where it goes on
                elif place is None:  # a text that stands wherever the cursor is
                    self._forget()
                    self._change_to(wanted)
                    self._out.append(token)
                else:
                    width = len(token) if token.isascii() else cell_len(token)
                    self._write(token, width, wanted, place)
                    place = place[0], place[1] + width
            elif token[-1] == "m":
                code = token[2:-1]
                wanted = "" if code in ("", "0") else f"{wanted};{code}" if wanted else code
            elif token[-1] == "H":
                found = _PLACE.fullmatch(token)
                place = (int(found[1]), int(found[2])) if found else (1, 1)
            else:  # a mode
                self._out.append(token)
                if "1049" in token:
                    self._forget()
        self._change_to("")
        if place is not None:
            self._move(place)
        return "".join(self._out)

    def _forget(self) -> None:
        self._rows.clear()
        self._at = None

    def _write(self, text: str, width: int, style: str, place: tuple[int, int]) -> None:
        y, x = place
        characters, styles = self._rows.get(y, ("", []))
        if len(characters) < x - 1 + width:
            more = x - 1 + width - len(characters)
            characters, styles = characters + UNKNOWN * more, styles + [""] * more
            self._rows[y] = characters, styles
        start = x - 1
        if width != len(text):  # cells of two columns, or of none: left to the terminal
            self._put(text, style, place, width)
            self._rows[y] = characters[:start] + UNKNOWN * width + characters[start + width :], styles
            return
        blank = _on_blanks(style)
        now = [blank if character == " " else style for character in text]
        if characters[start : start + width] == text and styles[start : start + width] == now:
            return
        begin = end = -1
        for i, character in enumerate(text):
            if characters[start + i] == character and styles[start + i] == now[i]:
                continue
            if begin >= 0 and i - end > NEAR:
                self._put(text[begin:end], style, (y, x + begin), end - begin)
                begin = i
            elif begin < 0:
                begin = i
            end = i + 1
        self._put(text[begin:end], style, (y, x + begin), end - begin)
        styles[start : start + width] = now
        self._rows[y] = characters[:start] + text + characters[start + width :], styles

    def _put(self, text: str, style: str, place: tuple[int, int], width: int) -> None:
        self._move(place)
        if text.strip(" ") or _on_blanks(self._style) != _on_blanks(style):
            self._change_to(style)
        self._out.append(text)
        self._at = place[0], place[1] + width

    def _move(self, place: tuple[int, int]) -> None:
        if self._at == place:
            return
        if self._at is not None and self._at[0] == place[0] and self._at[1] < place[1]:
            by = place[1] - self._at[1]
            self._out.append(f"\x1b[{by if by > 1 else ''}C")
        else:
            self._out.append(f"\x1b[{place[0]};{place[1]}H")
        self._at = place

    def _change_to(self, style: str) -> None:
        if self._style != style:
            self._out.append(_change(self._style, style))
            self._style = style


def _understood(token: str) -> bool:
    return len(token) > 1 or token in "\r\n" or token.isprintable()


class _Style(NamedTuple):
    ink: str
    behind: str
    attributes: frozenset[str]


@lru_cache(maxsize=8192)
def _change(before: str, after: str) -> str:
    """What turns one style into another."""
    if not after:
        return RESET
    whole = f"\x1b[{'0;' if before else ''}{after}m"
    old, new = _parsed(before), _parsed(after)
    if old is None or new is None:
        return whole
    gone = {_OFF[attribute] for attribute in old.attributes - new.attributes}
    # 22 takes back bold and dim together, so the one that stays is set once more.
    added = {a for a in new.attributes if a not in old.attributes or _OFF[a] in gone}
    codes = [*sorted(gone), *sorted(added)]
    if old.ink != new.ink:
        codes.append(new.ink or "39")
    if old.behind != new.behind:
        codes.append(new.behind or "49")
    return min(f"\x1b[{';'.join(codes)}m" if codes else "", whole, key=len)


@lru_cache(maxsize=8192)
def _on_blanks(style: str) -> str:
    """What can be seen of a style on a blank."""
    parsed = _parsed(style)
    if parsed is None or parsed.attributes & _SEEN_ON_BLANKS:
        return style
    return parsed.behind


@lru_cache(maxsize=8192)
def _parsed(style: str) -> _Style | None:
    """Colours and attributes; None for a code that is not known."""
    ink, behind, attributes = "", "", set[str]()
    codes = iter(style.split(";") if style else ())
    for code in codes:
        number = int(code or "0")
        if code in _OFF:
            attributes.add(code)
        elif number in (38, 48):
            kind = next(codes, "")
            parts = [next(codes, "") for _ in range({"5": 1, "2": 3}.get(kind, 0))]
            if not parts or "" in parts:
                return None
            colour = ";".join((code, kind, *parts))
            ink, behind = (colour, behind) if number == 38 else (ink, colour)
        elif 30 <= number <= 37 or 90 <= number <= 97:
            ink = code
        elif 40 <= number <= 47 or 100 <= number <= 107:
            behind = code
        elif number == 39:
            ink = ""
        elif number == 49:
            behind = ""
        else:
            return None
    return _Style(ink, behind, frozenset(attributes))
