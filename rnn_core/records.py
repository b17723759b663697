"""`dataclass` for values that are made once in a while: the same to whoever uses it, made without compiling anything.

The standard library writes and compiles a method or two for every class, half a millisecond each. A program of a
hundred small records waits for that at every start.

These are frozen and compare by their fields; with `eq=False` by identity. They work with `dataclasses.replace`,
`fields` and `asdict`, which make the rest when they are first asked.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from inspect import get_annotations
from typing import Any, TypeVar, dataclass_transform, overload

Made = TypeVar("Made", bound=type)
_MISSING = dataclasses.MISSING
_FIELDS = "__dataclass_fields__"


@overload
def dataclass(cls: Made, /) -> Made: ...
@overload
def dataclass(*, frozen: bool = True, eq: bool = True, kw_only: bool = False) -> Callable[[Made], Made]: ...


@dataclass_transform(frozen_default=True)
def dataclass(cls: Any = None, /, *, frozen: bool = True, eq: bool = True, kw_only: bool = False) -> Any:
    """A frozen record of the class's annotated names; a value beside one is its default."""
    assert frozen, "what changes is no record"
    return _made(cls, eq, kw_only) if cls is not None else lambda made: _made(made, eq, kw_only)


class _Fields:
    """`__dataclass_fields__`, worked out by the standard library once somebody asks for it."""

    def __init__(self, names: tuple[str, ...], defaults: dict[str, Any], kw_only: bool) -> None:
        self._names, self._defaults, self._kw_only = names, defaults, kw_only
        self._known: dict[str, Any] | None = None

    def __get__(self, _instance: object, owner: type) -> dict[str, Any]:
        if self._known is None:
            body = {"__annotations__": dict.fromkeys(self._names, Any), **self._defaults}
            like: type = dataclasses.dataclass(frozen=True, kw_only=self._kw_only)(type(owner.__name__, (), body))
            self._known = getattr(like, _FIELDS)
            for name, field in self._known.items():
                field.type = _annotations(owner).get(name, Any)
        return self._known


def _annotations(cls: type) -> dict[str, Any]:
    return {name: kind for one in reversed(cls.__mro__) for name, kind in get_annotations(one).items()}


def _made(cls: Any, eq: bool, kw_only: bool) -> Any:
    names = tuple(_annotations(cls))
    defaults = {name: getattr(cls, name) for name in names if hasattr(cls, name)}
    positional = () if kw_only else names
    after = getattr(cls, "__post_init__", None)
    known = frozenset(names)

    def build(self: Any, *values: Any, **named: Any) -> None:
        own = self.__dict__
        if defaults:
            own.update(defaults)
        if len(values) > len(positional):
            raise TypeError(f"{cls.__name__}() takes {len(positional)} values, and {len(values)} were given")
        own.update(zip(positional, values, strict=False))
        if named:
            for name in named:
                if name not in known or name in positional[: len(values)]:
                    raise TypeError(f"{cls.__name__}() has no place for {name!r}")
            own.update(named)
        if len(own) < len(names):
            missing = ", ".join(name for name in names if name not in own)
            raise TypeError(f"{cls.__name__}() lacks {missing}")
        if after is not None:
            after(self)

    def no_setting(_self: object, name: str, _value: object) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def no_deleting(_self: object, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def values_of(self: Any) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in names])

    def equal(self: Any, other: object) -> Any:
        return values_of(self) == values_of(other) if type(other) is type(self) else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values_of(self))

    def shown(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    made: dict[str, Any] = {"__init__": build, "__setattr__": no_setting, "__delattr__": no_deleting}
    made |= {"__eq__": equal, "__hash__": hashed} if eq else {}
    made |= {} if "__repr__" in cls.__dict__ else {"__repr__": shown}
    made |= {"__match_args__": positional, _FIELDS: _Fields(names, defaults, kw_only)}
    for name, value in made.items():
        if not (name in ("__eq__", "__hash__") and name in cls.__dict__ and cls.__dict__[name] is not None):
            setattr(cls, name, value)
    return cls
