"""Every statement is followed: what it stores is witnessed before and after, and loops tell when they go round.

A store may be given another value: the right one, when a suspicion is put to the proof.
"""

from __future__ import annotations

import ast

from .expressions import MADE, SEEN, Expressions
from .sites import ENTER, PUT

_KEEPERS = frozenset({"append", "appendleft", "insert"})


class Statements(Expressions):
    """Goes through a tree, statement by statement."""

    def __init__(self, tree: ast.Module, light: bool = False) -> None:
        super().__init__(tree)
        self.seen = MADE if light else SEEN
        tree.body = self.block(tree.body, keep_head=True)
        ast.fix_missing_locations(tree)

    def block(self, body: list[ast.stmt], keep_head: bool = False) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for i, statement in enumerate(body):
            literal = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
            if (literal and (i == 0 or not keep_head)) or future:
                out.append(statement)
                continue
            out += self.one(statement)
        return out

    def one(self, node: ast.stmt) -> list[ast.stmt]:
        outer = self.statement
        self.statement = len(self.code.statements)
        self.code.statements.append(getattr(node, "origin", node))
        try:
            method = getattr(self, f"do_{type(node).__name__.lower()}", self.do_other)
            return method(node)
        finally:
            self.statement = outer

    def do_other(self, node: ast.stmt) -> list[ast.stmt]:
        for name, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                setattr(node, name, self.block(value))
            elif isinstance(value, ast.expr) and name not in {"annotation"}:
                setattr(node, name, self.expr(value))
            elif isinstance(value, list):
                for item in value:
                    if isinstance(item, ast.ExceptHandler | ast.match_case):
                        item.body = self.block(item.body)
                    elif isinstance(item, ast.withitem):
                        item.context_expr = self.expr(item.context_expr)
        return [node]

    def do_delete(self, node: ast.stmt) -> list[ast.stmt]:
        return [node]

    do_import = do_importfrom = do_global = do_nonlocal = do_pass = do_break = do_continue = do_typealias = do_delete

    def do_functiondef(self, node: ast.FunctionDef) -> list[ast.stmt]:
        node.args.defaults = [self.expr(d) for d in node.args.defaults]
        node.args.kw_defaults = [d and self.expr(d) for d in node.args.kw_defaults]
        before = self.function, self.loops, self.own
        self.function, self.loops = len(self.code.functions), ()
        self.own = {part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)} | _bound(node)
        self.code.functions.append(getattr(node, "origin", node))
        heads = []
        for arg in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            site = self.site("param", arg, arg.arg)
            heads.append(self.again(ast.Name(arg.arg, ast.Load()), site, node.body[0]))
        body = self.block(node.body)
        doc = isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
        node.body = [*body[:1], *heads, *body[1:]] if doc else [*heads, *body]
        self.function, self.loops, self.own = before
        return [node]

    do_asyncfunctiondef = do_functiondef

    def do_classdef(self, node: ast.ClassDef) -> list[ast.stmt]:
        before = self.loops
        self.loops = ()
        node.body = self.block(node.body)
        self.loops = before
        return [node]

    def loop(self, node: ast.For | ast.While, heads: list[ast.stmt]) -> list[ast.stmt]:
        before = self.loops
        self.loops = (*self.loops, self.statement)
        node.body = [*heads, *self.block(node.body)]
        self.loops = before
        node.orelse = self.block(node.orelse)
        return [node]

    def do_for(self, node: ast.For) -> list[ast.stmt]:
        node.iter = self.call(ENTER, self.site("enter", node.target), self.expr(node.iter), node.iter)
        before = self.loops
        self.loops = (*self.loops, self.statement)
        heads: list[ast.stmt] = [
            ast.copy_location(
                ast.Expr(self.call(ENTER, self.site("round", node.target), ast.Constant(None), node.iter)), node.body[0]
            )
        ]
        for target in ast.walk(node.target):
            if isinstance(target, ast.Name):
                heads.append(self.again(target, self.site("loop", target, target.id), node.body[0]))
        self.loops = before
        return self.loop(node, heads)

    def do_while(self, node: ast.While) -> list[ast.stmt]:
        node.test = self.expr(node.test)
        before = self.loops
        self.loops = (*self.loops, self.statement)
        head = self.call(ENTER, self.site("round", node.test), ast.Constant(None), node.test)
        self.loops = before
        return self.loop(node, [ast.copy_location(ast.Expr(head), node.body[0])])

    def do_assign(self, node: ast.Assign) -> list[ast.stmt]:
        value = node.value
        first = node.targets[0]
        node.value = self.expr(value)
        after: list[ast.stmt] = []
        for target in node.targets:
            self.indices(target)
        if isinstance(first, ast.Tuple | ast.List):
            for target, part in self.pairs(first, value):
                site = self.site("store", target, self.text(target), part)
                if isinstance(target, ast.Name):
                    after.append(self.again(target, site, node))
                else:
                    after += self.look(site, target, node)
        else:
            site = self.site("store", first, self.text(first), value)
            node.value = self.call(PUT, site, node.value, value)
            if isinstance(first, ast.Subscript):
                after += self.look(self.site("after", first, self.text(first), value), first, node)
                after += self.base(first, value, node)
        for target in node.targets[1:]:
            if not isinstance(target, ast.Tuple | ast.List):
                after += self.look(self.site("after", target, self.text(target), value), target, node)
        return [node, *after]

    def do_annassign(self, node: ast.AnnAssign) -> list[ast.stmt]:
        if node.value is not None:
            value = node.value
            seen = self.expr(value)
            site = self.site("store", node.target, self.text(node.target), value)
            node.value = self.call(PUT, site, seen, value)
        return [node]

    def do_augassign(self, node: ast.AugAssign) -> list[ast.stmt]:
        value = node.value
        seen = self.expr(value)
        self.indices(node.target)
        name = self.text(node.target)
        site = self.site("add", node.target, name, value)
        node.value = self.call(PUT, site, seen, value)
        after = self.look(self.site("after", node.target, name, value), node.target, node)
        if isinstance(node.target, ast.Subscript):
            after += self.base(node.target, value, node)
        return [node, *after]

    def base(self, target: ast.Subscript, value: ast.expr, near: ast.AST) -> list[ast.stmt]:
        """The whole that an element was stored to."""
        whole = target.value
        site = self.site("base", whole, self.text(whole), value)
        if isinstance(whole, ast.Name) and (self.function < 0 or whole.id in self.own):
            return [self.again(whole, site, near)]
        return self.look(site, whole, near)

    def do_return(self, node: ast.Return) -> list[ast.stmt]:
        if node.value is not None:
            value = node.value
            seen = self.expr(value)
            node.value = self.call(PUT, self.site("return", value, "return", value), seen, value)
        return [node]

    def do_expr(self, node: ast.Expr) -> list[ast.stmt]:
        value = node.value
        node.value = self.expr(value)
        if not isinstance(value, ast.Call):
            return [node]
        if isinstance(value.func, ast.Attribute) and value.func.attr in _KEEPERS and value.args and not value.keywords:
            kept = value.args[-1]
            origin: ast.Call = getattr(value, "origin", value)
            assert isinstance(origin.func, ast.Attribute)
            site = self.site("store", value, self.text(origin.func.value), origin.args[-1])
            value.args[-1] = self.call(PUT, site, kept, kept)
            return [node]
        out = [keyword.value for keyword in value.keywords if keyword.arg == "out"]
        origin = getattr(value, "origin", value)
        after: list[ast.stmt] = []
        owner = [origin.func.value] if isinstance(origin.func, ast.Attribute) and not out else []
        for target in (*out, *owner, *origin.args[:3]):
            target = getattr(target, "origin", target)
            if isinstance(target, ast.Name | ast.Attribute | ast.Subscript) and not (
                isinstance(target, ast.Name) and target.id in self.modules
            ):
                after += self.look(self.site("effect", target, self.text(target), origin), target, node)
        return [node, *after]

    def pairs(self, targets: ast.Tuple | ast.List, value: ast.expr) -> list[tuple[ast.expr, ast.AST | None]]:
        """Each target of an unpacking with the part of the value that goes there, where both are written out."""
        origin = getattr(value, "origin", value)
        written = (
            origin.elts if isinstance(origin, ast.Tuple | ast.List) and len(origin.elts) == len(targets.elts) else None
        )
        found: list[tuple[ast.expr, ast.AST | None]] = []
        for i, target in enumerate(targets.elts):
            if isinstance(target, ast.Tuple | ast.List):
                found += self.pairs(target, value)
            elif not isinstance(target, ast.Starred):
                found.append((target, written[i] if written else origin))
        return found


def _bound(function: ast.AST) -> set[str]:
    """The names that a function's own statements bind, and no function inside it."""
    found: set[str] = set()
    given_away: set[str] = set()
    left = list(ast.iter_child_nodes(function))
    while left:
        node = left.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if isinstance(node, ast.Global | ast.Nonlocal):
            given_away.update(node.names)
        left += ast.iter_child_nodes(node)
    return found | given_away
