"""Frozen data as plain JSON values and back, guided by the types that the dataclasses declare.

Rules this file keeps:
- What `to_json` makes, `reader(type)` reads as an equal value; a field added to a dataclass needs nothing here.
- Reading is strict: every key known, every type exact, whole numbers not negative, texts printable, all bounded.
  What else a value must be is checked by the reader of the file.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from rnn_core.errors import RnnError
from rnn_core.formats.files import Content
from rnn_core.formats.strict_json import Json, check_keys, wrong
from rnn_core.optimisers import KINDS, RULES, Optimiser

Reader = Callable[[Content, str, Json], Any]

LONGEST = 4_096
"""The most characters of a text."""
MOST = 1_000
"""The most entries of a list."""
LARGEST = 10**12


def to_json(value: Any) -> Json:
    """Frozen data as JSON values: dataclasses and named tuples as objects, tuples as lists."""
    if is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "_asdict"):
        return {name: to_json(each) for name, each in value._asdict().items()}
    return [to_json(each) for each in value] if isinstance(value, tuple) else value


@cache
def reader(kind: Any) -> Reader:
    """What reads a value of this type: a dataclass, a named tuple, a tuple, a union, a literal, or a basic type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return _choice(arguments)
    if origin in (Union, types.UnionType):
        (some,) = (each for each in arguments if each is not type(None))
        return _optional(reader(some))
    if origin is tuple:
        if arguments[-1] is ...:
            return _list(reader(arguments[0]))
        return _exactly(tuple(map(reader, arguments)))
    if is_dataclass(kind) or hasattr(kind, "_fields"):
        return record_reader(kind)
    if kind is Optimiser:
        return _optimiser
    return {str: text, bool: _bool, int: _int, float: _float}[kind]


def text(content: Content, at: str, value: Json) -> str:
    """A printable text of bounded length."""
    if len(any_text(content, at, value)) > LONGEST:
        raise content.error(f"has {len(value):,} characters, at most {LONGEST:,} are taken", at=at)
    if not value.isprintable():
        raise content.error("holds characters that cannot be shown", at=at)
    return any_text(content, at, value)


def any_text(content: Content, at: str, value: Json) -> str:
    """Any text at all."""
    if not isinstance(value, str):
        raise wrong(content, at, value, "a text")
    return value


def _bool(content: Content, at: str, value: Json) -> bool:
    if not isinstance(value, bool):
        raise wrong(content, at, value, "true or false")
    return value


def _int(content: Content, at: str, value: Json) -> int:
    if type(value) is not int or not 0 <= value <= LARGEST:
        raise wrong(content, at, value, f"a whole number from 0 to {LARGEST:,}")
    return value


def _float(content: Content, at: str, value: Json) -> float:
    if type(value) not in (int, float):
        raise wrong(content, at, value, "a number")
    return float(value)


def _optimiser(content: Content, at: str, value: Json) -> Optimiser:
    """A kind and its numbers; files of older versions name the numbers of all kinds."""
    numbers = {name for rule in RULES.values() for name in rule.numbers}
    members(content, at, value, ("kind", *sorted(numbers)), set())
    kind = _choice(KINDS)(content, path(at, "kind"), value.get("kind", KINDS[0]))
    given = {name: _float(content, path(at, name), value[name]) for name in numbers & set(value)}
    try:
        return Optimiser(kind, **{name: number for name, number in given.items() if name in RULES[kind].numbers})
    except RnnError as error:
        raise content.error(error.what, at=at, fix=error.fix) from None


def _choice(choices: tuple[Any, ...]) -> Reader:
    def read(content: Content, at: str, value: Json) -> Any:
        if value not in choices:
            raise wrong(content, at, value, f"one of {', '.join(map(str, choices))}")
        return value

    return read


def _optional(some: Reader) -> Reader:
    def read(content: Content, at: str, value: Json) -> Any:
        return None if value is None else some(content, at, value)

    return read


def _list(each: Reader) -> Reader:
    def read(content: Content, at: str, value: Json) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise wrong(content, at, value, "a list")
        if len(value) > MOST:
            raise content.error(f"has {len(value):,} entries, at most {MOST:,} are taken", at=at)
        return tuple(each(content, f"{at}[{i}]", entry) for i, entry in enumerate(value))

    return read


def _exactly(parts: tuple[Reader, ...]) -> Reader:
    def read(content: Content, at: str, value: Json) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) != len(parts):
            raise wrong(content, at, value, f"a list of {len(parts)}")
        return tuple(part(content, f"{at}[{i}]", value[i]) for i, part in enumerate(parts))

    return read


def record_reader(kind: Any, **special: Reader) -> Reader:
    """What reads a dataclass or a named tuple; `special` reads some of its fields in place of their types' readers."""
    hints = get_type_hints(kind)
    if is_dataclass(kind):
        required = {f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING}
    else:
        required = set(kind._fields) - set(kind._field_defaults)

    def read(content: Content, at: str, value: Json) -> Any:
        members(content, at, value, tuple(hints), required)
        parts = {name: special.get(name) or reader(hints[name]) for name in value}
        found = {name: part(content, path(at, name), value[name]) for name, part in parts.items()}
        try:
            return kind(**found)
        except RnnError as error:  # what the type itself refuses
            raise content.error(error.what, at=at, fix=error.fix) from None

    return read


def members(content: Content, at: str, value: Json, known: tuple[str, ...], required: set[str]) -> None:
    """Raise InputError unless `value` is an object whose keys are all known, and has all that are required."""
    if not isinstance(value, dict):
        raise wrong(content, at or "the file", value, "an object")
    check_keys(content, at, value, known)
    for name in known:
        if name in required and name not in value:
            raise content.error(f'the key "{name}" is missing', at=at)


def path(at: str, name: str) -> str:
    """Where a key of an object stands."""
    return f"{at}.{name}" if at else name
