"""Expressions over the registers: `norm(dh_next) < 1e-6 and t > 3`. Parsed by an allow-list, never by `eval`."""

from __future__ import annotations

from rnn_core.lazily import TYPE_CHECKING, lazily

if TYPE_CHECKING:
    from rnn_core.debugger.expressions import functions as functions
    from rnn_core.debugger.expressions import scope as scope
    from rnn_core.debugger.expressions import watched as watched
    from rnn_core.debugger.expressions.compiled import compile_expression as compile_expression
    from rnn_core.debugger.expressions.expression import Evaluate as Evaluate
    from rnn_core.debugger.expressions.expression import Expression as Expression
    from rnn_core.debugger.expressions.expression import truth as truth
    from rnn_core.debugger.expressions.functions import Value as Value
    from rnn_core.debugger.expressions.functions import norm as norm
    from rnn_core.debugger.expressions.scope import NotComputed as NotComputed
    from rnn_core.debugger.expressions.scope import Scope as Scope
    from rnn_core.debugger.expressions.scope import registers as registers
    from rnn_core.debugger.expressions.scope import writers as writers
    from rnn_core.debugger.expressions.showing import shown as shown

_HOMES = {
    "Evaluate": "expression",
    "Expression": "expression",
    "NotComputed": "scope",
    "Scope": "scope",
    "Value": "functions",
    "compile_expression": "compiled",
    "norm": "functions",
    "registers": "scope",
    "shown": "showing",
    "truth": "expression",
    "writers": "scope",
}
__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazily(__name__, _HOMES, modules=("functions", "scope", "watched"))
