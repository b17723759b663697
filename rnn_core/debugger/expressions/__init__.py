"""Expressions over the registers: `norm(dh_next) < 1e-6 and t > 3`. Parsed by an allow-list, never by `eval`."""

from rnn_core.debugger.expressions.compiled import compile_expression
from rnn_core.debugger.expressions.expression import Expression
from rnn_core.debugger.expressions.scope import NotComputed, Scope

__all__ = ["Expression", "NotComputed", "Scope", "compile_expression"]
