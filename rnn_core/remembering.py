"""A cache behind a pure function: what was computed for a trace, or for anything else, lives as long as that does."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

Result = TypeVar("Result")


def remembered(function: Callable[..., Result]) -> Callable[..., Result]:
    """`function(owner, *key)`, computed once for each owner and key."""
    known: WeakKeyDictionary[Any, dict[Any, Result]] = WeakKeyDictionary()

    @wraps(function)
    def answer(owner: Any, *key: Any) -> Result:
        answers = known.setdefault(owner, {})
        if key not in answers:
            answers[key] = function(owner, *key)
        return answers[key]

    return answer
