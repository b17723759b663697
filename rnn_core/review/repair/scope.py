"""What else could stand at a place: the names and entries of a function, with the arrays that they held."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field

from rnn_core.model import Array
from rnn_core.review.found import Found, Judged

_READ = ast.Name | ast.Attribute | ast.Subscript


@dataclass
class _Held:
    size: int
    shape: tuple[int, ...]
    value: int


@dataclass
class Scope:
    """The things of each function that hold an array in a stretch of events, by their text."""

    found: Found
    judged: Judged
    of_function: dict[int, dict[str, _Held]] = field(default_factory=dict)
    at: dict[int, _Held] = field(default_factory=dict)
    """By the identity of a node."""
    reads: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        recording, sites = self.found.recording, self.found.code.sites
        start, stop = self.judged.episode.start, self.judged.episode.stop
        for event in range(start, min(stop, len(recording))):
            site = sites[int(recording.sites[event])]
            array = recording.array(event)
            if array is None or not isinstance(site.node, _READ | ast.arg):
                continue
            held = _Held(array.size, array.shape, int(recording.values[event]))
            text = site.node.arg if isinstance(site.node, ast.arg) else self.found.code.text(site.node)
            self.of_function.setdefault(site.function, {})[text] = held
            if site.kind == "see":
                self.at[id(site.node)] = held
        for site in sites:
            if site.kind == "see" and isinstance(site.node, ast.Name):
                self.reads[f"{site.function}:{site.node.id}"] += 1
            if site.kind == "see" and id(site.node) not in self.at:
                event = self.found.events.last(site.id, stop)
                seen = recording.array(event) if event >= 0 else None
                if seen is not None:
                    self.at[id(site.node)] = _Held(seen.size, seen.shape, int(recording.values[event]))

    def array(self, node: ast.AST) -> Array | None:
        """What an expression was last."""
        held = self.at.get(id(node))
        return self.found.recording.arrays[held.value] if held is not None and held.value >= 0 else None

    def others(self, function: int, node: ast.AST, most: int = 8) -> list[str]:
        """What has the size of an expression and is something else: entries of the same thing first."""
        held = self.at.get(id(node))
        if held is None:
            return []
        own = ast.unparse(node)
        base = _base(own)
        names = {text: other for text, other in self.of_function.get(function, {}).items() if text != own}
        like = [text for text, other in names.items() if other.size == held.size and (held.size > 1 or "[" not in text)]
        like.sort(key=lambda text: (_base(text) != base, names[text].shape != held.shape, -_common(text, own)))
        return like[:most]

    def unused(self, function: int, text: str) -> bool:
        """Whether a name is read nowhere."""
        return not self.reads[f"{function}:{text}"]


def _base(text: str) -> str:
    return text.partition("[")[0]


def _common(one: str, other: str) -> int:
    """How many letters two names begin and end with alike."""
    n = min(len(one), len(other))
    head = next((i for i in range(n) if one[i] != other[i]), n)
    tail = next((i for i in range(n) if one[-1 - i] != other[-1 - i]), n)
    return head + tail
