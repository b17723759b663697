"""A gate names its block of what stacks the gates, in every expression."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.debugger.expressions import Scope, compile_expression
from rnn_core.errors import UsageError
from rnn_core.recorder import record
from tests.cells.cases import network, sequence


def value(trace, text):
    return compile_expression(text, trace).value(Scope(trace, trace.end))


def test_a_gate_in_brackets_is_its_rows():
    trace = record(network("lstm", hidden=4), sequence("cross-entropy", 5))
    assert np.array_equal(value(trace, "a[f]"), trace.a[4][4:8])
    assert np.array_equal(value(trace, "a[3][g]"), trace.a[2][8:12])
    assert value(trace, "a[3][o][1]") == trace.a[2][13]
    assert np.array_equal(value(trace, "W[i]"), trace.updated.W[:4])
    assert value(trace, "norm(dU[f])") == pytest.approx(np.linalg.norm(trace.gradients.U[4:8]))
    assert np.array_equal(value(trace, "da[f]"), value(trace, "da_f"))
    assert np.array_equal(value(trace, "f"), trace.f[4])


def test_where_nothing_is_stacked_a_gate_is_no_index():
    for name, text in (("tanh", "a[f]"), ("lstm", "V[f]"), ("gru", "a[f]")):
        with pytest.raises(UsageError):
            compile_expression(text, record(network(name), sequence("cross-entropy")))
