"""How the value of an expression is written in a few characters."""

from __future__ import annotations

import numpy as np

from rnn_core.debugger.expressions.expression import Evaluate
from rnn_core.debugger.expressions.functions import norm
from rnn_core.debugger.expressions.scope import NotComputed, Scope
from rnn_core.views.numbers import short


def shown(evaluate: Evaluate, scope: Scope) -> str:
    """A value in a few characters; arrays by their shape and norm."""
    try:
        with np.errstate(all="ignore"):
            value = evaluate(scope)
            size = 0.0 if np.ndim(value) == 0 else float(norm(value))
    except NotComputed:
        return "not computed yet"
    if np.ndim(value) == 0:
        if value.dtype == np.bool_:
            return str(bool(value))
        return str(int(value)) if abs(value) < 1e6 and value == int(value) else short(float(value)).removeprefix("+")
    return f"{'×'.join(map(str, np.shape(value)))} ‖{short(size).removeprefix('+')}‖"
