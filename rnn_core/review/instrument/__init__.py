"""Python text with a witness at every expression and every store.

`see(site, value)` returns its value and notes it. `put(site, value)` stands before every store and may return another
value: the right one, when a suspicion is put to the proof. `wrote(site, value)` looks at what a store left behind.
Parent and child instrument the same text in the same way, so that a site's number means the same in both.

This package stands alone (standard library only): the child process loads it by its path. So its files name
each other from where they stand, and not from the root.
"""

from __future__ import annotations

import ast

from .sites import ENTER as ENTER
from .sites import PUT as PUT
from .sites import SEE as SEE
from .sites import WROTE as WROTE
from .sites import Code as Code
from .sites import Site as Site
from .statements import Statements


def instrument(text: str, filename: str = "<code>", light: bool = False) -> Code:
    """The text with its witnesses; `light` has none where a value is only read. Raises SyntaxError."""
    original, copy = ast.parse(text, filename), ast.parse(text, filename)
    for mine, theirs in zip(ast.walk(original), ast.walk(copy), strict=True):
        theirs.origin = mine  # type: ignore[attr-defined]  # a mark of our own
    code = Statements(copy, light).code
    code.lines = tuple(text.split("\n"))
    for node in ast.walk(original):
        if isinstance(node, ast.ClassDef):
            named = [part.target.id for part in node.body
                     if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)]  # fmt: skip
            code.fields.update({name: (node.name, place) for place, name in enumerate(named)})
    return code
