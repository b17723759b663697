"""Every part of an expression is seen: the text computes the same, and each value is noted on its way."""

from __future__ import annotations

import ast

from .sites import SEE
from .witnesses import Witnesses

MADE = (ast.BinOp, ast.UnaryOp, ast.Call, ast.ListComp)
SEEN = (ast.Name, ast.Attribute, ast.Subscript, ast.IfExp, *MADE)
"""Which expressions have a witness: those that make a value, and those that only fetch one."""


class Expressions(Witnesses):
    """Goes through expressions."""

    seen: tuple[type[ast.expr], ...] = SEEN

    def expr(self, node: ast.expr) -> ast.expr:
        """The expression with every part of it seen."""
        if isinstance(node, ast.JoinedStr | ast.Constant | ast.Yield | ast.YieldFrom | ast.Await):
            return node
        seen = isinstance(node, self.seen) and isinstance(getattr(node, "ctx", None) or ast.Load(), ast.Load)
        if isinstance(node, ast.Name) and node.id in self.modules:
            return node
        outer = self.parent
        site = (
            self.site("see", node, self.text(node) if isinstance(node, ast.Name | ast.Attribute) else "")
            if seen
            else None
        )
        if site is not None:
            self.parent = site.id
            site.written = isinstance(node, ast.Call) and any(keyword.arg == "out" for keyword in node.keywords)
        before = len(self.code.sites)
        for name, value in ast.iter_fields(node):
            if isinstance(node, ast.Call) and name == "func":
                if isinstance(value, ast.Attribute):
                    value.value = self.expr(value.value)
                continue
            if isinstance(value, ast.expr):
                setattr(node, name, self.expr(value))
            elif isinstance(value, list):
                for i, item in enumerate(value):
                    if isinstance(item, ast.expr):
                        value[i] = self.expr(item)
                    elif isinstance(item, ast.keyword):
                        item.value = self.expr(item.value)
                    elif isinstance(item, ast.comprehension):
                        item.iter = self.expr(item.iter)
                        item.ifs = [self.expr(i) for i in item.ifs]
            if isinstance(node, ast.Subscript) and name == "slice":
                for inner in self.code.sites[before:]:
                    inner.index = True
        self.parent = outer
        return node if site is None else self.call(SEE, site, node, node)

    def indices(self, target: ast.expr) -> None:
        """A target's own index expressions, seen."""
        if isinstance(target, ast.Subscript):
            self.indices(target.value)
        elif isinstance(target, ast.Tuple | ast.List):
            for part in target.elts:
                self.indices(part)
