"""Changes inside an expression: another index, another operand, another operation, one thing more or less."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from rnn_core.review.repair.edit import Edit, Text
from rnn_core.review.repair.scope import Scope

_SLICES = (":-1", "1:", ":", "::-1")
_SIGNS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
_SISTERS = {
    "sum": "mean",
    "mean": "sum",
    "zeros_like": "ones_like",
    "argmax": "argmin",
    "vstack": "hstack",
    "hstack": "vstack",
}


def expression_edits(text: Text, scope: Scope, root: ast.expr, function: int) -> Iterator[Edit]:
    """Every small change to an expression, in no order."""
    called = {id(node.func) for node in ast.walk(root) if isinstance(node, ast.Call)}
    for node in ast.walk(root):
        if not isinstance(node, ast.expr) or isinstance(node, ast.JoinedStr) or not hasattr(node, "lineno"):
            continue
        if id(node) in called:
            if isinstance(node, ast.Attribute) and node.attr in _SISTERS:
                yield _made(text, node, f"{ast.unparse(node.value)}.{_SISTERS[node.attr]}", 6)
            continue
        yield from _of(text, scope, node, function)


def _made(text: Text, node: ast.expr, new: str | ast.expr, rank: int, cause: str = "") -> Edit:
    said = new if isinstance(new, str) else ast.unparse(new)
    atom = isinstance(new, str | ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.Constant)
    return Edit(node, ast.unparse(node), said, ((*text.span(node), said if atom else f"({said})"),), rank, cause)


def _of(text: Text, scope: Scope, node: ast.expr, function: int) -> Iterator[Edit]:
    loaded = isinstance(getattr(node, "ctx", None) or ast.Load(), ast.Load)
    if isinstance(node, ast.Subscript):
        for new, rank in _indices(node.slice):
            yield _made(text, node, f"{ast.unparse(node.value)}[{new}]", rank)
        if loaded and not isinstance(node.slice, ast.Constant):
            yield _made(text, node, node.value, 7)
    if loaded and isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        for other in scope.others(function, node):
            yield _made(text, node, other, 2)
        array = scope.array(node)
        if array is not None and array.ndim == 2 and min(array.shape) > 1:
            yield _made(text, node, f"{ast.unparse(node)}.T", 4)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield _made(text, node, node.value, 3)
    if isinstance(node, ast.BinOp):
        yield from _operations(text, node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        if isinstance(node.operand, ast.Constant) and isinstance(node.operand.value, int):
            for k in (0, 1, -2):
                yield _made(text, node, str(k), 5)
        else:
            yield _made(text, node, node.operand, 3)
    if isinstance(node, ast.Constant) and type(node.value) is int and abs(node.value) <= 3:
        for k in (node.value + 1, node.value - 1):
            yield _made(text, node, str(k) if k >= 0 else f"({k})", 5)
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        yield _made(text, node, str(not node.value), 7)
    if isinstance(node, ast.IfExp):
        yield _made(text, node, node.body, 6)
        yield _made(text, node, node.orelse, 6)
    if isinstance(node, ast.Call):
        yield from _calls(text, node)
    if isinstance(node, ast.Tuple | ast.List) and 2 <= len(node.elts) <= 8:
        yield from _exchanged(text, list(node.elts), 5)


def _indices(index: ast.expr) -> Iterator[tuple[str, int]]:
    """Other indices, as text, with their rank."""
    if isinstance(index, ast.Slice):
        own = ast.unparse(index)
        yield from ((new, 4) for new in _SLICES if new != own)
        return
    if isinstance(index, ast.Tuple):
        for k, part in enumerate(index.elts):
            for new, rank in _indices(part):
                parts = [ast.unparse(one) for one in index.elts]
                parts[k] = new
                yield ", ".join(parts), rank
        return
    if isinstance(index, ast.BinOp) and isinstance(index.op, ast.Add | ast.Sub):
        left, right = ast.unparse(index.left), index.right
        yield left, 1
        if isinstance(right, ast.Constant) and type(right.value) is int:
            sign = -1 if isinstance(index.op, ast.Sub) else 1
            for k in (sign * right.value + 1, sign * right.value - 1, -sign * right.value):
                if k:
                    yield f"{left} {'+' if k > 0 else '-'} {abs(k)}", 1
        else:
            yield f"{ast.unparse(index)} - 1", 2
            yield f"{ast.unparse(index)} + 1", 2
        return
    if isinstance(index, ast.Name | ast.Attribute):
        yield f"{ast.unparse(index)} - 1", 1
        yield f"{ast.unparse(index)} + 1", 1
    if isinstance(index, ast.UnaryOp) and isinstance(index.operand, ast.Constant):
        yield from (("0", 3), ("-2", 4)) if index.operand.value == 1 else (("-1", 3),)


def _operations(text: Text, node: ast.BinOp) -> Iterator[Edit]:
    other = _SIGNS.get(type(node.op))
    left, right = ast.unparse(node.left), ast.unparse(node.right)
    if other is not None:
        changed = ast.BinOp(node.left, other(), node.right)
        yield _made(text, node, changed, 3)
        yield _made(text, node, node.left, 4, f"{_sign(node.op)} {right} is too much")
        yield _made(text, node, node.right, 5, f"{left} {_sign(node.op)} is too much")
        if isinstance(node.op, ast.Sub):
            yield _made(text, node, ast.BinOp(node.right, node.op, node.left), 3)
        for inner, outer in ((node.left, node.right), (node.right, node.left)):  # a bracket elsewhere
            if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Add | ast.Sub | ast.Mult):
                if inner is node.left:
                    moved = ast.BinOp(inner.left, inner.op, ast.BinOp(inner.right, node.op, outer))
                else:
                    moved = ast.BinOp(ast.BinOp(outer, node.op, inner.left), inner.op, inner.right)
                yield _made(text, node, moved, 4, f"a bracket is missing or misplaced: {ast.unparse(moved)} is right")
    if isinstance(node.op, ast.MatMult):
        yield _made(text, node, ast.BinOp(node.right, node.op, node.left), 5)
    if isinstance(node.op, ast.Pow):
        yield _made(text, node, node.left, 5)
    elif not isinstance(node.op, ast.MatMult | ast.Mod | ast.FloorDiv):
        for square in (node.left, node.right) if isinstance(node.op, ast.Sub) else ():
            if isinstance(square, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
                yield _made(text, square, ast.BinOp(square, ast.Pow(), ast.Constant(2)), 4, "the square is missing")


def _sign(op: ast.operator) -> str:
    return {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}.get(type(op), "")


def _calls(text: Text, node: ast.Call) -> Iterator[Edit]:
    if node.args and not isinstance(node.args[0], ast.Starred | ast.GeneratorExp):
        yield _made(
            text, node, node.args[0], 6, f"{ast.unparse(node.func)} does not belong around {ast.unparse(node.args[0])}"
        )
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if isinstance(node.func, ast.Attribute) and not (
        isinstance(node.func.value, ast.Name) and node.func.value.id in {"np", "numpy"}
    ):
        yield _made(text, node, node.func.value, 7)
        if name in {"append", "insert", "appendleft"} and node.args:
            other = (
                f"insert(0, {ast.unparse(node.args[-1])})"
                if name == "append"
                else f"append({ast.unparse(node.args[-1])})"
            )
            yield _made(text, node, f"{ast.unparse(node.func.value)}.{other}", 3, "kept in the wrong order")
        if name == "pop":
            first = ast.unparse(node.func.value)
            yield _made(text, node, f"{first}.pop()" if node.args else f"{first}.pop(0)", 3)
    if name in {"range", "arange"}:
        yield from _ranges(text, node)
        yield _made(
            text, node, f"reversed({ast.unparse(node)})" if name == "range" else f"{ast.unparse(node)}[::-1]", 4
        )
    elif name in {"zip", "enumerate", "list"}:
        yield _made(text, node, f"reversed(list({ast.unparse(node)}))", 5)
    if (
        2 <= len(node.args) <= 8
        and not any(isinstance(arg, ast.Starred) for arg in node.args)
        and name not in {"range"}
    ):
        yield from _exchanged(text, node.args, 4 if len(node.args) == 2 else 6)


def _ranges(text: Text, node: ast.Call) -> Iterator[Edit]:
    """Other ends of a range."""
    args = [ast.unparse(arg) for arg in node.args]
    down = len(args) == 3 and args[2].startswith("-")
    options: list[list[str]] = []
    if len(args) == 1:
        options += [[f"{args[0]} + 1"], [f"{args[0]} - 1"]]
    if len(args) >= 2:
        first, last, *step = args
        options += [[first, f"{last} {sign} 1", *step] for sign in "+-"]
        options += [[f"{first} {sign} 1", last, *step] for sign in "+-"]
        if not down:
            options += [["0", last, *step]]
        if down:
            options += [[f"{last} + 1", f"{first} + 1"]]
        if step and step[0] not in {"1", "-1"}:
            options += [[first, last, "-1" if down else "1"]]
    for new in options:
        yield _made(text, node, f"{ast.unparse(node.func)}({', '.join(new)})", 2)


def _exchanged(text: Text, parts: list[ast.expr], rank: int) -> Iterator[Edit]:
    """Any two of several exchanged."""
    for i, one in enumerate(parts):
        for other in parts[i + 1 :]:
            if ast.unparse(one) == ast.unparse(other):
                continue
            spans = ((*text.span(one), text.of(other)), (*text.span(other), text.of(one)))
            yield Edit(
                one,
                ast.unparse(one),
                ast.unparse(other),
                spans,
                rank,
                f"{ast.unparse(one)} and {ast.unparse(other)} are exchanged",
            )
