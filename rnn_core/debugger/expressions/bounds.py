"""What an evaluation is held to: shapes that fit, results and work of bounded size, errors that name the column."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from rnn_core.debugger.expressions.expression import Elsewhere
from rnn_core.debugger.expressions.functions import Function, Value
from rnn_core.errors import RnnError, UsageError

LARGEST = 2**24
"""Elements that any result on the way may have."""
MOST_ELEMENTS = 4 * LARGEST
"""Elements that all results of one evaluation may have together: what it holds, and how long it takes."""
MOST_PRODUCTS = 5e10
"""Multiplications in the matrix products of one evaluation: some five seconds."""


class Bounds:
    """Counts the work of one evaluation while it is `trying`; refuses by column."""

    def __init__(self) -> None:
        self.trying = False
        self.elements = self.products = 0.0

    def refuse(self, column: int, what: str, fix: str = "") -> UsageError:
        """A mistake of the expression, wherever the run stands."""
        return UsageError(what, where=f"column {column}", fix=fix)

    def elsewhere(self, column: int, what: str, fix: str = "") -> UsageError:
        """A mistake at this position, that may be none at another."""
        return Elsewhere(what, where=f"column {column}", fix=fix)

    def whole(self, value: Value, column: int, *, fixed: bool = False) -> int:
        """An index as a whole number; `fixed` where it is the same wherever the run stands."""
        if np.ndim(value):
            raise self.refuse(column, "an index is a whole number")
        if not np.isfinite(value) or float(value) != int(value) or abs(value) > 1e15:
            refuse = self.refuse if fixed else self.elsewhere
            raise refuse(column, f"an index is a whole number, not {value:g}")
        return int(value)

    def check_size(self, a: Value, b: Value, column: int, matmul: bool) -> None:
        """Refuse a result that would be huge, or a product that would take long, before it is made."""
        if not (a.ndim or b.ndim) and not matmul:
            return
        left, right = np.shape(a), np.shape(b)
        work = 0.0
        if not matmul:
            try:
                size = math.prod(np.broadcast_shapes(left, right))
            except ValueError:
                raise self.refuse(column, f"shapes {left} and {right} do not fit") from None
        else:
            if not (left and right):
                raise self.refuse(column, "@ takes vectors and matrices", "* multiplies by a number")
            if left[-1] != right[max(len(right) - 2, 0)]:
                raise self.refuse(column, f"shapes {left} and {right} do not fit")
            size = math.prod(left[:-1]) * (right[-1] if len(right) > 1 else 1)
            work = float(size) * left[-1]
        if size > LARGEST:
            raise self.refuse(column, f"{size:,} values are too many", f"at most {LARGEST:,}")
        if work > MOST_PRODUCTS or self.trying:
            self.count(size, work, column)

    def count_call(self, value: Value, function: Function, column: int) -> None:
        """Count what a function takes: a decomposition some thirty times the cube of its size."""
        shape = np.shape(value)
        cubic = 30.0 * math.prod(shape) * min(shape) if function.decomposes and len(shape) == 2 else 0.0
        self.count(np.size(value), cubic, column)

    def count(self, elements: int, products: float, column: int) -> None:
        """Add to what the whole expression holds and multiplies, which is judged when it is tried out."""
        self.elements += elements
        self.products += products
        if self.elements > MOST_ELEMENTS or self.products > MOST_PRODUCTS:
            raise self.refuse(column, "this takes too much work", "use a part of it, for example dW[0:100,:]")

    def guarded(self, column: int, function: Callable[..., Value], *values: Value) -> Value:
        """`function(*values)`, its errors as refusals."""
        try:
            return function(*values)
        except RnnError:
            raise
        except (ValueError, TypeError, np.linalg.LinAlgError, FloatingPointError, ZeroDivisionError) as error:
            raise self.refuse(column, str(error).split("\n")[0] or "no answer") from None
        except MemoryError:
            raise self.refuse(column, "there is not enough memory") from None
