"""Our records are to whoever uses them what the standard library's are; it is the judge."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from rnn_core import records


def made(how: Any, **options: Any) -> Any:
    class Thing:
        """A class as ours are written."""

        name: str
        size: int = 1
        parts: tuple[int, ...] = ()

        def __post_init__(self) -> None:
            object.__setattr__(self, "name", self.name.strip())

        @property
        def twice(self) -> int:
            return 2 * self.size

    return how(frozen=True, **options)(Thing)


PAIRS = [
    (made(records.dataclass, **options), made(dataclasses.dataclass, **options))
    for options in ({}, {"eq": False}, {"kw_only": True})
]
VALUES = some.fixed_dictionaries(
    {},
    optional={
        "name": some.text(max_size=2),
        "size": some.integers(0, 2),
        "parts": some.just((1, 2)),
        "no": some.none(),
    },
)


def outcome(function: Any) -> Any:
    try:
        return function()
    except Exception as error:
        return type(error)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=["plain", "by identity", "by name"])
@given(positional=some.lists(some.sampled_from(["a", " a", 1]), max_size=4), named=VALUES)
def test_they_are_built_compared_replaced_and_refused_alike(ours, theirs, positional, named):
    if positional and not isinstance(positional[0], str):
        positional = ["x", *positional[1:]]
    mine, other = outcome(lambda: ours(*positional, **named)), outcome(lambda: theirs(*positional, **named))
    if isinstance(other, type):
        assert mine is other
        return
    assert dataclasses.asdict(mine) == dataclasses.asdict(other)
    assert repr(mine) == repr(other)
    assert [(f.name, f.default) for f in dataclasses.fields(mine)] == [
        (f.name, f.default) for f in dataclasses.fields(other)
    ]
    again, other_again = ours(*positional, **named), theirs(*positional, **named)
    assert (mine == again, mine == other) == (other == other_again, other == mine)
    assert (hash(mine) == hash(again)) == (hash(other) == hash(other_again))
    changed, other_changed = dataclasses.replace(mine, size=7), dataclasses.replace(other, size=7)
    assert (changed.size, changed.twice, mine.size) == (other_changed.size, 14, other.size)
    with pytest.raises(dataclasses.FrozenInstanceError):
        mine.size = 3
    with pytest.raises(dataclasses.FrozenInstanceError):
        del mine.size


def described(how: Any) -> Any:
    class Kept:
        """A class whose fields say more than a default."""

        name: str = dataclasses.field(repr=False)
        parts: list[int] = dataclasses.field(default_factory=list)
        size: int = dataclasses.field(default=1, compare=False)
        memory: dict[str, int] = dataclasses.field(default_factory=dict, init=False, repr=False)

    class Named(how(frozen=True)(Kept)):
        """One that is made from another."""

        more: int = 2

    return how(frozen=True)(Named)


@given(
    named=some.fixed_dictionaries(
        {},
        optional={
            "name": some.just("a"),
            "parts": some.just([3]),
            "size": some.integers(1, 2),
            "more": some.integers(1, 2),
            "memory": some.just({}),
        },
    )
)
def test_their_fields_may_be_made_anew_not_given_not_shown_or_not_compared(named):
    mine, other = (
        outcome(lambda how=how: described(how)(**named)) for how in (records.dataclass, dataclasses.dataclass)
    )
    if isinstance(other, type):
        assert mine is other
        return
    again, other_again = type(mine)(**named), type(other)(**named)
    assert repr(mine) == repr(other)
    assert dataclasses.asdict(mine) == dataclasses.asdict(other)
    assert (mine == again) == (other == other_again)
    assert mine.memory is not again.memory
    changed, other_changed = dataclasses.replace(mine, size=7), dataclasses.replace(other, size=7)
    assert (changed == mine, changed.size, changed.parts) == (other_changed == other, 7, other_changed.parts)
    assert (hasattr(type(mine), "parts"), type(mine).size) == (hasattr(type(other), "parts"), type(other).size)
    with pytest.raises(ValueError, match="memory"):
        dataclasses.replace(mine, memory={})
