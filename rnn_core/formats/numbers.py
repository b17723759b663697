"""Numbers in text, read strictly: ASCII decimals only, everything else refused with what to write instead.

`float()` takes `1_000`, `nan`, `infinity` and digits of any script; a file that holds one of them holds a mistake.
"""

from __future__ import annotations

import math
import re
import unicodedata

from rnn_core.data import ABSENT, NO_TARGET
from rnn_core.errors import quoted

CLASS_LIMIT = 1_000_000
"""Class indices stay below this: one stray number must not ask for a matrix that fills the memory."""

NUMBER = re.compile(r"[ \t]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t]*")

# Few enough digits that no such number can overflow, so that a whole row is judged by one match.
_SAFE = r"[ \t]*[+-]?(?:[0-9]{1,200}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?[ \t]*"
SAFE_ROW = re.compile(f"{_SAFE}(?:,{_SAFE})*")

_INTEGER = re.compile(r"[+-]?[0-9]+")


class NumberError(ValueError):
    """A text that is no number: `what` it is instead and how to `fix` it; the caller knows where."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


def number(text: str) -> float:
    """The finite float64 that `text` spells in ASCII decimal. Raises NumberError."""
    if not NUMBER.fullmatch(text):
        raise _explain(text)
    value = float(text)
    if math.isinf(value):
        raise NumberError(f"{quoted(text.strip())} is too large for a float64", "rescale the data")
    return value


def target(text: str) -> int:
    """The class index in `text`, NO_TARGET for -1, -100 and an empty one. Raises NumberError."""
    stripped = text.strip(" \t")
    if not stripped:
        return NO_TARGET
    if not _INTEGER.fullmatch(stripped):
        raise NumberError(f"{quoted(stripped)} is not a class index", _whole(stripped))
    # A longer one is out of range whatever it says, and int() refuses very long ones in its own words.
    return checked_target(int(stripped) if len(stripped) < 20 else CLASS_LIMIT, stripped)


def checked_target(value: int, shown: str = "") -> int:
    """`value` as a class index, NO_TARGET for -1 and -100. Raises NumberError when it is out of range."""
    if value in ABSENT:
        return NO_TARGET
    shown = shown or str(value)
    if value < 0:
        raise NumberError(f"target {shown} is negative", "classes count from 0; -1 means no target")
    if value >= CLASS_LIMIT:
        raise NumberError(f"target {quoted(shown)} is too large", f"class indices go from 0 to {CLASS_LIMIT - 1}")
    return value


def looks_numeric(text: str) -> bool:
    """Whether `text` was meant as a number, rightly written or not: what begins like one, nan and inf."""
    stripped = text.strip()
    return bool(re.match(r"[+\-−]?\.?\d", stripped)) or stripped.lower().lstrip("+-") in _NON_FINITE


LIKE = "numbers look like -0.5 or 1e-3"
_DATE = re.compile(r"\d{1,4}([-/.:])\d{1,2}\1\d{1,4}([T ].*)?", re.ASCII)
_NON_FINITE = ("nan", "inf", "infinity")
_MISSING = frozenset({"?", "na", "n/a", "#n/a", "null", "none", "-", "--", ".", "missing"})


def _whole(text: str) -> str:
    """How the class index that `text` probably means is written."""
    candidate = text if NUMBER.fullmatch(text) else _suggestion(text)
    value = float(candidate) if candidate else math.nan
    return f"write {int(value)}" if value.is_integer() and abs(value) < CLASS_LIMIT else "write a whole number from 0"


def _explain(text: str) -> NumberError:
    stripped = text.strip()
    if not stripped:
        return NumberError("an empty field where a number should be", "give a number")
    what = f"{quoted(stripped)} is not a number"
    if stripped.lower().lstrip("+-") in _NON_FINITE:
        return NumberError(f"{quoted(stripped)} is not a finite number", "inputs must be finite: fill the gap")
    if stripped.lower() in _MISSING:
        fix = "a feature cannot be missing: fill the gap, or delete the row"
        return NumberError(f"{quoted(stripped)} stands for a missing number", fix)
    if _DATE.fullmatch(stripped):
        return NumberError(what, "call the column date or time in a header: it is left out then")
    suggestion = _suggestion(stripped)
    return NumberError(what, f"write {suggestion}" if suggestion else LIKE)


def _suggestion(text: str) -> str:
    """How the number that `text` probably means is written, or nothing."""
    ascii_text = _ascii_digits(text)
    for candidate in (ascii_text, ascii_text.replace("_", ""), ascii_text.replace(",", ".")):
        if candidate != text and NUMBER.fullmatch(candidate):
            return candidate
    if text.lower() in {"true", "false"}:
        return "1" if text.lower() == "true" else "0"
    if re.match(r"[+-]?0[xX]", text):
        try:
            value = float.fromhex(text)
        except (ValueError, OverflowError):
            return ""
        return f"{value:.17g}" if math.isfinite(value) else ""
    return ""


def _ascii_digits(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).translate({0x2212: "-", 0x066B: "."})
    return "".join(str(unicodedata.decimal(ch)) if ch.isdecimal() else ch for ch in folded)
