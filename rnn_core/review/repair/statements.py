"""Changes to a statement as a whole: another kind of store, something added, left out, or done in another order."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from rnn_core.review.repair.edit import NEW, Edit, Text
from rnn_core.review.repair.expressions import expression_edits
from rnn_core.review.repair.scope import Scope

_OPERATORS = {ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*=", ast.Div: "/="}
_OTHERS = {"+=": ("=", "-="), "-=": ("+=",), "*=": ("/=",), "/=": ("*=",), "=": ("+=", "-=")}


def statement_edits(text: Text, scope: Scope, node: ast.stmt, function: int, block: list[ast.stmt]) -> list[Edit]:
    """All changes to one statement (of a loop or a branch: to its head), the likeliest first."""
    found = list(_all(text, scope, node, function, block))
    seen: set[tuple[tuple[int, int, str], ...]] = set()
    out = []
    for edit in sorted(found, key=lambda edit: edit.rank):
        if edit.spans not in seen and edit.old != edit.new:
            seen.add(edit.spans)
            out.append(edit)
    return out


def _all(text: Text, scope: Scope, node: ast.stmt, function: int, block: list[ast.stmt]) -> Iterator[Edit]:
    for root in _parts(node):
        yield from expression_edits(text, scope, root, function)
    yield from _stores(text, node)
    value = getattr(node, "value", None)
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Return | ast.Expr | ast.AnnAssign) and value is not None:
        yield from _added(text, scope, value, function)
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr):
        start, stop = text.span(node)
        said = ast.unparse(node)
        yield Edit(node, said, "", ((start, stop, "pass"),), 8, f"{said} does not belong there")
    yield from _moved(text, node, block)


def _parts(node: ast.stmt) -> list[ast.expr]:
    """The expressions of a statement itself; of one with a body those of its head."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return []
    out: list[ast.expr] = []
    for _, value in ast.iter_fields(node):
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.expr):
                out.append(part)
            elif isinstance(part, ast.withitem):
                out.append(part.context_expr)
    return out


def _stores(text: Text, node: ast.stmt) -> Iterator[Edit]:
    """Another operator of a store."""
    if isinstance(node, ast.AugAssign):
        sign = _OPERATORS.get(type(node.op), "")
        _, start = text.span(node.target)
    elif isinstance(node, ast.Assign) and len(node.targets) == 1 and not isinstance(node.targets[0], ast.Tuple):
        sign = "="
        _, start = text.span(node.targets[0])
    else:
        return
    at = text.find(sign, start, text.span(node.value)[0]) if sign else -1
    for other in _OTHERS.get(sign, ()) if at >= 0 else ():
        said = f"{ast.unparse(node.target if isinstance(node, ast.AugAssign) else node.targets[0])}"
        yield Edit(node, f"{said} {sign}", f"{said} {other}", ((at, at + len(sign), other),), 2)


def _added(text: Text, scope: Scope, value: ast.expr, function: int) -> Iterator[Edit]:
    """Something of the same size added to what a statement computes, or multiplied in."""
    parts = [value, *(value.args if isinstance(value, ast.Call) else [])]
    for part in [part for part in parts if not isinstance(part, ast.Starred | ast.Constant)]:
        inside = {ast.unparse(one) for one in ast.walk(part) if isinstance(one, ast.expr)}
        start, stop = text.span(part)
        own = text.between(start, stop)
        names = [other for other in scope.others(function, part, 30) if other not in inside]
        names.sort(key=lambda name: not scope.unused(function, name))
        for name in names[:12]:
            for op, cause in (
                ("-", f"{name} is not subtracted"),
                ("+", f"{name} is not added"),
                ("*", f"the factor {name} is missing"),
            ):
                new = f"({own} {op} {name})"
                yield Edit(part, ast.unparse(part), new, ((start, stop, new),), NEW, cause)
        for name in names[:6]:
            new = f"({own} + {name})"
            yield Edit(
                part,
                ast.unparse(part),
                new,
                ((start, stop, new),),
                4 if scope.unused(function, name) else 7,
                f"{name} is not added",
            )
            new = f"({own} * (1 - {name} ** 2))"
            yield Edit(part, ast.unparse(part), new, ((start, stop, new),), 8, f"the factor 1 - {name}² is missing")
        if isinstance(part, ast.Name | ast.Attribute | ast.Subscript) and scope.array(part) is not None:
            new = f"{own}.copy()"
            yield Edit(
                part,
                ast.unparse(part),
                new,
                ((start, stop, new),),
                6,
                f"{ast.unparse(part)} is kept without a copy, and changes later",
            )
        new = f"(-({own}))"
        yield Edit(part, ast.unparse(part), new, ((start, stop, new),), 6, "the sign is wrong")


def _moved(text: Text, node: ast.stmt, block: list[ast.stmt]) -> Iterator[Edit]:
    """Exchanged with the next statement of its block."""
    k = next((i for i, other in enumerate(block) if other is node), -1)
    if k < 0 or k + 1 >= len(block):
        return
    after = block[k + 1]
    if not all(isinstance(one, ast.Assign | ast.AugAssign | ast.Expr) for one in (node, after)):
        return
    spans = ((*text.span(node), text.of(after)), (*text.span(after), text.of(node)))
    yield Edit(
        node,
        ast.unparse(node),
        ast.unparse(after),
        spans,
        6,
        f"{ast.unparse(node)} comes too early: {ast.unparse(after)} belongs before it",
    )
