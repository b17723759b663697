"""The operations of the language. Each stands here once: its text, its value, its derivative, its shape.

    operation     text                  value             derivative by operand, for an error d at the result
    product       W·h[t-1]   Wᵀ·da      M @ v             M: outer(d, v)        v: Mᵀ·d
    sum           … + …                 Σ                 d to each part
    function      tanh(a)               f(v)              f'(f(v)) ⊙ d, written by the output
    times         f[t] ⊙ s[t-1]         u * v             v ⊙ d                 u ⊙ d
    complement    1 - u[t]              1 - u             -d
    part          a[f]                  the f-th block    into that block of the stack
    stack         [da_i da_f …]         the blocks        (made by the derivation only)
    outer         outer(da, x[t])       u vᵀ              (made by the derivation only)

An expression is a frozen tree over named operands with a time offset. Values take one array for each operand. A leading
axis of time goes through every operation except `outer`, so the same formula serves a timestep and a whole sequence.
Where `out` is given, the result is written there and nothing is allocated.

Source of the idea, a function beside its derivative: Autograd (Maclaurin, Duvenaud and Adams 2015).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from rnn_core.language.functions import ONE, Function, Pattern

Read = Callable[["Name"], Any]
"""What gives a name its value."""
After = Callable[["Name", bool], str]
"""What is written behind a name, which may stand for its transpose."""

SUM, TIMES, ATOM = 1, 2, 3
"""How tightly an operation binds: what is looser than its surroundings stands in parentheses."""


def bare(_name: Name, _transposed: bool) -> str:
    """Nothing stands behind a name."""
    return ""


class Expression:
    """A node of the tree: an operation and what it is applied to."""

    __slots__ = ("operands",)
    binding = ATOM
    pattern: Pattern = ()
    """The text, where a number stands for the operand with that index."""
    mixes = False
    """Whether each element of the result is made of all elements of the operand."""

    def __init__(self, *operands: Expression) -> None:
        self.operands = operands

    def _key(self) -> tuple[Any, ...]:
        return type(self), self.operands, self.pattern

    def __eq__(self, other: object) -> bool:
        """Whether it is the same tree."""
        return isinstance(other, Expression) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return self.text()

    def names(self) -> tuple[Name, ...]:
        """The names in it, each once, in the order in which they stand."""
        return tuple(dict.fromkeys(self._walk()))

    def _walk(self) -> Iterator[Name]:
        for operand in self.operands:
            yield from operand._walk()

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """As a listing writes it. `timed` are the names that are written with their timestep; `after` says what stands
        behind each name: nothing, or its shape."""
        return "".join(
            part if isinstance(part, str) else self._inside(part, self.operands[part].text(timed, after))
            for part in self.pattern
        )

    def _inside(self, at: int, text: str) -> str:
        """An operand's text, in parentheses where it binds less than what is around it."""
        alone = len(self.pattern) == 1 or (self.binding == ATOM and len(self.pattern) > 1)
        return text if alone or self.operands[at].binding > self.binding else f"({text})"

    def value(self, *operands: Any, out: Any = None) -> Any:
        """The result, from the values of the operands."""
        raise NotImplementedError

    def pull(self, at: int, d: Expression, output: Expression) -> Expression:
        """The error at operand `at`, from the error `d` at the result; `output` is the name that the result has."""
        raise NotImplementedError

    def axes(self, of: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """What the indices of the result count, given what those of the names count."""
        return self.operands[0].axes(of)


def evaluate(expression: Expression, read: Read) -> Any:
    """The value of an expression whose names have these values."""
    if isinstance(expression, Name):
        return read(expression)
    return expression.value(*[evaluate(operand, read) for operand in expression.operands])


class Name(Expression):
    """A named value: at its own timestep, or `shift` timesteps away."""

    __slots__ = ("name", "shift")

    def __init__(self, name: str, shift: int = 0) -> None:
        super().__init__()
        self.name, self.shift = name, shift

    def _key(self) -> tuple[Any, ...]:
        return self.name, self.shift

    def _walk(self) -> Iterator[Name]:
        yield self

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """h[t-1], h[t], or a bare register."""
        index = f"[t{self.shift:+d}]" if self.shift else "[t]" if self.name in timed else ""
        return self.name + index + after(self, False)

    def axes(self, of: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """What its indices count."""
        return of[self.name]


class Product(Expression):
    """A matrix, or its transpose, times a vector."""

    __slots__ = ("transposed",)
    binding = TIMES

    def __init__(self, matrix: Name, vector: Expression, transposed: bool = False) -> None:
        super().__init__(matrix, vector)
        self.transposed = transposed

    def _key(self) -> tuple[Any, ...]:
        return type(self), self.operands, self.transposed

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """W·h or Wᵀ·da."""
        matrix, vector = self.operands
        assert isinstance(matrix, Name)
        sign = "ᵀ" * self.transposed
        right = vector.text(timed, after)
        right = right if isinstance(vector, Product) or vector.binding == ATOM else f"({right})"
        return f"{matrix.name}{sign}{after(matrix, self.transposed)}·{right}"

    def value(self, *operands: Any, out: Any = None) -> Any:
        """M @ v; rows over time are rows of the result."""
        matrix, vector = operands
        if vector.ndim == 1:
            return np.dot(matrix.T if self.transposed else matrix, vector, out)
        return np.matmul(vector, matrix if self.transposed else matrix.T, out=out)

    def pull(self, at: int, d: Expression, output: Expression) -> Expression:
        """outer(d, v) by the matrix, Mᵀ·d by the vector."""
        matrix, vector = self.operands
        assert isinstance(matrix, Name)
        return Outer(d, vector) if at == 0 else Product(matrix, d, not self.transposed)

    def axes(self, of: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """The matrix's rows, or its columns where it is transposed."""
        rows, columns = self.operands[0].axes(of)
        # a column of W counts the units of the timestep before: they are hidden units
        return (columns.replace("column", "hidden") if self.transposed else rows,)


class Sum(Expression):
    """Two or more parts with names: input, recurrent, bias; local, carried. Raises ValueError for fewer."""

    __slots__ = ("labels",)
    binding = SUM

    def __init__(self, **parts: Expression) -> None:
        if len(parts) < 2:
            raise ValueError("a sum has two parts or more; one alone is written without it")
        super().__init__(*parts.values())
        self.labels = tuple(parts)

    @classmethod
    def of(cls, parts: Mapping[str, Expression]) -> Expression:
        """The sum of these parts; a single one is itself. What is subtracted does not stand first."""
        ordered = sorted(parts.items(), key=lambda item: isinstance(item[1], Minus))
        return ordered[0][1] if len(ordered) == 1 else cls(**dict(ordered))

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """The parts with + between, or - before what is subtracted."""
        text = ""
        for part in self.operands:
            sign, inner = (" - ", part.operands[0]) if isinstance(part, Minus) else (" + ", part)
            text += (sign if text else "") + inner.text(timed, after)
        return text

    def value(self, *operands: Any, out: Any = None) -> Any:
        """The parts added up from left to right."""
        total = np.add(operands[0], operands[1], out)
        for part in operands[2:]:
            total = np.add(total, part, out)
        return total

    def pull(self, at: int, d: Expression, output: Expression) -> Expression:
        """Each part gets the error as it is."""
        return d


class Times(Expression):
    """Two vectors multiplied element by element."""

    binding = TIMES
    pattern = (0, " ⊙ ", 1)

    def _inside(self, at: int, text: str) -> str:
        return text if self.operands[at].binding >= TIMES else f"({text})"

    def value(self, *operands: Any, out: Any = None) -> Any:
        """u * v."""
        return np.multiply(operands[0], operands[1], out)

    def pull(self, at: int, d: Expression, output: Expression) -> Expression:
        """The other factor times the error."""
        return Times(self.operands[1 - at], d)


class Apply(Expression):
    """A function of one number, element by element."""

    __slots__ = ("function",)

    def __init__(self, function: Function, argument: Expression) -> None:
        super().__init__(argument)
        self.function = function

    @property
    def pattern(self) -> Pattern:  # type: ignore[override]  # a property where the others have a constant
        """tanh(a); a itself for the identity."""
        return self.function.pattern

    @property
    def binding(self) -> int:  # type: ignore[override]
        """As tight as its argument where nothing is written around it."""
        return ATOM if len(self.pattern) > 1 else self.operands[0].binding

    def _key(self) -> tuple[Any, ...]:
        return type(self), self.operands, self.function.name

    def value(self, *operands: Any, out: Any = None) -> Any:
        """f(v)."""
        return self.function.value(operands[0], out)

    def pull(self, at: int, d: Expression, output: Expression) -> Expression:
        """f'(output) ⊙ d; d itself where the slope is 1 everywhere."""
        return Times(Slope(self.function, output), d) if self.function.slope_pattern else d


class Slope(Expression):
    """The derivative of a function, written by its output: 1 - h[t]²."""

    __slots__ = ("function",)

    def __init__(self, function: Function, output: Expression) -> None:
        super().__init__(output)
        self.function = function

    @property
    def pattern(self) -> Pattern:  # type: ignore[override]  # a property where the others have a constant
        """As the function says."""
        return self.function.slope_pattern

    @property
    def binding(self) -> int:  # type: ignore[override]
        """Whether ⊙ needs parentheses around it."""
        return TIMES if self.function.tight else SUM

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """The pattern of the function around the output; one shape behind all of it."""
        output = self.operands[0]
        inner = "".join(part if isinstance(part, str) else output.text(timed) for part in self.pattern)
        return inner + (after(output, False) if isinstance(output, Name) else "")

    def _key(self) -> tuple[Any, ...]:
        return type(self), self.operands, self.function.name

    def value(self, *operands: Any, out: Any = None) -> Any:
        """f'(v), from f(v)."""
        return self.function.slope(operands[0], out)


class Complement(Expression):
    """What is left of 1: 1 - u."""

    binding = SUM
    pattern = ("1 - ", 0)

    def value(self, *operands: Any, out: Any = None) -> Any:
        """1 - u."""
        return np.subtract(ONE, operands[0], out)

    def pull(self, at: int, d: Expression, output: Expression) -> Expression:
        """The error with its sign turned."""
        return Minus(d)


class Minus(Expression):
    """A part of a sum that is subtracted."""

    binding = TIMES
    pattern = ("-", 0)

    def value(self, *operands: Any, out: Any = None) -> Any:
        """-v."""
        return np.negative(operands[0], out)


class Slice(Expression):
    """One block of a stacked vector: the part that a gate has of a."""

    __slots__ = ("at", "count", "gate")

    def __init__(self, stack: Name, gate: str, gates: tuple[str, ...]) -> None:
        super().__init__(stack)
        self.gate, self.at, self.count = gate, gates.index(gate), len(gates)

    @property
    def pattern(self) -> Pattern:  # type: ignore[override]  # a property where the others have a constant
        """a[f], q[t][n]."""
        return (0, f"[{self.gate}]")

    def value(self, *operands: Any, out: Any = None) -> Any:
        """A view of the block."""
        (stack,) = operands
        width = stack.shape[-1] // self.count
        return stack[..., self.at * width : (self.at + 1) * width]

    def axes(self, of: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """Hidden units."""
        return ("hidden",)


class Stack(Expression):
    """The blocks of the gates one below the other."""

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """[da_i da_f …]."""
        return f"[{' '.join(block.text(timed, after) for block in self.operands)}]"

    def value(self, *operands: Any, out: Any = None) -> Any:
        """The blocks joined."""
        return np.concatenate(operands, axis=-1, out=out)

    def axes(self, of: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """The stacked rows of all gates."""
        return ("stack",)


class Outer(Expression):
    """u vᵀ: what one timestep adds to the gradient of a matrix."""

    pattern = ("outer(", 0, ", ", 1, ")")

    def value(self, *operands: Any, out: Any = None) -> Any:
        """The outer product of two vectors."""
        return np.multiply.outer(operands[0], operands[1], out=out)

    def axes(self, of: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """The rows of the one, the columns of the other."""
        return (*self.operands[0].axes(of), *self.operands[1].axes(of))


class Computed(Expression):
    """An expression given as a text and a Python function of the names that it reads: a line of somebody's own."""

    __slots__ = ("function", "words")

    def __init__(self, words: str, function: Callable[..., Any], *reads: Name) -> None:
        super().__init__(*reads)
        self.words, self.function = words, function

    def _key(self) -> tuple[Any, ...]:
        return type(self), self.operands, self.words, self.function

    def text(self, timed: frozenset[str] = frozenset(), after: After = bare) -> str:
        """As it was given."""
        return self.words

    def value(self, *operands: Any, out: Any = None) -> Any:
        """What the function answers."""
        return self.function(*operands)
