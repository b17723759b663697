"""Python's syntax tree as far as expressions use it: the operators that are taken, and what a node is."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from rnn_core.debugger.expressions.scope import BOOLEANS

OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.MatMult: operator.matmul,
}  # fmt: skip
COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip


def is_condition(node: ast.AST) -> bool:
    """Whether an expression is by its form a condition, that becomes true, and not a value, that changes."""
    if isinstance(node, ast.Compare | ast.BoolOp):
        return True
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not)
    if isinstance(node, ast.Name):
        return node.id in BOOLEANS
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("any", "all", "finite")


def is_fixed(part: ast.expr) -> bool:
    """Whether an index is the same wherever the run stands."""
    if isinstance(part, ast.Slice):
        return all(bound is None or is_number(bound) for bound in (part.lower, part.upper, part.step))
    return is_number(part)


def is_number(node: ast.AST) -> bool:
    """Whether a node is a number as it stands, with a sign or without."""
    return isinstance(node, ast.Constant) or (isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant))


def kind(node: ast.AST) -> str:
    """What a node is called when it is refused."""
    if isinstance(node, ast.Constant):
        return {str: "a text", bytes: "a text", complex: "a complex number"}.get(type(node.value), "this value")
    names = {
        "Attribute": "an attribute", "Lambda": "a lambda", "JoinedStr": "a text", "List": "a list", "Dict": "a dict",
        "Set": "a set", "ListComp": "a comprehension", "GeneratorExp": "a comprehension", "IfExp": "if … else",
        "NamedExpr": ":=", "Tuple": "a tuple", "Slice": "a slice", "Starred": "*",
    }  # fmt: skip
    return names.get(type(node).__name__, f"a {type(node).__name__.lower()}")
