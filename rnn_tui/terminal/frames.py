"""What is sent to the terminal, in fewer bytes: only how a style differs from the one before.

Rich sends each piece of text with its whole style and takes all of it back afterwards. Neighbouring pieces share most
of theirs, so what changes is a third of that. What the terminal shows is the same, cell by cell.

Rules this file keeps:
- Each piece of a frame that is written ends without any style, so pieces may come in any order.
- A style that is not understood is sent whole, after a reset.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_STYLE = re.compile(r"\x1b\[([\d;]*)m")
_INKLESS = re.compile(r"(?:\x1b\[(?:[\d;]*H|\?[\d;]*[hl])|[\r\n])*")
"""What paints no cell, so that no style is wanted for it."""
RESET = "\x1b[m"

_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "8": "28", "9": "29"}
"""What takes each attribute back."""


class _Style(NamedTuple):
    ink: str
    behind: str
    attributes: frozenset[str]


def thinned(text: str) -> str:
    """The same text with fewer style codes."""
    first, *rest = _STYLE.split(text)
    if not rest:
        return text
    out, now, wanted = [first], "", ""
    for code, piece in zip(rest[::2], rest[1::2], strict=True):
        wanted = "" if code in ("", "0") else f"{wanted};{code}" if wanted else code
        if not piece:
            continue
        if wanted != now and not _INKLESS.fullmatch(piece):
            out.append(_change(now, wanted))
            now = wanted
        out.append(piece)
    if now:
        out.append(RESET)
    return "".join(out)


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
