"""`dataclass` for values that are made once in a while: the same to whoever uses it, made without compiling anything.

The standard library writes and compiles a method or two for every class, half a millisecond each. A program of a
hundred small records waits for that at every start.

These are frozen and compare by their fields; with `eq=False` by identity. `dataclasses.field` says what is made anew
for each record, not given, or not shown. They work with `dataclasses.replace`, `fields` and `asdict`, which make the
rest when they are first asked.
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


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def dataclass(cls: Any = None, /, *, frozen: bool = True, eq: bool = True, kw_only: bool = False) -> Any:
    """A frozen record of the class's annotated names; a value beside one is its default."""
    assert frozen, "what changes is no record"
    return _made(cls, eq, kw_only) if cls is not None else lambda made: _made(made, eq, kw_only)


class _Fields:
    """`__dataclass_fields__`, worked out by the standard library once somebody asks for it."""

    def __init__(self, names: tuple[str, ...], given: dict[str, Any], kw_only: bool) -> None:
        self.given = given
        """What stands beside the names: a default, or a `dataclasses.field`."""
        self._names, self._kw_only = names, kw_only
        self._known: dict[str, Any] | None = None

    def __get__(self, _instance: object, owner: type) -> dict[str, Any]:
        if self._known is None:
            body = {
                "__doc__": owner.__doc__ or "A record.",
                "__annotations__": dict.fromkeys(self._names, Any),
                **self.given,
            }
            # Without methods nothing is compiled: only its fields are wanted.
            like: type = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=self._kw_only)(
                type(owner.__name__, (), body)
            )
            self._known = getattr(like, _FIELDS)
            for name, field in self._known.items():
                field.type = _annotations(owner).get(name, Any)
        return self._known


def _annotations(cls: type) -> dict[str, Any]:
    return {name: kind for one in reversed(cls.__mro__) for name, kind in get_annotations(one).items()}


def _beside(cls: type, names: tuple[str, ...]) -> dict[str, Any]:
    """What stands beside these names, in the class or in what it is made from."""
    given: dict[str, Any] = {}
    for one in reversed(cls.__mro__):
        made = one.__dict__.get(_FIELDS)
        given |= (
            made.given if made is not None else {name: one.__dict__[name] for name in names if name in one.__dict__}
        )
    return given


def _made(cls: Any, eq: bool, kw_only: bool) -> Any:
    names = tuple(_annotations(cls))
    given = _beside(cls, names)
    said = {name: value for name, value in given.items() if isinstance(value, dataclasses.Field)}
    values = {name: said[name].default if name in said else value for name, value in given.items()}
    defaults = {name: value for name, value in values.items() if value is not _MISSING}
    factories = [(name, one.default_factory) for name, one in said.items() if callable(one.default_factory)]

    def those(how: str) -> tuple[str, ...]:
        return tuple(name for name in names if name not in said or getattr(said[name], how)) if said else names

    taken, compared, told = those("init"), those("compare"), those("repr")
    positional = () if kw_only else taken
    known = frozenset(taken)
    after = getattr(cls, "__post_init__", None)

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
        for name, make in factories:
            if name not in own:
                own[name] = make()
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
        return tuple([getattr(self, name) for name in compared])

    def equal(self: Any, other: object) -> Any:
        return values_of(self) == values_of(other) if type(other) is type(self) else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values_of(self))

    def shown(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in told)})"

    made: dict[str, Any] = {"__init__": build, "__setattr__": no_setting, "__delattr__": no_deleting}
    made |= {"__eq__": equal, "__hash__": hashed} if eq else {}
    made |= {} if "__repr__" in cls.__dict__ else {"__repr__": shown}
    made |= {"__match_args__": positional, _FIELDS: _Fields(names, given, kw_only)}
    for name, value in made.items():
        if not (name in ("__eq__", "__hash__") and name in cls.__dict__ and cls.__dict__[name] is not None):
            setattr(cls, name, value)
    for name in said:  # what it says is no value
        if name in defaults:
            setattr(cls, name, defaults[name])
        elif name in cls.__dict__:
            delattr(cls, name)
    return cls
