"""Python text with a witness at every expression and every store.

`see(site, value)` returns its value and notes it. `put(site, value)` stands before every store and may return another
value: the right one, when a suspicion is put to the proof. `wrote(site, value)` looks at what a store left behind.
Parent and child instrument the same text in the same way, so that a site's number means the same in both.

This module stands alone (standard library only): the child process loads it by its path.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

SEE, PUT, WROTE, ENTER = "__rnn_see__", "__rnn_put__", "__rnn_wrote__", "__rnn_enter__"
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
_SEEN = (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp, ast.UnaryOp, ast.Call, ast.IfExp, ast.ListComp)
_KEEPERS = frozenset({"append", "appendleft", "insert"})


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
    fields: dict[str, tuple[str, int]] = field(default_factory=dict)
    """The fields of the records that the code declares (NamedTuple, dataclass): whose they are, and at which place."""


def instrument(text: str, filename: str = "<code>") -> Code:
    """The text with its witnesses. Raises SyntaxError."""
    original, copy = ast.parse(text, filename), ast.parse(text, filename)
    for mine, theirs in zip(ast.walk(original), ast.walk(copy), strict=True):
        theirs.origin = mine  # type: ignore[attr-defined]  # a mark of our own
    code = _Walker(copy).code
    code.lines = tuple(text.split("\n"))
    for node in ast.walk(original):
        if isinstance(node, ast.ClassDef):
            named = [part.target.id for part in node.body
                     if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)]  # fmt: skip
            code.fields.update({name: (node.name, place) for place, name in enumerate(named)})
    return code


class _Walker:
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
        tree.body = self.block(tree.body, keep_head=True)
        ast.fix_missing_locations(tree)

    # -- places -------------------------------------------------------------------------------------------------

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

    # -- statements ---------------------------------------------------------------------------------------------

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

    # -- expressions --------------------------------------------------------------------------------------------

    def expr(self, node: ast.expr) -> ast.expr:
        """The expression with every part of it seen."""
        if isinstance(node, ast.JoinedStr | ast.Constant | ast.Yield | ast.YieldFrom | ast.Await):
            return node
        seen = isinstance(node, _SEEN) and isinstance(getattr(node, "ctx", None) or ast.Load(), ast.Load)
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

    # -- looking ------------------------------------------------------------------------------------------------

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

    @staticmethod
    def text(node: ast.AST) -> str:
        return ast.unparse(getattr(node, "origin", node))


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
