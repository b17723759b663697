"""What is watched: the sites of a text, and the names by which its witnesses are called."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

SEE, PUT, WROTE, ENTER = "__rnn_see__", "__rnn_put__", "__rnn_wrote__", "__rnn_enter__"


@dataclass(eq=False)
class Site:
    """A place in the code that is watched."""

    id: int
    kind: str
    """see · store · param · return.
    add: what an augmented store adds. after: what it left. base: the whole that an element was stored to.
    enter, round, loop: a loop begins, goes round, and what its names are then.
    effect: what a call left in its arguments."""
    node: ast.AST
    """Of the untouched tree: the expression itself, or the target of a store."""
    statement: int
    function: int
    """The index of the function it stands in; -1 at the top."""
    loops: tuple[int, ...]
    """The statements of the loops around it in its function, outermost first."""
    parent: int
    """The site of the expression around it; -1 where it is a whole."""
    name: str = ""
    """What a store stores to, as text; for an argument its own name."""
    value: ast.AST | None = None
    """The expression that a store stores."""
    index: bool = False
    """Whether it stands in a subscript, where whole numbers matter."""
    written: bool = False
    """Whether it is a call that writes into an array (`out=`): another value must be put in there, too."""
    context: int = -1
    """Which callers led to it, where the sites of a function are told apart by them; -1 where they are not."""

    @property
    def line(self) -> int:
        return int(getattr(self.node, "lineno", 0))


@dataclass(eq=False)
class Code:
    """The instrumented tree, its sites, and the statements and functions that they refer to by number."""

    tree: ast.Module
    sites: list[Site] = field(default_factory=list)
    statements: list[ast.stmt] = field(default_factory=list)
    functions: list[ast.AST] = field(default_factory=list)
    lines: tuple[str, ...] = ()
    """The text, line by line."""
    origins: tuple[int, ...] = ()
    """For each site the one of the text, where a site stands there once for each caller; empty where none does."""
    gathered: dict[int, Site] = field(default_factory=dict)
    """Places of what a loop goes through one by one, by the site inside the loop."""
    fields: dict[str, tuple[str, int]] = field(default_factory=dict)
    """The fields of the records that the code declares (NamedTuple, dataclass): whose they are, and at which place."""
    texts: dict[int, str] = field(default_factory=dict)

    def text(self, node: ast.AST) -> str:
        """A node of the untouched tree as text."""
        if id(node) not in self.texts:
            self.texts[id(node)] = ast.unparse(node)
        return self.texts[id(node)]

    def origin(self, site: Site) -> int:
        """The site of the text, whoever called it."""
        return self.origins[site.id] if self.origins else site.id

    def beside(self, site: Site) -> list[Site]:
        """The sites of the same statement, under the same callers."""
        return [
            other
            for other in self.sites
            if other.statement == site.statement and (other.context == site.context or other.context < 0)
        ]
