"""What a cell's listing says is what its loops compute, whatever is changed in it."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from rnn_core.cells import lstm
from rnn_core.language.expressions import Apply, Name, Product, Sum
from rnn_core.language.functions import ACTIVATIONS, TANH
from rnn_core.loops import stated
from rnn_core.model import Params
from rnn_core.program import program
from rnn_core.recorder import record
from rnn_core.updates import Options
from tests.cells.cases import CELLS, LOSSES, network, sequence
from tests.cells.test_every_cell import assert_the_interpreter_agrees

OWN = {name: network(name).cell for name in CELLS}


def with_cell(params, cell) -> Params:
    return Params(cell=cell, **params)


def assert_it_is_computed(params, changed):
    run = sequence("cross-entropy", 6)
    assert_the_interpreter_agrees(changed, run, Options())
    assert not np.allclose(record(changed, run).h, record(params, run).h)


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, cell in OWN.items() for line, _ in cell.lines])
def test_a_cell_computes_each_line_that_is_changed_in_its_listing(name, line):
    params, cell = network(name), OWN[name]
    lines = []
    for each, expression in cell.lines:
        if each == line:  # what it has made so far goes through a function once more
            lines.append(("v", expression))
            expression = Apply(TANH, Name("v"))
        lines.append((each, expression))
    stacked = (*cell.stacked, "v") if line in cell.stacked else cell.stacked
    assert_it_is_computed(params, with_cell(params, replace(cell, lines=tuple(lines), stacked=stacked, order=())))


def test_a_part_more_in_a_line_that_was_there_is_computed():
    params, cell = network("tanh"), OWN["tanh"]
    a = Sum(
        input=Product(Name("U"), Name("x")), recurrent=Product(Name("W"), Name("h", -1)), bias=Name("b"),
        kept=Name("h", -1),
    )  # fmt: skip
    lines = tuple((each, a if each == "a" else expression) for each, expression in cell.lines)
    assert_it_is_computed(params, with_cell(params, replace(cell, lines=lines)))


@pytest.mark.parametrize("gate", "ifgo")
def test_another_function_of_a_gate_is_computed(gate):
    params, cell = network("lstm"), OWN["lstm"]
    lines = tuple(
        (each, Apply(ACTIVATIONS["relu"], expression.operands[0]) if each == gate else expression)
        for each, expression in cell.lines
    )
    assert_it_is_computed(params, with_cell(params, replace(cell, lines=lines)))


def test_gates_that_are_stacked_in_another_order_are_computed_in_that_order(monkeypatch):
    params = network("lstm")
    monkeypatch.setattr(lstm, "GATES", ("f", "i", "g", "o"))
    assert_it_is_computed(params, with_cell(params, lstm.made()))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", CELLS)
def test_the_loops_in_a_cell_s_own_file_are_written_for_its_listing(name, loss):
    written = import_module(f"rnn_core.loops.{OWN[name].name}")
    assert stated(program(Options(loss=loss), OWN[name])) in written.LISTINGS
