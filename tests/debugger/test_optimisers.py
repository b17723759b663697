"""What an optimiser keeps is printed, watched, searched and explained like every other value of its run."""

from __future__ import annotations

import numpy as np
import pytest

from rnn_core.debugger.commands.completion import completions
from rnn_core.debugger.expressions import Scope, compile_expression
from rnn_core.debugger.stops.breakpoints import Breakpoint
from rnn_core.debugger.stops.hits import hits
from rnn_core.errors import UsageError
from tests.debugger.sessions import answer, made


def adam():
    return made(optimiser="adam")


def test_an_expression_reads_what_is_kept_at_every_position():
    trace = adam().trace
    expression = compile_expression("mW", trace)
    for k in range(trace.end + 1):
        assert np.array_equal(expression.value(Scope(trace, k)), trace.value("mW", k))


def test_a_watchpoint_stops_after_the_line_that_writes_it():
    trace = adam().trace
    line = trace.program.number("update", 0, "mW", len(trace))
    assert hits(trace, Breakpoint(1, watch="norm(mW) > 0")) == (line,)


def test_the_writes_of_what_is_kept_are_found():
    session = adam()
    session = answer(session.at(session.trace.end), "last vU").session
    assert session.ran.instruction.name == "vU"


def test_why_names_the_lines_whose_results_went_into_it():
    session = adam()
    said = answer(session.at(session.trace.end), "why mU[0,1]").message
    assert "0.1·line dU at t=1" in said
    assert "1 more that is exactly zero" in said, "nothing was kept before the first update"
    later = session.within(session.run.trace(1), session.run.trace(1).end)
    assert "0.9·mU before the update" in answer(later, "why mU[0,1]").message


def test_a_run_without_it_says_which_optimiser_keeps_it():
    with pytest.raises(UsageError, match=r"the optimiser sgd keeps no vb \(adagrad or adam does\)"):
        compile_expression("norm(vb)", made().trace)


def test_its_names_are_offered_where_they_mean_something():
    assert "mW" in completions(adam(), "p m")[1]
    assert "mW" not in completions(made(), "p m")[1]
