"""From text to a function of a scope, through an allow-list on Python's own syntax tree.

Rules this file keeps:
- What is not on the list is refused, with the column. There are no attributes, strings or comprehensions; only the
  named functions are called, only names have subscripts. Nothing of an expression is ever handed to `eval`.
- Numbers are float64, so that 9**9**9 is infinite at once. Text, nodes, depth, the size of every result and the work
  of the whole are capped.
- Names, shapes and constant indices are checked before a run starts, on arrays of the right shape. So are those parts
  of `and` and `or` that are not reached. An index that moves with the run is judged where it is used.
"""

from __future__ import annotations

import ast
import difflib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_core.debugger.expressions.bounds import LARGEST, Bounds
from rnn_core.debugger.expressions.expression import Elsewhere, Evaluate, Expression, latest_write, truth, tryouts
from rnn_core.debugger.expressions.functions import FUNCTIONS, PREV, Value
from rnn_core.debugger.expressions.gates import block_of
from rnn_core.debugger.expressions.scope import BOOLEANS, NUMBERS, NotComputed, Scope, names, over_time, writers
from rnn_core.debugger.expressions.syntax import COMPARISONS, OPERATORS, is_condition, is_fixed, is_number, kind
from rnn_core.errors import UsageError, quoted
from rnn_core.optimisers import keepers
from rnn_core.trace import Trace

LONGEST = 500
MOST_NODES = 200
DEEPEST = 40


def compile_expression(text: str, trace: Trace) -> Expression:
    """Check an expression against the names and shapes of a trace. Raises UsageError naming the column."""
    text = text.strip()
    compiler = _Compiler(text, trace)
    evaluate = compiler.compile()
    reads = frozenset(compiler.reads)
    expression = Expression(
        text,
        reads,
        evaluate,
        compiler.comparison,
        constant=not any(writers(trace.program, name) for name in reads),
        sides=tuple(compiler.sides),
    )
    compiler.try_out(evaluate)
    return expression


def _after(function: Callable[[Any], Any], of: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda rows: function(of(rows))


class _Compiler(Bounds):
    """One walk over the tree; each kind of node has one method."""

    def __init__(self, text: str, trace: Trace) -> None:
        super().__init__()
        self.text, self.trace, self.names = text, trace, names(trace)
        self.reads: set[str] = set()
        self.comparison = False
        self.sides: list[tuple[str, Evaluate]] = []
        self.missed = False
        self._rows: dict[Evaluate, tuple[str, Callable[[Any], Any]]] = {}
        """The parts that are one row of a series, or a function of each: which series, and of all its rows at once."""

    def compile(self) -> Evaluate:
        if not self.text:
            raise UsageError("an expression is needed", fix="for example norm(dh_next) < 1e-6")
        if len(self.text) > LONGEST:
            raise UsageError(f"the expression has {len(self.text)} characters, at most {LONGEST} are taken")
        if not self.text.isprintable():
            raise UsageError("the expression has control characters")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of "1if", which Python means for programmers
                tree = ast.parse(self.text, mode="eval")
        except SyntaxError as error:
            raise self.refuse(error.offset or len(self.text) + 1, f"cannot read {quoted(self.text)}") from None
        except (ValueError, MemoryError, RecursionError, OverflowError):
            raise UsageError(f"cannot read {quoted(self.text)}") from None
        if sum(1 for _ in ast.walk(tree)) > 3 * MOST_NODES:
            raise UsageError("the expression is too large", fix=f"at most {MOST_NODES} parts")
        body = tree.body
        self.comparison = is_condition(body)
        return self.node(body, 0)

    def column(self, node: ast.AST) -> int:
        """Where a node begins, in characters from 1; Python's tree counts bytes."""
        offset = int(getattr(node, "col_offset", 0))
        return len(self.text.encode()[:offset].decode(errors="ignore")) + 1

    def source(self, node: ast.expr) -> str:
        """A node as it was typed."""
        return self.text.encode()[node.col_offset : node.end_col_offset].decode()

    def node(self, node: ast.AST, depth: int) -> Evaluate:
        if depth > DEEPEST:
            raise self.refuse(self.column(node), f"nested more than {DEEPEST} deep")
        method: Callable[[Any, int], Evaluate] | None = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise self.refuse(
                self.column(node), f"{kind(node)} is not allowed here", "names, numbers, operators, functions"
            )
        return method(node, depth + 1)

    def _constant(self, node: ast.Constant, depth: int) -> Evaluate:
        if isinstance(node.value, bool):
            truth_value = np.bool_(node.value)
            return lambda scope: truth_value
        if not isinstance(node.value, int | float):
            raise self.refuse(self.column(node), f"{kind(node)} is not allowed here", "numbers only")
        try:
            number = np.float64(node.value)
        except OverflowError:
            number = np.float64(np.inf)
        return lambda scope: number

    def _name(self, node: ast.Name, depth: int) -> Evaluate:
        name = node.id
        if name not in self.names:
            self._unknown(node, name, self.names if name not in FUNCTIONS else ())
        self.reads.add(name)
        if name in NUMBERS or name in BOOLEANS:
            return lambda scope: scope.number(name)
        if name in over_time(self.trace):
            self._rows[evaluate := lambda scope: scope.latest(name)] = name, lambda rows: rows
            return evaluate
        return lambda scope: scope.latest(name)

    def _unknown(self, node: ast.AST, name: str, known: tuple[str, ...]) -> None:
        if name in FUNCTIONS or name == PREV:
            raise self.refuse(self.column(node), f"{name} is a function", f"{name}(…)")
        if name[1:] in self.trace.program.parameters and (who := keepers(name)):
            what = f"the optimiser {self.trace.options.optimiser.kind} keeps no {name}"
            raise self.refuse(self.column(node), what, f"{who} does")
        raise self.refuse(self.column(node), f"no name {quoted(name)}", _did_you_mean(name, known))

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> Evaluate:
        operand = self.node(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return lambda scope: np.bool_(not truth(operand(scope), self.text))
        if isinstance(node.op, ast.USub):
            return lambda scope: np.negative(_float(operand(scope)))
        if isinstance(node.op, ast.UAdd):
            return operand
        raise self.refuse(self.column(node), "~ is not allowed here", "use not")

    def _binop(self, node: ast.BinOp, depth: int) -> Evaluate:
        function = OPERATORS.get(type(node.op))
        if function is None:
            raise self.refuse(self.column(node), "this operator is not allowed here", "+ - * / // % ** @")
        left, right = self.node(node.left, depth), self.node(node.right, depth)
        matmul, column = isinstance(node.op, ast.MatMult), self.column(node)

        def evaluate(scope: Scope) -> Value:
            a, b = _float(left(scope)), _float(right(scope))
            self.check_size(a, b, column, matmul)
            return self.guarded(column, function, a, b)

        return evaluate

    def _compare(self, node: ast.Compare, depth: int) -> Evaluate:
        functions = [COMPARISONS.get(type(op)) for op in node.ops]
        if None in functions:
            raise self.refuse(self.column(node), "this comparison is not allowed here", "< <= > >= == !=")
        operands = (node.left, *node.comparators)
        parts = [self.node(part, depth) for part in operands]
        self.sides += [(self.source(o), part) for o, part in zip(operands, parts, strict=True) if not is_number(o)]
        column = self.column(node)
        if len(functions) == 1 and (function := functions[0]):
            left, right = parts

            def evaluate(scope: Scope) -> Value:
                a, b = left(scope), right(scope)
                self.check_size(a, b, column, False)
                return self.guarded(column, function, a, b)

            return evaluate

        def chain(scope: Scope) -> Value:
            values = [part(scope) for part in parts]
            result: Value = np.bool_(True)
            for compare, a, b in zip(functions, values, values[1:], strict=False):
                assert compare is not None
                self.check_size(a, b, column, False)
                holds = self.guarded(column, compare, a, b)
                self.check_size(result, holds, column, False)
                result = np.logical_and(result, holds)
            return result

        return chain

    def _boolop(self, node: ast.BoolOp, depth: int) -> Evaluate:
        parts = [self.node(part, depth) for part in node.values]
        wanted = isinstance(node.op, ast.Or)

        def evaluate(scope: Scope) -> Value:
            """Each part that is not computed is false, so `h[9] > 0 or t > 3` has an answer from the start."""
            for part in parts:
                try:
                    holds = truth(part(scope), self.text)
                except NotComputed:
                    holds, self.missed = False, True
                except Elsewhere:
                    if not self.trying:
                        raise
                    holds, self.missed = False, True
                if holds is wanted and not self.trying:
                    return np.bool_(wanted)
            return np.bool_(not wanted)

        return evaluate

    def _call(self, node: ast.Call, depth: int) -> Evaluate:
        if not isinstance(node.func, ast.Name):
            raise self.refuse(self.column(node), f"{kind(node.func)} cannot be called", "functions are called by name")
        name = node.func.id
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise self.refuse(self.column(node), "functions take plain values only")
        if name == PREV:
            return self._prev(node, depth)
        if name not in FUNCTIONS:
            fix = _did_you_mean(name, (*FUNCTIONS, PREV))
            raise self.refuse(self.column(node), f"no function {quoted(name)}", fix)
        function = FUNCTIONS[name]
        if len(node.args) != function.takes:
            plural = "s" if function.takes > 1 else ""
            raise self.refuse(self.column(node), f"{name} takes {function.takes} value{plural}, not {len(node.args)}")
        arguments = [self.node(argument, depth) for argument in node.args]
        call, column = function.call, self.column(node)
        if len(arguments) == 1:
            argument = arguments[0]
            series, of = self._rows.get(argument, ("", None))
            rows = _after(function.rows, of) if function.rows and of else None

            def evaluate(scope: Scope) -> Value:
                if rows and scope.sweeps(series):
                    return scope.swept(series, rows)
                value = argument(scope)
                if self.trying:
                    self.count_call(value, function, column)
                return self.guarded(column, call, value)

            if rows:
                self._rows[evaluate] = series, rows
            return evaluate

        def evaluate_all(scope: Scope) -> Value:
            values = [argument(scope) for argument in arguments]
            if self.trying:
                for value in values:
                    self.count_call(value, function, column)
            return self.guarded(column, call, *values)

        return evaluate_all

    def _prev(self, node: ast.Call, depth: int) -> Evaluate:
        """The value before the latest line that writes anything the argument reads."""
        if len(node.args) != 1:
            raise self.refuse(self.column(node), f"{PREV} takes 1 value, not {len(node.args)}")
        outer, self.reads = self.reads, set()
        argument = self.node(node.args[0], depth)
        inner, self.reads = self.reads, outer | self.reads
        lines = frozenset(line for name in inner for line in writers(self.trace.program, name))
        if not lines:
            raise self.refuse(self.column(node.args[0]), "no line of this run writes this", "prev(dW)")

        def evaluate(scope: Scope) -> Value:
            k = latest_write(scope.trace, lines, scope.k)
            if k == 0:
                raise NotComputed(PREV)
            here, scope.k = scope.k, k - 1
            try:
                return argument(scope)
            finally:
                scope.k = here

        return evaluate

    def _subscript(self, node: ast.Subscript, depth: int) -> Evaluate:
        base: ast.expr = node
        brackets: list[ast.expr] = []
        while isinstance(base, ast.Subscript):
            brackets.insert(0, base.slice)
            base = base.value
        if not isinstance(base, ast.Name):
            raise self.refuse(self.column(base), "only names can be indexed", "for example dW[2,4]")
        name = base.id
        if name not in self.names:
            self._unknown(base, name, self.names)
        if name in NUMBERS or name in BOOLEANS:
            raise self.refuse(self.column(base), f"{name} is one number and has no index")
        self.reads.add(name)
        column = self.column(node)
        if name in over_time(self.trace) and block_of(self.trace, name, brackets[0]) is None:
            first = brackets.pop(0)
            start = self._over_time(name, first, depth)
        else:
            start = lambda scope: scope.latest(name)  # noqa: E731  # one of two ways to the same thing
        for bracket in brackets:
            block = block_of(self.trace, name, bracket)
            start = self._indexed(start, bracket, depth, column) if block is None else _block(start, block)
        return start

    def _over_time(self, name: str, bracket: ast.expr, depth: int) -> Evaluate:
        """`h[3]` is timestep 3; `h[3,2]` its unit 2; `h[1:4]` the timesteps 1 to 3."""
        more: list[ast.expr] = []
        if isinstance(bracket, ast.Tuple):
            if not bracket.elts:
                raise self.refuse(self.column(bracket), "an index is needed", f"for example {name}[1]")
            bracket, *more = bracket.elts
        column = self.column(bracket)
        if isinstance(bracket, ast.Slice):
            start: Evaluate = self._time_slice(name, bracket, depth)
        else:
            index = self.node(bracket, depth)
            constant = is_number(bracket)

            def start(scope: Scope) -> Value:
                t = self.whole(index(scope), column, fixed=constant)
                if constant:
                    self._check_timestep(name, t, scope, column)
                return scope.at(name, t)

        if not more:
            return start
        rest = more[0] if len(more) == 1 else ast.Tuple(more, ast.Load())
        return self._indexed(start, rest, depth, column, over_time=isinstance(bracket, ast.Slice))

    def _check_timestep(self, name: str, t: int, scope: Scope, column: int) -> None:
        lowest = scope.first_timestep(name)
        if not lowest <= t <= len(scope.trace):
            raise self.refuse(column, f"{name} has no timestep {t}", f"{lowest} to {len(scope.trace)}")

    def _time_slice(self, name: str, bracket: ast.Slice, depth: int) -> Evaluate:
        if bracket.step is not None:
            raise self.refuse(self.column(bracket), "a slice over time takes no step")
        low = self.node(bracket.lower, depth) if bracket.lower else None
        high = self.node(bracket.upper, depth) if bracket.upper else None
        fixed = [bound is not None and is_number(bound) for bound in (bracket.lower, bracket.upper)]
        column = self.column(bracket)

        def evaluate(scope: Scope) -> Value:
            first = self.whole(low(scope), column, fixed=fixed[0]) if low else scope.first_timestep(name)
            stop = self.whole(high(scope), column, fixed=fixed[1]) if high else len(scope.trace) + 1
            for t, constant in zip((first, stop - 1), fixed, strict=True):
                if constant:
                    self._check_timestep(name, t, scope, column)
            if stop <= first:
                if all(fixed):
                    raise self.refuse(column, "an empty range of timesteps")
                raise NotComputed(f"an empty range of {name}")
            scope.at(name, first), scope.at(name, stop - 1)
            rows = getattr(scope.trace, name)
            offset = scope.first_timestep(name)
            part: Value = rows[first - offset : stop - offset]
            if part.size > LARGEST:
                raise self.refuse(column, f"{part.size:,} values are too many", f"at most {LARGEST:,}")
            return part

        return evaluate

    def _indexed(
        self, start: Evaluate, bracket: ast.expr, depth: int, column: int, over_time: bool = False
    ) -> Evaluate:
        """The element or part of a value; behind a slice over time the brackets index each of its timesteps."""
        parts = bracket.elts if isinstance(bracket, ast.Tuple) else [bracket]
        makers = [self._index_part(part, depth) for part in parts]
        refuse = self.refuse if all(map(is_fixed, parts)) else self.elsewhere
        before = (slice(None),) if over_time else ()

        def evaluate(scope: Scope) -> Value:
            value = start(scope)
            index = (*before, *(maker(scope) for maker in makers))
            try:
                picked = value[index]
            except (IndexError, TypeError):
                shape = "one number" if np.ndim(value) == 0 else f"shape {np.shape(value)}"
                shown = ",".join(":" if isinstance(i, slice) else str(i) for i in index)
                raise refuse(column, f"[{shown}] does not fit {shape}", "indices count from 0") from None
            return np.float64(picked) if np.ndim(picked) == 0 else picked

        return evaluate

    def _index_part(self, part: ast.expr, depth: int) -> Callable[[Scope], Any]:
        if isinstance(part, ast.Slice):
            bounds = [self.node(bound, depth) if bound else None for bound in (part.lower, part.upper, part.step)]
            column, fixed = self.column(part), is_fixed(part)

            def make(scope: Scope) -> slice:
                numbers = [None if bound is None else self.whole(bound(scope), column, fixed=fixed) for bound in bounds]
                if numbers[2] == 0:
                    raise self.refuse(column, "a slice's step cannot be 0")
                return slice(*numbers)

            return make
        index, column, fixed = self.node(part, depth), self.column(part), is_fixed(part)
        return lambda scope: self.whole(index(scope), column, fixed=fixed)

    def try_out(self, evaluate: Evaluate) -> None:
        """Evaluate where things have their shapes."""
        self.trying = True
        try:
            for k in tryouts(self.trace):
                self.missed, self.elements, self.products = False, 0.0, 0.0
                try:
                    with np.errstate(all="ignore"):
                        evaluate(Scope(self.trace, k))
                except (NotComputed, Elsewhere):
                    continue
                if not self.missed:
                    return
        finally:
            self.trying = False


def _block(start: Evaluate, rows: slice) -> Evaluate:
    return lambda scope: start(scope)[rows]


def _did_you_mean(name: str, known: tuple[str, ...]) -> str:
    """A name that differs in nothing but case, else the nearest in spelling."""
    near = [each for each in known if each.lower() == name.lower()]
    near += difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else "help names them"


def _float(value: Value) -> Value:
    """Booleans and integers as float64, so that arithmetic on them is arithmetic."""
    return value if getattr(value, "dtype", None) == np.float64 else np.asarray(value, dtype=np.float64)[()]
