"""JSON read to the letter of its standard, and typed readers that say which field is wrong.

Rules this file keeps:
- What the standard library lets through is refused: NaN, Infinity, 1e400, endless integers, a key given twice.
- A syntax error is placed by line and column, a wrong value by its path: `inputs[2][0]`.
"""

from __future__ import annotations

import array
import difflib
import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from rnn_core.errors import InputError, one_line, quoted
from rnn_core.formats.files import Content
from rnn_core.formats.numbers import NumberError, checked_target, number
from rnn_core.records import dataclass

Json = Any
"""dict, list, str, int, float, bool or None, or a `Refused` where a value could not be taken."""


@dataclass(frozen=True)
class Refused:
    """Stands where a value was that may not be there: the parser's hooks know what is wrong, the readers know where."""

    what: str
    fix: str


def parse(content: Content, *, line_only: bool = False) -> Json:
    """The value that the file holds, or the line, whose errors name a column only. Raises InputError for anything that
    is not JSON."""
    text = content.text()
    try:
        return json.loads(
            text,
            parse_constant=lambda word: Refused(f"{word} is not a JSON number", "inputs must be finite: fill the gap"),
            parse_float=_float,
            parse_int=_int,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        raise _syntax_error(content, text, error, line_only) from None
    except RecursionError:
        raise content.error("nested too deeply", fix='inputs are lists of lists: {"inputs": [[0.1, 0.2]]}') from None


def _float(text: str) -> float | Refused:
    value = float(text)
    return Refused(f"{quoted(text)} is too large for a float64", "rescale the data") if math.isinf(value) else value


def _int(text: str) -> int | float | Refused:
    # int() refuses long digits in words of its own; nothing that long is an index, so a float will do.
    return int(text) if len(text) < 300 else _float(text)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json] | Refused:
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _),) = Counter(key for key, _ in pairs).most_common(1)
        return Refused(f"the key {quoted(twice)} is given twice", "keep one of them")
    return found


_COMMA_TOO_MANY = re.compile(r",\s*[\]}]")
_FOREIGN_WORDS = {"None": "null", "True": "true", "False": "false", "nan": "a finite number", "inf": "a finite number"}


def _syntax_error(content: Content, text: str, error: json.JSONDecodeError, line_only: bool) -> InputError:
    what, position = error.msg[:1].lower() + error.msg[1:], error.pos
    fix = "a file holds one object" if what == "extra data" else _syntax_fix(text, position)
    comma = _COMMA_TOO_MANY.search(text, max(position - 100, 0))
    if comma and comma.start() <= position < comma.end():  # Python versions differ in the place and the words
        what, fix, position = "a comma too many", "remove it", comma.start()
    line, before = text.count("\n", 0, position) + 1, text.rfind("\n", 0, position)
    at = f"column {position - before}" if line_only else f"line {line}, column {position - before}"
    return content.error(f"not JSON: {what}", at=at, fix=fix)


def _syntax_fix(text: str, position: int) -> str:
    if not text[position:].strip():
        return "it ends too early"
    if text[position] == "'":
        return "use double quotes"
    word = re.match(r"\w+", text[position:])
    if word and word[0] in _FOREIGN_WORDS:
        return f"write {_FOREIGN_WORDS[word[0]]}"
    return ""


def wrong(content: Content, at: str, value: Json, expected: str, fix: str = "") -> InputError:
    """The error for `value` at the path `at`, where `expected` should be."""
    if isinstance(value, Refused):
        return content.error(value.what, at=at, fix=value.fix)
    return content.error(f"{_describe(value)} is not {expected}", at=at, fix=fix)


def _describe(value: Json) -> str:
    if isinstance(value, str):
        return f"{quoted(value)}, a string,"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    return one_line(json.dumps(value), 40)


def check_keys(content: Content, at: str, value: dict[str, Json], known: Iterable[str]) -> None:
    """Raise InputError for a key that is none of `known`, with the nearest one that is."""
    names = list(known)
    for key in value:
        if key not in names:
            near = difflib.get_close_matches(key[:100], names, n=1)
            fix = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(names)}"
            raise content.error(f"unknown key {quoted(key)}", at=at, fix=fix)


def vector(content: Content, at: str, value: Json) -> array.array[float]:
    """A list of finite numbers as float64."""
    if not isinstance(value, list):
        raise wrong(content, at, value, "a list of numbers", "write [" + _bare(value) + "]")
    if set(map(type, value)) <= {int, float}:
        return array.array("d", value)
    i = next(i for i, entry in enumerate(value) if type(entry) not in {int, float})
    raise wrong(content, f"{at}[{i}]", value[i], "a number", _number_fix(value[i]))


def _bare(value: Json) -> str:
    return repr(value) if type(value) in {int, float} else "0.1, 0.2"


def _number_fix(value: Json) -> str:
    if isinstance(value, bool):
        return f"write {int(value)}"
    if value is None:
        return "every timestep needs all of its inputs"
    if isinstance(value, str):
        try:
            number(value)
        except NumberError as error:
            return error.fix
        return f"write {value.strip()} without quotes"
    return ""


def targets(content: Content, at: str, value: Json) -> list[int]:
    """A list of class indices, NO_TARGET for null, -1 and -100."""
    if not isinstance(value, list):
        raise wrong(content, at, value, "a list of class indices", "write [0, null, 2]")
    return [_target(content, f"{at}[{i}]", entry) for i, entry in enumerate(value)]


def _target(content: Content, at: str, value: Json) -> int:
    if value is None:
        value = -1
    if type(value) is not int:
        whole = isinstance(value, bool) or (isinstance(value, float) and value.is_integer() and abs(value) < 1e6)
        fix = f"write {int(value)}" if whole else "write a whole number, or null for none"
        raise wrong(content, at, value, "a class index", fix)
    try:
        return checked_target(value)
    except NumberError as error:
        raise content.error(error.what, at=at, fix=error.fix) from None


def labels(content: Content, at: str, value: Json, *, unique: bool) -> tuple[str, ...]:
    """A list of strings; with `unique`, none of them empty or given twice."""
    if not isinstance(value, list):
        raise wrong(content, at, value, "a list of strings", 'write ["a", "b"]')
    seen: set[str] = set()
    for i, entry in enumerate(value):
        place = f"{at}[{i}]"
        label(content, place, entry)
        if unique and not entry:
            raise content.error("an empty name", at=place, fix="name it")
        if unique and entry in seen:
            raise content.error(f"{quoted(entry)} is given twice", at=place, fix="names must differ")
        seen.add(entry)
    return tuple(value)


def label(content: Content, at: str, value: Json) -> str:
    """A string that can be written out again."""
    if not isinstance(value, str):
        raise wrong(content, at, value, "a string", f'write "{_bare(value)}"' if type(value) in {int, float} else "")
    if any("\ud800" <= ch <= "\udfff" for ch in value):
        raise content.error(f"{quoted(value)} holds half a surrogate pair", at=at, fix="write the whole character")
    return value
