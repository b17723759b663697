"""Caches behind pure functions.

What was computed for a trace, or for anything else, lives as long as that does. What was computed last lives until it
is computed from something else.
"""

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


class Lately:
    """What pure functions gave when they were asked last, one answer for each slot."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, str], tuple[tuple[Any, ...], Any]] = {}

    def of(self, slot: str, function: Callable[..., Result], *inputs: Any) -> Result:
        """`function(*inputs)`, not computed again where the inputs equal those of the last time."""
        known = self._known.get((function, slot))
        if known is None or known[0] != inputs:
            known = self._known[function, slot] = inputs, function(*inputs)
        answer: Result = known[1]
        return answer
