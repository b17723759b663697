"""What an expression would be with other operands: NumPy's arithmetic on recorded values, and nothing else of Python.

No code of the person's runs here. What is not plain arithmetic raises UnknownError.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.MatMult: operator.matmul,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    one.__name__: one
    for one in (
        np.dot, np.outer, np.matmul, np.tensordot, np.einsum, np.vdot, np.inner, np.add, np.subtract, np.multiply,
        np.divide, np.negative, np.power, np.square, np.sqrt, np.abs, np.tanh, np.exp, np.log, np.cosh, np.maximum,
        np.minimum, np.clip, np.sum, np.mean, np.max, np.min, np.transpose, np.swapaxes, np.moveaxis, np.reshape,
        np.ravel, np.squeeze, np.expand_dims, np.atleast_2d, np.array, np.asarray, np.copy, np.zeros_like,
        np.ones_like, np.concatenate, np.hstack, np.vstack, np.stack,
    )
}  # fmt: skip
_FUNCTIONS |= {
    "abs": np.abs,
    "max": np.max,
    "min": np.min,
    "asmatrix": np.atleast_2d,
    "matrix": np.atleast_2d,
    "asanyarray": np.asarray,
}
_MATHS = {"tanh": np.tanh, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "cosh": np.cosh, "pow": np.power}
_METHODS = frozenset(
    {
        "dot",
        "sum",
        "mean",
        "max",
        "min",
        "copy",
        "reshape",
        "ravel",
        "flatten",
        "transpose",
        "squeeze",
        "swapaxes",
        "clip",
    }
)
LARGEST = 200_000


class UnknownError(Exception):
    """Not plain arithmetic on known values."""


def value_of(node: ast.AST, known: Mapping[str, Any]) -> Any:
    """The value of an expression, where `known` holds operands by their text. Raises UnknownError."""
    try:
        with np.errstate(all="ignore"):
            value = _value(node, known)
    except (ValueError, TypeError, IndexError, ZeroDivisionError, OverflowError, AttributeError, KeyError) as error:
        raise UnknownError from error
    if not isinstance(value, np.ndarray | np.number | int | float):
        raise UnknownError
    return value


def _value(node: ast.AST, known: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str | bool | None):
        return node.value
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
        text = ast.unparse(node)
        if text in known:
            return known[text]
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return _value(node.value, known).T
    if isinstance(node, ast.Attribute) and node.attr == "newaxis":
        return None
    if isinstance(node, ast.Subscript):
        return _value(node.value, known)[_value(node.slice, known)]
    if isinstance(node, ast.Slice):
        return slice(
            *(None if part is None else _whole(_value(part, known)) for part in (node.lower, node.upper, node.step))
        )
    if isinstance(node, ast.Tuple | ast.List):
        parts = [_value(part, known) for part in node.elts]
        return tuple(parts) if isinstance(node, ast.Tuple) else parts
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _value(node.left, known), _value(node.right, known)
        if isinstance(node.op, ast.Pow) and not np.all(np.abs(right) <= 8):
            raise UnknownError
        return _sized(_OPERATORS[type(node.op)](left, right))
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.operand, known))
    if isinstance(node, ast.Call):
        return _sized(_called(node, known))
    raise UnknownError


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, np.ndarray) else value


def _sized(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.size > LARGEST:
        raise UnknownError
    return value


def _called(node: ast.Call, known: Mapping[str, Any]) -> Any:
    function = node.func
    args = [_value(arg, known) for arg in node.args]
    options = {
        keyword.arg: _value(keyword.value, known) for keyword in node.keywords if keyword.arg and keyword.arg != "out"
    }
    options.pop("out", None)
    if isinstance(function, ast.Attribute):
        if isinstance(function.value, ast.Name) and function.value.id in {"np", "numpy", "math"}:
            return (_MATHS if function.value.id == "math" else _FUNCTIONS)[function.attr](*args, **options)
        if function.attr in _METHODS:
            return getattr(np.asarray(_value(function.value, known)), function.attr)(*args, **options)
    if isinstance(function, ast.Name) and function.id in {"float", "abs", "sum"} and len(args) == 1:
        plain: dict[str, Callable[..., Any]] = {"float": float, "abs": np.abs, "sum": np.sum}
        return plain[function.id](args[0])
    raise UnknownError
