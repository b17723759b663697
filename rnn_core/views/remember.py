"""A cache behind a pure function of a trace: it lives as long as the trace does."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from rnn_core.trace import Trace

Result = TypeVar("Result")


def remembered(function: Callable[..., Result]) -> Callable[..., Result]:
    """`function(trace, *key)`, computed once for each trace and key."""
    known: WeakKeyDictionary[Trace, dict[Any, Result]] = WeakKeyDictionary()

    @wraps(function)
    def answer(trace: Trace, *key: Any) -> Result:
        answers = known.setdefault(trace, {})
        if key not in answers:
            answers[key] = function(trace, *key)
        return answers[key]

    return answer
