"""Putting a witness at a place: a call around a value, a store of the same name again, a look at what was stored."""

from __future__ import annotations

import ast

from .sites import PUT, WROTE, Code, Site

_PURE = (
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.Constant,
    ast.BinOp,
    ast.UnaryOp,
    ast.Slice,
    ast.Tuple,
    ast.expr_context,
    ast.operator,
    ast.unaryop,
)


class Witnesses:
    """Knows where it stands in the text, and makes the witnesses of that place."""

    def __init__(self, tree: ast.Module) -> None:
        self.code = Code(tree)
        self.modules = {
            (alias.asname or alias.name).partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        self.own: set[str] = set()
        self.function, self.statement, self.parent = -1, -1, -1
        self.loops: tuple[int, ...] = ()

    def site(self, kind: str, node: ast.AST, name: str = "", value: ast.AST | None = None) -> Site:
        origin = getattr(node, "origin", node)
        made = Site(
            len(self.code.sites),
            kind,
            origin,
            self.statement,
            self.function,
            self.loops,
            self.parent,
            name,
            getattr(value, "origin", value),
        )
        self.code.sites.append(made)
        return made

    @staticmethod
    def call(function: str, site: Site, value: ast.expr, near: ast.AST) -> ast.Call:
        made = ast.Call(ast.Name(function, ast.Load()), [ast.Constant(site.id), value], [])
        return ast.copy_location(made, near)

    def again(self, target: ast.Name, site: Site, near: ast.AST) -> ast.stmt:
        """`name = put(site, name)`."""
        seen = self.call(PUT, site, ast.Name(target.id, ast.Load()), near)
        return ast.copy_location(ast.Assign([ast.Name(target.id, ast.Store())], seen), near)

    def look(self, site: Site, target: ast.expr, near: ast.AST) -> list[ast.stmt]:
        """`try: wrote(site, target)`, where reading the target again changes nothing."""
        origin = getattr(target, "origin", target)
        if isinstance(origin, ast.Starred) or not all(isinstance(part, _PURE) for part in ast.walk(origin)):
            return []
        again = ast.parse(ast.unparse(origin), mode="eval").body
        body: list[ast.stmt] = [ast.Expr(self.call(WROTE, site, again, near))]
        handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
        made = ast.Try(body, [handler], [], [])
        for part in ast.walk(made):
            ast.copy_location(part, near)
        return [made]

    @staticmethod
    def text(node: ast.AST) -> str:
        node = getattr(node, "origin", node)
        return node.id if isinstance(node, ast.Name) else ast.unparse(node)
