"""Which call an event belongs to: a function that serves several lines has turns of its own for each of them.

Functions announce their arguments, so the calls under way can be followed event by event. A function that calls itself
is one call.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from rnn_core.review.found import Found
from rnn_core.review.instrument import Site


@dataclass(frozen=True)
class Call:
    """A call under way: the statements that led to it, outermost first, and the event just before it."""

    function: int
    path: tuple[int, ...]
    event: int


class Calls:
    """The calls in a stretch of events."""

    def __init__(self, found: Found, start: int, stop: int) -> None:
        recording, sites = found.recording, found.code.sites
        self.start = start
        self.of: list[Call] = []
        stack = [Call(sites[int(recording.sites[start])].function, (), -1)]
        returned = False
        statement = -1
        for event, number in enumerate(recording.sites[start:stop].tolist(), start):
            site = sites[number]
            if site.function != stack[-1].function:
                if returned and len(stack) > 1:
                    stack.pop()
                known = next((k for k, call in enumerate(stack) if call.function == site.function), -1)
                if known >= 0:
                    del stack[known + 1 :]
                elif site.kind == "param" or site.function >= 0:
                    stack.append(Call(site.function, (*stack[-1].path, statement), event - 1))
                else:
                    stack = [Call(site.function, (), -1)]
            returned = site.kind == "return"
            statement = site.statement
            self.of.append(stack[-1])

    def at(self, event: int) -> Call:
        return self.of[event - self.start]


def call_of(found: Found, call: Call) -> Site | None:
    """The expression that made a call; None where it cannot be told."""
    if call.event < 0 or call.function < 0:
        return None
    before = found.code.sites[int(found.recording.sites[call.event])]
    name = getattr(found.code.functions[call.function], "name", "")
    made = [
        site
        for site in found.code.sites
        if site.kind == "see" and site.function == before.function and _calls(site.node, name)
    ]
    here = [site for site in made if site.statement == before.statement]
    later = [site for site in made if site.statement > before.statement]
    return next(iter(here or later or made), None)


def _calls(node: ast.AST, name: str) -> bool:
    called = getattr(node, "func", None)
    return isinstance(node, ast.Call) and name in {getattr(called, "id", ""), getattr(called, "attr", "")} - {""}
