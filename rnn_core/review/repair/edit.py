"""A small change to the text of a program: what stands where, and what is to stand there."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from itertools import accumulate

NEW = 9
"""The rank of changes that add something new: only those are tried that are known to make what is wanted."""


@dataclass(frozen=True)
class Edit:
    """One change. Its spans are bytes of the text, the first of them where it is told."""

    node: ast.AST
    old: str
    new: str
    spans: tuple[tuple[int, int, str], ...]
    rank: int
    """How likely such a change is: the smallest first."""
    cause: str = ""
    """The mistake in a few words, where `new in place of old` does not say it."""

    @property
    def line(self) -> int:
        return int(getattr(self.node, "lineno", 0))

    @property
    def said(self) -> str:
        """What is wrong."""
        return self.cause or f"{self.old} in place of {self.new}"

    @property
    def turns(self) -> bool:
        """Whether only a sign changes."""
        one, other = (re.sub(r"[-+\s()]", "", text) for text in (self.old, self.new))
        return one == other and not isinstance(self.node, ast.Constant)


class Text:
    """A program's text, to be changed at its nodes."""

    def __init__(self, text: str) -> None:
        self.bytes = text.encode()
        lines = text.split("\n")
        self.starts = [0, *accumulate(len(line.encode()) + 1 for line in lines)]

    def span(self, node: ast.AST) -> tuple[int, int]:
        """The bytes of a node."""
        return (
            self.starts[node.lineno - 1] + node.col_offset,  # type: ignore[attr-defined]  # expressions and statements have places
            self.starts[node.end_lineno - 1] + node.end_col_offset,  # type: ignore[attr-defined]
        )

    def of(self, node: ast.AST) -> str:
        """What stands there."""
        start, stop = self.span(node)
        return self.bytes[start:stop].decode()

    def between(self, start: int, stop: int) -> str:
        return self.bytes[start:stop].decode()

    def find(self, word: str, start: int, stop: int) -> int:
        """Where a word stands between two bytes; -1 for nowhere."""
        return self.bytes.find(word.encode(), start, stop)

    def changed(self, edit: Edit) -> str:
        """The text with a change made; lines keep their numbers where a change spans several."""
        out = self.bytes
        for start, stop, new in sorted(edit.spans, reverse=True):
            old = out[start:stop]
            missing = max(0, old.count(b"\n") - new.count("\n"))
            inside = b"\n" * missing if new.startswith("(") else b""
            out = out[:start] + (b"(" + inside + new.encode()[1:] if inside else new.encode()) + out[stop:]
        return out.decode()
